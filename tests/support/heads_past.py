"""A year behind the heads of Tebet: complaints with what became of them, and crews of the kelurahan Manggarai."""

from __future__ import annotations

import csv
import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from tests.support.http_api import CITY
from typer.testing import CliRunner

from siaga_cloud.operations.history.cli import load_past
from siaga_cloud.platform.db.connection import Connection
from siaga_core.wire.ids import uuid7
from siaga_sim.main import app as sim

TEBET: Final = (
    "31.74.01.tebet-barat", "31.74.01.tebet-timur", "31.74.01.kebon-baru", "31.74.01.bukit-duri",
    "31.74.01.manggarai", "31.74.01.manggarai-selatan", "31.74.01.menteng-dalam",
)  # fmt: skip
# As city/jakarta/users.toml has them.
CREW: Final = {"ppsu.manggarai.1": "Siti Aminah", "ppsu.manggarai.2": "Budi Santoso", "ppsu.manggarai.3": "Joko Susilo"}
_NEAR: Final = (-6.2085, 106.8490)


def add_past(conn: Connection, folder: Path, *, days: int, per_day: float) -> None:
    """Made up by seed, all of it moved into Tebet; each kelurahan has its share."""
    options = ["--days", str(days), "--per-day", str(per_day), "--gauges", "0", "--city", str(CITY)]
    made = CliRunner().invoke(sim, ["history", str(folder), *options])
    assert made.exit_code == 0, made.output
    _move(folder / "complaints.csv.gz")
    load_past(conn, folder, source="test", report=lambda _: None)


def add_crew(conn: Connection) -> None:
    """Of the three of Manggarai's own crew the first is on duty near by, the second on duty, the third is not."""
    now = datetime.now(UTC)
    for user, place in zip(CREW, (_NEAR, (None, None)), strict=False):
        conn.execute(
            "INSERT INTO officer_duty (id, user_id, began_at, consent_version, consent_at, last_lat, last_lon, last_at)"
            " VALUES (%s, %s, %s, '2026-11', %s, %s, %s, %s)",
            (uuid7(now), user, now - timedelta(hours=3), now, *place, now if place[0] else None),
        )
    conn.commit()


def _move(path: Path) -> None:
    """Complaints of one thing stay together: what is the same as another lies where that does."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        lines = csv.DictReader(file)
        columns, rows = list(lines.fieldnames or ()), list(lines)
    for row in rows:
        row["kelurahan"] = TEBET[sum(map(ord, row["same_as"] or row["number"])) % len(TEBET)]
    with gzip.open(path, "wt", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
