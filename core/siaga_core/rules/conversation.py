"""Conversations over text channels: which question comes next, so that a few short messages become one report.

State in, state out: `advance` returns the conversation as it continues (None: it is over) and what to do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal, TypeAlias

from siaga_core.rules.geometry import LatLon

EXPIRES_AFTER: Final = timedelta(hours=2)
MAX_QUESTIONS: Final = 2
MOST_TEXTS: Final = 6

Language: TypeAlias = Literal["id", "en"]
Missing: TypeAlias = Literal["place", "category"]

_ENGLISH: Final = frozenset({
    "the", "is", "are", "in", "on", "at", "of", "and", "my", "our", "there", "here", "please", "street", "road",
    "flood", "flooded", "water", "trash", "garbage", "broken", "near", "no", "not", "it", "has", "have", "hello",
    "thanks", "cancel", "light", "tree", "car", "cars", "to", "a", "with", "for",
})  # fmt: skip
_INDONESIAN: Final = frozenset({
    "di", "ada", "yang", "tidak", "sudah", "belum", "depan", "jalan", "tolong", "mohon", "dan", "ini", "itu", "dengan",
    "sampah", "air", "rumah", "banget", "warga", "pak", "bu", "dekat", "lagi", "mau", "halo", "dari", "karena",
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """What a sender has reported so far. `source_id`: of the first message; `questions`: those asked so far."""

    source_id: str
    began_at: datetime
    last_message_at: datetime
    language: Language
    texts: tuple[str, ...] = ()
    category: str | None = None
    spot: LatLon | None = None
    place_name: str | None = None
    questions: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingMessage:
    """One message, with what is sure in it: `category` and `spot` are None where they are not.

    `is_over`: it says that something has ended, or is not so; `words`: as `words_of` made them; `has_photo`: an image
    came with it.
    """

    source_id: str
    at: datetime
    text: str
    words: Sequence[str]
    category: str | None
    spot: LatLon | None
    place_name: str | None
    is_over: bool
    has_photo: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionStep:
    """Ask the sender for what is missing."""

    missing: Missing


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportStep:
    """Make a report of it."""

    dialogue: Conversation
    category: str
    spot: LatLon


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorStep:
    """Asked often enough: an operator reads it."""

    dialogue: Conversation


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyStep:
    """Answer without a report. `number`: of the report that it is about."""

    what: Literal["status", "cancelled", "nothing_to_cancel", "over", "help", "photo_added", "follow_up"]
    number: int | None = None


Step: TypeAlias = QuestionStep | ReportStep | OperatorStep | ReplyStep


def advance(
    dialogue: Conversation | None, message: IncomingMessage, *, expires_after: timedelta = EXPIRES_AFTER
) -> tuple[Conversation | None, Step]:
    """Return the next step; a conversation that was quiet for two hours, or its channel's limit, has ended."""
    if dialogue is not None and message.at - dialogue.last_message_at > expires_after:
        dialogue = None
    command = command_of(message.text, in_conversation=dialogue is not None)
    if command is not None:
        return (None if command.what == "cancelled" else dialogue), command
    if dialogue is None and message.is_over:
        return None, ReplyStep(what="over")
    known = _joined(dialogue, message)
    if known.category is not None and known.spot is not None:
        return None, ReportStep(dialogue=known, category=known.category, spot=known.spot)
    if known.questions >= MAX_QUESTIONS or len(known.texts) >= MOST_TEXTS:
        return None, OperatorStep(dialogue=known)
    is_vague = message.category is None and message.spot is None and len(message.words) < 2
    if dialogue is None and is_vague and not message.has_photo:
        return None, ReplyStep(what="help")
    missing: Missing = "category" if known.category is None else "place"
    return replace(known, questions=known.questions + 1), QuestionStep(missing=missing)


def language_of(words: Sequence[str], before: Language | None = None) -> Language:
    """The language of the words, else that of the conversation so far, else Indonesian."""
    lead = sum(word in _ENGLISH for word in words) - sum(word in _INDONESIAN for word in words)
    if lead == 0:
        return before or "id"
    return "en" if lead > 0 else "id"


def command_of(text: str, *, in_conversation: bool) -> ReplyStep | None:
    """What a message asks for by a word of its own (STATUS, BATAL, HELP); None for one that tells something."""
    parts = text.strip().lower().split()
    match parts:
        case ["status", number] if number.lstrip("#").isdecimal() and len(number) <= 12:
            return ReplyStep(what="status", number=int(number.lstrip("#")))
        case ["batal" | "cancel" | "stop"]:
            return ReplyStep(what="cancelled" if in_conversation else "nothing_to_cancel")
        case ["help" | "bantuan" | "/start" | "/help" | "info"]:
            return ReplyStep(what="help")
        case _:
            return None


def _joined(dialogue: Conversation | None, message: IncomingMessage) -> Conversation:
    """The conversation with a message added. What was sure before stays, but a spot may be put right."""
    before = dialogue or Conversation(
        source_id=message.source_id,
        began_at=message.at,
        last_message_at=message.at,
        language=language_of(message.words),
    )
    texts = (*before.texts, message.text.strip()) if message.text.strip() else before.texts
    return replace(
        before,
        began_at=min(before.began_at, message.at),
        last_message_at=max(before.last_message_at, message.at),
        language=language_of(message.words, before.language),
        texts=texts,
        category=before.category or message.category,
        spot=message.spot or before.spot,
        place_name=message.place_name if message.spot else before.place_name,
    )
