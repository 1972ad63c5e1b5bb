"""Processes a message of a text channel once: it becomes a report, a question or an inbox item, and the sender gets an
answer.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from siaga_cloud.channels.conversation import (
    follow_up,
)
from siaga_cloud.channels.conversation import (
    photos as conversation_photos,
)
from siaga_cloud.channels.conversation import (
    texts as conversation_texts,
)
from siaga_cloud.channels.conversation import (
    understanding as text_reports,
)
from siaga_cloud.channels.conversation.understanding import ReportContext, TextMessage, TextUnderstanding, understand
from siaga_cloud.channels.store import conversations as text_channels
from siaga_cloud.channels.store.conversations import TextMessageRow
from siaga_cloud.city.categories import CATEGORIES
from siaga_cloud.city.service.gazetteer import Vocabulary
from siaga_cloud.connectors import store as connectors
from siaga_cloud.notifications.service import replies
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.reports.store import keys as report_keys
from siaga_core.rules.conversation import EXPIRES_AFTER as SHORT
from siaga_core.rules.conversation import (
    Conversation,
    IncomingMessage,
    Language,
    OperatorStep,
    QuestionStep,
    ReplyStep,
    ReportStep,
    Step,
    advance,
    language_of,
)
from siaga_core.rules.geometry import LatLon, distance_m
from siaga_core.rules.text.normal import words_of
from siaga_core.rules.text.place import PlaceGuess
from siaga_core.wire.ids import uuid7

LATEST: Final = timedelta(days=7)
ALIKE_WITHIN: Final = timedelta(minutes=10)
# By e-mail people answer after days; elsewhere two hours of silence end a conversation.
MAX_RAW: Final = 70_000
NEAR_M: Final = 1000.0
EXPIRES_AFTER: Final = {"email": timedelta(days=7)}


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveredMessage:
    """Represents a message and how it was delivered. `has_id` is false where the channel gives messages no id, so that
    `source_id` stands for sender and text.

    `answers_later` is true where the gateway accepts no answer in its response; the answer then goes out through the
    channel's port.
    """

    message: TextMessage
    raw: str
    has_id: bool = True
    answers_later: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Holds the answer to the sender. `category` is set where a report was created."""

    text: str
    repeated: bool
    category: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeContext:
    """Holds what the processing of a message needs. `public_url` is the address at which reports are followed."""

    means: ReportContext
    known: Vocabulary
    public_url: str


def accept(conn: Connection, delivered: DeliveredMessage, context: IntakeContext, now: datetime) -> Answer:
    """Takes a message in once; a repeat gets the same answer and changes nothing."""
    message = _timed(delivered.message, now)
    report_keys.lock_key(conn, conversation_photos.turn_of(message.channel, message.sender))
    before = _answered(conn, delivered, now)
    lag = (now - message.received_at).total_seconds()
    connectors.count_success(conn, message.channel, repeated=before is not None, lag_seconds=lag, now=now)
    if before is not None:
        return Answer(text=before, repeated=True)
    if not delivered.has_id:
        message = replace(message, source_id=f"{message.source_id}:{uuid7(now)}")
    step, answer = _advance(conn, message, context, now)
    message_row_id = _store_message(conn, delivered, message, step, answer, now)
    if delivered.answers_later and answer.text:
        replies.reply(conn, message_row_id, channel=message.channel, address=message.sender, text=answer.text, now=now)
    return answer


def _advance(conn: Connection, message: TextMessage, context: IntakeContext, now: datetime) -> tuple[Step, Answer]:
    """Return what a new message comes to, and what is answered."""
    dialogue = _conversation(text_channels.dialogue_of(conn, channel=message.channel, sender=message.conversation_key))
    if message.is_unreadable:
        text = conversation_texts.render("unreadable", dialogue.language if dialogue else "id")
        return ReplyStep(what="help"), Answer(text=text, repeated=False)
    about = follow_up.about_report(conn, message, in_conversation=dialogue is not None, now=now)
    words = words_of(message.text, context.known.short)
    language = language_of(words, dialogue.language if dialogue else about.language if about else None)
    if about is not None:
        reply_step, text = follow_up.follow(conn, about, message, language, context.means, context.known, now)
        return reply_step, Answer(text=text, repeated=False)
    guess = understand(message.text, context.known)
    after, step = advance(
        dialogue, _incoming(message, words, guess), expires_after=EXPIRES_AFTER.get(message.channel, SHORT)
    )
    begun = after or (step.dialogue if isinstance(step, ReportStep | OperatorStep) else None)
    if begun is not None:
        conversation_photos.persist(conn, message, source_id=begun.source_id, media=context.means.media, now=now)
    answer = _do(conn, step, message, context, language, now)
    text_channels.save_dialogue(
        conn,
        channel=message.channel,
        sender=message.conversation_key,
        dialogue=_plain(after) if after else None,
        at=now,
    )
    return step, answer


def _timed(message: TextMessage, now: datetime) -> TextMessage:
    """A gateway's clock is believed within a week; nothing comes from the future."""
    sent = message.received_at
    return replace(message, received_at=sent if now - LATEST < sent <= now else now)


