"""`siaga-cloud admin dead-letters`: messages that could not be processed, and their replay once the cause is fixed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime

import typer

from siaga_cloud.dead_letters import store as db
from siaga_cloud.dead_letters.feeds import TOPICS
from siaga_cloud.dead_letters.service import ReplayFailedError, replay
from siaga_cloud.feeds.run import context_of
from siaga_cloud.ingest.policy import policy_of
from siaga_cloud.ingest.store import messages
from siaga_cloud.platform.cli import database
from siaga_cloud.platform.db.connection import Connection, Database
from siaga_cloud.settings import load as load_settings

MAX_DEAD_LETTERS = 10_000


def show(limit: int, feed: str | None = None) -> None:
    """Prints the dead letters that wait, the oldest first, tab-separated; of a feed, where one is named."""
    with database() as conn:
        found = db.waiting(conn, limit=limit, topic=_topic(feed))
    for dead_letter in found:
        seq = "-" if dead_letter.seq is None else str(dead_letter.seq)
        at = dead_letter.received_at.isoformat(timespec="seconds")
        typer.echo(
            f"{dead_letter.id}\t{at}\t{dead_letter.node_id or '-'}\tseq {seq}"
            f"\t{dead_letter.times}x\t{dead_letter.topic}\t{dead_letter.reason}"
        )
    typer.echo(f"{len(found)} dead letters", err=True)


def replay_many(ids: Sequence[int], feed: str | None = None) -> int:
    """Replay these dead letters, or all that wait (of a feed); print each outcome and return how many failed."""
    with database() as conn:
        wanted = list(ids) or [
            dead_letter.id for dead_letter in db.waiting(conn, limit=MAX_DEAD_LETTERS, topic=_topic(feed))
        ]
        failed = _replay_all(conn, wanted)
    typer.echo(f"{len(wanted) - failed} replayed, {failed} failed", err=True)
    return failed


def _topic(feed: str | None) -> str | None:
    return f"{TOPICS}{feed}" if feed else None


def _replay_all(conn: Connection, ids: Sequence[int]) -> int:
    settings = load_settings(os.environ)
    context = context_of(Database(settings.database_url, name="siaga-admin-feeds"), settings)
    policy = policy_of(settings)
    messages.prepare_stages(conn)
    failed = 0
    for dead_letter_id in ids:
        try:
            with conn.transaction():
                became = replay(conn, dead_letter_id, context=context, policy=policy, now=datetime.now(UTC))
        except ReplayFailedError as error:
            typer.echo(f"{dead_letter_id}\t{error}")
            failed += 1
        else:
            typer.echo(f"{dead_letter_id}\treplayed{became}")
    return failed
