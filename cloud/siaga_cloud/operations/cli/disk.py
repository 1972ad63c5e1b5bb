"""`siaga-cloud admin disk`: size and growth of the tables, their retention, and when the disk will be full."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from siaga_cloud.operations.service.disk import Growth
    from siaga_cloud.platform.db.sizes import TableSize
    from siaga_cloud.settings import Settings

_MIB = 1024 * 1024
_GIB = 1024 * _MIB
_DAY_SECONDS = 86_400


def disk(
    free_gib: Annotated[
        float | None,
        typer.Option(min=0, help="Free space of the database's disk, if the database runs on another machine."),
    ] = None,
    top: Annotated[int, typer.Option(min=1, max=1000, help="Number of tables to list.")] = 25,
) -> None:
    """Print the size, growth and retention of each table, and when the disks will be full."""
    from siaga_cloud.platform.cli import database
    from siaga_cloud.platform.db import sizes
    from siaga_cloud.settings import load

    now = datetime.now(UTC)
    with database() as conn:
        tables = sizes.tables(conn, now=now)
        media_rate, directory = sizes.media_bytes_a_day(conn, now=now), sizes.data_directory(conn)
    settings = load(os.environ)
    retained = retention(settings)
    _print_tables(tables[:top], retained, now)
    free = free_gib * _GIB if free_gib is not None else _free(Path(directory) if directory else None)
    growths = [growth_of(table, retained, now) for table in tables]
    typer.echo(f"all {len(tables)} tables: {_size(sum(table.bytes for table in tables))}")
    typer.echo(_verdict("database", free, growths))
    from siaga_cloud.operations.service.disk import Growth

    typer.echo(_verdict(f"media ({settings.media_dir})", _free(settings.media_dir), [Growth(bytes_a_day=media_rate)]))


def retention(settings: Settings) -> dict[str, int]:
    """Days that tables are stored; what is not here is stored for good or grows no further."""
    from siaga_cloud.operations.service import upkeep
    from siaga_cloud.platform.db import sizes

    messages = dict.fromkeys(("message", "dead_letter", "quarantine"), settings.messages_retention_days)
    platform = dict.fromkeys(("ingest_minute", "camera_unknown", "node_state"), upkeep.FORGET_PLATFORM_AFTER.days)
    review = {} if settings.review_days is None else {"review_item": settings.review_days}
    rest = {"reading": settings.readings_retention_days, "table_size": sizes.RETENTION.days}
    return {**messages, **platform, **review, **rest, "app_session": upkeep.FORGET_SIGN_INS_AFTER.days}


def growth_of(table: TableSize, retained: dict[str, int], now: datetime) -> Growth:
    """A series whose retention has been reached grows no more."""
    from siaga_cloud.operations.service.disk import Growth

    rate = table.bytes_a_day or 0.0
    days = retained.get(table.name)
    if days is None or table.oldest_at is None:
        return Growth(bytes_a_day=rate)
    return Growth(bytes_a_day=rate, days_to_steady=days - (now - table.oldest_at).total_seconds() / _DAY_SECONDS)


def _print_tables(tables: list[TableSize], retained: dict[str, int], now: datetime) -> None:
    typer.echo(f"{'table':<28} {'size':>11} {'rows':>12} {'a day':>11} {'retained':>9} {'oldest':>9}")
    for table in tables:
        rate = "?" if table.bytes_a_day is None else _size(table.bytes_a_day)
        days = f"{retained[table.name]} days" if table.name in retained else ""
        age = "" if table.oldest_at is None else f"{(now - table.oldest_at).days} days"
        typer.echo(f"{table.name:<28} {_size(table.bytes):>11} {table.rows:>12} {rate:>11} {days:>9} {age:>9}")


def _verdict(what: str, free: float | None, growths: list[Growth]) -> str:
    from siaga_cloud.operations.service.disk import HORIZON_DAYS, days_until_full

    rate = sum(growth.after(1) for growth in growths)
    if free is None:
        return f"{what}: {_size(rate)} a day; its disk is on another machine, give its free space with --free-gib"
    days = days_until_full(free, growths)
    when = f"more than {HORIZON_DAYS // 365} years" if days is None else f"{days} days"
    return f"{what}: {_size(rate)} a day, {_size(free)} free: full in {when}"


def _free(folder: Path | None) -> float | None:
    try:
        return None if folder is None else float(shutil.disk_usage(folder).free)
    except OSError:
        return None


def _size(count: float) -> str:
    return f"{count / _GIB:.2f} GiB" if count >= _GIB else f"{count / _MIB:.2f} MiB"
