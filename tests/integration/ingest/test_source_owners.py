"""A stolen node reports the gauges and cameras of others: nothing of it is believed, and all of it is counted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from tests.support.cloud_core import (
    NOW,
    a_delivery,
    a_jpeg,
    a_reading,
    deliver,
    event_message,
    evidence_message,
    health_message,
    readings_message,
)
from tests.support.http_api import load_demo_city
from typer.testing import CliRunner

from siaga_cloud.cli import app
from siaga_cloud.fleet.store import sources
from siaga_cloud.ingest.queue import Delivery
from siaga_cloud.ingest.sorting import sort
from siaga_cloud.ingest.store.batches import BatchResult, store
from siaga_cloud.ingest.store.messages import prepare_stages
from siaga_cloud.platform.db.connection import Connection, connect
from siaga_cloud.platform.media.folder import MediaFolder
from siaga_core.wire.messages import CameraHealth, GaugeHealth, Hazard, Source, SourceKind

THIEF, OUTBOX = "posko-utara", uuid4()


@pytest.fixture
def conn(database_url: str) -> Iterator[Connection]:
    load_demo_city(database_url)
    with connect(database_url) as connection:
        prepare_stages(connection)
        yield connection


@pytest.fixture
def media(tmp_path: Path) -> MediaFolder:
    return MediaFolder(tmp_path / "media")


def accept(conn: Connection, media: MediaFolder, *deliveries: Delivery) -> BatchResult:
    with conn.transaction():
        return store(conn, sort(deliveries), media=media, now=NOW)


def rows(conn: Connection, query: str) -> list[dict[str, Any]]:
    return conn.execute(query.encode()).fetchall()


def reading(gauge: str, level_cm: float, *, node: str, seq: int = 1, seconds: int = 0) -> Delivery:
    at = NOW + timedelta(seconds=seconds)
    message = readings_message(a_reading(level_cm, at=at, gauge=gauge), node=node, outbox_id=OUTBOX, seq=seq)
    return deliver(message, at=at)


def admin(database_url: str, *words: str) -> str:
    done = CliRunner().invoke(app, ["fleet", *words], env={"SIAGA_DATABASE_URL": database_url})
    assert done.exit_code == 0, done.output
    return done.output


def test_a_stolen_node_reports_gauges_and_a_camera_of_others(conn: Connection, media: MediaFolder) -> None:
    """The reproduction of the finding: 260 cm for katulampa, 1234.5 cm for manggarai, and a flood that a camera saw."""
    flood = event_message(
        outbox_id=OUTBOX, at=NOW, seq=3, node=THIEF, hazard=Hazard.FLOODING,
        source=Source(kind=SourceKind.CAMERA, id="cam-manggarai"),
    )  # fmt: skip
    lies = [
        reading("katulampa", 260, node=THIEF),
        reading("manggarai", 1234.5, node=THIEF, seq=2),
        deliver(flood),
        reading("newgauge-x", 1234.5, node=THIEF, seq=4),
    ]
    stored = accept(conn, media, *lies)
    for table in ("reading", "gauge_latest", "gauge_stage", "event", "signal"):
        assert rows(conn, f"SELECT FROM {table}") == [], table
    reasons = [row["reason"] for row in rows(conn, "SELECT reason FROM dead_letter ORDER BY seq")]
    assert reasons == [
        "gauge katulampa belongs to node hulu-ciliwung",
        "gauge manggarai belongs to node pintu-manggarai",
        "camera cam-manggarai belongs to node pintu-manggarai",
        "gauge newgauge-x is not recorded by the city",
    ]
    assert stored.acknowledge == {(THIEF, OUTBOX): [1, 2, 3, 4]}
    assert [(one.seq, one.reason) for one in stored.refused[THIEF, OUTBOX]] == list(enumerate(reasons, start=1))
    listed = {(one.kind, one.id, one.reason, one.owner) for one in sources.list_refused(conn, limit=10)}
    assert listed == {
        ("gauge", "katulampa", "foreign", "hulu-ciliwung"),
        ("gauge", "manggarai", "foreign", "pintu-manggarai"),
        ("camera", "cam-manggarai", "foreign", "pintu-manggarai"),
        ("gauge", "newgauge-x", "unknown", None),
    }


def test_the_first_node_that_reports_a_source_owns_it(conn: Connection, media: MediaFolder) -> None:
    accept(
        conn, media, reading("marina-ancol", 150, node="honest"), reading("marina-ancol", 400, node=THIEF, seconds=1)
    )
    accept(conn, media, reading("marina-ancol", 401, node=THIEF, seq=2, seconds=2))
    assert [row["level_cm"] for row in rows(conn, "SELECT level_cm FROM reading")] == [150]
    assert rows(conn, "SELECT node_id FROM gauge WHERE id = 'marina-ancol'") == [{"node_id": "honest"}]
    line = rows(conn, "SELECT actor, action, object_kind, object_id, details FROM audit WHERE action LIKE 'claim%'")
    assert line == [
        {
            "actor": "node:honest", "action": "claim_gauge", "object_kind": "gauge", "object_id": "marina-ancol",
            "details": {"node_id": "honest"},
        }
    ]  # fmt: skip
    (listed,) = sources.list_refused(conn, limit=10)
    assert (listed.messages, listed.node_id) == (2, THIEF)


def test_a_refused_message_claims_nothing(conn: Connection, media: MediaFolder) -> None:
    both = readings_message(
        a_reading(at=NOW, gauge="marina-ancol"), a_reading(at=NOW, gauge="katulampa"), node=THIEF, outbox_id=OUTBOX
    )
    accept(conn, media, deliver(both))
    assert rows(conn, "SELECT node_id FROM gauge WHERE id = 'marina-ancol'") == [{"node_id": None}]


def test_an_administrator_hands_a_gauge_to_another_node(
    conn: Connection, media: MediaFolder, database_url: str
) -> None:
    accept(conn, media, reading("katulampa", 50, node="new-node"))
    shown = admin(database_url, "release", "katulampa", "--to", "new-node", "--reason", "the node was replaced")
    assert shown == "gauge katulampa: hulu-ciliwung -> new-node\n"
    accept(conn, media, reading("katulampa", 51, node="new-node", seq=2, seconds=1))
    assert [row["level_cm"] for row in rows(conn, "SELECT level_cm FROM reading")] == [51]
    (line,) = rows(conn, "SELECT why, details FROM audit WHERE action = 'release_source'")
    assert line == {"why": "the node was replaced", "details": {"node_id": ["hulu-ciliwung", "new-node"]}}
    assert "gauge:katulampa 1 messages, owned by new-node" in admin(database_url, "refused")


def test_health_of_a_node_is_stored_without_the_sources_of_others(conn: Connection, media: MediaFolder) -> None:
    health = health_message(outbox_id=OUTBOX, at=NOW, seq=1, node=THIEF).model_copy(
        update={
            "cameras": (CameraHealth(id="cam-manggarai", unknown_since=NOW), CameraHealth(id="cam-karet")),
            "gauges": (GaugeHealth(id="katulampa", unknown_since=NOW),),
        }
    )
    accept(conn, media, deliver(health))
    assert rows(conn, "SELECT camera_id FROM camera_latest") == [{"camera_id": "cam-karet"}]
    (node,) = rows(conn, f"SELECT health FROM node WHERE id = '{THIEF}'")  # noqa: S608
    assert (node["health"]["gauges"], len(node["health"]["cameras"])) == ([], 1)


def test_evidence_for_the_event_of_another_node_is_refused(conn: Connection, media: MediaFolder) -> None:
    seen = event_message(outbox_id=OUTBOX, at=NOW, node="pintu-manggarai")
    accept(conn, media, deliver(seen))
    image = evidence_message(a_jpeg(), event_id=seen.event_id, outbox_id=OUTBOX, seq=2, at=NOW, node=THIEF)
    accept(conn, media, a_delivery(*image))
    assert rows(conn, "SELECT FROM evidence") == []
    (buried,) = rows(conn, "SELECT reason FROM dead_letter")
    assert buried["reason"] == f"event {seen.event_id} belongs to node pintu-manggarai"


def test_the_list_is_bounded_for_each_node(conn: Connection, media: MediaFolder) -> None:
    for first in range(0, 300, 100):
        invented = [reading(f"g-{n}", 1, node=THIEF, seq=n + 1) for n in range(first, first + 100)]
        accept(conn, media, *invented)
    listed = sources.list_refused(conn, limit=1000)
    assert len(listed) == sources.MAX_LISTED_PER_NODE + 1
    assert sum(one.messages for one in listed) == 300
    assert {one.messages for one in listed if one.id == ""} == {200}


def test_ingest_may_claim_and_may_write_no_gauge(conn: Connection, media: MediaFolder) -> None:
    conn.execute("DISCARD TEMP")
    conn.execute("SET ROLE siaga_ingest")
    conn.commit()
    prepare_stages(conn)
    accept(conn, media, reading("marina-ancol", 150, node="honest"), reading("unknown-x", 1, node=THIEF))
    with pytest.raises(psycopg.errors.InsufficientPrivilege), conn.transaction():
        conn.execute("UPDATE gauge SET node_id = 'thief'")
    conn.execute("RESET ROLE")
    assert rows(conn, "SELECT node_id FROM gauge WHERE id = 'marina-ancol'") == [{"node_id": "honest"}]
