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
from siaga_cloud.media import MediaFolder
from siaga_cloud.services.dead_letters import StillDeadError, replay
from siaga_cloud.settings import load as load_settings

MAX_LETTERS = 10_000


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
