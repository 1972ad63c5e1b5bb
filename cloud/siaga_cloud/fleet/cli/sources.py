"""Defines `siaga-cloud admin fleet release` and `refused`: who owns a source, and what nodes may not report."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from siaga_cloud.platform.cli import actor, database, fail

Reason = Annotated[str, typer.Option("--reason", help="Reason, which the audit log records.", show_default=False)]


def release(
    sources: Annotated[
        list[str],
        typer.Argument(metavar="SOURCE...", show_default=False, help="gauge:ID, camera:ID, or an id that is unique."),
    ],
    reason: Reason,
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="NODE", help="New owner; without it, the next node that reports the source."),
    ] = None,
) -> None:
    """Release cameras and gauges from the node that owns them."""
    from siaga_cloud.fleet.service import sources as service
    from siaga_cloud.platform.errors import SiagaError

    now = datetime.now(UTC)
    try:
        with database() as conn:
            for text in sources:
                source = service.find(conn, text)
                before = service.release(conn, source, to=to, reason=reason, by=actor(), now=now)
                after = to or "the next node that reports it"
                typer.echo(f"{source.kind} {source.id}: {before or 'nobody'} -> {after}")
    except SiagaError as error:
        fail(str(error), code=2)


def refused(
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="Number of lines.")] = 100,
) -> None:
    """List cameras and gauges that nodes reported without a right to it: unknown ones, and those of other nodes."""
    from siaga_cloud.fleet.store import sources as db

    with database() as conn:
        lines = db.list_refused(conn, limit=limit)
    for one in lines:
        name = f"{one.kind}:{one.id}" if one.id else f"{one.kind} (further ones)"
        owner = f"owned by {one.owner}" if one.owner else "owned by nobody" if one.is_recorded else "not recorded"
        typer.echo(f"{one.last_at:%Y-%m-%d %H:%M:%S} {one.node_id} {name} {one.messages} messages, {owner}")