def _answered(conn: Connection, delivered: DeliveredMessage, now: datetime) -> str | None:
    message = delivered.message
    if delivered.has_id:
        return text_channels.reply_to(conn, channel=message.channel, source_id=message.source_id)
    return text_channels.reply_to_like(
        conn, channel=message.channel, digest=message.source_id, since=now - ALIKE_WITHIN
    )


def _incoming(message: TextMessage, words: tuple[str, ...], guess: TextUnderstanding) -> IncomingMessage:
    category = guess.category
    spot, named = _where(message, guess.place)
    return IncomingMessage(
        source_id=message.source_id,
        at=message.received_at,
        text=message.text,
        words=words,
        category=category.category if category.is_sure else None,
        spot=spot,
        place_name=named,
        is_over=category.why_none in ("over", "denied"),
        has_photo=bool(message.photos or message.wanted),
    )


def _where(message: TextMessage, place: PlaceGuess) -> tuple[LatLon | None, str | None]:
    """Return the spot and the name of it: a pin, else where the photo was taken, unless the words name another
    place."""
    named = place.best if place.is_sure else None
    if message.spot is not None:
        return message.spot, None
    photo_place = next((photo.place for photo in message.photos if photo.place), None)
    if photo_place is not None and (named is None or distance_m(photo_place, named.middle) <= place.spread_m + NEAR_M):
        return photo_place, None
    return (named.middle, named.name) if named else (None, None)


def _do(
    conn: Connection, step: Step, message: TextMessage, context: IntakeContext, language: Language, now: datetime
) -> Answer:
    match step:
        case QuestionStep(missing=missing):
            return Answer(text=conversation_texts.render(f"ask_{missing}", language), repeated=False)
        case ReportStep():
            return _file(conn, step, message, context, now)
        case OperatorStep(dialogue=dialogue):
            whole = _whole(dialogue, message)
            text_reports.lay_before_operator(conn, whole, understand(whole.text, context.known), now)
            return Answer(text=conversation_texts.render("passed", dialogue.language), repeated=False)
        case ReplyStep(what="status", number=number):
            return Answer(text=follow_up.status(conn, number or 0, message, language), repeated=False)
        case ReplyStep(what=what):
            return Answer(text=conversation_texts.render(what, language), repeated=False)


def _file(conn: Connection, step: ReportStep, message: TextMessage, context: IntakeContext, now: datetime) -> Answer:
    dialogue = step.dialogue
    photo_place = text_reports.report_message(
        conn, _whole(dialogue, message), category=step.category, spot=step.spot, means=context.means, now=now
    )
    number = text_channels.number_report(
        conn,
        photo_place.report_id,
        channel=message.channel,
        sender=message.sender,
        language=dialogue.language,
        thread=message.thread,
        reply_to=message.reply_to,
    )
    text = conversation_texts.render(
        "thanks_group" if message.is_group else "thanks",
        dialogue.language,
        category=CATEGORIES[step.category].name(dialogue.language),
        place=dialogue.place_name or f"{step.spot.lat:.4f}, {step.spot.lon:.4f}",
        number=str(number),
        follow=f"{context.public_url}/r/{photo_place.secret}",
    )
    return Answer(text=text, repeated=False, category=step.category)


def _whole(dialogue: Conversation, message: TextMessage) -> TextMessage:
    """Return the messages of a conversation as one, under the id of the first."""
    return replace(
        message,
        source_id=dialogue.source_id,
        text="\n".join(dialogue.texts),
        received_at=dialogue.began_at,
        spot=dialogue.spot if dialogue.place_name is None else None,
    )


def _store_message(
    conn: Connection, delivered: DeliveredMessage, message: TextMessage, step: Step, answer: Answer, now: datetime
) -> UUID:
    stored_message = TextMessageRow(
        id=uuid7(now),
        channel=message.channel,
        source_id=message.source_id,
        sender=message.sender,
        raw=delivered.raw.replace("\0", "")[:MAX_RAW],
        outcome=type(step).__name__.lower(),
        reply=answer.text,
        sent_at=message.received_at,
        received_at=now,
        thread=message.thread,
        reply_to=message.reply_to,
    )
    text_channels.persist(conn, stored_message)
    return stored_message.id


def _plain(dialogue: Conversation) -> dict[str, Any]:
    return {
        **asdict(dialogue),
        "began_at": dialogue.began_at.isoformat(),
        "last_message_at": dialogue.last_message_at.isoformat(),
    }


def _conversation(plain: dict[str, Any] | None) -> Conversation | None:
    if plain is None:
        return None
    spot = plain["spot"]
    return Conversation(
        source_id=plain["source_id"],
        began_at=datetime.fromisoformat(plain["began_at"]),
        last_message_at=datetime.fromisoformat(plain["last_message_at"]),
        language=plain["language"],
        texts=tuple(plain["texts"]),
        category=plain["category"],
        spot=LatLon(**spot) if spot else None,
        place_name=plain["place_name"],
        questions=plain["questions"],
    )
