"""Interprets the messages of text channels and turns them into reports or inbox items."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from siaga_cloud.channels.conversation import texts as conversation_texts
from siaga_cloud.channels.store import conversations as text_channels
from siaga_cloud.channels.store import inbox
from siaga_cloud.channels.store import photos as text_photos
from siaga_cloud.channels.store.inbox import Item
from siaga_cloud.city.categories import CATEGORIES
from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.city.service.gazetteer import Vocabulary
from siaga_cloud.city.word_lists import short_forms
from siaga_cloud.notifications.service import notifications
from siaga_cloud.notifications.service.notifications import Audience, Subject
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.errors import ConflictError, InvalidError, NotFoundError
from siaga_cloud.platform.media.folder import MediaFolder
from siaga_cloud.platform.media.photo import MAX_PHOTOS, Photo
from siaga_cloud.reports.form import MAX_TEXT, Report
from siaga_cloud.reports.service.intake import AcceptedReport, Delivery, Sender, accept_once
from siaga_cloud.reports.service.reports import MAX_AGE
from siaga_cloud.reports.store.reports import Contact
from siaga_core.rules.conversation import Language, language_of
from siaga_core.rules.geometry import LatLon
from siaga_core.rules.text.category import CategoryGuess, guess_category
from siaga_core.rules.text.normal import words_of
from siaga_core.rules.text.place import NamedPlace, PlaceGuess, guess_place
from siaga_core.wire.ids import uuid7


@dataclass(frozen=True, slots=True, kw_only=True)
class TextMessage:
    """Represents a message of a text channel. `sender` is a phone number or account and is personal data; `spot` is a
    shared location.

    `photos` came with the message; `wanted` are addresses, in the channel's own form, from which photos are still to be
    fetched. `thread` and `reply_to` are those of an e-mail: where it belongs and what its answers refer to.
    `sender_is_phone` states whether the reporter can be phoned at `sender`, `is_account_proven` whether the gateway
    proves that the account is that of a person with a phone. `is_unreadable`: it holds nothing but a voice note, a
    video or a sticker. `is_group`: others read the answer, too.
    """

    channel: str
    source_id: str
    sender: str
    text: str
    received_at: datetime
    spot: LatLon | None = None
    photos: tuple[Photo, ...] = ()
    wanted: tuple[str, ...] = ()
    thread: str = ""
    reply_to: Mapping[str, Any] = field(default_factory=dict)
    sender_is_phone: bool = False
    is_account_proven: bool = False
    is_unreadable: bool = False
    is_group: bool = False

    @property
    def conversation_key(self) -> str:
        """Return whose conversation it is: the sender's, by e-mail that of the thread."""
        return f"{self.sender}\n{self.thread}" if self.thread else self.sender


@dataclass(frozen=True, slots=True, kw_only=True)
class TextUnderstanding:
    """Describes how a text was understood."""

    category: CategoryGuess
    place: PlaceGuess

    @property
    def unsure(self) -> str:
        """Return what an operator must look at, in words; empty where nothing."""
        about = [] if self.category.is_sure else [f"category: {self.category.why_none or 'unsure'}"]
        if not self.place.is_sure:
            about.append("place: unsure" if self.place.best else "place: none named")
        return ", ".join(about)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportContext:
    """Holds what the storing of a report needs besides the database."""

    media: MediaFolder
    areas: AreaLookup


def understand(text: str, known: Vocabulary) -> TextUnderstanding:
    """Guess the category and the place of a text."""
    words = words_of(text, known.short)
    return TextUnderstanding(category=guess_category(words, known.categories), place=guess_place(words, known.places))


def report_message(
    conn: Connection, message: TextMessage, *, category: str, spot: LatLon, means: ReportContext, now: datetime
) -> AcceptedReport:
    """Return an ordinary report of a message, once for its source id."""
    report = Report(
        category=category,
        text=clean(message.text),
        place=spot,
        photos=(),
        offered_place=None,
        key=None,
    )
    stored_media = text_photos.media_of(conn, channel=message.channel, source_id=message.source_id, limit=MAX_PHOTOS)
    age = now - message.received_at
    delivery = Delivery(
        channel=message.channel,
        lock=message.source_id,
        source_ids=(message.source_id,),
        contact=_contact(message),
        stored_photos=tuple(stored_media),
        happened_at=message.received_at if age < MAX_AGE else None,
    )
    # Whom no gateway proves, such as the sender of an e-mail, is one source with all others of the channel.
    sender = Sender(
        name=f"{message.channel}:{message.sender}",
        is_account=message.is_account_proven,
        network=f"channel:{message.channel}",
    )
    return accept_once(conn, report, delivery, sender=sender, media=means.media, areas=means.areas, now=now)


