"""WhatsApp by Meta's Cloud API, without a gateway in between: the webhook delivers messages, `/messages` answers."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Response
from pydantic import Field

from siaga_cloud.channels.conversation.service import DeliveredMessage
from siaga_cloud.channels.conversation.understanding import TextMessage
from siaga_cloud.channels.deliveries import opened, proved
from siaga_cloud.channels.gateways.photos import PhotoSource, host_of
from siaga_cloud.channels.kinds.channel import CitizenChannel, DeliveryReceipt, Gateway, IncomingDelivery, receipt
from siaga_cloud.channels.sources.fields import (
    JSON,
    MAX_ID,
    DeliveryError,
    ProofError,
    moment_of,
    object_of,
    prove_secret,
    shown,
    some,
    spot_of,
)
from siaga_cloud.channels.sources.social import MAX_EVENTS, id_of, objects_of, text_of, value_at
from siaga_cloud.platform.delivery.ports import Channel, Outgoing
from siaga_cloud.platform.delivery.ports import DeliveryError as UnsentError
from siaga_cloud.platform.delivery.web_api import call
from siaga_cloud.platform.http.parts import PartsOf
from siaga_cloud.settings import ChannelSettings, Settings, SettingsGroup
from siaga_cloud.settings.channels import MIN_SECRET
from siaga_cloud.settings.fields import ApiUrl, needed_secret
from siaga_cloud.settings.fields import secret as optional_secret
from siaga_core.hazards import Names

CHANNEL_ID: Final = "whatsapp-cloud"
SERVICE: Final = "WhatsApp"
VERSION: Final = "v21.0"
OBJECT: Final = "whatsapp_business_account"
MAX_CHARACTERS: Final = 4096
MAX_PARAMETER: Final = 1024
# Where Meta stores media; the address comes from the API itself and needs the token.
_MEDIA_HOST: Final = "lookaside.fbsbx.com"
_IGNORED_TYPES: Final = frozenset({"reaction", "system"})  # neither is a message that somebody waits to have answered
_NUMBER: Final = re.compile(r"[0-9]{5,20}")
# Meta refuses parameters with line breaks, tabs or more than four spaces in a row.
_SPACES: Final = re.compile(r"\s+")


class WhatsAppNumberSettings(SettingsGroup, env_prefix="SIAGA_WHATSAPP_"):
    """The number that answers: its id (not the number itself) and the token of a system user.

    `template` names an approved template with one parameter in its body, in Indonesian and English. Meta delivers a
    message of its own only within a day of the person's last one, and a template at any time.
    """

    number_id: Annotated[str, Field(pattern=r"^\d{5,30}$")]
    token: str = needed_secret()
    template: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,512}$")] | None = None
    api: ApiUrl = "https://graph.facebook.com"


class WhatsAppSettings(SettingsGroup, env_prefix="SIAGA_WHATSAPP_"):
    """`app_secret` proves deliveries, `verify_token` the challenge of the webhook; `number` sends answers."""

    app_secret: str | None = optional_secret(least=MIN_SECRET)
    verify_token: str | None = optional_secret(least=MIN_SECRET)
    number: WhatsAppNumberSettings | None = None


class WhatsAppNumber:
    """Sends from one number: text as the answer to a message, the template for everything later."""

    def __init__(self, settings: WhatsAppNumberSettings) -> None:
        self._settings = settings

    def send(self, address: str, message: Outgoing) -> None:
        """Send a message to a phone number; raises UnsentError."""
        template = self._settings.template
        content = _text(message) if message.is_reply or template is None else _template(template, message)
        body = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": address.removeprefix("+"),
            **content,
        }
        call(SERVICE, "POST", self._url(f"{self._settings.number_id}/messages"), json=body, headers=self.credentials())

    def media_url(self, media_id: str) -> str:
        """Return the address of a photo, which is valid for five minutes; raises UnsentError."""
        found = call(SERVICE, "GET", self._url(media_id), headers=self.credentials()).get("url")
        if not isinstance(found, str) or not found:
            raise UnsentError(f"{SERVICE}: got no address for a photo", is_final=True)
        return found

    def credentials(self) -> Mapping[str, str]:
        """Return the header that Meta requires, also for media."""
        return {"Authorization": f"Bearer {self._settings.token}"}

    def _url(self, path: str) -> str:
        return f"{self._settings.api}/{VERSION}/{path}"


def _text(message: Outgoing) -> dict[str, Any]:
    return {"type": "text", "text": {"preview_url": False, "body": message.text[:MAX_CHARACTERS]}}


def _template(name: str, message: Outgoing) -> dict[str, Any]:
    text = _SPACES.sub(" ", message.text).strip()[:MAX_PARAMETER]
    components = [{"type": "body", "parameters": [{"type": "text", "text": text}]}]
    language = {"code": message.language or "id"}
    return {"type": "template", "template": {"name": name, "language": language, "components": components}}


routes = APIRouter()


@routes.get(f"/intake/{CHANNEL_ID}", summary="WhatsApp: the challenge of its webhook", response_class=Response)
def verify_whatsapp_webhook(
    parts: PartsOf,
    mode: Annotated[str, Query(alias="hub.mode", max_length=100)] = "",
    verify_token: Annotated[str, Query(alias="hub.verify_token", max_length=500)] = "",
    challenge: Annotated[str, Query(alias="hub.challenge", max_length=500)] = "",
) -> Response:
    """Requested once, when the webhook is set."""
    token, now = opened(parts.settings.channels.of(WhatsAppSettings).verify_token, CHANNEL_ID), datetime.now(UTC)
    proved(parts, CHANNEL_ID, lambda: _prove_challenge(mode, verify_token, token), now)
    return Response(challenge[:MAX_ID], media_type="text/plain; charset=utf-8")


def _prove_challenge(mode: str, given: str, token: str) -> None:
    prove_secret(given if mode == "subscribe" else "", token, name="hub.verify_token")


def read_whatsapp(delivery: IncomingDelivery, secret: str) -> list[DeliveredMessage]:
    """Return the messages of a delivery, none of one that only reports on sent messages; raises ProofError,
    DeliveryError.
    """
    expected = "sha256=" + hmac.new(secret.encode(), delivery.body, hashlib.sha256).hexdigest()
    given = delivery.header("X-Hub-Signature-256").encode("utf-8", "replace")
    if not hmac.compare_digest(expected.encode(), given):
        raise ProofError("X-Hub-Signature-256: does not fit the body")
    payload = object_of(delivery.body, "a notification of WhatsApp")
    if payload.get("object") != OBJECT:
        raise DeliveryError(f"object: got {str(payload.get('object'))[:40]!r}, expected {OBJECT}")
    events = [event for value in _values(payload) for event in objects_of(value, "messages")]
    found = (_message(event, delivery.received_at) for event in events[:MAX_EVENTS])
    return [one for one in found if one is not None]


def failed_messages(body: bytes) -> list[str]:
    """Return why messages of ours did not arrive, of a delivery that was read."""
    statuses = [one for value in _values(object_of(body, "a notification")) for one in objects_of(value, "statuses")]
    return [_failure(one) for one in statuses[:MAX_EVENTS] if one.get("status") == "failed"]


def _failure(status: Mapping[str, Any]) -> str:
    errors = status.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    return f"a message did not arrive: {value_at(first, 'code')} {str(value_at(first, 'title') or '')[:100]}".strip()


def _values(payload: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what changed among the messages; Meta also reports on templates, numbers and accounts."""
    for entry in objects_of(payload, "entry"):
        for change in objects_of(entry, "changes"):
            if change.get("field") == "messages":
                yield some(change.get("value"), dict, "entry.changes.value")


