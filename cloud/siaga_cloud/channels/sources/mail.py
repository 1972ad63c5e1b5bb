"""Reads a mail: who writes what, in which thread and with which photos, or why the mail must not be answered."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import getaddresses, parsedate_to_datetime
from typing import Any, Final
from uuid import UUID

from siaga_cloud.channels.conversation.service import DeliveredMessage
from siaga_cloud.channels.conversation.understanding import TextMessage, clean
from siaga_cloud.channels.sources import mail_text
from siaga_cloud.channels.sources.fields import MAX_ID, DeliveryError, digest_of
from siaga_cloud.platform.input_errors import IntakeError
from siaga_cloud.platform.media.photo import MAX_PHOTO_BYTES, MAX_PHOTOS, Photo, clean_photo

CHANNEL: Final = "email"
MAX_MAIL_BYTES: Final = 40 * 1024 * 1024
MAX_PARTS: Final = 60
MAX_TEXT: Final = 200_000
MAX_RAW: Final = 60_000
MAX_REFERENCES: Final = 20
MAX_ADDRESS: Final = 254
MIN_PHOTO_BYTES: Final = 4096  # below are icons of signatures

# What the library raises for headers and parts that break the rules.
_BROKEN: Final = (ValueError, LookupError, AttributeError, TypeError, AssertionError, RecursionError)
_MESSAGE_ID: Final = re.compile(r"<[^<>\s]{1,180}>")
_ROBOT: Final = re.compile(
    r"^(mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?|notifications?)[@+-]", re.IGNORECASE
)
_SUBJECT_MARKS: Final = re.compile(r"^\s*((re|fw|fwd|bls|balas|trs|aw)\s*(\[\d+\])?\s*:\s*)+", re.IGNORECASE)


class AutomaticError(Exception):
    """A machine sent the mail; answering it could continue for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """Represents a mail as a message with what it answers. `answers` are those of its ids that this server issued."""

    delivered: DeliveredMessage
    answers_to: tuple[str, ...]
    answers: tuple[UUID, ...]


def read_mail(raw: bytes, *, own: frozenset[str], now: datetime) -> Mail:
    """Read a mail; `own` are the addresses of this server in lower case.

    Raises AutomaticError for what no person wrote, DeliveryError for what cannot be read.
    """
    if len(raw) > MAX_MAIL_BYTES:
        raise DeliveryError(f"mail: got {len(raw)} bytes, expected at most {MAX_MAIL_BYTES}")
    try:
        return _read(raw, own, now)
    except _BROKEN as error:
        raise DeliveryError(f"mail: its headers or parts cannot be read ({type(error).__name__})") from error


def _read(raw: bytes, own: frozenset[str], now: datetime) -> Mail:
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    if not isinstance(mail, EmailMessage):
        raise DeliveryError("mail: got something else, expected RFC 5322")
    sender = _sender(mail)
    _check_person(mail, sender, own)
    parts = _parts(mail)
    text, photos = _words(mail, parts), _photos(parts)
    if not text and not photos:
        raise DeliveryError("mail: got neither words nor a picture")
    message_id = _own_id(mail, sender, text)
    refers = _ids(mail, "References")[-MAX_REFERENCES:]
    answers_to = tuple(dict.fromkeys((*_ids(mail, "In-Reply-To")[:5], *reversed(refers))))
    subject = clean(_SUBJECT_MARKS.sub("", _header(mail, "Subject")))[:200]
    message = TextMessage(
        channel=CHANNEL,
        source_id=message_id,
        sender=sender,
        text=text,
        received_at=_sent_at(mail, now),
        photos=photos,
        thread=(refers[0] if refers else answers_to[0] if answers_to else message_id),
        reply_to={"subject": subject, "references": [*refers, message_id][-MAX_REFERENCES:]},
    )
    delivered = DeliveredMessage(message=message, raw=_shown(mail, text), answers_later=True)
    return Mail(delivered=delivered, answers_to=answers_to, answers=tuple(_given_by_us(answers_to)))


def _check_person(mail: EmailMessage, sender: str, own: frozenset[str]) -> None:
    """RFC 3834, and what mailing lists and bounces are known by."""
    automatic = _header(mail, "Auto-Submitted").lower()
    if automatic and not automatic.startswith("no"):
        raise AutomaticError(f"Auto-Submitted: {automatic[:40]}")
    if _header(mail, "Precedence").strip().lower() in ("bulk", "junk", "list", "auto_reply"):
        raise AutomaticError("Precedence: bulk, junk or list")
    for name in ("List-Id", "List-Unsubscribe", "X-Loop", "X-Autoreply", "X-Autorespond", "X-Failed-Recipients"):
        if mail.get(name) is not None:
            raise AutomaticError(name)
    if _header(mail, "Return-Path").strip() == "<>":
        raise AutomaticError("Return-Path: <>, a bounce")
    if mail.get_content_type() in ("multipart/report", "message/delivery-status"):
        raise AutomaticError("a report of delivery")
    if sender in own:
        raise AutomaticError("From: this server's own address")
    if _ROBOT.match(sender):
        raise AutomaticError("From: an address that nobody reads")


