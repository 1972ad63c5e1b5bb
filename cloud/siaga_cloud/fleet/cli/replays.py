"""`siaga-cloud admin replay`: after a restore of the database, nodes send their stored messages again."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from uuid import UUID

    from siaga_cloud.fleet.store.replays import NodeProgress
    from siaga_cloud.platform.db.connection import Connection

app = typer.Typer(no_args_is_help=True, help="Request the messages that a restored database lost from the nodes.")

# Nodes' clocks may differ, and what was acknowledged was received a little before.
MARGIN = timedelta(minutes=15)
LASTS = timedelta(hours=48)


def request_since(conn: Connection, point: datetime, *, lasts: timedelta = LASTS) -> UUID:
    """Request every connected node to send what was acknowledged since a quarter of an hour before `point`."""
    from siaga_cloud.fleet.store import replays

    now = datetime.now(UTC)
    return replays.request(conn, since=min(point, now) - MARGIN, now=now, lasts=lasts, by=getpass.getuser())


@app.command("request")
def request_replay(
    since: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M%z"],
            help="Time to which the database was restored, such as 2026-11-26T02:00+0700; by default the time of its"
            " newest message.",
            show_default=False,
        ),
    ] = None,
    hours: Annotated[
        float, typer.Option(min=0.1, max=8760, help="Number of hours during which nodes that connect get the request.")
    ] = 48,
) -> None:
    """Request that every node sends again what was acknowledged since the restored point in time.

    The command may be repeated. Without --since it must run before ingest stores new messages.
    """
    from siaga_cloud.fleet.store import replays
    from siaga_cloud.platform.cli import database, fail

    with database() as conn:
        point = since or replays.newest_message(conn)
        if point is None:
            fail("--since: got nothing, expected a time, because the database contains no messages", code=2)
        request_since(conn, point, lasts=timedelta(hours=hours))
        found = replays.newest_request(conn)
    if found is not None:
        typer.echo(f"requested messages acknowledged since {found[0].isoformat(timespec='seconds')} from every node")


@app.command("show")
def show() -> None:
    """Show which nodes got the request, which ones completed it, and how many messages are missing."""
    from siaga_cloud.fleet.store import replays
    from siaga_cloud.platform.cli import database

    with database() as conn:
        newest, nodes = replays.newest_request(conn), replays.progress(conn)
    if newest is None:
        typer.echo("no replay was requested")
        return
    since, ends_at = newest
    typer.echo(
        f"messages since {since.isoformat(timespec='seconds')}; the request ends at"
        f" {ends_at.isoformat(timespec='seconds')}"
    )
    for node in nodes:
        typer.echo(_line(node, since))
    done = sum(node.done_at is not None for node in nodes)
    typer.echo(
        f"{done} of {len(nodes)} nodes completed the replay; {sum(node.missing for node in nodes)} messages missing"
    )


def _line(node: NodeProgress, since: datetime) -> str:
    if node.requested_at is None:
        state = "not connected since"
    elif node.done_at is None:
        state = f"requested {node.times} times"
    else:
        state = f"completed {node.done_at.isoformat(timespec='seconds')}"
    short = node.acked_since is not None and node.acked_since > since and node.missing
    reach = (
        f"; retained only since {node.acked_since.isoformat(timespec='seconds')}" if short and node.acked_since else ""
    )
    waiting = f", {node.waiting} waiting in the outbox" if node.waiting else ""
    return f"{node.node_id:<32} {state}, {node.missing} missing{waiting}{reach}"
