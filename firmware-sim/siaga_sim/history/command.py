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
from siaga_sim.history.readings import Levels, pieces

Report = Callable[[str], None]


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
) -> None:
    """Generate the synthetic history of a city: complaints with their outcomes, and readings of gauges.

    The files are complaints.csv.gz, users.toml (officers), gauges.toml (gauges that the city does not have),
    statistics.csv (population) and readings-YYYY-MM-DD.csv.gz, for `siaga-cloud admin import history`.
    """
    end = (until or datetime.now(UTC)).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=UTC)
    try:
        past_city = read_city(city)
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
    readings = _write_readings(out, chosen, since, end, seed, typer.echo)
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
        for day in range(days):
            for complaint in past.day(since + timedelta(days=day)):
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
    out: Path, gauges: dict[str, float | None], since: datetime, until: datetime, seed: int, report: Report
) -> int:
    written = 0
    for start, levels in pieces(gauges, since=since, until=until, seed=seed) if gauges else ():
        written += _write_piece(out / f"readings-{start:%Y-%m-%d}.csv.gz", start, levels)
        report(f"readings: {written} until {start + timedelta(minutes=len(next(iter(levels.values())))):%Y-%m-%d}")
    return written


def _write_piece(path: Path, start: datetime, levels: dict[str, Levels]) -> int:
    minutes = len(next(iter(levels.values())))
    times = [f"{start + timedelta(minutes=minute):%Y-%m-%dT%H:%M}Z" for minute in range(minutes)]
    with gzip.open(path, "wt", compresslevel=1, newline="", encoding="utf-8") as file:
        file.write("gauge,measured_at,level_cm\n")
        for gauge_id, series in levels.items():
            for at, level in zip(times, series.tolist(), strict=True):
                file.write(f"{gauge_id},{at},{'' if math.isnan(level) else level}\n")
    return minutes * len(levels)
