"""Depths of streets on a real database: from signals, levels and forecasts to what is stored, and until it expires."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from tests.support.cloud_core import NOW
from tests.support.incidents_core import a_report, a_signal, load_small_city, process
from tests.support.streets.city import a_street, load_streets, set_forecast, set_level

from siaga_cloud.platform.db.connection import Connection, connect
from siaga_cloud.platform.errors import InvalidError
from siaga_cloud.platform.import_errors import ImportFileError
from siaga_cloud.streets.cli import load_of_city
from siaga_cloud.streets.files import read_streets
from siaga_cloud.streets.service.computing import COMPUTED_FOR, compute_depths
from siaga_cloud.streets.service.learning import learn_relations
from siaga_cloud.streets.store import depths, segments
from siaga_cloud.streets.store.depths import ListedStreet


@pytest.fixture
def conn(database_url: str) -> Iterator[Connection]:
    with connect(database_url) as connection:
        load_small_city(connection)
        connection.commit()
        yield connection


def ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


def known(conn: Connection, *, now: datetime = NOW) -> dict[str, ListedStreet]:
    compute_depths(conn, now=now)
    return {one.id: one for one in depths.list_depths(conn, now=now)}


def basis(one: ListedStreet) -> dict[str, Any]:
    return {item["kind"]: item for item in one.basis or ()}


def test_a_street_of_which_nobody_knows_anything_is_not_listed(conn: Connection) -> None:
    load_streets(conn, [a_street()], now=NOW)
    assert known(conn) == {}
    street = depths.find_street(conn, "jalan-1", now=NOW)
    assert street is not None
    assert (street.answer, street.area_id, street.gauge_name) == (None, "manggarai", "g1")
    assert not street.schematic
    assert depths.find_street(conn, "nowhere", now=NOW) is None


def test_a_camera_people_and_the_gauge_make_one_depth(conn: Connection) -> None:
    load_streets(conn, [a_street(), a_street("jalan-far", metres=400, gauge=None, road_cm=None)], now=NOW)
    set_level(conn, 870, at=ago(4))
    process(conn, a_signal(depth_cm=30, at=ago(3)))
    process(conn, a_report("one", depth_cm=45, metres=20, at=ago(12)))
    process(conn, a_report("two", depth_cm=45, metres=-20, at=ago(9)))
    found = known(conn)
    assert set(found) == {"jalan-1"}
    one = found["jalan-1"]
    assert one.answer == "known"
    assert one.low_cm is not None
    assert one.high_cm is not None
    assert 20 < one.low_cm < 40 < one.high_cm < 60
    stated = basis(one)
    assert {kind: item["count"] for kind, item in stated.items()} == {"camera": 1, "report": 2, "gauge": 1}
    assert stated["camera"]["names"] == ["cam-1"]
    assert stated["report"]["names"] == []
    assert datetime.fromisoformat(stated["report"]["last_at"]) == ago(9)


def test_one_person_alone_floods_no_street(conn: Connection) -> None:
    load_streets(conn, [a_street(gauge=None, road_cm=None)], now=NOW)
    process(conn, a_report("one", depth_cm=90, at=ago(5)))
    assert known(conn) == {}


def test_water_that_a_camera_sees_without_marks_has_no_depth(conn: Connection) -> None:
    load_streets(conn, [a_street()], now=NOW)
    process(conn, a_signal(at=ago(3)))
    found = known(conn)["jalan-1"]
    assert (found.answer, found.depth_cm, found.low_cm, found.high_cm) == ("wet", None, None, None)


def test_a_camera_that_sees_now_has_seen_until_now(conn: Connection) -> None:
    load_streets(conn, [a_street(gauge=None, road_cm=None)], now=NOW)
    process(conn, a_signal(depth_cm=30, at=ago(120)))
    assert known(conn) == {}
    conn.execute(
        "INSERT INTO camera_latest (camera_id, node_id, last_frame_at, at) VALUES ('cam-1', 'node-a', %s, %s)",
        (ago(1), ago(1)),
    )
    assert datetime.fromisoformat(basis(known(conn)["jalan-1"])["camera"]["last_at"]) == ago(1)
    conn.execute("UPDATE camera_latest SET unknown_since = %s", (ago(2),))
    assert known(conn) == {}


def test_a_camera_that_saw_the_end_of_the_water_knows_it_dry_for_a_while(conn: Connection) -> None:
    load_streets(conn, [a_street(gauge=None, road_cm=None)], now=NOW)
    process(conn, a_signal(depth_cm=30, at=ago(60), ended_at=ago(10), revision=2))
    assert known(conn) == {}  # of a camera that no node reports nothing is known
    conn.execute("INSERT INTO camera_latest (camera_id, node_id, at) VALUES ('cam-1', 'node-a', %s)", (ago(1),))
    found = known(conn)["jalan-1"]
    assert (found.answer, found.depth_cm, found.low_cm) == ("known", 0, 0)
    assert known(conn, now=NOW + timedelta(minutes=40)) == {}


def test_a_depth_expires_when_its_evidence_does_and_when_nothing_computes_it(conn: Connection) -> None:
    load_streets(conn, [a_street(gauge=None, road_cm=None)], now=NOW)
    process(conn, a_signal(depth_cm=30, at=NOW))
    assert set(known(conn)) == {"jalan-1"}
    later = NOW + COMPUTED_FOR
    assert depths.list_depths(conn, now=later - timedelta(seconds=1))
    assert depths.list_depths(conn, now=later) == []  # the worker stands
    assert set(known(conn, now=NOW + timedelta(minutes=44))) == {"jalan-1"}
    assert known(conn, now=NOW + timedelta(minutes=46)) == {}
    assert conn.execute("SELECT FROM street_depth").fetchone() is None


def test_a_false_alarm_floods_no_street(conn: Connection) -> None:
    load_streets(conn, [a_street(gauge=None, road_cm=None)], now=NOW)
    incident_id = process(conn, a_signal(depth_cm=30, at=ago(3)))
    conn.execute("UPDATE incident SET state = 'closed', verdict = 'false_alarm' WHERE id = %s", (incident_id,))
    assert known(conn) == {}


def test_the_forecast_at_the_gauge_comes_to_the_street(conn: Connection) -> None:
    load_streets(conn, [a_street()], now=NOW)
    set_level(conn, 800, at=ago(2))
    set_forecast(conn, 815, 860, 900, made_at=ago(5))
    found = known(conn)["jalan-1"]
    assert (found.answer, found.depth_cm) == ("unknown", None)
    assert [(one["depth_cm"], one["at"]) for one in found.ahead or ()] == [
        (30, (ago(5) + timedelta(hours=2)).isoformat()),
        (70, (ago(5) + timedelta(hours=3)).isoformat()),
    ]
    set_forecast(conn, 815, 860, 900, made_at=ago(61))
    conn.execute("DELETE FROM forecast_run")
    set_forecast(conn, 815, 860, 900, made_at=ago(61))
    assert known(conn) == {}


def test_a_level_that_is_not_known_floods_no_street(conn: Connection) -> None:
    load_streets(conn, [a_street()], now=NOW)
    set_level(conn, 900, at=ago(50))
    assert known(conn) == {}


def test_former_floods_teach_from_which_level_on_a_street_is_reached(conn: Connection) -> None:
    load_streets(conn, [a_street(road_cm=None), a_street("jalan-2", metres=10)], now=NOW)
    for day, level_cm, depth_cm in ((30, 880, 45), (30.01, 885, 45), (20, 930, 90), (20.01, 925, 90)):
        at = NOW - timedelta(days=day)
        set_level(conn, level_cm, at=at)
        process(conn, a_report(f"r{day}", depth_cm=depth_cm, metres=5, at=at), now=at)
    assert learn_relations(conn, now=NOW) == 1
    learned = segments.relations(conn)["jalan-1"]
    assert (round(learned.road_cm), learned.pairs) == (838, 4)
    set_level(conn, 888, at=ago(3))
    found = known(conn)["jalan-1"]
    assert found.depth_cm == pytest.approx(50, abs=3)
    load_streets(conn, [a_street(gauge=None, road_cm=None)], now=NOW)  # what was learned at another gauge is not used
    assert segments.relations(conn) == {}


# --- files --------------------------------------------------------------------------------------------------------


def write(path: Path, *features: dict[str, Any]) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features)}), encoding="utf-8")
    return path


def a_feature(kind: str = "LineString", **properties: Any) -> dict[str, Any]:
    corners: Any = [[106.85, -6.21], [106.851, -6.21]]
    return {
        "type": "Feature",
        "properties": {"id": "jalan-1", "name": "Jalan Satu", **properties},
        "geometry": {"type": kind, "coordinates": corners if kind == "LineString" else corners[0]},
    }


def test_a_file_replaces_what_it_held_before(conn: Connection, tmp_path: Path) -> None:
    feature = a_feature(gauge="g1", road_cm=830, surface="asphalt")
    found = read_streets(write(tmp_path / "streets.geojson", feature, a_feature(id="jalan-2")))
    load_streets(conn, found, now=NOW)
    load_streets(conn, found[:1], now=NOW)
    [one] = segments.list_segments(conn)
    assert (one.id, one.road_cm, one.gauge_id, one.area_id) == ("jalan-1", 830, "g1", "manggarai")
    assert one.line == [-6.21, 106.85, -6.21, 106.851]


@pytest.mark.parametrize(
    ("features", "expected"),
    [
        ([a_feature(road_cm=830)], "road_cm together with the gauge"),
        ([a_feature("Point")], "expected LineString"),
        ([a_feature(), a_feature()], "more than once"),
        ([a_feature(id="No!")], "feature 1: id"),
        ([{"type": "Feature"}], "properties"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, features: list[dict[str, Any]], expected: str) -> None:
    with pytest.raises(ImportFileError, match=expected):
        read_streets(write(tmp_path / "streets.geojson", *features))


def test_a_gauge_that_is_not_there_is_refused(conn: Connection) -> None:
    with pytest.raises(InvalidError, match="expected the id of an imported gauge"):
        load_streets(conn, [a_street(gauge=f"g-{uuid4().hex[:6]}")], now=NOW)


def test_a_deployment_does_not_begin_with_invented_heights(conn: Connection) -> None:
    [done] = load_of_city(conn, Path(__file__).parents[3] / "city" / "jakarta", with_schematic=False)
    assert "invented" in done
    assert segments.list_segments(conn) == []