def _sender(mail: EmailMessage) -> str:
    found = [address for _, address in getaddresses([_header(mail, "From")]) if "@" in address]
    if len(found) != 1 or len(found[0]) > MAX_ADDRESS or not found[0].isprintable() or " " in found[0]:
        raise DeliveryError("From: got no address, or several, expected one")
    return found[0].lower()


def _header(mail: EmailMessage, name: str) -> str:
    """Return a header as text; headers that break the rules are read as they stand."""
    try:
        return str(mail.get(name, ""))
    except (ValueError, IndexError, AttributeError, KeyError, TypeError):
        return str(dict(mail.raw_items()).get(name, ""))


def _ids(mail: EmailMessage, name: str) -> list[str]:
    return _MESSAGE_ID.findall(_header(mail, name))


def _own_id(mail: EmailMessage, sender: str, text: str) -> str:
    """Return the Message-ID, or what stands for it where a client gave none."""
    found = _ids(mail, "Message-ID")
    return found[0][:MAX_ID] if found else f"<{digest_of(sender, _header(mail, 'Date'), text)}@no-id>"


def _given_by_us(ids: tuple[str, ...]) -> Iterator[UUID]:
    for one in ids:
        try:
            yield UUID(one[1:-1].partition("@")[0])
        except ValueError:
            continue


def _parts(mail: EmailMessage) -> list[EmailMessage]:
    """Return the leaves, without those of mails that are attached whole."""
    found: list[EmailMessage] = []
    waiting: list[Any] = [mail]
    seen = 0
    while waiting:
        part = waiting.pop(0)
        seen += 1
        if seen > MAX_PARTS:
            raise DeliveryError(f"mail: got over {MAX_PARTS} parts")
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            waiting[:0] = list(part.iter_parts())
        elif part.get_content_maintype() != "message":
            found.append(part)
    return found


def _words(mail: EmailMessage, parts: list[EmailMessage]) -> str:
    """Return the subject, where it adds anything to the text, and the sender's own new words."""
    plain = [part for part in parts if part.get_content_type() == "text/plain" and not _is_attached(part)]
    marked = [part for part in parts if part.get_content_type() == "text/html" and not _is_attached(part)]
    text = "\n".join(_content(part) for part in plain)[:MAX_TEXT]
    if not text.strip() and marked:
        text = mail_text.from_html("\n".join(_content(part) for part in marked))[:MAX_TEXT]
    body = clean(mail_text.own_words(text))
    subject = clean(_SUBJECT_MARKS.sub("", _header(mail, "Subject")))[:200]
    is_answer = bool(_ids(mail, "In-Reply-To") or _ids(mail, "References"))
    has_text = bool(subject) and not is_answer and subject.lower() not in body.lower()
    return clean("\n".join(filter(None, (subject if has_text else "", body))))


def _content(part: EmailMessage) -> str:
    """Return the text in its stated encoding, or else in one that accepts every byte."""
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    try:
        return data.decode(part.get_content_charset("utf-8"))
    except (LookupError, UnicodeDecodeError, ValueError):
        return data.decode("utf-8", "replace") if b"\0" not in data[:100] else data.decode("utf-16", "replace")


def _photos(parts: list[EmailMessage]) -> tuple[Photo, ...]:
    """Images that can be read, at most three; one that is broken or too big does not lose the mail."""
    found: list[Photo] = []
    for part in parts:
        if part.get_content_maintype() != "image" and part.get_content_type() != "application/octet-stream":
            continue
        data = part.get_payload(decode=True)
        if not isinstance(data, bytes) or not MIN_PHOTO_BYTES <= len(data) <= MAX_PHOTO_BYTES:
            continue
        try:
            found.append(clean_photo(data))
        except IntakeError:
            continue
        if len(found) == MAX_PHOTOS:
            break
    return tuple(found)


def _is_attached(part: EmailMessage) -> bool:
    return part.get_content_disposition() == "attachment"


def _sent_at(mail: EmailMessage, now: datetime) -> datetime:
    try:
        found = parsedate_to_datetime(_header(mail, "Date"))
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (TypeError, ValueError, OverflowError, IndexError):
        return now


def _shown(mail: EmailMessage, text: str) -> str:
    """Return the headers and the words as they are stored; images lie in the media folder."""
    heads = "\n".join(f"{name}: {value}" for name, value in mail.raw_items())
    return clean_long(f"{heads[: MAX_RAW // 2]}\n\n{text}")


def clean_long(text: str) -> str:
    """Text as the database takes it."""
    return text.replace("\0", "").encode("utf-8", "ignore").decode("utf-8")[:MAX_RAW]
