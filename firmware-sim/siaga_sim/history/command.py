"""`siaga-sim history`: writes a city's past as files that `siaga-cloud admin import history` takes."""

from __future__ import annotations

import csv
import gzip
import math
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from siaga_sim.complaints import BadFileError
from siaga_sim.history import people
from siaga_sim.history.city import PastCity, read_city
from siaga_sim.history.complaints import COLUMNS, Complaint, Past, officers_of
from siaga_sim.history.readings import Levels, before_story, pieces
from siaga_sim.scenario import load_scenario

Report = Callable[[str], None]
STORY_STEP_MINUTES = 2


def history(
    out: Annotated[Path, typer.Argument(help="Folder to write to; it must be empty or not exist.")],
    city: Annotated[Path, typer.Option(help="Folder of the city.")] = Path("city/jakarta"),
    days: Annotated[int, typer.Option(min=1, max=3660, help="Number of days to generate.")] = 365,
    per_day: Annotated[float, typer.Option(min=1, max=100_000, help="Average number of complaints per day.")] = 500,
    gauges: Annotated[
        int, typer.Option(min=0, max=2000, help="Number of gauges, each with a reading per minute.")
    ] = 20,
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Day after the last one that is generated; by default today."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the random numbers; the same seed gives the same files.")] = 1,
    step_minutes: Annotated[int, typer.Option(min=1, max=60, help="Minutes between the readings of a gauge.")] = 1,
    until_now: Annotated[bool, typer.Option("--until-now", help="End the history at this moment.")] = False,
    story: Annotated[
        str | None,
        typer.Option(
            "--story", help="Scenario that begins at the end of the history: its river leads up to its first moment."
        ),
    ] = None,
    wet: Annotated[bool, typer.Option("--wet", help="Generate the storms of the wet season in every month.")] = False,
) -> None:
    """Generate the synthetic history of a city: complaints with their outcomes, and readings of gauges.

    The files are complaints.csv.gz, users.toml (officers), gauges.toml (gauges that the city does not have),
    statistics.csv (population) and readings-YYYY-MM-DD.csv.gz, for `siaga-cloud admin import history`.
    """
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    end = now if until_now else (until or now).replace(hour=0, minute=0, tzinfo=UTC)
    try:
        past_city = read_city(city)
        before = None if story is None else before_story(*load_scenario(story), until=end, seed=seed)
    except BadFileError as error:
        typer.echo(f"siaga-sim: {error}", err=True)
        raise typer.Exit(2) from None
    if out.exists() and any(out.iterdir()):
        typer.echo(f"siaga-sim: {out}: got a folder with files in it, expected an empty one", err=True)
        raise typer.Exit(2)
    out.mkdir(parents=True, exist_ok=True)
    since = end - timedelta(days=days)
    _write_officers(out / "users.toml", past_city)
    _write_statistics(out / "statistics.csv", past_city, seed, since)
    chosen = _gauges(out, past_city, gauges)
    past = Past(past_city, seed=seed, per_day=per_day, until=end)
    written = _write_complaints(out / "complaints.csv.gz", past, since, days, typer.echo)
    quiet_until = end if before is None else before[0]
    made = pieces(chosen, since=since, until=quiet_until, seed=seed, is_wet=wet) if chosen else ()
    readings = _write_readings(out, made, step_minutes, typer.echo)
    if before is not None:
        readings += _write_piece(out / "readings-story.csv.gz", *before, min(step_minutes, STORY_STEP_MINUTES))
    typer.echo(f"wrote {written} complaints and {readings} readings of {len(chosen)} gauges to {out}")


def _write_officers(path: Path, city: PastCity) -> None:
    lines = ["# Made-up officers of a made-up past."]
    for agency in sorted(set(city.agency_of.values())):
        for number, officer in enumerate(officers_of(agency), 1):
            name = f"Petugas {number} ({agency})"
            lines += [
                "",
                "[[user]]",
                f'id = "{officer}"',
                f'name = "{name}"',
                'role = "officer"',
                f'agency = "{agency}"',
            ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _write_statistics(path: Path, city: PastCity, seed: int, since: datetime) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(people.COLUMNS)
        writer.writerows(people.statistics(city, seed=seed, as_of=since.date()))


def _gauges(out: Path, city: PastCity, wanted: int) -> dict[str, float | None]:
    """The city's own gauges first; beyond those, made-up ones that gauges.toml adds."""
    chosen = dict(list(city.gauges.items())[:wanted])
    lines = ["# Made-up gauges of a made-up past."]
    for number in range(1, wanted - len(chosen) + 1):
        chosen[f"riwayat-{number}"] = 150.0
        middle = city.kelurahan[number * 37 % len(city.kelurahan)]
        lines += ["", "[[gauge]]", f'id = "riwayat-{number}"', f'name = "Pos riwayat {number}"', 'river = "-"']
        lines += [f"lat = {middle.lat}", f"lon = {middle.lon}", "s3_cm = 150", "s2_cm = 200", "s1_cm = 250"]
    if len(lines) > 1:
        (out / "gauges.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return chosen


def _write_complaints(path: Path, past: Past, since: datetime, days: int, report: Report) -> int:
    written = 0
    with gzip.open(path, "wt", compresslevel=3, newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        midnight = since.replace(hour=0, minute=0)
        for day in range(days + (midnight < since)):
            for complaint in past.day(midnight + timedelta(days=day)):
                writer.writerow([_cell(value) for value in _values(complaint)])
                written += 1
            if day % 30 == 29:
                report(f"complaints: {day + 1} of {days} days, {written} so far")
    return written


def _values(complaint: Complaint) -> Iterable[Any]:
    for name in COLUMNS:
        yield getattr(complaint, name) if hasattr(complaint, name) else getattr(complaint.course, name)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else str(value)


def _write_readings(
    out: Path, made: Iterable[tuple[datetime, dict[str, Levels]]], step_minutes: int, report: Report
) -> int:
    written = 0
    for start, levels in made:
        written += _write_piece(out / f"readings-{start:%Y-%m-%d}.csv.gz", start, levels, step_minutes)
        report(f"readings: {written} until {start + timedelta(minutes=len(next(iter(levels.values())))):%Y-%m-%d}")
    return written


def _write_piece(path: Path, start: datetime, levels: dict[str, Levels], step_minutes: int) -> int:
    minutes = range(0, len(next(iter(levels.values()))), step_minutes)
    times = [f"{start + timedelta(minutes=minute):%Y-%m-%dT%H:%M}Z" for minute in minutes]
    with gzip.open(path, "wt", compresslevel=1, newline="", encoding="utf-8") as file:
        file.write("gauge,measured_at,level_cm\n")
        for gauge_id, series in levels.items():
            for at, level in zip(times, series[::step_minutes].tolist(), strict=True):
                file.write(f"{gauge_id},{at},{'' if math.isnan(level) else level}\n")
    return len(minutes) * len(levels)
