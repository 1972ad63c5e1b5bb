"""A message of a text channel taken in: once, with its talk, to a report, a question or an operator; and the answer."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from siaga_cloud.db import read_overview, report_keys, text_channels
from siaga_cloud.db.connection import Connection
from siaga_cloud.db.text_channels import Kept
from siaga_cloud.intake import talk_words, text_take
from siaga_cloud.intake.categories import CATEGORIES
from siaga_cloud.intake.status import status_sentence
from siaga_cloud.intake.text_take import Means, TextMessage, Understood, understand
from siaga_cloud.intake.word_files import short_forms
from siaga_core.rules.conversation import Ask, File, Heard, Language, Pass, Step, Talk, Tell, hear, language_of
from siaga_core.rules.geometry import LatLon
from siaga_core.rules.text_normal import words_of
from siaga_core.rules.text_place import Gazetteer
from siaga_core.wire.ids import uuid7

LATEST: Final = timedelta(days=7)
ALIKE_WITHIN: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """A message and how it came. `has_id`: its channel names messages, else `source_id` stands for sender and text."""

    message: TextMessage
    raw: str
    has_id: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the sender is told. `category`: set where a report was made."""

    text: str
    repeated: bool
    category: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What taking in a message needs. `public_url`: where reports are followed."""

    means: Means
    known: Gazetteer
    public_url: str


def take_in(conn: Connection, delivered: Delivered, desk: Desk, now: datetime) -> Answer:
    """Takes a message in once; a repeat gets the same answer and changes nothing."""
    message = _timed(delivered.message, now)
    turn = hashlib.sha256(f"talk {message.channel} {message.sender}".encode()).digest()
    report_keys.lock_key(conn, UUID(bytes=turn[:16]))
    before = _answered(conn, delivered, now)
    lag = (now - message.received_at).total_seconds()
    text_channels.count_success(conn, message.channel, repeated=before is not None, lag_seconds=lag, now=now)
    if before is not None:
        return Answer(text=before, repeated=True)
    if not delivered.has_id:
        message = replace(message, source_id=f"{message.source_id}:{uuid7(now)}")
    words = words_of(message.text, short_forms())
    said = understand(message.text, desk.known)
    talk = _talk(text_channels.talk_of(conn, channel=message.channel, sender=message.sender))
    language = language_of(words, talk.language if talk else None)
    after, step = hear(talk, _heard(message, words, said))
    answer = _do(conn, step, message, desk, language, now)
    text_channels.keep_talk(
        conn, channel=message.channel, sender=message.sender, talk=_plain(after) if after else None, at=now
    )
    _keep(conn, delivered, message, step, answer, now)
    return answer


def _timed(message: TextMessage, now: datetime) -> TextMessage:
    """A gateway's clock is believed within a week; nothing comes from the future."""
    sent = message.received_at
    return replace(message, received_at=sent if now - LATEST < sent <= now else now)


def _answered(conn: Connection, delivered: Delivered, now: datetime) -> str | None:
    message = delivered.message
    if delivered.has_id:
        return text_channels.reply_to(conn, channel=message.channel, source_id=message.source_id)
    return text_channels.reply_to_like(
        conn, channel=message.channel, digest=message.source_id, since=now - ALIKE_WITHIN
    )


def _heard(message: TextMessage, words: tuple[str, ...], said: Understood) -> Heard:
    category, place = said.category, said.place
    named = place.best if place.is_sure and message.spot is None else None
    return Heard(
        source_id=message.source_id,
        at=message.received_at,
        text=message.text,
        words=words,
        category=category.category if category.is_sure else None,
        spot=message.spot or (named.middle if named else None),
        place_name=named.name if named else None,
        is_over=category.why_none in ("over", "denied"),
    )


def _do(conn: Connection, step: Step, message: TextMessage, desk: Desk, language: Language, now: datetime) -> Answer:
    match step:
        case Ask(missing=missing):
            return Answer(text=talk_words.say(f"ask_{missing}", language), repeated=False)
        case File():
            return _file(conn, step, message, desk, now)
        case Pass(talk=talk):
            whole = _whole(talk, message)
            text_take.lay_before_operator(conn, whole, understand(whole.text, desk.known), now)
            return Answer(text=talk_words.say("passed", talk.language), repeated=False)
        case Tell(what="status", number=number):
            return Answer(text=_status(conn, number or 0, message, language), repeated=False)
        case Tell(what=what):
            return Answer(text=talk_words.say(what, language), repeated=False)


def _file(conn: Connection, step: File, message: TextMessage, desk: Desk, now: datetime) -> Answer:
    talk = step.talk
    taken = text_take.report_message(
        conn, _whole(talk, message), category=step.category, spot=step.spot, means=desk.means, now=now
    )
    number = text_channels.number_report(conn, taken.report_id, channel=message.channel, sender=message.sender)
    text = talk_words.say(
        "thanks",
        talk.language,
        category=CATEGORIES[step.category].name(talk.language),
        place=talk.place_name or f"{step.spot.lat:.4f}, {step.spot.lon:.4f}",
        number=str(number),
        follow=f"{desk.public_url}/r/{taken.secret}",
    )
    return Answer(text=text, repeated=False, category=step.category)


def _whole(talk: Talk, message: TextMessage) -> TextMessage:
    """The messages of a talk as one, under the id of the first."""
    return replace(
        message,
        source_id=talk.source_id,
        text="\n".join(talk.texts),
        received_at=talk.began_at,
        spot=talk.spot if talk.place_name is None else None,
    )


def _status(conn: Connection, number: int, message: TextMessage, language: Language) -> str:
    secret = text_channels.secret_of_number(conn, number, channel=message.channel, sender=message.sender)
    found = read_overview.followed_report(conn, secret) if secret else None
    if found is None:
        return talk_words.say("no_such_number", language, number=str(number))
    _, sentence = status_sentence(found.incident_state, found.task_state, found.agency_name, language)
    return talk_words.say("status", language, number=str(number), sentence=sentence)


def _keep(
    conn: Connection, delivered: Delivered, message: TextMessage, step: Step, answer: Answer, now: datetime
) -> None:
    text_channels.keep(
        conn,
        Kept(
            id=uuid7(now),
            channel=message.channel,
            source_id=message.source_id,
            sender=message.sender,
            raw=delivered.raw.replace("\0", ""),
            outcome=type(step).__name__.lower(),
            reply=answer.text,
            sent_at=message.received_at,
            received_at=now,
        ),
    )


def _plain(talk: Talk) -> dict[str, Any]:
    return {**asdict(talk), "began_at": talk.began_at.isoformat(), "heard_at": talk.heard_at.isoformat()}


def _talk(plain: dict[str, Any] | None) -> Talk | None:
    if plain is None:
        return None
    spot = plain["spot"]
    return Talk(
        source_id=plain["source_id"],
        began_at=datetime.fromisoformat(plain["began_at"]),
        heard_at=datetime.fromisoformat(plain["heard_at"]),
        language=plain["language"],
        texts=tuple(plain["texts"]),
        category=plain["category"],
        spot=LatLon(**spot) if spot else None,
        place_name=plain["place_name"],
        asked=plain["asked"],
    )
