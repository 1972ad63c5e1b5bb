"""Dead letters: taken in again after the cause was put right, and their bytes as they can be looked at without harm."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Final

import psycopg

from siaga_cloud.dead_letters import store as db
from siaga_cloud.dead_letters.feeds import TOPICS, take_letter
from siaga_cloud.dead_letters.store import KeptLetter
from siaga_cloud.feeds.items import ItemError
from siaga_cloud.feeds.service.polling import Desk
from siaga_cloud.ingest.queue import Delivery
from siaga_cloud.ingest.sorting import Sorted, sort
from siaga_cloud.ingest.store import messages
from siaga_cloud.ingest.store.batches import store
from siaga_cloud.platform.db.connection import Connection

log = logging.getLogger(__name__)

SHOWN_BYTES: Final = 4096
_A_LINE: Final = 16
_NOT_SAID: Final = "taking it in failed here; the worker's log says more"


class StillDeadError(Exception):
    """The letter cannot be kept now either; the message says why."""


def replay(conn: Connection, letter_id: int, *, desk: Desk, now: datetime) -> str:
    """Takes one letter in and says what became of it, where that is not plain; raises `StillDeadError` (and the caller
    rolls back) where that fails.

    `messages.prepare_stages` first.
    """
    letter = db.lock(conn, letter_id)
    if letter is None:
        raise StillDeadError("there is no such letter")
    if letter.replayed_at is not None:
        raise StillDeadError(f"was replayed at {letter.replayed_at.isoformat(timespec='seconds')}")
    became = _of_feed(conn, letter, desk, now) if letter.topic.startswith(TOPICS) else _of_node(conn, letter, desk, now)
    db.mark_replayed(conn, letter, now=now)
    return became


def _of_feed(conn: Connection, letter: KeptLetter, desk: Desk, now: datetime) -> str:
    try:
        counts = take_letter(conn, letter, desk, now=now)
    except ItemError as error:
        raise StillDeadError(str(error)) from None
    return f": {counts.taken} taken, {counts.repeated} known already, {counts.skipped} passed over"


def _of_node(conn: Connection, letter: KeptLetter, desk: Desk, now: datetime) -> str:
    batch = sort([_delivery(letter)])
    _complain(batch)
    done = store(conn, batch, media=desk.media, now=now)
    if done.dead:
        raise StillDeadError("its node may not speak for that camera or gauge")
    return ""


def replay_next(transaction: Callable[[], AbstractContextManager[Connection]], *, desk: Desk, now: datetime) -> bool:
    """Tries the next letter that was asked for and notes the outcome; False where none waits."""
    with transaction() as conn:
        messages.prepare_stages(conn)
        letter_id = db.next_asked(conn)
        if letter_id is None:
            return False
        failed = _tried(conn, letter_id, desk=desk, now=now)
        db.note_tried(conn, letter_id, failed_because=failed, now=now)
    return True


def _tried(conn: Connection, letter_id: int, *, desk: Desk, now: datetime) -> str | None:
    try:
        with conn.transaction():
            replay(conn, letter_id, desk=desk, now=now)
    except StillDeadError as error:
        return str(error)
    except (ValueError, LookupError, OSError, psycopg.DataError, psycopg.IntegrityError) as error:
        log.error("dead letter %d: %s", letter_id, error, exc_info=error)  # noqa: TRY400 - one line and its trace
        return _NOT_SAID
    return None


def hexdump(payload: bytes) -> str:
    """The first bytes as offset, hexadecimal and letters; nothing in it is what a terminal or a browser would run."""
    shown = payload[:SHOWN_BYTES]
    return "\n".join(_line(start, shown[start : start + _A_LINE]) for start in range(0, len(shown), _A_LINE))


def _line(start: int, part: bytes) -> str:
    letters = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)
    return f"{start:08x}  {part.hex(' '):<{3 * _A_LINE - 1}}  {letters}"


def text_of(payload: bytes) -> str | None:
    """The first bytes as text where they are UTF-8, control characters shown by their symbols; None for other bytes."""
    try:
        text = payload[:SHOWN_BYTES].decode("utf-8")
    except UnicodeDecodeError as error:
        if len(payload) <= SHOWN_BYTES or error.start < SHOWN_BYTES - 4:
            return None
        text = payload[: error.start].decode("utf-8")  # a letter was cut in two
    return "".join(_shown(letter) for letter in text)


def _shown(letter: str) -> str:
    code = ord(letter)
    if code < 32 and letter not in "\n\t":
        return chr(0x2400 + code)
    return letter if letter.isprintable() or letter in "\n\t" else "\ufffd"


def _complain(batch: Sorted) -> None:
    for letter in batch.dead:
        raise StillDeadError(letter.reason)
    for message in batch.quarantined:
        raise StillDeadError(message.reason)


def _delivery(letter: KeptLetter) -> Delivery:
    # Judged against the time when it came, so that an old letter does not count as one with a wrong clock.
    return Delivery(topic=letter.topic, payload=letter.payload, mid=0, epoch=0, received_at=letter.received_at)
