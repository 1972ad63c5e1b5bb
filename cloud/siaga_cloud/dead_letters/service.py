"""Replays dead letters after their cause was corrected, and shows their bytes safely."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Final

import psycopg

from siaga_cloud.dead_letters import store as db
from siaga_cloud.dead_letters.feeds import TOPICS, reprocess
from siaga_cloud.dead_letters.store import DeadLetterRow
from siaga_cloud.feeds.items import ItemError
from siaga_cloud.feeds.service.polling import FeedContext
from siaga_cloud.ingest.policy import IngestPolicy
from siaga_cloud.ingest.queue import Delivery
from siaga_cloud.ingest.sorting import SortedBatch, sort
from siaga_cloud.ingest.store import messages
from siaga_cloud.ingest.store.batches import store
from siaga_cloud.platform.db.connection import Connection

log = logging.getLogger(__name__)

_DEFAULTS: Final = IngestPolicy()
SHOWN_BYTES: Final = 4096
_A_LINE: Final = 16
_REASON_UNKNOWN: Final = "taking it in failed here; the worker's log says more"


class ReplayFailedError(Exception):
    """The dead letter cannot be stored now either; the message states why."""


def replay(
    conn: Connection, dead_letter_id: int, *, context: FeedContext, policy: IngestPolicy = _DEFAULTS, now: datetime
) -> str:
    """Replay one dead letter and return the outcome, where it is not obvious; raises `ReplayFailedError` (and the
    caller rolls back) where that fails.

    `messages.prepare_stages` first.
    """
    dead_letter = db.lock(conn, dead_letter_id)
    if dead_letter is None:
        raise ReplayFailedError("there is no such dead letter")
    if dead_letter.replayed_at is not None:
        raise ReplayFailedError(f"was replayed at {dead_letter.replayed_at.isoformat(timespec='seconds')}")
    became = (
        _of_feed(conn, dead_letter, context, now)
        if dead_letter.topic.startswith(TOPICS)
        else _of_node(conn, dead_letter, context, policy, now)
    )
    db.mark_replayed(conn, dead_letter, now=now)
    return became


def _of_feed(conn: Connection, dead_letter: DeadLetterRow, context: FeedContext, now: datetime) -> str:
    try:
        counts = reprocess(conn, dead_letter, context, now=now)
    except ItemError as error:
        raise ReplayFailedError(str(error)) from None
    return f": {counts.accepted} taken, {counts.repeated} known already, {counts.skipped} passed over"


def _of_node(
    conn: Connection, dead_letter: DeadLetterRow, context: FeedContext, policy: IngestPolicy, now: datetime
) -> str:
    batch = sort([_delivery(dead_letter)])
    _complain(batch)
    done = store(conn, batch, media=context.media, now=now, policy=policy)
    if done.blocked:
        raise ReplayFailedError("its node is blocked")
    if done.dead:
        raise ReplayFailedError("its node may not speak for that camera or gauge")
    return ""


def replay_next(
    transaction: Callable[[], AbstractContextManager[Connection]],
    *,
    context: FeedContext,
    policy: IngestPolicy = _DEFAULTS,
    now: datetime,
) -> bool:
    """Replay the next requested dead letter and record the outcome; return False where none waits."""
    with transaction() as conn:
        messages.prepare_stages(conn)
        dead_letter_id = db.next_requested(conn)
        if dead_letter_id is None:
            return False
        failed = _attempt(conn, dead_letter_id, context=context, policy=policy, now=now)
        db.record_attempt(conn, dead_letter_id, failed_because=failed, now=now)
    return True


def _attempt(
    conn: Connection, dead_letter_id: int, *, context: FeedContext, policy: IngestPolicy, now: datetime
) -> str | None:
    try:
        with conn.transaction():
            replay(conn, dead_letter_id, context=context, policy=policy, now=now)
    except ReplayFailedError as error:
        return str(error)
    except (ValueError, LookupError, OSError, psycopg.DataError, psycopg.IntegrityError) as error:
        log.error("dead letter %d could not be replayed: %s", dead_letter_id, error, exc_info=error)  # noqa: TRY400 - one line and its trace
        return _REASON_UNKNOWN
    return None


def hexdump(payload: bytes) -> str:
    """Return the first bytes as offset, hexadecimal and text; nothing in it is what a terminal or a browser
    would run.
    """
    shown = payload[:SHOWN_BYTES]
    return "\n".join(_line(start, shown[start : start + _A_LINE]) for start in range(0, len(shown), _A_LINE))


def _line(start: int, part: bytes) -> str:
    printable = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)
    return f"{start:08x}  {part.hex(' '):<{3 * _A_LINE - 1}}  {printable}"


def text_of(payload: bytes) -> str | None:
    """Return the first bytes as text where they are UTF-8, control characters shown by their symbols; None for other
    bytes.
    """
    try:
        text = payload[:SHOWN_BYTES].decode("utf-8")
    except UnicodeDecodeError as error:
        if len(payload) <= SHOWN_BYTES or error.start < SHOWN_BYTES - 4:
            return None
        text = payload[: error.start].decode("utf-8")  # a dead letter was cut in two
    return "".join(_shown(dead_letter) for dead_letter in text)


def _shown(dead_letter: str) -> str:
    code = ord(dead_letter)
    if code < 32 and dead_letter not in "\n\t":
        return chr(0x2400 + code)
    return dead_letter if dead_letter.isprintable() or dead_letter in "\n\t" else "\ufffd"


def _complain(batch: SortedBatch) -> None:
    for dead_letter in batch.dead:
        raise ReplayFailedError(dead_letter.reason)
    for message in batch.quarantined:
        raise ReplayFailedError(message.reason)


def _delivery(dead_letter: DeadLetterRow) -> Delivery:
    # Judged against the time when it came, so that an old dead letter does not count as one with a wrong clock.
    return Delivery(
        topic=dead_letter.topic, payload=dead_letter.payload, mid=0, epoch=0, received_at=dead_letter.received_at
    )