def _message(event: Mapping[str, Any], now: datetime) -> DeliveredMessage | None:
    kind = event.get("type")
    if kind in _IGNORED_TYPES or event.get("group_id"):
        return None
    at = event.get("location")
    content = event.get(str(kind))
    spot = spot_of(at.get("latitude"), at.get("longitude")) if isinstance(at, dict) else None
    text, wanted = _words(event, content), _photo(content)
    sender = id_of(event.get("from"), "entry.changes.value.messages.from")
    message = TextMessage(
        channel=CHANNEL_ID,
        source_id=id_of(event.get("id"), "entry.changes.value.messages.id"),
        sender=f"+{sender}" if _NUMBER.fullmatch(sender) else sender,
        text=text,
        received_at=moment_of(event.get("timestamp"), now, per_second=1),
        spot=spot,
        wanted=wanted,
        is_unreadable=not text and spot is None and not wanted,
    )
    return DeliveredMessage(message=message, raw=shown(event), answers_later=True)


def _words(event: Mapping[str, Any], content: Any) -> str:
    """Return the text, the caption, or the button that was pressed."""
    replies = (value_at(event, "interactive", kind, "title") for kind in ("button_reply", "list_reply"))
    choices = (
        value_at(event, "text", "body"),
        value_at(content, "caption"),
        value_at(event, "button", "text"),
        *replies,
    )
    return next((text for text in map(text_of, choices) if text), "")


def _photo(content: Any) -> tuple[str, ...]:
    """Return the id of an image, also of one that was sent as a document and so keeps its EXIF."""
    media_id, mime = value_at(content, "id"), value_at(content, "mime_type")
    is_image = isinstance(mime, str) and mime.startswith("image/") and mime != "image/webp"
    is_id = isinstance(media_id, str) and media_id.isascii() and media_id.isalnum() and len(media_id) <= MAX_ID
    return (media_id,) if is_image and is_id else ()


def _secret(settings: ChannelSettings) -> str | None:
    return settings.of(WhatsAppSettings).app_secret


def _answers(settings: Settings) -> Channel | None:
    number = settings.channels.of(WhatsAppSettings).number
    return None if number is None else WhatsAppNumber(number)


def _photos(settings: ChannelSettings) -> PhotoSource | None:
    number = settings.of(WhatsAppSettings).number
    if number is None:
        return None
    port = WhatsAppNumber(number)
    hosts = (_MEDIA_HOST, host_of(number.api))
    return PhotoSource(hosts=hosts, locate=port.media_url, headers=lambda _method, _url: port.credentials())


CHANNEL: Final = CitizenChannel(
    id=CHANNEL_ID,
    name=Names(indonesian="WhatsApp", english="WhatsApp"),
    settings=WhatsAppSettings,
    is_set_up=lambda settings: _secret(settings) is not None,
    sender_is_phone=True,
    gateway=Gateway(
        path=CHANNEL_ID,
        summary="WhatsApp: messages to the city's number",
        description="Meta's Cloud API, signed by X-Hub-Signature-256; answered by `/messages`.",
        media_type=JSON,
        example={"object": OBJECT, "entry": []},
        proof_headers=("x-hub-signature-256",),
        secret=_secret,
        read=read_whatsapp,
        respond=receipt,
        response_model=DeliveryReceipt,
        failures=failed_messages,
        routes=routes,
    ),
    answers=_answers,
    photos=_photos,
)
