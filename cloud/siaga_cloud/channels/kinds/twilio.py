"""SMS and WhatsApp by Twilio: one webhook delivers both, and its REST interface sends the answers."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from typing import Final
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from fastapi import Response
from pydantic import Field

from siaga_cloud.channels.conversation.service import DeliveredMessage
from siaga_cloud.channels.conversation.understanding import TextMessage
from siaga_cloud.channels.gateways.photos import PhotoSource, host_of
from siaga_cloud.channels.gateways.sms import city_sms
from siaga_cloud.channels.kinds.channel import CitizenChannel, Exchange, Gateway, IncomingDelivery
from siaga_cloud.channels.sources.fields import (
    FORM,
    MAX_FIELDS,
    MAX_ID,
    MAX_SENDER,
    DeliveryError,
    ProofError,
    form_of,
    needed,
    shown,
    spot_of,
)
from siaga_cloud.platform.delivery.ports import Channel, Outgoing
from siaga_cloud.platform.delivery.web_api import call
from siaga_cloud.settings import ChannelSettings, Settings, SettingsGroup
from siaga_cloud.settings.channels import MIN_SECRET, PhoneNumber
from siaga_cloud.settings.fields import ApiUrl, needed_secret
from siaga_cloud.settings.fields import secret as optional_secret
from siaga_core.hazards import Names

SERVICE: Final = "Twilio"
MAX_CHARACTERS: Final = 1600
MAX_PHOTOS_NAMED: Final = 10
# Media of Twilio redirect to the hosts that store them.
_HOSTS: Final = ("api.twilio.com", "mms.twiliocdn.com", "media.twiliocdn.com", "s3-external-1.amazonaws.com")
_EXAMPLE: Final = {
    "From": "whatsapp:+628120000001", "Body": "banjir di Kampung Melayu", "MessageSid": "SM1", "To": "+1",
}  # fmt: skip


class TwilioAccount(SettingsGroup, env_prefix="SIAGA_TWILIO_"):
    """An account; `sms_from` and `whatsapp_from` are the numbers that answers come from, None where there is none."""

    account: str = Field(validation_alias="SIAGA_TWILIO_ACCOUNT_SID")
    token: str = needed_secret(alias="SIAGA_TWILIO_AUTH_TOKEN")
    sms_from: PhoneNumber = None
    whatsapp_from: PhoneNumber = None
    api: ApiUrl = "https://api.twilio.com"


class TwilioSettings(SettingsGroup, env_prefix="SIAGA_TWILIO_"):
    """`auth_token` proves deliveries; without `account` answers go out only in the response."""

    auth_token: str | None = optional_secret(least=MIN_SECRET)
    account: TwilioAccount | None = None


class TwilioChannel:
    """Sends from one number. `prefix`: "whatsapp:" for WhatsApp, nothing for SMS."""

    def __init__(self, settings: TwilioAccount, *, sender: str, prefix: str = "") -> None:
        self._settings, self._sender, self._prefix = settings, sender, prefix

    def send(self, address: str, message: Outgoing) -> None:
        """Send a text by Twilio; raises DeliveryError."""
        form = {
            "To": f"{self._prefix}{address}",
            "From": f"{self._prefix}{self._sender}",
            "Body": message.text[:MAX_CHARACTERS],
        }
        account = self._settings.account
        url = f"{self._settings.api}/2010-04-01/Accounts/{account}/Messages.json"
        call(SERVICE, "POST", url, data=form, auth=(account, self._settings.token))


def read_twilio(delivery: IncomingDelivery, token: str) -> list[DeliveredMessage]:
    """Return the SMS or WhatsApp message, none of a report on a message that was sent; raises ProofError where
    X-Twilio-Signature does not fit, DeliveryError.
    """
    _verify(delivery, token)
    form = form_of(delivery.body)
    if _is_status(form):
        return []
    sender = needed(form, "From", MAX_SENDER)
    text, wanted = form.get("Body", ""), _photos_named(form)
    spot = spot_of(form.get("Latitude"), form.get("Longitude"))
    message = TextMessage(
        channel="whatsapp" if sender.startswith("whatsapp:") else "twilio-sms",
        source_id=needed(form, "MessageSid", MAX_ID),
        sender=sender.removeprefix("whatsapp:"),
        text=text,
        received_at=delivery.received_at,
        spot=spot,
        wanted=wanted,
        is_unreadable=form.get("NumMedia", "0") != "0" and not text.strip() and spot is None and not wanted,
    )
    return [DeliveredMessage(message=message, raw=shown(form))]


def failed_messages(body: bytes) -> list[str]:
    """Return why a message of ours did not arrive, of a delivery that was read."""
    form = form_of(body)
    if not _is_status(form) or form["MessageStatus"] not in ("failed", "undelivered"):
        return []
    return [f"a message did not arrive: {form['MessageStatus']} {form.get('ErrorCode', '')[:20]}".strip()]


def _is_status(form: Mapping[str, str]) -> bool:
    """Return whether a delivery is a status callback: messages have a `Body`, even where it is empty."""
    return bool(form.get("MessageStatus")) and "Body" not in form


def _verify(delivery: IncomingDelivery, token: str) -> None:
    signed = delivery.url + "".join(f"{name}{value}" for name, value in sorted(_raw_pairs(delivery.body)))
    expected = base64.b64encode(hmac.new(token.encode(), signed.encode("utf-8", "replace"), hashlib.sha1).digest())
    given = delivery.header("X-Twilio-Signature").encode("utf-8", "replace")
    if not hmac.compare_digest(expected, given):
        raise ProofError("X-Twilio-Signature: does not fit the body and this address")


def _raw_pairs(body: bytes) -> list[tuple[str, str]]:
    """Return every field as Twilio signs it, before anything is cleaned."""
    try:
        return parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="replace", max_num_fields=MAX_FIELDS)
    except ValueError:
        raise DeliveryError("body: got something else, expected application/x-www-form-urlencoded") from None


def _photos_named(form: Mapping[str, str]) -> tuple[str, ...]:
    """Return the addresses of the images among the media of an MMS or a WhatsApp message."""
    count = form.get("NumMedia", "0")
    numbers = range(min(int(count), MAX_PHOTOS_NAMED)) if count.isdecimal() and len(count) < 4 else range(0)
    is_image = [form.get(f"MediaContentType{n}", "").startswith("image/") for n in numbers]
    urls = [form.get(f"MediaUrl{n}", "") for n in numbers]
    return tuple(url for url, image in zip(urls, is_image, strict=True) if url and image)


def _named_channel(body: bytes) -> str:
    """Return the channel that a delivery names; it is not proved, and only a refusal is counted by it."""
    return "whatsapp" if b"From=whatsapp%3A" in body or b"From=whatsapp:" in body else "twilio-sms"


def _twiml(exchanges: Sequence[Exchange]) -> Response:
    messages = "".join(f"<Message>{escape(one.answer.text)}</Message>" for one in exchanges)
    document = f'<?xml version="1.0" encoding="UTF-8"?><Response>{messages}</Response>'
    return Response(document, media_type="text/xml; charset=utf-8")


def _is_set_up(settings: ChannelSettings) -> bool:
    return settings.of(TwilioSettings).auth_token is not None


def _sms_answers(settings: Settings) -> Channel | None:
    """The number of Twilio answers, or the SMS gateway of the city where Twilio has none."""
    account = settings.channels.of(TwilioSettings).account
    if account is not None and account.sms_from is not None:
        return TwilioChannel(account, sender=account.sms_from)
    return city_sms(settings)


def _whatsapp_answers(settings: Settings) -> Channel | None:
    account = settings.channels.of(TwilioSettings).account
    if account is None or account.whatsapp_from is None:
        return None
    return TwilioChannel(account, sender=account.whatsapp_from, prefix="whatsapp:")


def _photos(settings: ChannelSettings) -> PhotoSource | None:
    account = settings.of(TwilioSettings).account
    if account is None:
        return None
    return PhotoSource(hosts=(*_HOSTS, host_of(account.api)), headers=_basic(account))


def _basic(account: TwilioAccount) -> Callable[[str, str], Mapping[str, str]]:
    # Only to Twilio itself: an address that a message named could be anybody's.
    credentials = base64.b64encode(f"{account.account}:{account.token}".encode()).decode()
    header = {"Authorization": f"Basic {credentials}"}
    return lambda _method, url: header if url.startswith(f"{account.api}/") else {}


SMS: Final = CitizenChannel(
    id="twilio-sms",
    name=Names(indonesian="SMS (Twilio)", english="SMS (Twilio)"),
    settings=TwilioSettings,
    is_set_up=_is_set_up,
    sender_is_phone=True,
    gateway=Gateway(
        path="twilio",
        summary="SMS and WhatsApp by Twilio",
        description="Signed by X-Twilio-Signature over this server's public address; answered in TwiML.",
        media_type=FORM,
        example=_EXAMPLE,
        proof_headers=("x-twilio-signature",),
        secret=lambda settings: settings.of(TwilioSettings).auth_token,
        read=read_twilio,
        respond=_twiml,
        refused_channel=_named_channel,
        failures=failed_messages,
    ),
    answers=_sms_answers,
    photos=_photos,
)
WHATSAPP: Final = CitizenChannel(
    id="whatsapp",
    name=Names(indonesian="WhatsApp (Twilio)", english="WhatsApp (Twilio)"),
    settings=TwilioSettings,
    is_set_up=_is_set_up,
    sender_is_phone=True,
    answers=_whatsapp_answers,
    photos=_photos,
)