def lay_before_operator(
    conn: Connection, message: TextMessage, guess: TextUnderstanding, now: datetime, *, why: str = ""
) -> bool:
    """Puts a message into the operators' inbox; False where it lies there already. `why`: where it is not unsure."""
    best, spot = guess.place.best, message.spot
    item = Item(
        id=uuid7(now),
        channel=message.channel,
        source_id=message.source_id,
        sender=message.sender,
        body=clean(message.text),
        category=guess.category.category,
        category_confidence=guess.category.confidence,
        category_words=guess.category.hits[:20],
        why=why or guess.unsure or "asked for",
        lat=spot.lat if spot else best.middle.lat if best else None,
        lon=spot.lon if spot else best.middle.lon if best else None,
        place_name=None if spot else best.name if best else None,
        place_confidence=1.0 if spot else guess.place.confidence,
        radius_m=None if spot or not best else guess.place.spread_m,
        candidates=candidates(guess.place.candidates),
        received_at=message.received_at,
    )
    return inbox.save(conn, item)


def decide_item(
    conn: Connection,
    item_id: UUID,
    *,
    category: str,
    spot: LatLon,
    by: str,
    means: ReportContext,
    phone_channels: Collection[str],
    proving_channels: Collection[str],
    now: datetime,
) -> UUID:
    """Create the report that an operator makes of an item; raises NotFoundError, ConflictError. Returns the report's
    id.

    `phone_channels` are the channels whose senders are phone numbers, `proving_channels` those whose accounts need one.
    """
    item = _waiting(conn, item_id)
    message = TextMessage(
        channel=item.channel,
        source_id=item.source_id,
        sender=item.sender,
        text=item.body,
        received_at=item.received_at,
        sender_is_phone=item.channel in phone_channels,
        is_account_proven=item.channel in proving_channels,
    )
    accepted = report_message(conn, message, category=category, spot=spot, means=means, now=now)
    _reply_accepted(conn, message, accepted.report_id, category, now)
    inbox.decide(conn, item_id, status="reported", by=by, now=now, report_id=accepted.report_id, reason="")
    return accepted.report_id


def _reply_accepted(conn: Connection, message: TextMessage, report_id: UUID, category: str, now: datetime) -> None:
    """Notify the sender, through the channel of the message, that the report exists."""
    thread_of_message = text_channels.message_of(conn, channel=message.channel, source_id=message.source_id)
    if thread_of_message is None:
        return  # it came by an import or a feed, which nobody is answered by
    language = language_of(words_of(message.text, short_forms()))
    number = text_channels.number_report(
        conn,
        report_id,
        channel=message.channel,
        sender=message.sender,
        language=language,
        thread=thread_of_message.thread,
        reply_to=thread_of_message.reply_to,
    )
    names = CATEGORIES[category].name
    languages: tuple[Language, ...] = ("id", "en")
    guess: dict[str, Any] = {
        one: conversation_texts.render("taken_up", one, number=str(number), category=names(one)) for one in languages
    }
    notifications.notify(
        conn,
        to=Audience.reporter(report_id),
        kind="report_taken_up",
        subject=Subject(kind="report", id=str(report_id)),
        dedupe=f"report/{report_id}/taken_up",
        body=guess,
        now=now,
        category=category,
    )


def _contact(message: TextMessage) -> Contact | None:
    if message.sender_is_phone:
        return Contact(phone=message.sender)
    return Contact(email=message.sender) if message.channel == "email" else None


def reject_item(conn: Connection, item_id: UUID, *, reason: str, by: str, now: datetime) -> None:
    """Record why an item becomes no report; raises NotFoundError, ConflictError, InvalidError."""
    if not reason.strip():
        raise InvalidError("reason: got nothing, expected why this is no report", code="reason_required")
    _waiting(conn, item_id)
    inbox.decide(conn, item_id, status="rejected", by=by, now=now, report_id=None, reason=reason.strip())


def candidates(named: Sequence[NamedPlace]) -> list[dict[str, Any]]:
    """Places as plain values."""
    return [
        {
            "id": one.place.id,
            "name": one.place.name,
            "kind": one.place.kind,
            "lat": one.place.middle.lat,
            "lon": one.place.middle.lon,
            "radius_m": one.place.radius_m,
            "confidence": one.confidence,
        }
        for one in named
    ]


def clean(text: str) -> str:
    """Text as it may be stored: no NUL, no half characters, at most 4000 characters."""
    whole = text.replace("\0", "").encode("utf-8", "ignore").decode("utf-8")
    return whole.strip()[:MAX_TEXT]


def _waiting(conn: Connection, item_id: UUID) -> Item:
    item = inbox.locked(conn, item_id)
    if item is None:
        raise NotFoundError(f"there is no message {item_id} in the inbox", code="inbox_item_not_found")
    if item.status != "waiting":
        raise ConflictError(f"message {item_id} was {item.status} by {item.decided_by}", code="inbox_item_decided")
    return item
