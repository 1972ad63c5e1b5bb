"""Defines `siaga-cloud admin import rain-gauges` and `siaga-cloud admin import rain`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from siaga_cloud.platform.db.connection import Connection

FILE_OF_CITY = "rain-gauges.csv"
File = Annotated[Path, typer.Argument(metavar="FILE", show_default=False, help="Path of the CSV file.")]


def import_rain_gauges(file: File) -> None:
    """Import rain gauges (CSV with the columns id, name, lat and lon).

    They replace those of the file of the same name; what a rain gauge measured is deleted with it.
    """
    from siaga_cloud.platform.cli import database

    with database() as conn:
        done = load_rain_gauges(conn, file)
    typer.echo(f"imported {done} from {file}")


def import_rain(
    file: File,
    minutes: Annotated[
        int, typer.Option(min=1, max=1440, help="Length of each interval; the time of a line is its end.")
    ],
) -> None:
    """Import rain (CSV with the columns time_utc, station and rain_mm; others are ignored), each interval once.

    A station is the id or the name of an imported rain gauge, and an empty cell was not measured.
    """
    from siaga_cloud.platform.cli import database

    with database() as conn:
        done = load_rain(conn, file, minutes=minutes)
    typer.echo(f"imported {done} from {file}")


def load_rain_gauges(conn: Connection, file: Path) -> str:
    """Imports the rain gauges of a file; what was done, in words."""
    from siaga_cloud.rain.files import read_gauges
    from siaga_cloud.rain.service import importing

    count = importing.import_gauges(conn, read_gauges(file), origin=file.name[:80], now=datetime.now(UTC))
    return f"{count} rain gauges"


def load_rain(conn: Connection, file: Path, *, minutes: int) -> str:
    """Imports the rain of a file; what was done, in words."""
    from siaga_cloud.rain.service import importing
    from siaga_cloud.rain.service.retention import RETENTION

    done = importing.import_rain(conn, file, minutes=minutes, now=datetime.now(UTC))
    old = f", without {done.too_old} older than {RETENTION.days} days" if done.too_old else ""
    return f"{done.readings} intervals of rain, {done.changed} of them new or changed{old},"


def load_of_city(conn: Connection, folder: Path) -> list[str]:
    """Imports the rain gauges of a city's folder, where it lists any; what was done, in words."""
    file = folder / FILE_OF_CITY
    return [f"{load_rain_gauges(conn, file)} from {file}"] if file.is_file() else []
