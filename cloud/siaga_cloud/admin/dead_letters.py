"""`siaga-cloud admin dead-letters`: what could not be read, and trying again after the cause was put right."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime

import typer

from siaga_cloud.admin.session import database
from siaga_cloud.db import dead_letters as db
from siaga_cloud.db import messages
from siaga_cloud.db.connection import Connection
from siaga_cloud.db.dead_letters import KeptLetter
from siaga_cloud.ingest.inbox import Delivery
from siaga_cloud.ingest.sort import Sorted, sort
from siaga_cloud.ingest.store import store
from siaga_cloud.media import MediaFolder
from siaga_cloud.settings import load as load_settings

MAX_LETTERS = 10_000


class StillDeadError(Exception):
    """The letter cannot be kept now either; the message says why."""


def show(limit: int) -> None:
    """Prints the letters that wait, the oldest first, tab-separated."""
    with database() as conn:
        letters = db.waiting(conn, limit=limit)
    for letter in letters:
        seq = "-" if letter.seq is None else str(letter.seq)
        typer.echo(
            f"{letter.id}\t{letter.received_at.isoformat(timespec='seconds')}\t{letter.node_id or '-'}\tseq {seq}"
            f"\t{letter.times}x\t{letter.topic}\t{letter.reason}"
        )
    typer.echo(f"{len(letters)} dead letters", err=True)


def replay_many(ids: Sequence[int]) -> int:
    """Takes these letters in, or all that wait; prints what became of each and returns how many failed."""
    with database() as conn:
        wanted = list(ids) or [letter.id for letter in db.waiting(conn, limit=MAX_LETTERS)]
        failed = _replay_all(conn, wanted)
    typer.echo(f"{len(wanted) - failed} replayed, {failed} not", err=True)
    return failed


def _replay_all(conn: Connection, ids: Sequence[int]) -> int:
    media = MediaFolder(load_settings(os.environ).media_dir)
    messages.prepare_stages(conn)
    failed = 0
    for letter_id in ids:
        try:
            with conn.transaction():
                replay(conn, letter_id, media=media, now=datetime.now(UTC))
        except StillDeadError as error:
            typer.echo(f"{letter_id}\t{error}")
            failed += 1
        else:
            typer.echo(f"{letter_id}\treplayed")
    return failed


def replay(conn: Connection, letter_id: int, *, media: MediaFolder, now: datetime) -> None:
    """Takes one letter in; raises `StillDeadError` (and the caller rolls back) where that fails."""
    letter = db.lock(conn, letter_id)
    if letter is None:
        raise StillDeadError("there is no such letter")
    if letter.replayed_at is not None:
        raise StillDeadError(f"was replayed at {letter.replayed_at.isoformat(timespec='seconds')}")
    batch = sort([_delivery(letter)])
    _complain(batch)
    done = store(conn, batch, media=media, now=now)
    if done.dead:
        raise StillDeadError("its node may not speak for that camera or gauge")
    db.mark_replayed(conn, letter, now=now)


def _complain(batch: Sorted) -> None:
    for letter in batch.dead:
        raise StillDeadError(letter.reason)
    for message in batch.quarantined:
        raise StillDeadError(message.reason)


def _delivery(letter: KeptLetter) -> Delivery:
    # Judged against the time when it came, so that an old letter does not count as one with a wrong clock.
    return Delivery(topic=letter.topic, payload=letter.payload, mid=0, epoch=0, received_at=letter.received_at)
