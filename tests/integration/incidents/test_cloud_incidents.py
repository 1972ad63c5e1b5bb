"""Signals into incidents into tasks, on a real database: fusion, ledger, policy, routing, moves, clocks."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from tests.support.cloud_core import NOW
from tests.support.district import (
    AREAS,
    NORTH_100_M,
    a_report,
    a_signal,
    load_district,
    process,
    task_of,
)
from tests.support.incidents_core import one

from siaga_cloud.incidents.service import matching as incidents
from siaga_cloud.operations.service import upkeep
from siaga_cloud.platform.db.connection import Connection, connect
from siaga_cloud.platform.errors import ConflictError, InvalidError
from siaga_cloud.reports.service import reports
from siaga_cloud.reports.store.reports import Contact, Media
from siaga_cloud.signals import store as signals
from siaga_cloud.signals.store import SignalOrigin, SignalRow
from siaga_core.rules.task import TaskState


@pytest.fixture
def conn(database_url: str) -> Iterator[Connection]:
    with connect(database_url) as connection:
        load_district(connection)
        connection.commit()
        yield connection


def test_a_camera_and_a_citizen_nearby_make_one_incident_with_a_ledger(conn: Connection) -> None:
    first = process(conn, a_signal())
    citizen = a_signal(
        kind="report",
        source_key="citizen:abc",
        confidence=1.0,
        lat=-6.21 + NORTH_100_M,
        last_at=NOW + timedelta(minutes=5),
    )
    assert process(conn, citizen) == first
    incident = one(conn, "SELECT confidence, sources, mixed, area_id, last_signal_at FROM incident")
    assert incident["confidence"] == pytest.approx(1 - (1 - 0.75 * 0.9) * (1 - 0.4))
    assert (incident["sources"], incident["mixed"], incident["area_id"]) == (2, True, "manggarai")
    assert incident["last_signal_at"] == NOW + timedelta(minutes=5)
    ledger = conn.execute("SELECT source_key, weight, counted FROM incident_member ORDER BY weight DESC").fetchall()
    assert [(line["source_key"], round(line["weight"], 3)) for line in ledger] == [
        ("camera:cam-1", 0.675),
        ("citizen:abc", 0.4),
    ]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"lat": -6.21 + 2 * NORTH_100_M}, id="too far"),
        pytest.param({"last_at": NOW + timedelta(hours=4)}, id="too late"),
        pytest.param({"category": "trash"}, id="something else"),
    ],
)
def test_what_does_not_belong_together_remains_apart(conn: Connection, other: dict[str, Any]) -> None:
    assert process(conn, a_signal()) != process(conn, a_signal(source_key="camera:cam-2", **other))


def test_a_signal_replayed_into_the_middle_of_a_long_flood_joins_it(conn: Connection) -> None:
    first = a_signal(source_key="camera:cam-1")
    incident = process(conn, first)
    for hours in (2, 4, 6):
        later = NOW + timedelta(hours=hours)
        process(
            conn,
            a_signal(source_key=f"camera:cam-{hours}", began_at=later, last_at=later, measured_at=later),
            now=later,
        )
    early = NOW + timedelta(minutes=30)
    delayed = a_signal(source_key="gauge:manggarai", began_at=early, last_at=early, measured_at=early)
    assert process(conn, delayed, now=NOW + timedelta(hours=7)) == incident


def test_the_same_source_twice_counts_once(conn: Connection) -> None:
    process(conn, a_signal())
    process(conn, a_signal(confidence=0.5))
    assert one(conn, "SELECT confidence, sources FROM incident") == {"confidence": pytest.approx(0.675), "sources": 1}
    assert [row["counted"] for row in conn.execute("SELECT counted FROM incident_member ORDER BY weight")] == [
        False,
        True,
    ]


def test_processing_a_signal_twice_changes_nothing(conn: Connection) -> None:
    signal = a_signal()
    process(conn, signal)
    with conn.transaction():
        assert incidents.process_signal(conn, signal.id, areas=AREAS, now=NOW) is None
    assert one(conn, "SELECT (SELECT count(*) FROM incident) AS i, (SELECT count(*) FROM task) AS t") == {
        "i": 1,
        "t": 1,
    }


def test_two_signals_at_the_same_moment_open_one_incident(database_url: str, conn: Connection) -> None:
    wanted = [a_signal(source_key=f"camera:cam-{number}") for number in range(6)]
    with conn.transaction():
        signals.save(conn, wanted)

    def work(signal: SignalRow) -> None:
        with connect(database_url) as own:
            incidents.process_signal(own, signal.id, areas=AREAS, now=NOW)

    threads = [threading.Thread(target=work, args=(signal,)) for signal in wanted]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert one(conn, "SELECT count(*) AS n, max(sources) AS sources FROM incident") == {"n": 1, "sources": 6}
    assert one(conn, "SELECT count(*) AS n FROM task")["n"] == 1


def test_a_sure_incident_becomes_a_task_of_the_nearest_agency_with_deadlines(conn: Connection) -> None:
    signal = a_signal(severity="severe", measured_at=NOW - timedelta(seconds=2))
    task = task_of(conn, process(conn, signal))
    assert task is not None
    assert (task.state, task.priority, task.agency_id, task.area_id) == (
        TaskState.OPEN,
        1,
        "sudin-sda-jaksel",
        "manggarai",
    )
    assert (task.created_at, task.caused_at) == (NOW, NOW - timedelta(seconds=2))
    assert (task.acknowledge_by, task.resolve_by) == (NOW + timedelta(minutes=30), NOW + timedelta(hours=24))
    outside = task_of(conn, process(conn, a_signal(lat=-6.0, source_key="camera:cam-9")))
    assert outside is not None
    assert (outside.agency_id, outside.area_id) == ("sda", None), "outside of every area the general route serves"


def test_doubt_requires_review_and_more_evidence_makes_it_a_task(conn: Connection) -> None:
    incident_id = process(conn, a_signal(kind="report", source_key="citizen:a", confidence=1.0))
    task = task_of(conn, incident_id)
    assert task is not None
    assert task.state is TaskState.REVIEW
    for network in ("n1", "n2", "n3"):
        statement = a_signal(kind="report", source_key=f"citizen:{network}", confidence=0.2)
        process(conn, statement, origin=SignalOrigin(network=network))
    held = task_of(conn, incident_id)
    assert held is not None
    assert held.state is TaskState.REVIEW
    process(conn, a_signal(kind="report", source_key="citizen:b", confidence=1.0, severity="severe"))
    raised = task_of(conn, incident_id)
    assert raised is not None
    assert (raised.id, raised.state, raised.priority) == (task.id, TaskState.OPEN, 1)
    moves = [row["verb"] for row in conn.execute("SELECT verb FROM task_move ORDER BY id")]
    assert moves == ["create", "confirm"]


def test_weak_evidence_is_stored_without_a_task(conn: Connection) -> None:
    assert task_of(conn, process(conn, a_signal(confidence=0.2))) is None


def test_when_sensors_report_the_end_the_task_remains_and_an_untasked_incident_closes(conn: Connection) -> None:
    strong, weak = a_signal(), a_signal(category="trash", confidence=0.2)
    tasked, untasked = process(conn, strong), process(conn, weak)
    end: dict[str, Any] = {"revision": 2, "ended_at": NOW + timedelta(minutes=9)}
    process(conn, replace(strong, **end))
    process(conn, replace(weak, **end))
    assert one(conn, "SELECT state, over_at FROM incident WHERE id = %s", tasked) == {
        "state": "open", "over_at": NOW + timedelta(minutes=9),
    }  # fmt: skip
    assert task_of(conn, tasked) is not None
    assert one(conn, "SELECT state FROM incident WHERE id = %s", untasked)["state"] == "closed"


def test_an_event_that_was_over_when_it_arrived_is_stored_without_a_task(conn: Connection) -> None:
    delayed = a_signal(ended_at=NOW, last_at=NOW, began_at=NOW - timedelta(hours=1))
    incident_id = process(conn, delayed)
    assert task_of(conn, incident_id) is None
    assert one(conn, "SELECT state FROM incident")["state"] == "closed"


def test_a_citizen_who_reports_it_later_states_that_it_is_not_over(conn: Connection) -> None:
    camera = a_signal()
    incident_id = process(conn, camera)
    process(conn, replace(camera, revision=2, ended_at=NOW))
    process(conn, a_signal(kind="report", source_key="citizen:a", last_at=NOW + timedelta(minutes=1)))
    assert one(conn, "SELECT over_at FROM incident WHERE id = %s", incident_id)["over_at"] is None


def test_a_report_becomes_a_signal_and_a_job_in_one_transaction(conn: Connection) -> None:
    photo = Media(id=uuid4(), sha256="b" * 64, kind="report", mime="image/jpeg", size_bytes=9, width=3, height=3)
    new = a_report(photos=(photo,), contact=Contact(email="a@b.id"))
    with conn.transaction():
        accepted = reports.file_report(conn, new, areas=AREAS, now=NOW)
    row = one(conn, "SELECT id, area_id, secret_sha256, reporter_hash FROM report")
    assert (row["id"], row["area_id"]) == (accepted.report_id, "manggarai")
    assert bytes(row["secret_sha256"]) == reports.secret_hash(accepted.secret)
    assert "device-1" not in row["reporter_hash"]
    assert one(conn, "SELECT email FROM report_contact")["email"] == "a@b.id"
    jobs = {row["task_name"]: row["args"] for row in conn.execute("SELECT task_name, args FROM procrastinate_jobs")}
    assert jobs == {
        "process_signal": {"signal_id": str(accepted.report_id)}, "redact_photo": {"media_id": str(photo.id)},
    }  # fmt: skip
    with conn.transaction():
        assert incidents.process_signal(conn, accepted.report_id, areas=AREAS, now=NOW) is not None


def test_a_transaction_that_fails_leaves_no_job_behind(conn: Connection) -> None:
    class BoomError(Exception):
        pass

    def report_and_fail() -> None:
        with conn.transaction():
            reports.file_report(conn, a_report(), areas=AREAS, now=NOW)
            raise BoomError

    with pytest.raises(BoomError):
        report_and_fail()
    assert one(conn, "SELECT count(*) AS n FROM procrastinate_jobs")["n"] == 0


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"category": "ufo"}, "category: got 'ufo', expected one of flooding, "),
        ({"lat": 91.0}, "lat, lon: got 91.0"),
        ({"body": "x" * 4001}, "text: got 4001 characters"),
        ({"body": "a\x00"}, "text: got a NUL"),
        ({"happened_at": NOW - timedelta(days=8)}, "happened_at: got "),
    ],
)
def test_a_wrong_report_is_refused_with_what_was_expected(
    conn: Connection, wrong: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(InvalidError) as refused, conn.transaction():
        reports.file_report(conn, a_report(**wrong), areas=AREAS, now=NOW)
    assert str(refused.value).startswith(complaint)


def test_a_channel_that_delivers_twice_gets_a_duplicate_answer(conn: Connection) -> None:
    with conn.transaction():
        reports.file_report(conn, a_report(channel="email", external_id="m1"), areas=AREAS, now=NOW)
    with pytest.raises(ConflictError), conn.transaction():
        reports.file_report(conn, a_report(channel="email", external_id="m1"), areas=AREAS, now=NOW)


def test_old_incidents_that_never_became_a_task_are_closed(conn: Connection) -> None:
    citizen = {"kind": "report", "source_key": "citizen:a", "confidence": 0.3}
    old, tasked = process(conn, a_signal(**citizen)), process(conn, a_signal(lat=-6.25))
    seen = process(conn, a_signal(lat=-6.29, confidence=0.1, source_key="camera:cam-7"))
    with conn.transaction():
        closed = [incidents.forget_old(conn, now=NOW + timedelta(hours=hours)) for hours in (2, 4, 20, 28)]
    assert closed == [0, 1, 0, 1], "what a camera still sees is not forgotten, unless it says nothing for a day"
    states = {row["id"]: row["state"] for row in conn.execute("SELECT id, state FROM incident")}
    assert states == {old: "closed", tasked: "open", seen: "closed"}


def test_a_silent_gauge_is_marked_once_and_listeners_are_notified(database_url: str, conn: Connection) -> None:
    with conn.transaction():
        conn.execute("INSERT INTO gauge (id, lat, lon, stale_seconds) VALUES ('depok', -6.2, 106.8, 60)")
        conn.execute(
            "INSERT INTO gauge_latest (gauge_id, node_id, measured_at, received_at, quality)"
            " VALUES ('depok', 'n', %s, %s, 'good')",
            (NOW, NOW),
        )
    with psycopg.connect(database_url, autocommit=True) as listener:
        listener.execute("LISTEN siaga_live")
        with conn.transaction():
            assert upkeep.record_silence(conn, now=NOW + timedelta(seconds=61)) == 1
            assert upkeep.record_silence(conn, now=NOW + timedelta(seconds=99)) == 0
        reported = [json.loads(note.payload)["kind"] for note in listener.notifies(timeout=5, stop_after=1)]
    assert reported == ["gauge"]


def test_the_area_index_follows_changed_areas(conn: Connection) -> None:
    assert AREAS.at(conn, lat=-6.25, lon=106.85) == "manggarai"
    conn.execute("UPDATE area SET geometry = NULL, updated_at = now() + interval '1 second' WHERE id = 'manggarai'")
    assert AREAS.at(conn, lat=-6.25, lon=106.85) is None
