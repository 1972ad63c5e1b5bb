"""A small city with a head on every level, agencies, a crew, officers and a policy; and tasks in it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb

from siaga_cloud.city.service import policy
from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.city.service.policy_file import PolicyFile
from siaga_cloud.incidents.service import matching as incidents
from siaga_cloud.platform.db.connection import Connection, connect
from siaga_cloud.reports.store.reports import Media, save_media
from siaga_cloud.signals import store as signals
from siaga_cloud.signals.store import SignalRow
from siaga_cloud.tasks.service import tasks
from siaga_cloud.tasks.service.tasks import MoveRequest
from siaga_cloud.tasks.store import tasks as db_tasks
from siaga_core.rules.task import Verb
from siaga_sim.stack.postgres import Postgres

NOON = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)  # a Friday, 12:00 in Jakarta
PLACE = (-6.21, 106.85)
_AREAS = AreaLookup()
_numbers = itertools.count(1)
_SQUARE = [[[106.8, -6.3], [106.9, -6.3], [106.9, -6.2], [106.8, -6.2], [106.8, -6.3]]]


@pytest.fixture(scope="module")
def task_city_url(postgres: Postgres, migrated_template: str) -> Iterator[str]:
    """One database with the city for all tests of a module."""
    name = f"siaga_tasks_{next(_numbers)}"
    url = postgres.create_database(name, template=migrated_template)
    with connect(url) as conn:
        load(conn)
    yield url
    postgres.drop_database(name)


@pytest.fixture
def city_conn(task_city_url: str) -> Iterator[Connection]:
    """A connection to the city; whatever the test does is undone after it."""
    with connect(task_city_url) as conn, conn.transaction(force_rollback=True):
        yield conn


def load(conn: Connection) -> None:
    """The city."""
    conn.execute("INSERT INTO area (id, name, level) VALUES ('jaksel', 'Jakarta Selatan', 'city')")
    conn.execute("INSERT INTO area (id, name, level, parent_id) VALUES ('tebet', 'Tebet', 'kecamatan', 'jaksel')")
    conn.execute(
        "INSERT INTO area (id, name, level, parent_id, geometry) VALUES ('manggarai', 'Manggarai', 'kelurahan',"
        " 'tebet', %s)",
        (Jsonb({"type": "Polygon", "coordinates": _SQUARE}),),
    )
    conn.execute(
        "INSERT INTO agency (id, name) VALUES ('sda', 'Dinas SDA'), ('lh', 'Dinas LH'), ('dishub', 'Dishub'),"
        " ('ppsu', 'PPSU')"
    )
    conn.execute(
        "INSERT INTO agency_route VALUES ('flooding', NULL, 'sda'), ('trash', NULL, 'lh'),"
        " ('illegal_parking', NULL, 'dishub'), ('pothole', NULL, 'dishub')"
    )
    conn.execute(
        "INSERT INTO app_user (id, name, role, area_id, agency_id) VALUES"
        " ('budi', 'Budi', 'officer', NULL, 'sda'), ('siti', 'Siti', 'officer', NULL, 'sda'),"
        " ('crew', 'Crew', 'officer', 'manggarai', 'ppsu'), ('elsewhere', 'Crew', 'officer', 'jaksel', 'ppsu'),"
        " ('kadis', 'Kadis', 'agency_head', NULL, 'sda'), ('lurah', 'Lurah', 'area_head', 'manggarai', NULL),"
        " ('camat', 'Camat', 'area_head', 'tebet', NULL), ('walikota', 'Walikota', 'area_head', 'jaksel', NULL),"
        " ('op', 'Operator', 'operator', NULL, NULL)"
    )
    conn.execute("INSERT INTO team (id, name, agency_id) VALUES ('pump-1', 'Pump 1', 'sda')")
    conn.execute("INSERT INTO team_member VALUES ('pump-1', 'budi'), ('pump-1', 'siti')")


def adopt(conn: Connection, **tables: Any) -> None:
    """Makes a policy the one that decides: everything that is half believed becomes a task."""
    rule = [{"id": "all", "action": "task", "confidence_from": 0.1}]
    with conn.transaction():
        policy.adopt(conn, PolicyFile.model_validate({"rule": rule, **tables}), now=NOON)


def a_signal(category: str = "flooding", *, at: datetime = NOON, **more: Any) -> SignalRow:
    """From a camera of its own."""
    values: dict[str, Any] = {
        "id": uuid4(), "kind": "event", "category": category, "source_key": f"camera:{uuid4()}", "confidence": 0.9,
        "severity": "moderate", "lat": PLACE[0], "lon": PLACE[1], "began_at": at, "last_at": at, "ended_at": None,
        "measured_at": at, "received_at": at, "note": "",
    }  # fmt: skip
    return SignalRow(**{**values, **more})


def process(conn: Connection, signal: SignalRow, *, now: datetime = NOON) -> UUID:
    """The incident that a signal became part of."""
    with conn.transaction():
        signals.save(conn, [signal])
        incident_id = incidents.process_signal(conn, signal.id, areas=_AREAS, now=now)
    assert incident_id is not None
    return incident_id


def a_task(conn: Connection, category: str = "flooding", *, now: datetime = NOON, **more: Any) -> db_tasks.TaskRow:
    """A new task of its own."""
    task = db_tasks.unfinished(conn, process(conn, a_signal(category, at=now, **more), now=now))
    assert task is not None
    return task


def move(conn: Connection, task_id: UUID, verb: Verb, *, by: str = "op", now: datetime = NOON, **more: Any) -> Any:
    """The task after a move."""
    with conn.transaction():
        return tasks.move(conn, task_id, MoveRequest(verb=verb, actor=by, **more), now=now)


def a_proof(conn: Connection, task_id: UUID) -> UUID:
    """A photo that was uploaded for a task."""
    media = Media(id=uuid4(), sha256="a" * 64, kind="proof", mime="image/jpeg", size_bytes=9, width=3, height=3)
    with conn.transaction():
        save_media(conn, media, now=NOON)
        db_tasks.add_photo(conn, task_id=task_id, media_id=media.id, uploaded_by="budi", now=NOON)
    return media.id


def notified(conn: Connection, kind: str) -> list[str]:
    """Which audiences a kind of notice was made for."""
    rows = conn.execute(
        "SELECT audience_key FROM notification WHERE kind = %s ORDER BY created_at, audience_key", (kind,)
    )
    return [row["audience_key"] for row in rows]


def verbs(conn: Connection, task_id: UUID) -> list[str]:
    """The trail of a task."""
    return [
        row["verb"] for row in conn.execute("SELECT verb FROM task_move WHERE task_id = %s ORDER BY id", (task_id,))
    ]
