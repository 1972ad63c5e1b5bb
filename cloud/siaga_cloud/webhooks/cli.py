"""`siaga-cloud admin webhooks`: the webhooks with their queues, and the replay of dead deliveries."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import typer

app = typer.Typer(no_args_is_help=True, help="List webhooks and replay dead deliveries.")


@app.command("list")
def show() -> None:
    """List the webhooks with their number of queued and dead deliveries, separated by tabs."""
    from siaga_cloud.platform.cli import database
    from siaga_cloud.webhooks import store as db

    with database() as conn:
        found = db.every(conn)
    for one in found:
        state = f"off: {one.disabled_why}" if one.disabled_at else "on"
        typer.echo(f"{one.id}\t{state}\t{one.queued} queued\t{one.dead} dead\t{','.join(one.kinds)}\t{one.url}")
    typer.echo(f"{len(found)} webhooks", err=True)


@app.command("dead")
def show_dead(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Maximum number of deliveries to list.")] = 100,
) -> None:
    """List dead deliveries, which are no longer retried, newest first and with the reason."""
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
    ids: Annotated[
        list[UUID] | None,
        typer.Argument(
            metavar="[DELIVERY]...",
            show_default=False,
            help="Identifiers of the deliveries; by default the oldest 1000.",
        ),
    ] = None,
    webhook: Annotated[UUID | None, typer.Option(help="Replay only the deliveries of this webhook.")] = None,
) -> None:
    """Send dead deliveries again."""
    from siaga_cloud.platform.cli import database
    from siaga_cloud.webhooks import service

    with database() as conn:
        count = service.replay(conn, webhook_id=webhook, ids=ids or None, now=datetime.now(UTC))
    typer.echo(f"queued {count} deliveries again", err=True)
