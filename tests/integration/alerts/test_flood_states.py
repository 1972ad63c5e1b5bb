"""Flood states of areas on a real database: evidence, expiry, a person's word, and what the public sees of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from tests.support.cloud_core import NOW
from tests.support.http_api import Api, EventReader, add_signal
from tests.support.incidents_core import AREAS, METRE, a_report, a_signal, load_small_city, one, process

from siaga_cloud.incidents.service import flood_states
from siaga_cloud.incidents.service import matching as incidents
from siaga_cloud.platform.db.connection import Connection, connect
from siaga_cloud.platform.errors import ConflictError, InvalidError, NotFoundError
from siaga_cloud.signals.store import SignalOrigin
from siaga_core.rules.flood_state import FloodState


@pytest.fixture
def conn(database_url: str) -> Iterator[Connection]:
    with connect(database_url) as connection:
        load_small_city(connection)
        connection.commit()
        yield connection


def later(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


def refresh(conn: Connection, *, hours: float = 0) -> int:
    with conn.transaction():
        return flood_states.refresh(conn, now=later(hours))


def state(conn: Connection, area: str = "manggarai") -> dict[str, Any]:
    return one(
        conn, "SELECT state, computed, since, expires_at, evidence FROM area_flood_state WHERE area_id = %s", area
    )


def history(conn: Connection) -> list[tuple[int, int, str]]:
    rows = conn.execute("SELECT previous, state, actor FROM area_flood_state_log ORDER BY id")
    return [(row["previous"], row["state"], row["actor"]) for row in rows]


def test_reports_make_a_state_with_its_evidence_that_expires_when_nobody_speaks_any_more(conn: Connection) -> None:
    held = process(conn, a_report("a"))
    assert (refresh(conn), state(conn)["state"]) == (1, FloodState.CAUTION), "one citizen is told of, not believed"
    process(conn, a_report("b", at=later(0.5)))
    assert (refresh(conn, hours=0.5), state(conn)["state"]) == (1, FloodState.MINOR)
    now = state(conn)
    assert [(line["kind"], line["id"]) for line in now["evidence"]] == [("incident", str(held))]
    assert (now["since"], now["expires_at"]) == (later(0.5), later(3.5))
    assert refresh(conn, hours=3.4) == 0, "nothing is new"
    assert (refresh(conn, hours=3.5), state(conn)["state"]) == (1, FloodState.NONE)
    assert history(conn) == [(0, 1, "system"), (1, 2, "system"), (2, 0, "system")]


def test_a_reported_depth_decides_and_an_rw_counts_for_its_kelurahan(conn: Connection) -> None:
    process(conn, a_signal(depth_cm=160, confidence=1.0, lat=-6.295, lon=106.805))
    assert refresh(conn) == 2
    assert [state(conn, area)["state"] for area in ("manggarai-rw1", "manggarai")] == [FloodState.SEVERE] * 2


def test_a_depth_without_proof_makes_nothing_worse(conn: Connection) -> None:
    process(conn, a_signal())
    process(conn, a_report("liar", depth_cm=200), origin=SignalOrigin(network="203.0.113.0/24"))
    assert (refresh(conn), state(conn)["state"]) == (1, FloodState.MINOR)
    process(conn, a_report("known", depth_cm=90))
    refresh(conn)
    assert state(conn)["state"] == FloodState.MODERATE


def test_one_report_beside_a_gauge_at_siaga_1_is_possible_and_no_depth(conn: Connection) -> None:
    process(conn, a_signal(source_key="gauge:g1", kind="stage", confidence=1.0, severity="severe"))
    process(conn, a_report("a"), origin=SignalOrigin(network="203.0.113.0/24"))
    refresh(conn)
    (found,) = state(conn)["evidence"]
    assert (found["state"], found["certainty"]) == ("minor", "possible")


def test_a_gauge_at_siaga_1_makes_a_state_until_its_word_is_old(conn: Connection) -> None:
    with conn.transaction():
        conn.execute(
            "INSERT INTO gauge_latest (gauge_id, node_id, measured_at, received_at, level_cm, quality, stage)"
            " VALUES ('g1', 'n', %s, %s, 960, 'good', 1)",
            (NOW, NOW),
        )
    assert (refresh(conn), state(conn)["state"]) == (1, FloodState.MINOR)
    assert state(conn)["evidence"][0]["why"] == "Siaga 1"
    assert (refresh(conn, hours=3), state(conn)["state"]) == (1, FloodState.NONE)


def test_what_is_over_is_no_evidence_any_more(conn: Connection) -> None:
    camera = a_signal()
    process(conn, camera)
    assert refresh(conn) == 1
    with conn.transaction():
        conn.execute("UPDATE signal SET ended_at = %s, revision = 2", (later(0.1),))
        incidents.process_signal(conn, camera.id, areas=AREAS, now=later(0.1))
    assert (refresh(conn, hours=0.1), state(conn)["state"]) == (1, FloodState.NONE)


def test_a_persons_word_holds_above_the_evidence_until_it_expires_and_all_is_on_record(conn: Connection) -> None:
    process(conn, a_report("a"))
    refresh(conn)
    with conn.transaction():
        flood_states.override(
            conn, "manggarai", FloodState.SEVERE, by="op", reason="seen", lasting=timedelta(hours=2), now=NOW
        )
    held = state(conn)
    assert (held["state"], held["computed"], held["expires_at"]) == (FloodState.SEVERE, FloodState.CAUTION, later(2))
    assert refresh(conn, hours=1) == 0
    assert refresh(conn, hours=2) == 1
    assert state(conn)["state"] == FloodState.CAUTION
    assert history(conn) == [(0, 1, "system"), (1, 4, "op"), (4, 1, "system")]
    last = one(conn, "SELECT reason FROM area_flood_state_log ORDER BY id DESC LIMIT 1")["reason"]
    assert last == "what op set has expired"
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation), conn.transaction():
        conn.execute("DELETE FROM area_flood_state_log")


def test_a_person_may_declare_that_it_is_dry_and_withdraw_it_again(conn: Connection) -> None:
    process(conn, a_signal())
    refresh(conn)
    word: dict[str, Any] = {"by": "lurah", "reason": "dry", "lasting": timedelta(hours=1), "now": NOW}
    with conn.transaction():
        flood_states.override(conn, "manggarai", FloodState.NONE, **word)
    assert (refresh(conn), state(conn)["state"]) == (0, FloodState.NONE)
    with conn.transaction():
        flood_states.lift(conn, "manggarai", by="lurah", reason="wet again", now=NOW)
    assert state(conn)["state"] == FloodState.MINOR
    with pytest.raises(ConflictError), conn.transaction():
        flood_states.lift(conn, "manggarai", by="lurah", reason="again", now=NOW)
    for area, more, error in (
        ("atlantis", {}, NotFoundError), ("jaksel", {}, InvalidError), ("manggarai", {"reason": " "}, InvalidError),
        ("manggarai", {"lasting": timedelta(hours=73)}, InvalidError),
    ):  # fmt: skip
        with pytest.raises(error), conn.transaction():
            flood_states.override(conn, area, FloodState.MINOR, **{**word, **more})


def test_by_http_the_public_sees_states_and_the_head_of_an_area_sets_the_own_only(api: Api) -> None:
    with api.connection() as conn:
        add_signal(conn)
        add_signal(conn, source="citizen:a", place=(-6.2079 + 10 * METRE, 106.84844))
        head = one(
            conn,
            "SELECT app_user.id, area_id FROM app_user JOIN area ON area.id = area_id"
            " WHERE role = 'area_head' AND level = 'kelurahan' LIMIT 1",
        )
        other = one(conn, "SELECT id FROM area WHERE level = 'kelurahan' AND id <> %s LIMIT 1", head["area_id"])["id"]
        flood_states.refresh(conn, now=datetime.now(NOW.tzinfo))
        conn.commit()
    with api.client() as public:
        found = public.get("/api/v1/flood-states").json()
        assert [(one_["state"], one_["colour"], one_["manual"]) for one_ in found] == [("moderate", "#FF8300", False)]
        shape = public.get("/api/v1/flood-states.geojson").json()["features"][0]
        assert (shape["properties"], shape["geometry"]["type"]) == (found[0], "Polygon")
        where = f"/api/v1/areas/{found[0]['area_id']}/flood-state"
        detail = public.get(where).json()
        assert (detail["evidence"][0]["kind"], detail["history"][0]["actor"]) == ("incident", None)
        assert public.put(where, json={"state": "none", "reason": "x"}).status_code == 401
        assert public.get("/api/v1/areas/atlantis/flood-state").status_code == 404
    message = {"state": "severe", "reason": "Diperiksa di tempat", "hours": 2}
    own = f"/api/v1/areas/{head['area_id']}/flood-state"
    with api.client(head["id"]) as client, client.stream("GET", "/api/v1/live") as stream:
        reader = EventReader(stream.iter_lines())
        reader.next(lambda name: name == "hello")
        assert client.put(f"/api/v1/areas/{other}/flood-state", json=message).status_code == 403
        put = client.put(own, json=message)
        assert put.status_code == 200, put.text
        assert (put.json()["state"], put.json()["manual"], put.json()["set_by"]) == ("severe", True, head["id"])
        reported = reader.next(lambda name: name == "flood_state")[1]
        assert (reported["id"], json.dumps(reported["object"]).count("severe")) == (head["area_id"], 1)
        lifted = client.delete(own, params={"reason": "Surut"})
        assert (lifted.status_code, lifted.json()["manual"]) == (200, False), lifted.text
