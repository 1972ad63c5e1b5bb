"""Messenger of a Facebook page: its webhook delivers messages, the Send API answers them."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Response

from siaga_cloud.channels.conversation.service import DeliveredMessage
from siaga_cloud.channels.conversation.understanding import TextMessage
from siaga_cloud.channels.deliveries import opened, proved
from siaga_cloud.channels.gateways.photos import PhotoSource
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
    spot_of,
)
from siaga_cloud.channels.sources.social import MAX_EVENTS, id_of, objects_of, text_of, urls_of, value_at
from siaga_cloud.platform.delivery.ports import Channel, Outgoing
from siaga_cloud.platform.delivery.web_api import call
from siaga_cloud.platform.http.parts import PartsOf
from siaga_cloud.settings import ChannelSettings, Settings, SettingsGroup
from siaga_cloud.settings.channels import MIN_SECRET
from siaga_cloud.settings.fields import ApiUrl, needed_secret
from siaga_cloud.settings.fields import secret as optional_secret
from siaga_core.hazards import Names

SERVICE: Final = "Facebook"
VERSION: Final = "v21.0"
MAX_CHARACTERS: Final = 2000
_ID: Final = "facebook"
_OBJECTS: Final = ("page", "instagram")
_HOSTS: Final = ("*.fbcdn.net", "*.fbsbx.com")


class FacebookPageSettings(SettingsGroup, env_prefix="SIAGA_FACEBOOK_"):
    """The access token of a page."""

    page_token: str = needed_secret()
    api: ApiUrl = "https://graph.facebook.com"


class FacebookSettings(SettingsGroup, env_prefix="SIAGA_FACEBOOK_"):
    """`app_secret` proves deliveries, `verify_token` the challenge of the webhook; `page` sends answers."""

    app_secret: str | None = optional_secret(least=MIN_SECRET)
    verify_token: str | None = optional_secret(least=MIN_SECRET)
    page: FacebookPageSettings | None = None


class FacebookPage:
    """Sends as one page. Facebook refuses messages later than a day after the person's last one; these are given up."""

    def __init__(self, settings: FacebookPageSettings) -> None:
        self._settings = settings

    def send(self, address: str, message: Outgoing) -> None:
        """Send a message to a person who wrote to the page; raises UnsentError."""
        body = {
            "recipient": {"id": address},
            "messaging_type": "RESPONSE" if message.is_reply else "UPDATE",
            "message": {"text": message.text[:MAX_CHARACTERS]},
        }
        headers = {"Authorization": f"Bearer {self._settings.page_token}"}
        call(SERVICE, "POST", f"{self._settings.api}/{VERSION}/me/messages", json=body, headers=headers)


routes = APIRouter()


@routes.get(f"/intake/{_ID}", summary="Facebook: the challenge of its webhook", response_class=Response)
def verify_facebook_webhook(
    parts: PartsOf,
    mode: Annotated[str, Query(alias="hub.mode", max_length=100)] = "",
    verify_token: Annotated[str, Query(alias="hub.verify_token", max_length=500)] = "",
    challenge: Annotated[str, Query(alias="hub.challenge", max_length=500)] = "",
) -> Response:
    """Requested once, when the webhook is set."""
    token, now = opened(parts.settings.channels.of(FacebookSettings).verify_token, _ID), datetime.now(UTC)
    proved(parts, _ID, lambda: _prove_challenge(mode, verify_token, token), now)
    return Response(challenge[:MAX_ID], media_type="text/plain; charset=utf-8")


def _prove_challenge(mode: str, given: str, token: str) -> None:
    prove_secret(given if mode == "subscribe" else "", token, name="hub.verify_token")


def read_facebook(delivery: IncomingDelivery, secret: str) -> list[DeliveredMessage]:
    """Return messages to the page without echoes and receipts; raises ProofError, DeliveryError.

    Where X-Hub-Signature-256 is missing, the older X-Hub-Signature (SHA-1) must fit.
    """
    _verify(delivery, secret)
    payload = object_of(delivery.body, "a page's entries")
    if payload.get("object") not in _OBJECTS:
        raise DeliveryError(f"object: got {str(payload.get('object'))[:40]!r}, expected {' or '.join(_OBJECTS)}")
    events = [event for entry in objects_of(payload, "entry") for event in objects_of(entry, "messaging")]
    found = (_messenger(event, delivery.received_at) for event in events[:MAX_EVENTS])
    return [one for one in found if one is not None]


def _verify(delivery: IncomingDelivery, secret: str) -> None:
    signature = delivery.header("X-Hub-Signature-256")
    digest, given = (hashlib.sha256, signature) if signature else (hashlib.sha1, delivery.header("X-Hub-Signature"))
    expected = f"{digest().name}={hmac.new(secret.encode(), delivery.body, digest).hexdigest()}"
    if not hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace")):
        raise ProofError("X-Hub-Signature-256: does not fit the body")


def _messenger(event: Mapping[str, Any], now: datetime) -> DeliveredMessage | None:
    message_body = event.get("message")
    if not isinstance(message_body, dict) or message_body.get("is_echo"):
        return None
    attached = list(objects_of(message_body, "attachments"))
    at = next((value_at(one, "payload", "coordinates") for one in attached if one.get("type") == "location"), None)
    media_urls = [value_at(one, "payload", "url") for one in attached if one.get("type") == "image"]
    spot = spot_of(at.get("lat"), at.get("long")) if isinstance(at, dict) else None
    text, wanted = text_of(message_body.get("text")), urls_of(media_urls)
    if not text and spot is None and not wanted:
        return None
    message = TextMessage(
        channel="facebook",
        source_id=id_of(message_body.get("mid"), "entry.messaging.message.mid"),
        sender=id_of(value_at(event, "sender", "id"), "entry.messaging.sender.id"),
        text=text,
        received_at=moment_of(event.get("timestamp"), now),
        spot=spot,
        wanted=wanted,
    )
    return DeliveredMessage(message=message, raw=shown(event), answers_later=True)


def _secret(settings: ChannelSettings) -> str | None:
    return settings.of(FacebookSettings).app_secret


def _answers(settings: Settings) -> Channel | None:
    page = settings.channels.of(FacebookSettings).page
    return None if page is None else FacebookPage(page)


def _photos(_settings: ChannelSettings) -> PhotoSource:
    return PhotoSource(hosts=_HOSTS)


CHANNEL: Final = CitizenChannel(
    id=_ID,
    name=Names(indonesian="Facebook", english="Facebook"),
    settings=FacebookSettings,
    is_set_up=lambda settings: _secret(settings) is not None,
    gateway=Gateway(
        path=_ID,
        summary="Facebook: messages to the page",
        description="Signed by X-Hub-Signature-256 (or the older X-Hub-Signature); answered by the Send API.",
        media_type=JSON,
        example={"object": "page", "entry": []},
        proof_headers=("x-hub-signature-256", "x-hub-signature"),
        secret=_secret,
        read=read_facebook,
        respond=receipt,
        response_model=DeliveryReceipt,
        routes=routes,
    ),
    answers=_answers,
    photos=_photos,
)
