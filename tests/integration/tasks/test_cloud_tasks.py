"""Tasks on the real database: moves, clocks, verdicts, and what is refused."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest
from tests.support.cloud_core import NOW, eventually
from tests.support.district import (
    AREAS,
    a_photo,
    a_report,
    a_signal,
    a_task,
    load_district,
    move,
    process,
)
from tests.support.incidents_core import one

from siaga_cloud.incidents.service import matching as incidents
from siaga_cloud.incidents.store import incidents as db_incidents
from siaga_cloud.platform.db.connection import Connection, connect
from siaga_cloud.platform.errors import ConflictError, InvalidError, NotFoundError
from siaga_cloud.reports.service import reports
from siaga_cloud.tasks.service import tasks
from siaga_cloud.tasks.service.tasks import MoveRequest
from siaga_cloud.tasks.store import tasks as db_tasks
from siaga_core.rules.task import IllegalMoveError, TaskState, Verb


@pytest.fixture
def conn(database_url: str) -> Iterator[Connection]:
    with connect(database_url) as connection:
        load_district(connection)
        connection.commit()
        yield connection


def test_an_officer_brings_a_task_to_its_end_and_every_move_is_on_record(conn: Connection) -> None:
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
        reports.file_report(conn, a_report(), areas=AREAS, now=NOW)
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


def test_deadlines_mark_overdue_once_and_escalate_step_by_step(conn: Connection) -> None:
    task_id = a_task(conn)
    reported = []
    for hours in (0.4, 0.6, 0.7, 25, 26, 37, 49, 50):
        with conn.transaction():
            reported.append(tasks.check_deadlines(conn, now=NOW + timedelta(hours=hours)))
    assert reported == [0, 1, 0, 1, 0, 1, 1, 0]
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
    first = process(conn, a_signal(confidence=0.2))
    with conn.transaction():
        incidents.judge(conn, first, "false_alarm", by="op", note="shadow", now=NOW)
    second = process(conn, a_signal(confidence=0.2))
    assert second != first, "a rejected incident takes no more signals"
    weight = one(conn, "SELECT reliability FROM incident_member WHERE incident_id = %s", second)["reliability"]
    assert weight == pytest.approx(7.5 / 11)
    with conn.transaction():
        incidents.judge(conn, first, "confirmed", by="op", note="it was water", now=NOW)
    counts = one(conn, "SELECT confirmed, refuted FROM source_reliability")
    assert counts == {"confirmed": 1, "refuted": 0}, "a changed verdict takes the earlier one back"


def test_a_false_alarm_with_a_task_in_progress_needs_its_task_dismissed_first(conn: Connection) -> None:
    incident_id = process(conn, a_signal())
    with pytest.raises(ConflictError), conn.transaction():
        incidents.judge(conn, incident_id, "false_alarm", by="op", note="", now=NOW)
