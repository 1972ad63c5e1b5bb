"""A replayed minute is what the API held then, and what was never stored is said to be unknown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests.support.http_api import Api, add_signal, task_of
from tests.support.past_city import next_minute, send_levels, wait_for_minute

from siaga_cloud.control_room import service
from siaga_cloud.incidents.service import flood_states

STATE = "/api/v1/control-room/state"
KARET = (-6.1985, 106.8099)


@pytest.fixture
def operator(api: Api) -> Iterator[httpx.Client]:
    with api.client("operator.balaikota") as client:
        yield client


def live(client: httpx.Client) -> dict[str, Any]:
    """What the control room loads."""
    return {
        "gauges": client.get("/api/v1/gauges").json(),
        "incidents": by_id(client.get("/api/v1/incidents", params={"state": "open"}).json()),
        "tasks": by_id(client.get("/api/v1/tasks").json()),
        "flood_states": client.get("/api/v1/flood-states").json(),
        "cameras": {one["id"]: one["unknown_since"] for one in client.get("/api/v1/cameras").json()},
        "nodes": {one["id"]: one["state"] for one in client.get("/api/v1/nodes").json()},
    }


def replayed(client: httpx.Client, at: datetime) -> dict[str, Any]:
    """The same of a past minute."""
    found = client.get(STATE, params={"at": at.isoformat()})
    assert found.status_code == 200, found.text
    past = found.json()
    return {
        "gauges": past["gauges"],
        "incidents": by_id(past["incidents"]),
        "tasks": by_id(past["tasks"]),
        "flood_states": past["flood_states"],
        "cameras": {one["id"]: one["unknown_since"] for one in past["cameras"]},
        "nodes": {one["id"]: one["state"] for one in past["nodes"]},
    }


def by_id(found: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Without the legal moves, of which a past minute has none, and without what only the clock changes."""
    return {one["id"]: _without_clock(one) for one in found}


def _without_clock(one: dict[str, Any]) -> dict[str, Any]:
    held = {name: value for name, value in one.items() if name != "verbs"}
    for name in ("acknowledge", "first_action", "resolve"):
        if name in held:
            held[name] = {key: value for key, value in held[name].items() if key != "state"}
    return held


def judge(client: httpx.Client, incident: UUID, verdict: str) -> None:
    done = client.post(f"/api/v1/incidents/{incident}/verdict", json={"verdict": verdict})
    assert done.status_code == 200, done.text


def move(client: httpx.Client, task: UUID, verb: str, **more: str) -> None:
    done = client.post(f"/api/v1/tasks/{task}/moves", json={"verb": verb, **more})
    assert done.status_code == 200, done.text


def refresh(api: Api) -> None:
    with api.connection() as conn:
        flood_states.refresh(conn, now=datetime.now(UTC))
        conn.commit()


@pytest.mark.slow
def test_a_replayed_minute_is_what_the_api_held_then(api: Api, operator: httpx.Client) -> None:
    send_levels(api, "manggarai", [845, 850, 853, 856, 860])
    send_levels(api, "depok", [120, 121, 122])
    with api.connection() as conn:
        flood = add_signal(conn, source="camera:cam-manggarai")
        add_signal(conn, source="citizen:a")
        trash = add_signal(conn, category="trash", source="citizen:b", place=(-6.19, 106.82))
        task, task_of_trash = task_of(conn, flood), task_of(conn, trash)
    refresh(api)
    judge(operator, flood, "confirmed")
    minute = next_minute()
    held = live(operator)
    wait_for_minute(minute)
    assert [one["stage"] for one in held["gauges"] if one["id"] == "manggarai"] == [2]
    assert held["flood_states"], "the flood must be a state of its area"

    send_levels(api, "manggarai", [948, 951, 955, 960, 962])
    move(operator, task_of_trash, "dismiss", note="Sudah bersih")
    judge(operator, trash, "false_alarm")
    move(operator, task, "assign", to="petugas.sda")
    with api.connection() as conn:
        add_signal(conn, source="camera:cam-karet", place=KARET)
        add_signal(conn, source="citizen:c")
    refresh(api)
    masked = operator.post("/api/v1/cameras/cam-manggarai/mask", json={"masked": True, "reason": "Kamera berputar"})
    assert masked.status_code == 200, masked.text

    changed = live(operator)
    assert all(changed[kind] != held[kind] for kind in ("gauges", "incidents", "tasks", "flood_states", "cameras"))
    past = replayed(operator, minute)
    for kind, wanted in held.items():
        assert past[kind] == wanted, kind


