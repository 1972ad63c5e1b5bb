"""Imports rain gauges, and the rain that they measured, from files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.import_errors import ImportFileError
from siaga_cloud.rain.files import MOST_GAUGES, RainFile, RainGaugeLine, read_rain
from siaga_cloud.rain.service.retention import RETENTION
from siaga_cloud.rain.store import gauges as gauge_store
from siaga_cloud.rain.store import readings as db
from siaga_cloud.rain.store.gauges import RainGaugeRow


@dataclass(frozen=True, slots=True)
class ImportedRain:
    """Counts the readings of a file, those of them that changed what was stored, and those that are too old for it."""

    readings: int
    changed: int
    too_old: int


def import_gauges(conn: Connection, lines: Sequence[RainGaugeLine], *, origin: str, now: datetime) -> int:
    """Store the rain gauges of a file in place of those that it held before; how many.

    Raises `ImportFileError` where the files of the city list more than `MOST_GAUGES` together.
    """
    rows = [RainGaugeRow(id=one.id, name=one.name, lat=one.lat, lon=one.lon) for one in lines]
    gauge_store.replace_gauges(conn, rows, origin=origin, now=now)
    if (count := len(gauge_store.list_gauges(conn))) > MOST_GAUGES:
        raise ImportFileError(f"rain gauges: got {count} of all files together, expected at most {MOST_GAUGES}")
    return len(rows)


def import_rain(conn: Connection, file: Path, *, minutes: int, now: datetime) -> ImportedRain:
    """Store the rain of a file whose intervals are so long, each reading once; raises `ImportFileError`."""
    found = read_rain(file, RainFile(gauges=_gauges_by_name(conn), minutes=minutes, now=now))
    young = [one for one in found if one.ends_at >= now - RETENTION]
    changed = db.upsert_readings(conn, young, now=now)
    return ImportedRain(readings=len(young), changed=changed, too_old=len(found) - len(young))


def _gauges_by_name(conn: Connection) -> Mapping[str, str]:
    """Return the ids of rain gauges by id, and by those names that only one of them has."""
    held = gauge_store.list_gauges(conn)
    uses = Counter(one.name for one in held)
    return {one.name: one.id for one in held if uses[one.name] == 1} | {one.id: one.id for one in held}
