"""Defines `siaga-cloud admin replay`: after a restore of the database, nodes send again what they still store."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from uuid import UUID

    from siaga_cloud.fleet.store.replays import NodeProgress
    from siaga_cloud.platform.db.connection import Connection

app = typer.Typer(no_args_is_help=True, help="Ask boxes for what a restored database lost.")

# Nodes' clocks may differ, and what was acknowledged was received a little before.
MARGIN = timedelta(minutes=15)
LASTS = timedelta(hours=48)


def request_since(conn: Connection, point: datetime, *, lasts: timedelta = LASTS) -> UUID:
    """Request every connected node to send what was acknowledged since a quarter of an hour before `point`."""
    from siaga_cloud.fleet.store import replays

    now = datetime.now(UTC)
    return replays.request(conn, since=min(point, now) - MARGIN, now=now, lasts=lasts, by=getpass.getuser())


@app.command("ask")
def request_replay(
    since: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M%z"],
            help="the point that the database was restored to, as 2026-11-26T02:00+0700; else its newest message's",
            show_default=False,
        ),
    ] = None,
    hours: Annotated[float, typer.Option(min=0.1, max=8760, help="how long boxes are asked when they are heard")] = 48,
) -> None:
    """Ask now; safe to repeat. Before ingest runs again, the point need not be given."""
    from siaga_cloud.fleet.store import replays
    from siaga_cloud.platform.cli import database, fail

    with database() as conn:
        point = since or replays.newest_message(conn)
        if point is None:
            fail("--since: the database knows no message, expected a time", code=2)
        request_since(conn, point, lasts=timedelta(hours=hours))
        found = replays.newest_request(conn)
    if found is not None:
        typer.echo(f"boxes are asked for what they saw acknowledged since {found[0].isoformat(timespec='seconds')}")


@app.command("show")
def show() -> None:
    """Print which nodes were requested, which have followed, and what is still missing."""
    from siaga_cloud.fleet.store import replays
    from siaga_cloud.platform.cli import database

    with database() as conn:
        newest, nodes = replays.newest_request(conn), replays.progress(conn)
    if newest is None:
        typer.echo("nothing was ever asked for")
        return
    since, ends_at = newest
    typer.echo(f"since {since.isoformat(timespec='seconds')}, asked until {ends_at.isoformat(timespec='seconds')}")
    for node in nodes:
        typer.echo(_line(node, since))
    done = sum(node.done_at is not None for node in nodes)
    typer.echo(f"{done} of {len(nodes)} nodes have followed; {sum(node.missing for node in nodes)} messages missing")


def _line(node: NodeProgress, since: datetime) -> str:
    if node.asked_at is None:
        state = "not heard since"
    elif node.done_at is None:
        state = f"asked {node.times} times"
    else:
        state = f"followed {node.done_at.isoformat(timespec='seconds')}"
    short = node.acked_since is not None and node.acked_since > since and node.missing
    reach = f"; kept only from {node.acked_since.isoformat(timespec='seconds')}" if short and node.acked_since else ""
    waiting = f", {node.waiting} waiting there" if node.waiting else ""
    return f"{node.node_id:<32} {state}, {node.missing} missing{waiting}{reach}"
