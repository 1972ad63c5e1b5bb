"""Defines `siaga-cloud admin webhooks`, which lists waiting and failed deliveries to other systems and replays them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import typer

app = typer.Typer(no_args_is_help=True, help="Webhooks to other systems: their state, dead deliveries, sending again.")


@app.command("list")
def show() -> None:
    """Print every webhook with its counts, tab-separated."""
    from siaga_cloud.platform.cli import database
    from siaga_cloud.webhooks import store as db

    with database() as conn:
        found = db.every(conn)
    for one in found:
        state = f"off: {one.disabled_why}" if one.disabled_at else "on"
        typer.echo(f"{one.id}\t{state}\t{one.queued} wait\t{one.dead} dead\t{','.join(one.kinds)}\t{one.url}")
    typer.echo(f"{len(found)} webhooks", err=True)


@app.command("dead")
def show_dead(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="at most so many, the newest first")] = 100,
) -> None:
    """Print deliveries that were given up, with the reason."""
    from siaga_cloud.platform.cli import database
    from siaga_cloud.webhooks import store as db

    with database() as conn:
        found = db.deliveries(conn, webhook_id=None, state="dead", limit=limit)
    for one in found:
        at = one.created_at.isoformat(timespec="seconds")
        typer.echo(f"{one.id}\t{at}\t{one.webhook_id}\t{one.kind}\t{one.attempts}x\t{one.error}")
    typer.echo(f"{len(found)} dead deliveries", err=True)


@app.command("replay")
def replay(
    ids: Annotated[list[UUID] | None, typer.Argument(metavar="[DELIVERY]...", show_default=False)] = None,
    webhook: Annotated[UUID | None, typer.Option(help="only those of this webhook")] = None,
) -> None:
    """Send dead deliveries again: those named, or the oldest 1000."""
    from siaga_cloud.platform.cli import database
    from siaga_cloud.webhooks import service

    with database() as conn:
        count = service.replay(conn, webhook_id=webhook, ids=ids or None, now=datetime.now(UTC))
    typer.echo(f"{count} deliveries are on their way again", err=True)
