"""Processes messages about an existing report: later photos, replies in its thread and requests for its status."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from siaga_cloud.channels.conversation import photos as conversation_photos
from siaga_cloud.channels.conversation import texts as conversation_texts
from siaga_cloud.channels.conversation.understanding import ReportContext, TextMessage, lay_before_operator, understand
from siaga_cloud.channels.store import conversations as text_channels
from siaga_cloud.channels.store.conversations import NumberedReport
from siaga_cloud.city.service.gazetteer import Vocabulary
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.reports.store import status as report_status
from siaga_cloud.reports.texts import progress
from siaga_core.rules.conversation import Language, ReplyStep, command_of

# Phones send an album as one message an image, and people send the image after the words.
PHOTO_WITHIN: Final = timedelta(minutes=30)


def about_report(
    conn: Connection, message: TextMessage, *, in_conversation: bool, now: datetime
) -> NumberedReport | None:
    """Return the sender's report that a message belongs to; None for one that begins or goes on with a conversation."""
    if in_conversation or command_of(message.text, in_conversation=False) is not None:
        return None
    if message.thread:
        return text_channels.report_of_thread(
            conn, channel=message.channel, sender=message.sender, thread=message.thread
        )
    is_photo = bool(message.photos or message.wanted) and not message.text.strip() and message.spot is None
    if not is_photo:
        return None
    return text_channels.last_report(conn, channel=message.channel, sender=message.sender, since=now - PHOTO_WITHIN)


def follow(
    conn: Connection,
    about: NumberedReport,
    message: TextMessage,
    language: Language,
    means: ReportContext,
    known: Vocabulary,
    now: datetime,
) -> tuple[ReplyStep, str]:
    """Add photos to the report and pass words to an operator; return the answer."""
    number = str(about.number)
    conversation_photos.persist(conn, message, source_id=about.source_id, media=means.media, now=now)
    if not message.text.strip():
        return ReplyStep(what="photo_added", number=about.number), conversation_texts.render(
            "photo_added", language, number=number
        )
    guess = understand(message.text, known)
    lay_before_operator(conn, message, guess, now, why=f"about report {number}")
    text = conversation_texts.render(
        "follow_up", language, number=number, sentence=_sentence(conn, about.number, message, language)
    )
    return ReplyStep(what="follow_up", number=about.number), text.strip()


def status(conn: Connection, number: int, message: TextMessage, language: Language) -> str:
    """Return how a report of the sender stands."""
    sentence = _sentence(conn, number, message, language)
    if not sentence:
        return conversation_texts.render("no_such_number", language, number=str(number))
    return conversation_texts.render("status", language, number=str(number), sentence=sentence)


def _sentence(conn: Connection, number: int, message: TextMessage, language: Language) -> str:
    secret = text_channels.secret_of_number(conn, number, channel=message.channel, sender=message.sender)
    found = report_status.followed_report(conn, secret) if secret else None
    if found is None:
        return ""
    return progress(found, language)[1]
