"""`siaga-cloud admin forecast judge`: judges the forecast on anyone's river, from a file and without a database."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from siaga_cloud.forecast.learning.judging import Errors, HorizonErrors
    from siaga_cloud.forecast.learning.series import River

HORIZONS_HOURS = (1.0, 3.0, 6.0, 12.0)

app = typer.Typer(no_args_is_help=True, help="Judge the forecast of levels on the record of a river.")


def _time(text: str) -> datetime:
    """An ISO 8601 time; one without an offset is UTC."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"got {text!r}, expected an ISO 8601 time such as 2024-01-01T00:00Z") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


@app.callback()
def _forecast() -> None:
    """Judge the forecast of levels on the record of a river."""


@app.command("judge")
def judge(
    series: Annotated[
        Path, typer.Argument(help="CSV file with the columns time_utc,station,level_cm,discharge_m3s,rain_mm.")
    ],
    gauge: Annotated[str, typer.Option(help="Station whose level is forecast.")],
    upstream: Annotated[list[str], typer.Option(help="Station upstream of it; may be repeated.")],
    fit_until: Annotated[
        datetime,
        typer.Option(parser=_time, metavar="TIME", help="Time from which forecasts are judged, as 2024-01-01T00:00Z."),
    ],
    tide: Annotated[str | None, typer.Option(help="Station of the sea, or of a tidal reach downstream.")] = None,
    rain: Annotated[str | None, typer.Option(help="Station that measures rain.")] = None,
    step_minutes: Annotated[
        float | None, typer.Option(min=1, max=1440, help="Step of the grid; by default that of the gauge's record.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Forecast a gauge's level at every step of a record, and compare each forecast with the level that came.

    Each forecast uses only what was known at its moment, and learns from the truths that had arrived by then.
    Scales, and what else is fixed in advance, come from the time before --fit-until; only later forecasts are judged.
    "moving" counts the moments at which the level changed by 30 cm or more until the horizon.
    """
    from siaga_cloud.forecast.learning.judging import judge as judge_horizons
    from siaga_cloud.forecast.learning.judging import lags_of
    from siaga_cloud.forecast.learning.tidy import Places, place_of
    from siaga_cloud.platform.cli import fail
    from siaga_cloud.platform.import_errors import ImportFileError

    places = Places(gauge=gauge, upstream=upstream, tide=tide, rain=rain)
    try:
        river = _river(series, places, step_minutes)
    except ImportFileError as error:
        fail(str(error), code=2)
    until = place_of(river, fit_until)
    found_lags = lags_of(river, until=until)
    lags = _of_stations(upstream, found_lags)
    horizons = horizons_of(lags, river)
    errors = judge_horizons(
        river,
        fit_until=until,
        horizons_hours=horizons,
        lags_hours=found_lags,
    )
    found = list(_with_progress(errors, len(horizons)))
    if not any(one.all.n for one in found):
        fail(f"{series}: got no forecast to judge after {fit_until:%Y-%m-%dT%H:%M}, expected levels there", code=1)
    typer.echo(json.dumps(report(gauge, lags, found)) if as_json else table(gauge, lags, found))


def _river(series: Path, places: Any, step_minutes: float | None) -> River:
    from siaga_cloud.forecast.learning.tidy import read_record, river_of, usual_step_seconds

    record = read_record(series)
    step_seconds = step_minutes * 60 if step_minutes else usual_step_seconds(record, places.gauge)
    return river_of(record, places, step_seconds=step_seconds)


def _of_stations(stations: Sequence[str], lags: Mapping[str, float | None]) -> dict[str, float | None]:
    """The lag of each station, by its discharge or else by its level."""
    found = {name: [lag for key, lag in lags.items() if key == name or key.startswith(f"{name} ")] for name in stations}
    return {name: next((lag for lag in held if lag is not None), None) for name, held in found.items()}


def horizons_of(lags: Mapping[str, float | None], river: River) -> list[float]:
    """The usual horizons and the lag of each place upstream, on whole steps of the grid."""
    step = river.step_seconds / 3600
    wanted = [*HORIZONS_HOURS, *(lag for lag in lags.values() if lag)]
    return sorted({round(max(1, round(hours / step)) * step, 6) for hours in wanted})


def _with_progress(errors: Iterator[HorizonErrors], count: int) -> Iterator[HorizonErrors]:
    with typer.progressbar(errors, length=count, label="judging", file=typer.get_text_stream("stderr")) as bar:
        yield from bar


def report(gauge: str, lags: Mapping[str, float | None], found: Sequence[HorizonErrors]) -> dict[str, Any]:
    """The object that --json prints; errors in cm, to a hundredth."""
    return {
        "gauge": gauge,
        "lags_hours": {name: None if lag is None else round(lag, 3) for name, lag in lags.items()},
        "horizons": [{"hours": one.hours, **_rounded(one.all), "moving": _rounded(one.moving)} for one in found],
    }


def _rounded(errors: Errors) -> dict[str, float | None]:
    return {
        name: value if value is None or isinstance(value, int) else round(value, 3 if name == "coverage" else 2)
        for name, value in asdict(errors).items()
    }


def table(gauge: str, lags: Mapping[str, float | None], found: Sequence[HorizonErrors]) -> str:
    """What is printed for people."""
    known = ", ".join(f"{name} {'not found' if lag is None else f'{lag:.1f} h'}" for name, lag in lags.items())
    heads = ("forecasts", "error cm", "unchanged", "skill", "in band")
    head = "  ".join(f"{one:>9}" for one in heads)
    lines = [f"{gauge}; lags: {known or 'none'}", f"{'ahead':>8}  {head}   | moving: {head}"]
    lines += [f"{one.hours:6.1f} h  {_line(one.all)}   |         {_line(one.moving)}" for one in found]
    return "\n".join(lines)


def _line(errors: Errors) -> str:
    if errors.rms_cm is None or errors.persistence_rms_cm is None or errors.coverage is None:
        return f"{'none':>9}" + " " * 44
    skill = 1 - errors.rms_cm / errors.persistence_rms_cm if errors.persistence_rms_cm else 0.0
    cells = (
        str(errors.n),
        f"{errors.rms_cm:.1f}",
        f"{errors.persistence_rms_cm:.1f}",
        f"{skill:.2f}",
        f"{errors.coverage:.1%}",
    )
    return "  ".join(f"{one:>9}" for one in cells)
