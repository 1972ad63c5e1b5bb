"""`siaga-cloud admin import history DIR`: historical data of another system, or synthetic data of `siaga-sim`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from siaga_cloud.city.cli import imports as load
from siaga_cloud.city.cli import statistics
from siaga_cloud.city.store import imports as load_city
from siaga_cloud.figures.service import figures
from siaga_cloud.operations.history import store as load_history
from siaga_cloud.operations.history.files import PastComplaint, read_complaints, read_readings
from siaga_cloud.operations.history.store import PastRow
from siaga_cloud.people.service.reporter_hashes import reporter_hash
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.import_errors import ImportFileError, shown
from siaga_core.rules import sla

Report = Callable[[str], None]
PROGRESS_EVERY: Final = 50_000
_FIRST: Final[dict[str, Callable[[Connection, Path], str]]] = {
    "users.toml": load.load_users,
    "gauges.toml": load.load_gauges,
    "statistics.csv": statistics.load_statistics,
}


@dataclass(slots=True)
class _CheckedRows:
    """Holds the known ids, and which complaints were the first of their kind so far."""

    path: Path
    known: dict[str, set[str]]
    roots: set[str] = field(default_factory=set)

    def row(self, line: int, one: PastComplaint) -> PastRow:
        """Return the complaint as the bulk load takes it; raises `ImportFileError` where it names what is not there."""
        for key, kind in (("kelurahan", "area"), ("agency", "agency"), ("officer", "app_user")):
            value = getattr(one, key)
            if value is not None and value not in self.known[kind]:
                raise ImportFileError(f"{self.path} line {line}: {key}: got {shown(value)}, expected a known {kind}")
        if one.same_as is None:
            self.roots.add(one.number)
        elif one.same_as not in self.roots:
            raise ImportFileError(
                f"{self.path} line {line}: same_as: got {shown(one.same_as)}, expected an earlier first complaint"
            )
        return _row(one)


def load_past(conn: Connection, folder: Path, *, source: str, report: Report) -> str:
    """Imports users.toml, gauges.toml, statistics.csv, complaints.csv(.gz) and readings-*.csv(.gz) of a folder.

    Each file is committed by itself, whole or not at all: a year in one transaction would hold up those at work. One
    that was stopped goes on where it was when it is run again.
    """
    load_history.allow_hours(conn)
    for name, one in _FIRST.items():
        if (folder / name).is_file():
            report(f"imported {one(conn, folder / name)}")
            conn.commit()
    files = sorted([*folder.glob("readings-*.csv"), *folder.glob("readings-*.csv.gz")])
    complaints = next(
        (path for path in (folder / "complaints.csv.gz", folder / "complaints.csv") if path.is_file()), None
    )
    if complaints is None and not files:
        raise ImportFileError(f"{folder}: expected complaints.csv(.gz) or readings-*.csv(.gz)")
    loaded = [_load_complaints(conn, complaints, source=source, report=report)] if complaints else []
    for line in loaded:
        report(f"imported {line}")
    figures.roll_up_all(conn)
    conn.commit()
    readings = 0
    for number, path in enumerate(files, 1):
        new = _load_readings(conn, path, source)
        conn.commit()
        readings += new
        report(f"{number} of {len(files)}: {new} readings from {path.name}")
    return ", ".join([*loaded, f"{readings} readings"])


def _load_complaints(conn: Connection, path: Path, *, source: str, report: Report) -> str:
    known = {table: set(load_city.known_ids(conn, table)) for table in ("area", "agency", "app_user")}
    checked = _CheckedRows(path, known)
    rows = (checked.row(line, one) for line, one in read_complaints(path))
    staged = load_history.stage_complaints(conn, _progress(rows, report))
    done = load_history.load_staged(conn, source, report=report)
    conn.commit()
    return f"{done.reports} of {staged} complaints, {done.incidents} incidents, {done.tasks} tasks"


def _progress(rows: Iterator[PastRow], report: Report) -> Iterator[PastRow]:
    for number, row in enumerate(rows, 1):
        if number % PROGRESS_EVERY == 0:
            report(f"read {number} complaints")
        yield row


def _row(one: PastComplaint) -> PastRow:
    policy = sla.sla_policy(sla.default_deadlines(), category=one.category, severity=one.severity)
    due = sla.deadlines(one.reported_at, policy) if one.same_as is None else None
    return PastRow(
        number=one.number,
        root=one.same_as or one.number,
        channel=one.channel,
        category=one.category,
        severity=one.severity,
        lat=one.lat,
        lon=one.lon,
        area_id=one.kelurahan,
        reported_at=one.reported_at,
        reporter_hash=reporter_hash(one.reporter),
        words=one.words,
        agency_id=one.agency,
        officer_id=one.officer,
        acknowledged_at=one.acknowledged_at,
        arrived_at=one.arrived_at,
        resolved_at=one.resolved_at,
        closed_at=one.closed_at,
        outcome=one.outcome,
        reopened=one.reopened,
        acknowledge_by=due.acknowledge_at if due else None,
        first_action_by=due.first_action_at if due else None,
        resolve_by=due.resolve_at if due else None,
    )


def _load_readings(conn: Connection, path: Path, source: str) -> int:
    gauges = set(load_city.known_ids(conn, "gauge"))

    def checked() -> Iterator[tuple[str, datetime, float | None]]:
        for gauge, at, level in read_readings(path):
            if gauge not in gauges:
                raise ImportFileError(f"{path}: gauge: got {shown(gauge)}, expected a known gauge")
            yield gauge, at, level

    return load_history.load_readings(conn, checked(), source)
