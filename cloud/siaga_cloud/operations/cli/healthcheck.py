"""`siaga-cloud healthcheck`: the health check of a container."""

from __future__ import annotations

from typing import Annotated

import typer


def healthcheck(
    url: Annotated[
        str,
        typer.Argument(metavar="URL", show_default=False, help="Address of the program's /readyz or /metrics."),
    ],
    beat: Annotated[
        float | None,
        typer.Option(help="Longest allowed time in seconds since the program's work loop last completed."),
    ] = None,
) -> None:
    """Check that the program that serves URL works; exit with code 1 if it does not."""
    from siaga_cloud.platform.observe.healthcheck import NotAliveError, check

    try:
        check(url, beat_seconds=beat)
    except NotAliveError as error:
        typer.echo(f"siaga-cloud healthcheck: {error}", err=True)
        raise typer.Exit(1) from None
