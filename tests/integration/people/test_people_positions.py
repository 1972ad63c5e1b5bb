"""Where officers are: only on duty, with consent, seen by those in charge; and who is near and free."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.support.http_api import Api, add_signal, task_of

from siaga_cloud.operations.service import upkeep
from siaga_cloud.people.service import positions
from siaga_cloud.people.service.positions import CONSENT_VERSION, nearest_free
from siaga_cloud.platform.db.connection import Connection

HERE = (-6.207912, 106.848437)
DAY = timedelta(days=1)


def at(minutes_ago: float = 0.0, *, lat: float = HERE[0], lon: float = HERE[1]) -> dict[str, Any]:
    measured_at = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    return {"measured_at": measured_at.isoformat(), "lat": lat, "lon": lon, "accuracy_m": 8}


@pytest.fixture(autouse=True)
def _off_duty(api: Api) -> Iterator[None]:
    yield
    with api.connection() as conn:
        conn.execute("TRUNCATE officer_duty, officer_position")


def go_on_duty(api: Api, user: str = "petugas.sda") -> None:
    with api.client(user) as officer:
        answer = officer.post("/api/v1/me/duty", json={"on": True, "consent_version": CONSENT_VERSION})
    assert answer.status_code == 200, answer.text


def test_duty_needs_consent_to_the_current_text_and_stores_it(api: Api) -> None:
    with api.client("petugas.sda") as officer:
        shown = officer.get("/api/v1/duty/consent?lang=id").json()
        assert "30 hari" in shown["text"]
        assert officer.post("/api/v1/me/duty", json={"on": True}).status_code == 422
        assert officer.post("/api/v1/me/duty", json={"on": True, "consent_version": "2019"}).status_code == 422
        begun = officer.post("/api/v1/me/duty", json={"on": True, "consent_version": shown["version"]}).json()
        again = officer.post("/api/v1/me/duty", json={"on": True, "consent_version": shown["version"]}).json()
        assert begun["on"]
        assert again["since"] == begun["since"]
        assert officer.get("/api/v1/me/duty").json() == begun
    with api.connection() as conn:
        rows = conn.execute("SELECT consent_version, consent_at FROM officer_duty").fetchall()
    assert [row["consent_version"] for row in rows] == [CONSENT_VERSION]
    assert datetime.now(UTC) - rows[0]["consent_at"] < timedelta(minutes=1)
    for other in ("lurah.manggarai", "operator.balaikota", "gubernur"):
        with api.client(other) as client:
            assert client.post("/api/v1/me/duty", json={"on": True}).status_code == 403


def test_positions_off_duty_are_refused_and_late_ones_from_the_duty_are_stored_once_and_rounded(api: Api) -> None:
    with api.client("petugas.sda") as officer:
        assert officer.post("/api/v1/me/positions", json={"positions": [at()]}).status_code == 409
        go_on_duty(api)
        with api.connection() as conn:
            conn.execute("UPDATE officer_duty SET began_at = now() - interval '2 hours'")
        batch = {"positions": [at(180), at(90), at(60), at(-10)]}
        assert officer.post("/api/v1/me/positions", json=batch).json() == {"stored": 2, "repeated": 0, "refused": 2}
        assert officer.post("/api/v1/me/positions", json=batch).json() == {"stored": 0, "repeated": 2, "refused": 2}
        officer.post("/api/v1/me/duty", json={"on": False})
        assert officer.post("/api/v1/me/positions", json={"positions": [at()]}).status_code == 409
        delayed = officer.post("/api/v1/me/positions", json={"positions": [at(30)]})  # waited on the phone
        assert delayed.json() == {"stored": 1, "repeated": 0, "refused": 0}
        assert officer.post("/api/v1/me/positions", json={"positions": [at()] * 101}).status_code == 422
    with api.connection() as conn:
        rows = conn.execute("SELECT lat, lon FROM officer_position").fetchall()
        newest = conn.execute("SELECT last_at FROM officer_duty").fetchall()
    assert [(row["lat"], row["lon"]) for row in rows] == [(-6.2079, 106.8484)] * 3
    assert newest == [{"last_at": None}]  # off duty nobody knows where


def test_only_those_in_charge_see_where_an_officer_is_and_each_look_is_on_record(api: Api) -> None:
    go_on_duty(api)
    with api.client("petugas.sda") as officer:
        officer.post("/api/v1/me/positions", json={"positions": [at()]})
    seen = {}
    for user in (None, "petugas.sda", "petugas.lh", "lurah.manggarai", "kadis.sda", "kadis.lh", "operator.balaikota",
                 "gubernur", "admin"):  # fmt: skip
        if user is not None and user not in api.tokens:
            continue
        with api.client(user) as client:
            answer = client.get("/api/v1/officers")
            seen[user] = [one["user_id"] for one in answer.json()] if answer.status_code == 200 else answer.status_code
    assert seen.pop("kadis.lh", []) == []
    assert seen == {
        None: 401, "petugas.sda": 403, "petugas.lh": 403, "lurah.manggarai": [], "kadis.sda": ["petugas.sda"],
        "operator.balaikota": ["petugas.sda"], "gubernur": ["petugas.sda"], "admin": ["petugas.sda"],
    }  # fmt: skip
    with api.client("admin") as admin:
        lines = [one for one in admin.get("/api/v1/admin/audit").json() if one["action"] == "look_at_officers"]
    assert [(one["actor"], one["details"]) for one in lines[-2:]] == [
        ("gubernur", {"officers": ["petugas.sda"]}),
        ("admin", {"officers": ["petugas.sda"]}),
    ]
    with api.connection() as conn:
        conn.execute("UPDATE officer_duty SET consent_version = '2026-11'")
    with api.client("gubernur") as leader:
        assert leader.get("/api/v1/officers").json() == [], "who agreed to a text without leaders"


def place(conn: Connection, user: str, *, lat: float, minutes_ago: float = 1) -> None:
    conn.execute(
        "INSERT INTO officer_duty (id, user_id, began_at, consent_version, consent_at, last_lat, last_lon, last_at)"
        " VALUES (gen_random_uuid(), %s, now() - interval '8 hours', '2026-11', now(), %s, %s,"
        " now() - make_interval(mins => %s::int))",
        (user, lat, HERE[1], minutes_ago),
    )


def test_the_nearest_free_officer_is_fresh_of_the_agency_and_without_a_task(api: Api) -> None:
    with api.connection() as conn:
        for number in range(4):
            conn.execute(
                "INSERT INTO app_user (id, name, role, agency_id) SELECT %s, 'Officer', 'officer', agency_id"
                " FROM app_user WHERE id = 'petugas.sda' ON CONFLICT DO NOTHING",
                (f"near.{number}",),
            )
        agency = conn.execute("SELECT agency_id FROM app_user WHERE id = 'petugas.sda'").fetchone()["agency_id"]  # type: ignore[index]
        place(conn, "near.0", lat=HERE[0] + 0.03)
        place(conn, "near.1", lat=HERE[0] + 0.01)
        place(conn, "near.2", lat=HERE[0] + 0.001)
        place(conn, "near.3", lat=HERE[0], minutes_ago=45)
        place(conn, "petugas.lh", lat=HERE[0])
        conn.commit()
        task_id = task_of(conn, add_signal(conn, source="camera:cam-near", place=(-6.19, 106.83)))
        conn.execute("UPDATE task SET assignee_id = 'near.2' WHERE id = %s", (task_id,))
        found = nearest_free(conn, *HERE, agency, 5, now=datetime.now(UTC))
        assert [one.user_id for one in found] == ["near.1", "near.0"]
        assert found[0].distance_m == pytest.approx(1112, rel=0.01)
        assert [one.user_id for one in nearest_free(conn, *HERE, None, 1)] == ["petugas.lh"]
        conn.execute("UPDATE app_user SET disabled_at = now() WHERE id = 'near.1'")
        assert [one.user_id for one in nearest_free(conn, *HERE, agency, 1)] == ["near.0"]


def test_how_fast_officers_came_is_counted_from_the_assignment(api: Api) -> None:
    with api.connection() as conn:
        task_id = task_of(conn, add_signal(conn, source="camera:cam-speed", place=(-6.30, 106.80)))
        start = datetime.now(UTC) - timedelta(hours=2)
        for verb, minutes, actor, to_user in (
            ("assign", 0, "kadis.sda", "someone.else"), ("assign", 20, "kadis.sda", "petugas.sda"),
            ("accept", 25, "petugas.sda", None), ("arrive", 50, "petugas.sda", None),
        ):  # fmt: skip
            conn.execute(
                "INSERT INTO task_move (task_id, verb, to_state, actor, to_user, at) VALUES (%s, %s, 'x', %s, %s, %s)",
                (task_id, verb, actor, to_user, start + timedelta(minutes=minutes)),
            )
        rows = conn.execute("SELECT user_id, seconds FROM officer_response WHERE task_id = %s", (task_id,)).fetchall()
        conn.rollback()
    assert rows == [{"user_id": "petugas.sda", "seconds": 1800.0}]


def test_positions_are_forgotten_after_thirty_days(api: Api) -> None:
    now = datetime.now(UTC)
    with api.connection() as conn:
        for days in (29, 31, 45):
            conn.execute(
                "INSERT INTO officer_position VALUES ('petugas.sda', %s, %s, 0, 0, NULL)", (now - days * DAY, now)
            )
        upkeep.forget(conn, forget_old_readings=90 * DAY, forget_old_messages=40 * DAY, now=now)
        rows = conn.execute("SELECT measured_at FROM officer_position").fetchall()
    assert [row["measured_at"] for row in rows] == [now - 29 * DAY]
    assert positions.RETENTION == 30 * DAY
