"""Deliveries of SMS gateways, WhatsApp and Telegram, proved and read; each names what is wrong with one."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qsl

from siaga_cloud.intake.talking import Delivered
from siaga_cloud.intake.text_take import TextMessage, clean
from siaga_core.rules.geometry import LatLon

MAX_FIELDS: Final = 60
MAX_SENDER: Final = 100
MAX_ID: Final = 200


class ProofError(Exception):
    """The delivery does not prove that it comes from the gateway."""


class DeliveryError(Exception):
    """The delivery cannot be read; which field, what it held, what was expected."""


def form_of(body: bytes) -> dict[str, str]:
    """Fields of a form; the first of each name. Raises DeliveryError."""
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=MAX_FIELDS
        )
    except UnicodeDecodeError:
        raise DeliveryError("body: got bytes that are not UTF-8, expected application/x-www-form-urlencoded") from None
    except ValueError:
        raise DeliveryError(f"body: got too many fields, expected at most {MAX_FIELDS}") from None
    return {name: clean(value) for name, value in reversed(pairs)}


def read_twilio(body: bytes, *, url: str, signature: str, token: str, now: datetime) -> Delivered:
    """An SMS or WhatsApp message. Raises ProofError where X-Twilio-Signature does not fit, DeliveryError."""
    pairs = _raw_pairs(body)
    signed = url + "".join(f"{name}{value}" for name, value in sorted(pairs))
    expected = base64.b64encode(hmac.new(token.encode(), signed.encode("utf-8", "replace"), hashlib.sha1).digest())
    if not hmac.compare_digest(expected, signature.encode("utf-8", "replace")):
        raise ProofError("X-Twilio-Signature: does not fit the body and this address")
    form = form_of(body)
    sender = _needed(form, "From", MAX_SENDER)
    is_whatsapp = sender.startswith("whatsapp:")
    message = TextMessage(
        channel="whatsapp" if is_whatsapp else "twilio-sms",
        source_id=_needed(form, "MessageSid", MAX_ID),
        sender=sender.removeprefix("whatsapp:"),
        text=form.get("Body", ""),
        received_at=now,
        spot=_spot(form.get("Latitude"), form.get("Longitude")),
    )
    return Delivered(message=message, raw=_shown(form))


def read_smssync(body: bytes, *, secret: str, now: datetime) -> Delivered:
    """A message of SMSSync: known by its message_id, else by sender, text and sent_timestamp."""
    form = _with_secret(body, secret)
    sender, text = _needed(form, "from", MAX_SENDER), _needed(form, "message", 4000)
    given, stamp = form.get("message_id", "").strip()[:MAX_ID], form.get("sent_timestamp", "").strip()
    known_by = given or (_digest(sender, text, stamp) if stamp else "")
    message = TextMessage(
        channel="smssync",
        source_id=known_by or _digest(sender, text),
        sender=sender,
        text=text,
        received_at=_moment(stamp, now),
    )
    return Delivered(message=message, raw=_shown(form), has_id=bool(known_by))


def read_frontlinesms(body: bytes, *, secret: str, now: datetime) -> Delivered:
    """A message of FrontlineSMS, which names none: the same sender and text within ten minutes is a repeat."""
    form = _with_secret(body, secret)
    sender, text = _needed(form, "from", MAX_SENDER), _needed(form, "message", 4000)
    message = TextMessage(
        channel="frontlinesms", source_id=_digest(sender, text), sender=sender, text=text, received_at=now
    )
    return Delivered(message=message, raw=_shown(form), has_id=False)


def read_telegram(body: bytes, *, given: str, secret: str, now: datetime) -> Delivered | None:
    """An update of the Bot API; None for one without a message to read (an edit, a channel's post, a sticker)."""
    if not hmac.compare_digest(given.encode("utf-8", "replace"), secret.encode()):
        raise ProofError("X-Telegram-Bot-Api-Secret-Token: is not the one that was set")
    try:
        update = json.loads(body)
    except (ValueError, RecursionError):
        raise DeliveryError("body: got something else, expected an Update as JSON") from None
    if not isinstance(update, dict) or not isinstance(update.get("update_id"), int):
        raise DeliveryError("update_id: got none, expected a whole number")
    said = update.get("message")
    if not isinstance(said, dict):
        return None
    text, place = said.get("text", said.get("caption")), said.get("location")
    spot = _spot(place.get("latitude"), place.get("longitude")) if isinstance(place, dict) else None
    if not isinstance(text, str) and spot is None:
        return None
    chat = said.get("chat")
    if not isinstance(chat, dict) or not isinstance(chat.get("id"), int):
        raise DeliveryError("message.chat.id: got none, expected a whole number")
    message = TextMessage(
        channel="telegram",
        source_id=f"{chat['id']}:{update['update_id']}"[:MAX_ID],
        sender=str(chat["id"])[:MAX_SENDER],
        text=clean(text) if isinstance(text, str) else "",
        received_at=_moment(said.get("date"), now, per_second=1),
        spot=spot,
    )
    return Delivered(message=message, raw=_shown(update))


def _with_secret(body: bytes, secret: str) -> dict[str, str]:
    form = form_of(body)
    if not hmac.compare_digest(form.pop("secret", "").encode(), secret.encode()):
        raise ProofError("secret: is not the one that was set")
    return form


def _raw_pairs(body: bytes) -> list[tuple[str, str]]:
    """As Twilio signs them: every field, before anything is cleaned."""
    try:
        return parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="replace", max_num_fields=MAX_FIELDS)
    except ValueError:
        raise DeliveryError("body: got something else, expected application/x-www-form-urlencoded") from None


def _needed(form: Mapping[str, str], name: str, longest: int) -> str:
    value = form.get(name, "").strip()
    if not value:
        raise DeliveryError(f"{name}: got nothing, expected text")
    if len(value) > longest:
        raise DeliveryError(f"{name}: got {len(value)} characters, expected at most {longest}")
    return value


def _spot(lat: Any, lon: Any) -> LatLon | None:
    """A pin; 0, 0 and anything that is no place is none."""
    try:
        found = LatLon(lat=float(lat), lon=float(lon))
    except (TypeError, ValueError, OverflowError):
        return None
    is_place = math.isfinite(found.lat) and abs(found.lat) <= 90 and abs(found.lon) <= 180
    return found if is_place and (found.lat, found.lon) != (0, 0) else None


def _moment(stamp: Any, now: datetime, *, per_second: int = 1000) -> datetime:
    try:
        return datetime.fromtimestamp(int(stamp) / per_second, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return now


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:40]


def _shown(raw: Mapping[str, Any]) -> str:
    return json.dumps(raw, ensure_ascii=True)
