"""Roads as lines: a street that a camera sees under water, and jams as a feed lists them, published for everybody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.support.http_api import Api, SettingsForTests, add_signal, serve
from tests.support.stand_ins.street_map import STREET, a_street_map

from siaga_cloud.feeds.items import RoadLine
from siaga_cloud.feeds.store import traffic
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.published.roads import Roads, RoadSource, read_roads
from siaga_cloud.signals.store import SignalRow

CAMERA = (-6.20835, 106.84860)
JAM = RoadLine(
    corners=((-6.2, 106.82), (-6.21, 106.82)), street="Jalan Sudirman", is_blocked=False, length_m=1100, speed_kmh=6
)


@pytest.fixture(scope="module")
def basemap(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_street_map(tmp_path_factory.mktemp("map"), CAMERA)


@pytest.fixture(scope="module")
def flooded(api: Api) -> Api:
    with api.connection() as conn:
        add_signal(conn, source="camera:cam-manggarai", place=CAMERA)
        add_signal(conn, source="citizen:a", place=(-6.19, 106.82))
    return api


@pytest.fixture
def publisher(flooded: Api) -> Iterator[Connection]:
    """A connection with the rights of the publisher's role and no others."""
    with flooded.connection() as conn:
        conn.execute("SET ROLE siaga_publish")
        yield conn
        conn.rollback()


def roads_of(conn: Connection, basemap: Path | None) -> Roads:
    return read_roads(conn, RoadSource(basemap=basemap), at=datetime.now(UTC))


def test_a_street_that_a_camera_sees_is_a_line_and_one_that_citizens_report_is_none(
    publisher: Connection, basemap: Path
) -> None:
    (street,) = roads_of(publisher, basemap).flooded
    assert (street.street, street.depth_cm) == (STREET, None)
    assert not street.is_closed, "an unknown depth closes nothing"
    assert len(street.line) >= 2
    assert all(abs(lat - CAMERA[0]) < 0.001 and abs(lon - CAMERA[1]) < 0.001 for lat, lon in street.line)


def test_without_a_true_map_no_street_is_named(publisher: Connection, tmp_path: Path) -> None:
    assert roads_of(publisher, None).flooded == []
    assert roads_of(publisher, a_street_map(tmp_path, CAMERA, is_schematic=True)).flooded == []


def a_jam(signal_id: UUID, now: datetime) -> SignalRow:
    return SignalRow(
        id=signal_id, kind="feed", category="congestion", source_key="feed:waze", confidence=0.8, severity="minor",
        lat=-6.2, lon=106.82, began_at=now - timedelta(hours=1), last_at=now, ended_at=None, measured_at=now,
        received_at=now, note="",
    )  # fmt: skip


def test_a_jam_is_shown_while_its_feed_lists_it(flooded: Api) -> None:
    now, jam, old = datetime.now(UTC), uuid4(), uuid4()
    with flooded.connection() as conn:
        traffic.upsert(conn, a_jam(jam, now), "waze", JAM, seen_at=now)
        traffic.upsert(conn, a_jam(old, now), "waze", JAM, seen_at=now - timedelta(minutes=11))
        traffic.upsert(conn, a_jam(uuid4(), now), "waze", None, seen_at=now)
        conn.execute("SET LOCAL ROLE siaga_publish")
        (found,) = roads_of(conn, None).traffic
        assert (found.id, found.speed_kmh, found.length_m, found.is_blocked) == (jam, 6, 1100, False)
        assert found.line == [(-6.2, 106.82), (-6.21, 106.82)]
        conn.execute("RESET ROLE")
        traffic.confirm(conn, [old], at=now)
        assert {one.id for one in roads_of(conn, None).traffic} == {jam, old}
        traffic.delete(conn, [jam, old])
        assert roads_of(conn, None).traffic == []
        conn.rollback()


def test_the_file_is_served_without_a_publisher(flooded: Api, basemap: Path) -> None:
    settings = SettingsForTests(database_url=flooded.database_url, media_dir=flooded.media_dir, basemap_folder=basemap)
    with serve(settings, {}) as served, served.client() as client:
        found: dict[str, Any] = client.get("/state/layers/roads.json").json()
    assert [one["street"] for one in found["flooded"]] == [STREET]
    assert found["valid_until"] > found["generated_at"]
