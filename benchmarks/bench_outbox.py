"""The outbox against plain SQLite: the same rows on the same disk, one commit each, equally durable."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from benchmarks.figure import Figure
from tests.support.edge.parcels import evidence, readings

from siaga_edge.adapters.sqlite_outbox import FILE_NAME, SqliteOutbox
from siaga_edge.outbox.budget import Budget
from siaga_edge.outbox.parcels import Parcel

ROWS = 1000
TURNS = 5
AT = datetime(2026, 1, 1, tzinfo=UTC)
# Beside the repository and not in /tmp, which may be memory.
DISK = Path(__file__).resolve().parents[1] / ".run"


def figures() -> list[Figure]:
    """Kept messages a second for readings, and for pictures of 30 kB."""
    return [
        _figure("outbox.keep_readings", lambda: readings(at=AT, level_cm=512.3)),
        _figure("outbox.keep_pictures", lambda: evidence(30_000, at=AT)),
    ]


def _figure(name: str, make: Callable[[], Parcel]) -> Figure:
    DISK.mkdir(exist_ok=True)
    ours, plain = [], []
    for _ in range(TURNS):  # in turns, because the disk of a busy machine is not the same a minute later
        with tempfile.TemporaryDirectory(dir=DISK) as folder:
            seconds, rows = _save(Path(folder), make)
            ours.append(ROWS / seconds)
            plain.append(ROWS / _insert(Path(folder) / "plain.sqlite", rows))
    return Figure(name=name, value=median(ours), unit="/s", baseline=median(plain), target=0.5)


def _save(folder: Path, make: Callable[[], Parcel]) -> tuple[float, list[tuple[object, ...]]]:
    budget = Budget(max_messages=200_000, max_bytes=2**30, min_free_bytes=2**20)
    outbox = SqliteOutbox(folder, node="node-a", budget=budget, clock=lambda: AT)
    with closing(outbox):
        began = time.perf_counter()
        for _ in range(ROWS):
            outbox.save([make()])
        seconds = time.perf_counter() - began
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection:
        return seconds, connection.execute("select * from message").fetchall()


def _insert(path: Path, rows: list[tuple[object, ...]]) -> float:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript("pragma journal_mode = wal; pragma synchronous = full;")
        connection.execute(
            "create table message (seq integer primary key, lane integer, topic text, body blob, blob blob, "
            "size integer, kept_at real) strict"
        )
        began = time.perf_counter()
        for row in rows:
            connection.execute("insert into message values (?, ?, ?, ?, ?, ?, ?)", row)
        return time.perf_counter() - began
