"""`make foresight`: the forecast judged on simulated rivers and, with RIVERS=folder, on records of real ones."""

from __future__ import annotations

import argparse
import json
import tomllib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.foresight.scores import CrestScore, Score, crests, fixed_lag, score
from benchmarks.foresight.simulated import JUDGED_FROM, REGIMES, simulated

from siaga_cloud.forecast.learning.inputs import Ground
from siaga_cloud.forecast.learning.judging import lags_of
from siaga_cloud.forecast.learning.series import River
from siaga_cloud.forecast.learning.tidy import Places, place_of, read_record, river_of, usual_step_seconds
from siaga_cloud.forecast.learning.walking import Course, walk

ROOT = Path(__file__).resolve().parents[2]
RESULT = ROOT / ".run" / "foresight.json"
PAGE = ROOT / "docs" / "forecast.md"
BEGIN, END = "<!-- make foresight: begins -->", "<!-- make foresight: ends -->"
RIVERS = Path(__file__).parent / "rivers.toml"
HOURS = (1.0, 3.0, 6.0, 12.0)
CREST_HOURS = tuple(float(hour) for hour in range(1, 13))
COVERAGE = (0.86, 0.94)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a river came to."""

    name: str
    kind: str
    lags_hours: dict[str, float | None]
    horizons: list[Score]
    crests: list[CrestScore] = field(default_factory=list)


def main() -> None:
    """Judge, write .run/foresight.json, print the table, and with --page write it into docs/forecast.md."""
    parser = argparse.ArgumentParser(prog="foresight")
    parser.add_argument("--rivers", type=Path, help="folder of records, each FOLDER/<name of rivers.toml>/tidy.csv")
    parser.add_argument("--page", action="store_true", help="write the table into docs/forecast.md")
    options = parser.parse_args()
    results = []
    for result in [*_simulated(), *(_real(options.rivers) if options.rivers else ())]:
        print(f"{result.kind}: {result.name}", flush=True)
        results.append(result)
    if not options.rivers:
        print("no folder of real rivers was given (RIVERS=folder): simulated rivers only")
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(report(results), indent=1) + "\n")
    table = "\n".join(lines(results))
    print(table)
    if options.page:
        write_page(PAGE, table)


def _simulated() -> Iterator[Result]:
    for regime in REGIMES:
        made = simulated(regime)
        lags = lags_of(made.river, until=JUDGED_FROM)
        course = _course(made.river, lags, until=JUDGED_FROM)
        walks = [walk(course, horizon_hours=hours)[0] for hours in CREST_HOURS]
        yield Result(
            name=regime,
            kind="simulated",
            lags_hours=lags,
            horizons=[
                score(
                    one,
                    fixed_lag(made.river, lags, horizon_hours=one.horizon_hours, until=JUDGED_FROM),
                    since=JUDGED_FROM,
                )
                for one in walks
                if one.horizon_hours in HOURS
            ],
            crests=crests(walks, made.true_cm, since=JUDGED_FROM, steps_per_hour=1),
        )


def _real(folder: Path) -> Iterator[Result]:
    for name, settings in tomllib.loads(RIVERS.read_text()).items():
        path = folder / name / "tidy.csv"
        if not path.exists():
            print(f"{path}: not there, left out")
            continue
        yield _judged(path, settings)


def _judged(path: Path, settings: dict[str, Any]) -> Result:
    record = read_record(path)
    places = Places(
        gauge=settings["gauge"], upstream=settings["upstream"], tide=settings.get("tide"), rain=settings.get("rain")
    )
    river = river_of(record, places, step_seconds=usual_step_seconds(record, places.gauge))
    until = place_of(river, settings["fit_until"])
    lags = lags_of(river, until=until)
    course = _course(river, lags, until=until)
    return Result(
        name=settings["river"],
        kind="real",
        lags_hours=lags,
        horizons=[
            score(
                walk(course, horizon_hours=hours)[0],
                fixed_lag(river, lags, horizon_hours=hours, until=until),
                since=until,
            )
            for hours in HOURS
        ],
    )


def _course(river: River, lags: dict[str, float | None], *, until: int) -> Course:
    return Course.of(river, Ground.of(river, lags, until=until), until=until)


def report(results: list[Result]) -> dict[str, Any]:
    """Return what .run/foresight.json holds."""
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "coverage_expected": COVERAGE,
        "outside": [
            f"{one.kind} {one.name} {at.hours:g} h"
            for one in results
            for at in one.horizons
            if not COVERAGE[0] <= at.coverage <= COVERAGE[1]
        ],
        "rivers": [asdict(one) for one in results],
    }


def lines(results: list[Result]) -> Iterator[str]:
    """Yield a table in Markdown."""
    yield "| River | Ahead | Forecasts | rms error | unchanged | fixed lag | CRPS | unchanged | in band | of moving |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for one in results:
        for at in one.horizons:
            yield (
                f"| {one.name} ({one.kind}) | {at.hours:g} h | {at.n} | {at.rms_cm:.1f} cm"
                f" | {at.persistence_rms_cm:.1f} | {_cm(at.fixed_lag_rms_cm)} | {at.crps_cm:.1f} cm"
                f" | {at.persistence_crps_cm:.1f} | {at.coverage:.0%} | {_share(at.moving_coverage, at.moving_n)} |"
            )
    yield ""
    yield "| Crests of simulated rivers | Forecast before | Crests | Forecast to come | median error of the time |"
    yield "|---|---|---|---|---|"
    for one in results:
        for crest in one.crests:
            median = "none" if crest.median_error_hours is None else f"{crest.median_error_hours:g} h"
            yield f"| {one.name} | {crest.lead_hours} h | {crest.crests} | {crest.n} | {median} |"


def _cm(value: float | None) -> str:
    return "no lag" if value is None else f"{value:.1f}"


def _share(value: float | None, count: int) -> str:
    return "none" if value is None else f"{value:.0%} of {count}"


def write_page(page: Path, table: str) -> None:
    """Put the table between the marks of a page."""
    text = page.read_text()
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n\n{table}\n\n{END}{after}")


if __name__ == "__main__":
    main()
