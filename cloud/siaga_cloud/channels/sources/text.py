"""Verifies and reads the deliveries of SMS gateways, WhatsApp and Telegram, and names what is wrong with one."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qsl

from siaga_cloud.channels.conversation.service import DeliveredMessage
from siaga_cloud.channels.conversation.understanding import TextMessage, clean
from siaga_cloud.channels.sources.fields import (
    MAX_FIELDS,
    MAX_ID,
    MAX_SENDER,
    DeliveryError,
    ProofError,
    digest_of,
    form_of,
    moment_of,
    needed,
    object_of,
    shown,
    some,
    spot_of,
)

MAX_PHOTOS_NAMED: Final = 10
_LAPOR_CODE = re.compile(r"^\s*(?:lapor\W+)?(?:jkt|dki|jakarta)\b[\s#,:.-]*", re.IGNORECASE)


def read_twilio(body: bytes, *, url: str, signature: str, token: str, now: datetime) -> DeliveredMessage:
    """Return an SMS or WhatsApp message. Raises ProofError where X-Twilio-Signature does not fit, DeliveryError."""
    pairs = _raw_pairs(body)
    signed = url + "".join(f"{name}{value}" for name, value in sorted(pairs))
    expected = base64.b64encode(hmac.new(token.encode(), signed.encode("utf-8", "replace"), hashlib.sha1).digest())
    if not hmac.compare_digest(expected, signature.encode("utf-8", "replace")):
        raise ProofError("X-Twilio-Signature: does not fit the body and this address")
    form = form_of(body)
    sender = needed(form, "From", MAX_SENDER)
    is_whatsapp = sender.startswith("whatsapp:")
    message = TextMessage(
        channel="whatsapp" if is_whatsapp else "twilio-sms",
        source_id=needed(form, "MessageSid", MAX_ID),
        sender=sender.removeprefix("whatsapp:"),
        text=form.get("Body", ""),
        received_at=now,
        spot=spot_of(form.get("Latitude"), form.get("Longitude")),
        wanted=_twilio_photos(form),
    )
    return DeliveredMessage(message=message, raw=shown(form))


def twilio_channel(body: bytes) -> str:
    """Return which of the two channels of Twilio a delivery belongs to."""
    return "whatsapp" if b"From=whatsapp%3A" in body or b"From=whatsapp:" in body else "twilio-sms"


def read_smssync(body: bytes, *, secret: str, now: datetime) -> DeliveredMessage:
    """Return a message of SMSSync: known by its message_id, else by sender, text and sent_timestamp."""
    form = _with_secret(body, secret)
    sender, text = needed(form, "from", MAX_SENDER), needed(form, "message", 4000)
    given, stamp = form.get("message_id", "").strip()[:MAX_ID], form.get("sent_timestamp", "").strip()
    known_by = given or (digest_of(sender, text, stamp) if stamp else "")
    message = TextMessage(
        channel="smssync",
        source_id=known_by or digest_of(sender, text),
        sender=sender,
        text=text,
        received_at=moment_of(stamp, now),
    )
    return DeliveredMessage(message=message, raw=shown(form), has_id=bool(known_by))


def prove_secret(given: str, secret: str) -> None:
    """Raises ProofError where a gateway does not know the secret."""
    if not hmac.compare_digest(given.encode("utf-8", "replace"), secret.encode()):
        raise ProofError("secret: is not the one that was set")


def read_frontlinesms(body: bytes, *, secret: str, now: datetime) -> DeliveredMessage:
    """Return a message of FrontlineSMS, which names none: the same sender and text within ten minutes is a repeat."""
    form = _with_secret(body, secret)
    sender, text = needed(form, "from", MAX_SENDER), needed(form, "message", 4000)
    message = TextMessage(
        channel="frontlinesms", source_id=digest_of(sender, text), sender=sender, text=text, received_at=now
    )
    return DeliveredMessage(message=message, raw=shown(form), has_id=False)


def _twilio_photos(form: Mapping[str, str]) -> tuple[str, ...]:
    """Addresses of the images among an MMS's or a WhatsApp message's media."""
    count = form.get("NumMedia", "0")
    numbers = range(min(int(count), MAX_PHOTOS_NAMED)) if count.isdecimal() and len(count) < 4 else range(0)
    is_image = [form.get(f"MediaContentType{n}", "").startswith("image/") for n in numbers]
    urls = [form.get(f"MediaUrl{n}", "") for n in numbers]
    return tuple(url for url, image in zip(urls, is_image, strict=True) if url and image)


def read_telegram(body: bytes, *, given: str, secret: str, now: datetime) -> DeliveredMessage | None:
    """Return an update by webhook; None for one without a message to read. Raises ProofError, DeliveryError."""
    if not hmac.compare_digest(given.encode("utf-8", "replace"), secret.encode()):
        raise ProofError("X-Telegram-Bot-Api-Secret-Token: is not the one that was set")
    return read_update(object_of(body, "an Update"), now=now)


def read_update(update: Mapping[str, Any], *, now: datetime) -> DeliveredMessage | None:
    """Return an update of the Bot API; None for one without a message to read (an edit, a channel's post, a sticker)."""
    number = some(update.get("update_id"), int, "update_id")
    message_body = update.get("message")
    if not isinstance(message_body, dict):
        return None
    text, place, photos = (
        message_body.get("text", message_body.get("caption")),
        message_body.get("location"),
        _telegram_photos(message_body),
    )
    spot = spot_of(place.get("latitude"), place.get("longitude")) if isinstance(place, dict) else None
    if not isinstance(text, str) and spot is None and not photos:
        return None
    chat = message_body.get("chat")
    chat_id = some(chat.get("id") if isinstance(chat, dict) else None, int, "message.chat.id")
    message = TextMessage(
        channel="telegram",
        source_id=f"{chat_id}:{number}"[:MAX_ID],
        sender=str(chat_id)[:MAX_SENDER],
        text=clean(text) if isinstance(text, str) else "",
        received_at=moment_of(message_body.get("date"), now, per_second=1),
        spot=spot,
        wanted=photos,
    )
    return DeliveredMessage(message=message, raw=shown(update))


def _telegram_photos(message_body: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the file id of the largest size of a photo, or of an image that was sent as a file and so keeps its EXIF."""
    sizes, document = message_body.get("photo"), message_body.get("document")
    if isinstance(sizes, list) and sizes and isinstance(sizes[-1], dict):
        found = sizes[-1].get("file_id")
    elif isinstance(document, dict) and str(document.get("mime_type", "")).startswith("image/"):
        found = document.get("file_id")
    else:
        return ()
    return (found,) if isinstance(found, str) and 0 < len(found) <= MAX_ID and found.isascii() else ()


def read_lapor(body: bytes, *, secret: str, now: datetime) -> DeliveredMessage:
    """Return an SMS to 1708 that LAPOR!'s gateway passes on: secret, from, message, and where it has them id and
    sent_at.

    Messages there begin with a code of the area (JKT, DKI, JAKARTA), which is no part of what is told.
    """
    form = _with_secret(body, secret)
    sender, text = needed(form, "from", MAX_SENDER), needed(form, "message", 4000)
    known_by = form.get("id", "").strip()[:MAX_ID]
    message = TextMessage(
        channel="lapor",
        source_id=known_by or digest_of(sender, text),
        sender=sender,
        text=without_code(text),
        received_at=moment_of(form.get("sent_at"), now, per_second=1),
    )
    return DeliveredMessage(message=message, raw=shown(form), has_id=bool(known_by))


def without_code(text: str) -> str:
    """Return a text to 1708 without the code that it begins with."""
    return _LAPOR_CODE.sub("", text, count=1).strip() or text


def _with_secret(body: bytes, secret: str) -> dict[str, str]:
    form = form_of(body)
    prove_secret(form.pop("secret", ""), secret)
    return form


def _raw_pairs(body: bytes) -> list[tuple[str, str]]:
    """As Twilio signs them: every field, before anything is cleaned."""
    try:
        return parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="replace", max_num_fields=MAX_FIELDS)
    except ValueError:
        raise DeliveryError("body: got something else, expected application/x-www-form-urlencoded") from None
