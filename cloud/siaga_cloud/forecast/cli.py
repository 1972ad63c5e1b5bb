"""`siaga-cloud admin fit-forecasts`: fits forecasts immediately, as the worker does every six hours."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from siaga_cloud.forecast.store import FittedModel

_NICENESS = 10


def fit_forecasts(
    first: Annotated[
        str,
        typer.Option("--first", help="Gauge to fit and forecast before all others, which then yield the processor."),
    ] = "",
) -> None:
    """Fit the forecast model of every gauge that has gauges upstream, and compute new forecasts."""
    from siaga_cloud.forecast import service as forecasting
    from siaga_cloud.platform.cli import database

    now = datetime.now(UTC)
    # A fit computes for long: no transaction waits for it, because the database ends idle ones.
    for fitted in forecasting.fit_all(database, now=now, first=first):
        typer.echo(f"{fitted.gauge_id}: {_what(fitted)}")
        if fitted.gauge_id == first:
            with database() as conn:
                forecasting.forecast_all(conn, now=datetime.now(UTC))
        elif first and os.nice(0) < _NICENESS:
            os.nice(_NICENESS)
    with database() as conn:
        count = forecasting.forecast_all(conn, now=datetime.now(UTC))
    typer.echo(f"computed forecasts for {count} gauges")


def _what(fitted: FittedModel) -> str:
    if not fitted.models:
        return f"no forecast, {fitted.reason}"
    best = fitted.models[0]
    lags = ", ".join(f"{one.gauge_id} {one.lag_seconds / 3600:.1f} h" for one in best.design.upstream)
    errors = ", ".join(
        f"{one.horizon_seconds / 3600:g} h ahead {one.rms_error_cm:.0f} cm (skill {one.skill:.2f})"
        for one in (fitted.learned or best).horizons
        if one.horizon_seconds % 10800 == 0
    )
    kind = "learnt" if fitted.learned else f"fitted on {best.rows} samples"
    return f"{kind}; upstream {lags or 'none'}; error {errors}"