def test_of_a_minute_before_the_history_only_levels_are_known(api: Api, operator: httpx.Client) -> None:
    at = datetime.now(UTC) - timedelta(hours=3)
    send_levels(api, "karet", [505, 506, 507], until=at - timedelta(minutes=1))
    past = operator.get(STATE, params={"at": at.isoformat()}).json()
    assert datetime.fromisoformat(past["recorded_since"]) > at
    assert [past[kind] for kind in ("incidents", "tasks", "flood_states", "cameras", "nodes")] == [None] * 5
    karet = next(one for one in past["gauges"] if one["id"] == "karet")
    assert (karet["level_cm"], karet["unknown_cause"]) == (507, None)


def test_a_level_that_arrived_later_was_not_known_then(api: Api, operator: httpx.Client) -> None:
    at = datetime.now(UTC) - timedelta(hours=2)
    send_levels(api, "krukut-hulu", [300, 301, 302])
    past = operator.get(STATE, params={"at": at.isoformat()}).json()
    gauge = next(one for one in past["gauges"] if one["id"] == "krukut-hulu")
    assert (gauge["level_cm"], gauge["stage"], gauge["unknown_cause"]) == (None, None, "never")


def test_a_gauge_that_was_silent_then_is_unknown_however_calm_it_was(api: Api, operator: httpx.Client) -> None:
    at = datetime.now(UTC) - timedelta(hours=1)
    send_levels(api, "sunter-hulu", [101, 102, 103], until=at - timedelta(minutes=40))
    send_levels(api, "sunter-hulu", [101, 102, 103])
    past = operator.get(STATE, params={"at": at.isoformat()}).json()
    gauge = next(one for one in past["gauges"] if one["id"] == "sunter-hulu")
    assert (gauge["level_cm"], gauge["unknown_cause"], gauge["last_level_cm"]) == (None, "silent", 103)


@pytest.mark.parametrize("hours", [-1, 25])
def test_only_minutes_of_the_last_day_are_replayed(operator: httpx.Client, hours: int) -> None:
    answer = operator.get(STATE, params={"at": (datetime.now(UTC) - timedelta(hours=hours)).isoformat()})
    assert answer.status_code == 422
    assert answer.json()["code"] == "time_not_replayable"


@pytest.mark.parametrize(("user", "status"), [(None, 401), ("petugas.sda", 403), ("kadis.sda", 403), ("gubernur", 200)])
def test_the_past_is_for_those_who_see_the_whole_city(api: Api, user: str | None, status: int) -> None:
    with api.client(user) as client:
        at = datetime.now(UTC) - timedelta(minutes=5)
        assert client.get(STATE, params={"at": at.isoformat()}).status_code == status


def test_only_what_is_true_now_remains_after_two_days(api: Api) -> None:
    with api.connection() as conn:
        add_signal(conn, category="trash", source="citizen:z", place=(-6.2, 106.9), severity="minor")
        later = datetime.now(UTC) + service.FORGET_AFTER + timedelta(minutes=2)
        service.forget(conn, now=later)
        held = conn.execute("SELECT kind, id, count(*) AS n FROM state_history GROUP BY 1, 2").fetchall()
        conn.rollback()
    assert held
    assert {one["n"] for one in held} == {1}
    assert "began" in {one["kind"] for one in held}
