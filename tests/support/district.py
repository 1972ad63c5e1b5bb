"""A district of two agencies for tests of incidents and their tasks, and how signals and moves are made there."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from psycopg.types.json import Jsonb
from tests.support.cloud_core import NOW

from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.incidents.service import matching as incidents
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.reports.service.reports import NewReport
from siaga_cloud.reports.store.reports import Media, save_media
from siaga_cloud.signals import store as signals
from siaga_cloud.signals.store import SignalOrigin, SignalRow
from siaga_cloud.tasks.service import tasks
from siaga_cloud.tasks.service.tasks import MoveRequest
from siaga_cloud.tasks.store import tasks as db_tasks
from siaga_core.rules.task import Verb

AREAS = AreaLookup()
NORTH_100_M = 100 / 111_195


def load_district(conn: Connection) -> None:
    square = {
        "type": "Polygon",
        "coordinates": [[[106.8, -6.3], [106.9, -6.3], [106.9, -6.2], [106.8, -6.2], [106.8, -6.3]]],
    }
    conn.execute("INSERT INTO area (id, name, level) VALUES ('jaksel', 'Jakarta Selatan', 'city')")
    conn.execute(
        "INSERT INTO area (id, name, level, parent_id, geometry)"
        " VALUES ('manggarai', 'Manggarai', 'kelurahan', 'jaksel', %s)",
        (Jsonb(square),),
    )
    conn.execute(
        "INSERT INTO agency (id, name) VALUES ('sda', 'Dinas SDA'), ('sudin-sda-jaksel', 'Sudin'), ('dishub', 'Dishub')"
    )
    conn.execute(
        "INSERT INTO agency_route VALUES ('flooding', NULL, 'sda'), ('flooding', 'jaksel', 'sudin-sda-jaksel'),"
        " ('illegal_parking', NULL, 'dishub')"
    )
    conn.execute("INSERT INTO app_user (id, name, role, agency_id) VALUES ('budi', 'Budi', 'officer', 'sda')")


def a_signal(**more: Any) -> SignalRow:
    values: dict[str, Any] = {
        "id": uuid4(), "kind": "event", "category": "flooding", "source_key": "camera:cam-1", "confidence": 0.9,
        "severity": "moderate", "lat": -6.21, "lon": 106.85, "began_at": NOW, "last_at": NOW, "ended_at": None,
        "measured_at": NOW, "received_at": NOW, "note": "",
    }  # fmt: skip
    return SignalRow(**{**values, **more})


PROVEN = SignalOrigin(is_account=True)


def process(conn: Connection, signal: SignalRow, *, now: datetime = NOW, origin: SignalOrigin = PROVEN) -> UUID:
    """Saves and takes a signal; whoever reports has a proven account unless told otherwise."""
    with conn.transaction():
        signals.save(conn, [signal])
        if signal.kind == "report":
            signals.save_origin(conn, signal.id, origin, received_at=signal.received_at)
        incident_id = incidents.process_signal(conn, signal.id, areas=AREAS, now=now)
    assert incident_id is not None
    return incident_id


def task_of(conn: Connection, incident_id: UUID) -> db_tasks.TaskRow | None:
    return db_tasks.unfinished(conn, incident_id)


def move(conn: Connection, task_id: UUID, verb: Verb, *, now: datetime = NOW, **more: Any) -> db_tasks.TaskRow:
    with conn.transaction():
        return tasks.move(conn, task_id, MoveRequest(verb=verb, actor=more.pop("actor", "budi"), **more), now=now)


def a_photo(conn: Connection, task_id: UUID) -> UUID:
    media = Media(id=uuid4(), sha256="a" * 64, kind="proof", mime="image/jpeg", size_bytes=9, width=3, height=3)
    with conn.transaction():
        save_media(conn, media, now=NOW)
        db_tasks.add_photo(conn, task_id=task_id, media_id=media.id, uploaded_by="budi", now=NOW)
    return media.id


def a_task(conn: Connection) -> UUID:
    task = task_of(conn, process(conn, a_signal()))
    assert task is not None
    return task.id


def a_report(**more: Any) -> NewReport:
    values: dict[str, Any] = {
        "channel": "web", "category": "flooding", "body": "Air naik", "lat": -6.21, "lon": 106.85,
        "reporter": "device-1",
    }  # fmt: skip
    return NewReport(**{**values, **more})
