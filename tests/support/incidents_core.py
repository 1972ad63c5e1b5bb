"""Signals taken into incidents on a real database, a small city to take them in, and figures to compare."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from psycopg.types.json import Jsonb
from tests.support.cloud_core import NOW

from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.incidents.service import matching as incidents
from siaga_cloud.incidents.service.merging import ChangeContext
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.reports.store.reports import Media, save_media
from siaga_cloud.signals import store as signals
from siaga_cloud.signals.store import SignalOrigin, SignalRow
from siaga_cloud.tasks.service import tasks
from siaga_cloud.tasks.service.tasks import MoveRequest
from siaga_cloud.tasks.store import tasks as db_tasks
from siaga_core.rules.task import Verb

AREAS = AreaLookup()
HERE = (-6.21, 106.85)
METRE = 1 / 111_195


def load_small_city(conn: Connection) -> None:
    """One city with one kelurahan that has an RW, a gauge, a camera, an agency and an officer."""
    conn.execute(
        "INSERT INTO area (id, name, level, parent_id, geometry) VALUES"
        " ('jaksel', 'Jakarta Selatan', 'city', NULL, NULL),"
        " ('manggarai', 'Manggarai', 'kelurahan', 'jaksel', %s), ('manggarai-rw1', 'RW 01', 'rw', 'manggarai', %s)",
        (_square(106.8, -6.3, 106.9, -6.2), _square(106.80, -6.30, 106.81, -6.29)),
    )
    conn.execute("INSERT INTO agency (id, name) VALUES ('sda', 'Dinas SDA')")
    conn.execute(
        "INSERT INTO agency_route VALUES ('flooding', NULL, 'sda'), ('gauge_check', NULL, 'sda'),"
        " ('asset_check', NULL, 'sda')"
    )
    conn.execute("INSERT INTO app_user (id, name, role, agency_id) VALUES ('budi', 'Budi', 'officer', 'sda')")
    conn.execute(
        "INSERT INTO gauge (id, lat, lon, area_id, s3_cm, s2_cm, s1_cm)"
        " VALUES ('g1', %s, %s, 'manggarai', 750, 850, 950)",
        HERE,
    )
    conn.execute("INSERT INTO camera (id, lat, lon, area_id) VALUES ('cam-1', %s, %s, 'manggarai')", HERE)


def _square(west: float, south: float, east: float, north: float) -> Jsonb:
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return Jsonb({"type": "Polygon", "coordinates": [ring]})


def a_signal(*, metres: float = 0, at: datetime = NOW, **more: Any) -> SignalRow:
    """A camera's flood unless told otherwise, so many metres north of HERE."""
    values: dict[str, Any] = {
        "id": uuid4(), "kind": "event", "category": "flooding", "source_key": "camera:cam-1", "confidence": 0.9,
        "severity": "moderate", "lat": HERE[0] + metres * METRE, "lon": HERE[1], "began_at": at, "last_at": at,
        "ended_at": None, "measured_at": at, "received_at": at, "note": "",
    }  # fmt: skip
    return SignalRow(**{**values, **more})


def a_report(who: str, **more: Any) -> SignalRow:
    """A citizen's word."""
    return a_signal(**{"kind": "report", "source_key": f"citizen:{who}", "confidence": 1.0, **more})


PROVEN = SignalOrigin(is_account=True)


def process(conn: Connection, signal: SignalRow, *, now: datetime | None = None, origin: SignalOrigin = PROVEN) -> UUID:
    """Saves and takes a signal; the incident's id. Whoever reports has a proven account unless told otherwise."""
    with conn.transaction():
        signals.save(conn, [signal])
        if signal.kind == "report":
            signals.save_origin(conn, signal.id, origin, received_at=signal.received_at)
        incident_id = incidents.process_signal(conn, signal.id, areas=AREAS, now=now or signal.measured_at)
    assert incident_id is not None
    return incident_id


def one(conn: Connection, query: str, *values: object) -> dict[str, Any]:
    """The one row of a query."""
    row = conn.execute(query.encode(), values).fetchone()
    assert row is not None
    return row


def incident(conn: Connection, incident_id: UUID) -> dict[str, Any]:
    """An incident's row."""
    return one(conn, "SELECT * FROM incident WHERE id = %s", incident_id)


def members(conn: Connection, incident_id: UUID) -> set[UUID]:
    """The signals that are members now."""
    rows = conn.execute(
        "SELECT signal_id FROM incident_member WHERE incident_id = %s AND removed_at IS NULL", (incident_id,)
    )
    return {row["signal_id"] for row in rows}


def because(reason: str = "the same water", *, actor: str = "op", now: datetime = NOW) -> ChangeContext:
    """Who changes something, and why."""
    return ChangeContext(actor=actor, reason=reason, now=now)


def task_id_of(conn: Connection, incident_id: UUID) -> UUID:
    """The newest task of an incident."""
    row = one(conn, "SELECT id FROM task WHERE incident_id = %s ORDER BY created_at DESC LIMIT 1", incident_id)
    found: UUID = row["id"]
    return found


def move(conn: Connection, task_id: UUID, verb: Verb, *, now: datetime = NOW, actor: str = "budi", **more: Any) -> None:
    """Moves a task, as its officer where nobody else is named."""
    with conn.transaction():
        tasks.move(conn, task_id, MoveRequest(verb=verb, actor=actor, **more), now=now)


def resolve(conn: Connection, task_id: UUID, *, now: datetime = NOW) -> None:
    """An officer accepts and resolves a task, with a photo."""
    photo = Media(id=uuid4(), sha256=uuid4().hex * 2, kind="proof", mime="image/jpeg", size_bytes=9, width=3, height=3)
    with conn.transaction():
        save_media(conn, photo, now=now)
        db_tasks.add_photo(conn, task_id=task_id, media_id=photo.id, uploaded_by="budi", now=now)
    move(conn, task_id, Verb.ACCEPT, now=now)
    move(conn, task_id, Verb.RESOLVE, now=now, photo_id=photo.id)
