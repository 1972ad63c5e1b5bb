"""Signals into incidents into tasks, on a real database: fusion, ledger, policy, routing, moves, clocks."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb
from tests.support.cloud_core import NOW, eventually

from siaga_cloud.db import incidents as db_incidents
from siaga_cloud.db import signals
from siaga_cloud.db import tasks as db_tasks
from siaga_cloud.db.connection import Connection, connect
from siaga_cloud.db.reports import Contact, Media, save_media
from siaga_cloud.db.signals import KeptSignal
from siaga_cloud.services import incidents, reports, tasks, upkeep
from siaga_cloud.services.areas import AreaLookup
from siaga_cloud.services.errors import ConflictError, InvalidError, NotFoundError
from siaga_cloud.services.reports import NewReport
from siaga_cloud.services.tasks import MoveRequest
from siaga_core.rules.task import IllegalMoveError, TaskState, Verb

AREAS = AreaLookup()
NORTH_100_M = 100 / 111_195


@pytest.fixture
def conn(database_url: str) -> Iterator[Connection]:
    with connect(database_url) as connection:
        _load_city(connection)
        connection.commit()
        yield connection


def _load_city(conn: Connection) -> None:
    square = {
        "type": "Polygon",
        "coordinates": [[[106.8, -6.3], [106.9, -6.3], [106.9, -6.2], [106.8, -6.2], [106.8, -6.3]]],
    }
    conn.execute("INSERT INTO area (id, name, level) VALUES ('jaksel', 'Jakarta Selatan', 'city')")
    conn.execute(
        "INSERT INTO area (id, name, level, parent_id, geometry)"
        " VALUES ('manggarai', 'Manggarai', 'kelurahan', 'jaksel', %s)",
        (Jsonb(square),),
    )
    conn.execute(
        "INSERT INTO agency (id, name) VALUES ('sda', 'Dinas SDA'), ('sudin-sda-jaksel', 'Sudin'), ('dishub', 'Dishub')"
    )
    conn.execute(
        "INSERT INTO agency_route VALUES ('flooding', NULL, 'sda'), ('flooding', 'jaksel', 'sudin-sda-jaksel'),"
        " ('illegal_parking', NULL, 'dishub')"
    )
    conn.execute("INSERT INTO app_user (id, name, role, agency_id) VALUES ('budi', 'Budi', 'officer', 'sda')")


def a_signal(**more: Any) -> KeptSignal:
    values: dict[str, Any] = {
        "id": uuid4(), "kind": "event", "category": "flooding", "source_key": "camera:cam-1", "confidence": 0.9,
        "severity": "moderate", "lat": -6.21, "lon": 106.85, "began_at": NOW, "last_at": NOW, "ended_at": None,
        "measured_at": NOW, "received_at": NOW, "note": "",
    }  # fmt: skip
    return KeptSignal(**{**values, **more})


def take(conn: Connection, signal: KeptSignal, *, now: datetime = NOW) -> UUID:
    with conn.transaction():
        signals.save(conn, [signal])
        incident_id = incidents.take_signal(conn, signal.id, areas=AREAS, now=now)
    assert incident_id is not None
    return incident_id


def one(conn: Connection, query: str, *values: object) -> dict[str, Any]:
    row = conn.execute(query.encode(), values).fetchone()
    assert row is not None
    return row


def task_of(conn: Connection, incident_id: UUID) -> db_tasks.Task | None:
    return db_tasks.unfinished(conn, incident_id)


def test_a_camera_and_a_citizen_nearby_make_one_incident_with_a_ledger(conn: Connection) -> None:
    first = take(conn, a_signal())
    citizen = a_signal(
        kind="report",
        source_key="citizen:abc",
        confidence=1.0,
        lat=-6.21 + NORTH_100_M,
        last_at=NOW + timedelta(minutes=5),
    )
    assert take(conn, citizen) == first
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
def test_what_does_not_belong_together_stays_apart(conn: Connection, other: dict[str, Any]) -> None:
    assert take(conn, a_signal()) != take(conn, a_signal(source_key="camera:cam-2", **other))


def test_a_signal_replayed_into_the_middle_of_a_long_flood_joins_it(conn: Connection) -> None:
    first = a_signal(source_key="camera:cam-1")
    incident = take(conn, first)
    for hours in (2, 4, 6):
        later = NOW + timedelta(hours=hours)
        take(
            conn,
            a_signal(source_key=f"camera:cam-{hours}", began_at=later, last_at=later, measured_at=later),
            now=later,
        )
    early = NOW + timedelta(minutes=30)
    late = a_signal(source_key="gauge:manggarai", began_at=early, last_at=early, measured_at=early)
    assert take(conn, late, now=NOW + timedelta(hours=7)) == incident


def test_the_same_source_twice_counts_once(conn: Connection) -> None:
    take(conn, a_signal())
    take(conn, a_signal(confidence=0.5))
    assert one(conn, "SELECT confidence, sources FROM incident") == {"confidence": pytest.approx(0.675), "sources": 1}
    assert [row["counted"] for row in conn.execute("SELECT counted FROM incident_member ORDER BY weight")] == [
        False,
        True,
    ]


def test_taking_a_signal_twice_changes_nothing(conn: Connection) -> None:
    signal = a_signal()
    take(conn, signal)
    with conn.transaction():
        assert incidents.take_signal(conn, signal.id, areas=AREAS, now=NOW) is None
    assert one(conn, "SELECT (SELECT count(*) FROM incident) AS i, (SELECT count(*) FROM task) AS t") == {
        "i": 1,
        "t": 1,
    }


def test_two_signals_at_the_same_moment_open_one_incident(database_url: str, conn: Connection) -> None:
    wanted = [a_signal(source_key=f"camera:cam-{number}") for number in range(6)]
    with conn.transaction():
        signals.save(conn, wanted)

    def work(signal: KeptSignal) -> None:
        with connect(database_url) as own:
            incidents.take_signal(own, signal.id, areas=AREAS, now=NOW)

    threads = [threading.Thread(target=work, args=(signal,)) for signal in wanted]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert one(conn, "SELECT count(*) AS n, max(sources) AS sources FROM incident") == {"n": 1, "sources": 6}
    assert one(conn, "SELECT count(*) AS n FROM task")["n"] == 1


def test_a_sure_incident_becomes_a_task_of_the_nearest_agency_with_clocks(conn: Connection) -> None:
    signal = a_signal(severity="severe", measured_at=NOW - timedelta(seconds=2))
    task = task_of(conn, take(conn, signal))
    assert task is not None
    assert (task.state, task.priority, task.agency_id, task.area_id) == (
        TaskState.OPEN,
        1,
        "sudin-sda-jaksel",
        "manggarai",
    )
    assert (task.created_at, task.caused_at) == (NOW, NOW - timedelta(seconds=2))
    assert (task.acknowledge_by, task.resolve_by) == (NOW + timedelta(minutes=30), NOW + timedelta(hours=24))
    outside = task_of(conn, take(conn, a_signal(lat=-6.0, source_key="camera:cam-9")))
    assert outside is not None
    assert (outside.agency_id, outside.area_id) == ("sda", None), "outside of every area the general route serves"


def test_doubt_asks_for_review_and_more_evidence_makes_it_a_task(conn: Connection) -> None:
    incident_id = take(conn, a_signal(kind="report", source_key="citizen:a", confidence=1.0))
    task = task_of(conn, incident_id)
    assert task is not None
    assert task.state is TaskState.REVIEW
    take(conn, a_signal(kind="report", source_key="citizen:b", confidence=1.0, severity="severe"))
    raised = task_of(conn, incident_id)
    assert raised is not None
    assert (raised.id, raised.state, raised.priority) == (task.id, TaskState.OPEN, 1)
    moves = [row["verb"] for row in conn.execute("SELECT verb FROM task_move ORDER BY id")]
    assert moves == ["create", "confirm"]


def test_weak_evidence_is_kept_without_a_task(conn: Connection) -> None:
    assert task_of(conn, take(conn, a_signal(confidence=0.2))) is None


def test_when_sensors_say_it_is_over_the_task_stays_and_an_untasked_incident_closes(conn: Connection) -> None:
    strong, weak = a_signal(), a_signal(category="trash", confidence=0.2)
    tasked, untasked = take(conn, strong), take(conn, weak)
    end: dict[str, Any] = {"revision": 2, "ended_at": NOW + timedelta(minutes=9)}
    take(conn, replace(strong, **end))
    take(conn, replace(weak, **end))
    assert one(conn, "SELECT state, over_at FROM incident WHERE id = %s", tasked) == {
        "state": "open", "over_at": NOW + timedelta(minutes=9),
    }  # fmt: skip
    assert task_of(conn, tasked) is not None
    assert one(conn, "SELECT state FROM incident WHERE id = %s", untasked)["state"] == "closed"


def test_what_was_over_before_it_was_heard_of_is_kept_without_a_task(conn: Connection) -> None:
    late = a_signal(ended_at=NOW, last_at=NOW, began_at=NOW - timedelta(hours=1))
    incident_id = take(conn, late)
    assert task_of(conn, incident_id) is None
    assert one(conn, "SELECT state FROM incident")["state"] == "closed"


def test_a_citizen_who_tells_of_it_later_says_that_it_is_not_over(conn: Connection) -> None:
    camera = a_signal()
    incident_id = take(conn, camera)
    take(conn, replace(camera, revision=2, ended_at=NOW))
    take(conn, a_signal(kind="report", source_key="citizen:a", last_at=NOW + timedelta(minutes=1)))
    assert one(conn, "SELECT over_at FROM incident WHERE id = %s", incident_id)["over_at"] is None


def move(conn: Connection, task_id: UUID, verb: Verb, *, now: datetime = NOW, **more: Any) -> db_tasks.Task:
    with conn.transaction():
        return tasks.move(conn, task_id, MoveRequest(verb=verb, actor=more.pop("actor", "budi"), **more), now=now)


def a_photo(conn: Connection, task_id: UUID) -> UUID:
    media = Media(id=uuid4(), sha256="a" * 64, kind="proof", mime="image/jpeg", size_bytes=9, width=3, height=3)
    with conn.transaction():
        save_media(conn, media, now=NOW)
        db_tasks.add_photo(conn, task_id=task_id, media_id=media.id, uploaded_by="budi", now=NOW)
    return media.id


def a_task(conn: Connection) -> UUID:
    task = task_of(conn, take(conn, a_signal()))
    assert task is not None
    return task.id


def test_an_officer_takes_a_task_to_its_end_and_every_move_is_on_record(conn: Connection) -> None:
    task_id = a_task(conn)
    move(conn, task_id, Verb.ASSIGN, to="budi", actor="dispatcher")
    accepted = move(conn, task_id, Verb.ACCEPT, now=NOW + timedelta(minutes=1))
    assert (accepted.assignee_id, accepted.acknowledged_at, accepted.agency_id) == (
        "budi",
        NOW + timedelta(minutes=1),
        "sda",
    )
    move(conn, task_id, Verb.ARRIVE)
    with pytest.raises(InvalidError, match="resolve needs a photo"):
        move(conn, task_id, Verb.RESOLVE)
    with pytest.raises(InvalidError, match="was not uploaded for this task"):
        move(conn, task_id, Verb.RESOLVE, photo_id=uuid4())
    photo = a_photo(conn, task_id)
    resolved = move(conn, task_id, Verb.RESOLVE, photo_id=photo)
    assert (resolved.state, resolved.proof_media_id, resolved.finished_at) == (TaskState.RESOLVED, photo, NOW)
    assert one(conn, "SELECT state, closed_at FROM incident") == {"state": "closed", "closed_at": NOW}
    moves = conn.execute("SELECT verb, from_state, to_state, actor FROM task_move ORDER BY id").fetchall()
    assert [tuple(row.values()) for row in moves] == [
        ("create", None, "open", "system"),
        ("assign", "open", "assigned", "dispatcher"),
        ("accept", "assigned", "accepted", "budi"),
        ("arrive", "accepted", "on_site", "budi"),
        ("resolve", "on_site", "resolved", "budi"),
    ]


def test_a_reopened_task_opens_its_incident_again(conn: Connection) -> None:
    task_id = a_task(conn)
    move(conn, task_id, Verb.DISMISS, note="nothing there")
    assert one(conn, "SELECT state FROM incident")["state"] == "rejected"
    reopened = move(conn, task_id, Verb.REOPEN, note="there is")
    assert (reopened.state, reopened.finished_at) == (TaskState.OPEN, None)
    assert one(conn, "SELECT state, closed_at FROM incident") == {"state": "open", "closed_at": None}


def test_a_move_and_a_signal_at_the_same_moment_do_not_deadlock(database_url: str, conn: Connection) -> None:
    task_id = a_task(conn)
    incident_id = one(conn, "SELECT incident_id FROM task")["incident_id"]
    conn.commit()
    moved: list[TaskState] = []

    def accept() -> None:
        with connect(database_url, name="mover") as own:
            moved.append(tasks.move(own, task_id, MoveRequest(verb=Verb.ACCEPT, actor="budi"), now=NOW).state)

    mover = threading.Thread(target=accept)
    with conn.transaction(), psycopg.connect(database_url, autocommit=True) as watcher:
        db_incidents.get(conn, incident_id)
        mover.start()
        waiting = "SELECT 1 FROM pg_stat_activity WHERE application_name = 'mover' AND wait_event_type = 'Lock'"
        eventually(lambda: watcher.execute(waiting).fetchone() is not None, what="the mover waits")
        assert db_tasks.unfinished(conn, incident_id) is not None, "the mover must not hold the task meanwhile"
    mover.join(10)
    assert moved == [TaskState.ACCEPTED]


def test_the_api_role_can_do_its_work_and_cannot_rewrite_history(conn: Connection) -> None:
    task_id = a_task(conn)
    conn.execute("SET ROLE siaga_api")
    # As `act_for` sets it for a request that writes, but for more than one transaction.
    conn.execute("SELECT set_config('siaga.role', 'operator', false), set_config('siaga.writes', 'on', false)")
    conn.commit()
    with conn.transaction():
        reports.take_report(conn, a_report(), areas=AREAS, now=NOW)
    move(conn, task_id, Verb.ACCEPT)
    move(conn, task_id, Verb.RESOLVE, photo_id=a_photo(conn, task_id))
    incident_id = one(conn, "SELECT incident_id FROM task")["incident_id"]
    with conn.transaction():
        incidents.judge(conn, incident_id, "confirmed", by="op", note="", now=NOW)
    for statement in ("DELETE FROM task_move", "UPDATE message SET seq = 0", "DELETE FROM report"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), conn.transaction():
            conn.execute(statement.encode())


def test_illegal_moves_and_missing_reasons_are_refused_and_leave_no_trace(conn: Connection) -> None:
    task_id = a_task(conn)
    with pytest.raises(IllegalMoveError, match="a task that is open cannot verify"):
        move(conn, task_id, Verb.VERIFY)
    with pytest.raises(InvalidError, match="note: dismiss needs a reason"):
        move(conn, task_id, Verb.DISMISS, note="  ")
    with pytest.raises(InvalidError, match="no user or agency 'nobody'"):
        move(conn, task_id, Verb.ASSIGN, to="nobody")
    with pytest.raises(NotFoundError):
        move(conn, uuid4(), Verb.ACCEPT)
    assert one(conn, "SELECT count(*) AS n FROM task_move")["n"] == 1


def test_a_pause_moves_the_deadlines_back(conn: Connection) -> None:
    task_id = a_task(conn)
    move(conn, task_id, Verb.ACCEPT)
    move(conn, task_id, Verb.PAUSE, note="waiting for a crane")
    resumed = move(conn, task_id, Verb.RESUME, now=NOW + timedelta(hours=3))
    assert resumed.resolve_by == NOW + timedelta(hours=27)
    assert (resumed.paused_at, resumed.paused_seconds) == (None, 3 * 3600)


def test_clocks_mark_overdue_once_and_escalate_step_by_step(conn: Connection) -> None:
    task_id = a_task(conn)
    told = []
    for hours in (0.4, 0.6, 0.7, 25, 26, 37, 49, 50):
        with conn.transaction():
            told.append(tasks.check_clocks(conn, now=NOW + timedelta(hours=hours)))
    assert told == [0, 1, 0, 1, 0, 1, 1, 0]
    notes = [row["note"] for row in conn.execute("SELECT note FROM task_move WHERE verb <> 'create' ORDER BY id")]
    assert notes == [
        "a clock ran out: acknowledge",
        "resolve clock: told lurah, but nobody holds that office",
        "resolve clock: told camat, but nobody holds that office",
        "resolve clock: told walikota and head of the agency, but nobody holds that office",
    ]
    held = db_tasks.get(conn, task_id)
    assert held is not None
    assert (held.escalation, held.overdue_since) == (3, NOW + timedelta(hours=0.6))


def test_verdicts_move_how_far_a_source_is_believed(conn: Connection) -> None:
    first = take(conn, a_signal(confidence=0.2))
    with conn.transaction():
        incidents.judge(conn, first, "false_alarm", by="op", note="shadow", now=NOW)
    second = take(conn, a_signal(confidence=0.2))
    assert second != first, "a rejected incident takes no more signals"
    weight = one(conn, "SELECT reliability FROM incident_member WHERE incident_id = %s", second)["reliability"]
    assert weight == pytest.approx(7.5 / 11)
    with conn.transaction():
        incidents.judge(conn, first, "confirmed", by="op", note="it was water", now=NOW)
    counts = one(conn, "SELECT confirmed, refuted FROM source_reliability")
    assert counts == {"confirmed": 1, "refuted": 0}, "a changed verdict takes the earlier one back"


def test_a_false_alarm_with_a_task_under_way_needs_its_task_dismissed_first(conn: Connection) -> None:
    incident_id = take(conn, a_signal())
    with pytest.raises(ConflictError), conn.transaction():
        incidents.judge(conn, incident_id, "false_alarm", by="op", note="", now=NOW)


def a_report(**more: Any) -> NewReport:
    values: dict[str, Any] = {
        "channel": "web", "category": "flooding", "body": "Air naik", "lat": -6.21, "lon": 106.85,
        "reporter": "device-1",
    }  # fmt: skip
    return NewReport(**{**values, **more})


def test_a_report_becomes_a_signal_and_a_job_in_one_transaction(conn: Connection) -> None:
    photo = Media(id=uuid4(), sha256="b" * 64, kind="report", mime="image/jpeg", size_bytes=9, width=3, height=3)
    new = a_report(photos=(photo,), contact=Contact(email="a@b.id"))
    with conn.transaction():
        taken = reports.take_report(conn, new, areas=AREAS, now=NOW)
    row = one(conn, "SELECT id, area_id, secret_sha256, reporter_hash FROM report")
    assert (row["id"], row["area_id"]) == (taken.report_id, "manggarai")
    assert bytes(row["secret_sha256"]) == reports.secret_hash(taken.secret)
    assert "device-1" not in row["reporter_hash"]
    assert one(conn, "SELECT email FROM report_contact")["email"] == "a@b.id"
    assert one(conn, "SELECT args FROM procrastinate_jobs")["args"] == {"signal_id": str(taken.report_id)}
    with conn.transaction():
        assert incidents.take_signal(conn, taken.report_id, areas=AREAS, now=NOW) is not None


def test_a_transaction_that_fails_leaves_no_job_behind(conn: Connection) -> None:
    class BoomError(Exception):
        pass

    def report_and_fail() -> None:
        with conn.transaction():
            reports.take_report(conn, a_report(), areas=AREAS, now=NOW)
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
        reports.take_report(conn, a_report(**wrong), areas=AREAS, now=NOW)
    assert str(refused.value).startswith(complaint)


def test_a_channel_that_delivers_twice_is_told_so(conn: Connection) -> None:
    with conn.transaction():
        reports.take_report(conn, a_report(channel="email", external_id="m1"), areas=AREAS, now=NOW)
    with pytest.raises(ConflictError), conn.transaction():
        reports.take_report(conn, a_report(channel="email", external_id="m1"), areas=AREAS, now=NOW)


def test_old_incidents_that_never_became_a_task_are_closed(conn: Connection) -> None:
    citizen = {"kind": "report", "source_key": "citizen:a", "confidence": 0.3}
    old, tasked = take(conn, a_signal(**citizen)), take(conn, a_signal(lat=-6.25))
    seen = take(conn, a_signal(lat=-6.29, confidence=0.1, source_key="camera:cam-7"))
    with conn.transaction():
        closed = [incidents.forget_old(conn, now=NOW + timedelta(hours=hours)) for hours in (2, 4, 20, 28)]
    assert closed == [0, 1, 0, 1], "what a camera still sees is not forgotten, unless it says nothing for a day"
    states = {row["id"]: row["state"] for row in conn.execute("SELECT id, state FROM incident")}
    assert states == {old: "closed", tasked: "open", seen: "closed"}


def test_a_silent_gauge_is_marked_once_and_listeners_are_told(database_url: str, conn: Connection) -> None:
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
            assert upkeep.notice_silence(conn, now=NOW + timedelta(seconds=61)) == 1
            assert upkeep.notice_silence(conn, now=NOW + timedelta(seconds=99)) == 0
        told = [json.loads(note.payload)["kind"] for note in listener.notifies(timeout=5, stop_after=1)]
    assert told == ["gauge"]


def test_the_area_index_follows_changed_areas(conn: Connection) -> None:
    assert AREAS.at(conn, lat=-6.25, lon=106.85) == "manggarai"
    conn.execute("UPDATE area SET geometry = NULL, updated_at = now() + interval '1 second' WHERE id = 'manggarai'")
    assert AREAS.at(conn, lat=-6.25, lon=106.85) is None
