"""Live changes: from NOTIFY in a transaction to a client's stream."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime

import httpx
import psycopg
import pytest
from tests.support.http_api import Api, EventReader, add_signal, set_level

from siaga_cloud.people.service import sessions
from siaga_cloud.platform.http import live_hub
from siaga_sim.stack.child import wait_until


@contextmanager
def stream(api: Api, user: str = "petugas.lh") -> Iterator[EventReader]:
    """An open stream that has said hello, while the server hears the database."""
    listening = api.parts.metrics.live_listening
    wait_until(lambda: listening._value.get() == 1, seconds=10, what="the server to listen")
    with api.client(user) as client, client.stream("GET", "/api/v1/live", timeout=httpx.Timeout(20)) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        reader = EventReader(answer.iter_lines())
        reader.next(lambda name: name == "hello")
        yield reader


def test_a_new_level_reaches_a_client_with_its_public_form(api: Api) -> None:
    with stream(api) as reader, api.connection() as conn:
        started = time.monotonic()
        at = datetime.now(UTC)
        set_level(conn, "manggarai", 861, stage=2, at=at)
        _, data = reader.next(lambda name: name == "gauge")
        assert time.monotonic() - started < 5
        assert data["id"] == "manggarai"
        assert datetime.fromisoformat(data["at"]) == at
        assert (data["object"]["level_cm"], data["object"]["stage"]) == (861, 2)


def test_a_stream_begins_with_how_long_ago_each_kind_changed_even_while_nobody_listened(api: Api) -> None:
    with stream(api):
        pass  # the server hears the database
    with api.connection() as conn:
        set_level(conn, "karet", 301, stage=4)
    time.sleep(0.5)  # some time that the hello must tell
    with api.client("petugas.lh") as client, client.stream("GET", "/api/v1/live", timeout=httpx.Timeout(20)) as answer:
        _, message = EventReader(answer.iter_lines()).next(lambda name: name == "hello")
    ago = message["changed_seconds_ago"]
    assert 0 < ago["gauge"] < 30
    assert ago["gauge"] <= ago["all"]


def test_incidents_and_tasks_come_in_their_public_form(api: Api) -> None:
    with stream(api) as reader, api.connection() as conn:
        add_signal(conn, source="citizen:x", category="pothole", place=(-6.31412, 106.86127), confidence=1)
        seen = dict(reader.next(lambda name: name in ("incident", "task")) for _ in range(2))
    assert seen["incident"]["object"]["place"]["coarse"] is True
    assert seen["task"]["object"]["place"] is None
    assert "6.31412" not in json.dumps(seen)


def test_staff_are_shown_who_was_sent_and_others_are_not(api: Api) -> None:
    with api.connection() as conn:
        add_signal(conn, source="citizen:y", category="trash", place=(-6.2079, 106.8484), confidence=1)
        conn.execute("UPDATE task SET agency_id = 'dinas-sda', assignee_id = 'petugas.sda'")
        task = conn.execute("SELECT id FROM task WHERE category = 'trash' ORDER BY created_at DESC LIMIT 1").fetchone()
        conn.commit()
        assert task is not None
    people = ("operator.balaikota", "lurah.manggarai", "kadis.sda", "petugas.lh")
    with ExitStack() as stack:
        readers = {user: stack.enter_context(stream(api, user)) for user in people}
        conn = stack.enter_context(api.connection())
        note = json.dumps({"kind": "task", "id": str(task["id"]), "at": "2026-11-20T08:00:00+00:00"})
        conn.execute("SELECT pg_notify('siaga_live', %s)", (note,))
        conn.commit()
        reported = {user: one.next(lambda name: name == "task")[1]["object"] for user, one in readers.items()}
    sent = {user: form["assignee_id"] for user, form in reported.items()}
    assert sent == {
        "operator.balaikota": "petugas.sda", "lurah.manggarai": "petugas.sda", "kadis.sda": "petugas.sda",
        "petugas.lh": None,
    }  # fmt: skip
    assert reported["petugas.lh"]["place"] is None
    assert "petugas.sda" not in json.dumps(reported["petugas.lh"])


def test_a_change_that_is_rolled_back_is_never_announced(api: Api) -> None:
    with stream(api) as reader, api.connection() as conn:
        note = json.dumps({"kind": "gauge", "id": "depok", "at": ""})
        conn.execute("SELECT pg_notify('siaga_live', %s)", (note,))
        conn.rollback()
        set_level(conn, "karet", 300, stage=4)
        assert reader.next(lambda name: name == "gauge")[1]["id"] == "karet"


def test_streams_are_for_staff_and_one_person_has_few(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_hub, "MAX_CLIENTS_OF_PERSON", 2)
    with api.client() as public:
        assert public.get("/api/v1/live").status_code == 401
    with stream(api, "operator.balaikota"), stream(api, "operator.balaikota"):
        with api.client("operator.balaikota") as client:
            refused = client.get("/api/v1/live")
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "30")
        with stream(api, "kadis.sda") as other, api.connection() as conn:
            note = json.dumps({"kind": "node", "id": "node-a", "at": "2026-11-20T08:00:00+00:00"})
            conn.execute("SELECT pg_notify('siaga_live', %s)", (note,))
            conn.commit()
            assert other.next(lambda name: name == "node")[1]["id"] == "node-a"


def test_nonsense_on_the_channel_does_not_end_the_stream(api: Api) -> None:
    with stream(api) as reader, api.connection() as conn:
        for nonsense in ("", "{", "[]", '{"kind":"task","id":"not-a-uuid"}', '{"kind":"ufo","id":"1"}'):
            conn.execute("SELECT pg_notify('siaga_live', %s)", (nonsense,))
        conn.commit()
        reader.next(lambda name: name == "reset")  # the task that cannot be looked up
        set_level(conn, "karet", 302, stage=4)
        assert reader.next(lambda name: name == "gauge")[1]["object"]["level_cm"] == 302


def test_after_the_database_broke_off_clients_are_notified_to_reload(api: Api) -> None:
    with stream(api) as reader:
        with psycopg.connect(api.database_url, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'siaga-live' AND datname = current_database()"
            )
        reader.next(lambda name: name == "reset")
        with api.connection() as conn:
            set_level(conn, "karet", 303, stage=4)
        assert reader.next(lambda name: name == "gauge")[1]["object"]["level_cm"] == 303


@contextmanager
def beating(api: Api, seconds: float) -> Iterator[None]:
    """A heart that beats faster than for real, so that tests need not wait."""
    usual, api.parts.hub._heartbeat_seconds = api.parts.hub._heartbeat_seconds, seconds
    try:
        yield
    finally:
        api.parts.hub._heartbeat_seconds = usual


@contextmanager
def stream_by_cookie(api: Api, user: str) -> Iterator[tuple[EventReader, httpx.Client]]:
    """A stream opened with a session, and the client that holds it."""
    with api.connection() as conn:
        _, secret = sessions.begin(conn, user, method="password", agent="", now=datetime.now(UTC))
        conn.commit()
    with api.client() as client:
        client.cookies.set("siaga", secret)
        with client.stream("GET", "/api/v1/live", timeout=httpx.Timeout(20)) as answer:
            reader = EventReader(answer.iter_lines())
            reader.next(lambda name: name == "hello")
            yield reader, client


def test_a_stream_ends_soon_after_its_session(api: Api) -> None:
    with beating(api, 0.2), stream_by_cookie(api, "operator.balaikota") as (reader, client):
        reader.next(lambda name: name == "beat")
        with api.connection() as conn:
            set_level(conn, "karet", 310, stage=4)
            conn.execute("UPDATE user_session SET ended_at = now() WHERE user_id = 'operator.balaikota'")
            conn.commit()
        reader.next(lambda name: name == "signed_out")
        assert not any(reader.lines)
        assert client.get("/api/v1/live").status_code == 401


def test_a_stream_ends_when_the_role_behind_its_key_changes_or_the_account_is_disabled(api: Api) -> None:
    ends = {
        "kadis.sda": "UPDATE app_user SET area_id = NULL, agency_id = NULL, role = 'leader' WHERE id = 'kadis.sda'",
        "petugas.lh": "UPDATE app_user SET disabled_at = now() WHERE id = 'petugas.lh'",
        "petugas.sda": "UPDATE api_token SET revoked_at = now() WHERE user_id = 'petugas.sda'",
    }
    with beating(api, 0.2):
        for user, end in ends.items():
            with stream(api, user) as reader, api.connection() as conn:
                reader.next(lambda name: name == "beat")
                conn.execute(end)
                conn.commit()
                reader.next(lambda name: name == "signed_out")


def test_a_stream_does_not_extend_its_sessions_idle_time_and_lasts_while_the_session_does(api: Api) -> None:
    with beating(api, 0.1), stream_by_cookie(api, "operator.balaikota") as (reader, _), api.connection() as conn:
        conn.execute("UPDATE user_session SET seen_at = now() - interval '10 minutes'")
        conn.commit()
        before = conn.execute("SELECT max(seen_at) AS at FROM user_session").fetchone()
        conn.commit()
        reported = [reader.next(lambda name: name in ("beat", "signed_out"))[0] for _ in range(5)]
        assert reported == ["beat"] * 5
        assert conn.execute("SELECT max(seen_at) AS at FROM user_session").fetchone() == before
