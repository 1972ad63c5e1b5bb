"""`siaga-cloud admin dead-letters`: what could not be read, and trying again after the cause was put right."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime

import typer

from siaga_cloud.dead_letters import store as db
from siaga_cloud.dead_letters.feeds import TOPICS
from siaga_cloud.dead_letters.service import StillDeadError, replay
from siaga_cloud.feeds.run import desk_of
from siaga_cloud.ingest.store import messages
from siaga_cloud.platform.cli import database
from siaga_cloud.platform.db.connection import Connection, Database
from siaga_cloud.settings import load as load_settings

MAX_LETTERS = 10_000


def show(limit: int, feed: str | None = None) -> None:
    """Prints the letters that wait, the oldest first, tab-separated; of a feed, where one is named."""
    with database() as conn:
        letters = db.waiting(conn, limit=limit, topic=_topic(feed))
    for letter in letters:
        seq = "-" if letter.seq is None else str(letter.seq)
        typer.echo(
            f"{letter.id}\t{letter.received_at.isoformat(timespec='seconds')}\t{letter.node_id or '-'}\tseq {seq}"
            f"\t{letter.times}x\t{letter.topic}\t{letter.reason}"
        )
    typer.echo(f"{len(letters)} dead letters", err=True)


def replay_many(ids: Sequence[int], feed: str | None = None) -> int:
    """Takes these letters in, or all that wait (of a feed); prints what became of each and returns how many failed."""
    with database() as conn:
        wanted = list(ids) or [letter.id for letter in db.waiting(conn, limit=MAX_LETTERS, topic=_topic(feed))]
        failed = _replay_all(conn, wanted)
    typer.echo(f"{len(wanted) - failed} replayed, {failed} not", err=True)
    return failed


def _topic(feed: str | None) -> str | None:
    return f"{TOPICS}{feed}" if feed else None


def _replay_all(conn: Connection, ids: Sequence[int]) -> int:
    settings = load_settings(os.environ)
    desk = desk_of(Database(settings.database_url, name="siaga-admin-feeds"), settings)
    messages.prepare_stages(conn)
    failed = 0
    for letter_id in ids:
        try:
            with conn.transaction():
                became = replay(conn, letter_id, desk=desk, now=datetime.now(UTC))
        except StillDeadError as error:
            typer.echo(f"{letter_id}\t{error}")
            failed += 1
        else:
            typer.echo(f"{letter_id}\treplayed{became}")
    return failed
