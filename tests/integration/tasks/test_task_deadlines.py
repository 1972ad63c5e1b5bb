"""Clocks on a real database, with a faked `now`: reminders once even after a crash, people in charge, working hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.support import task_city
from tests.support.task_city import NOON, a_task, move, notified

from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.tasks.service import tasks
from siaga_cloud.tasks.store import tasks as db_tasks
from siaga_core.rules.task import Verb

HOUR = timedelta(hours=1)
OFFICE = {"zone": "Asia/Jakarta"} | dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), ("08:00", "16:00"))
FOUR_HOURS: dict[str, Any] = {"acknowledge_hours": 1, "first_action_hours": 2, "resolve_hours": 4}


@pytest.fixture
def conn(city_conn: Connection) -> Connection:
    return city_conn


def check(conn: Connection, hours: float) -> int:
    with conn.transaction():
        return tasks.check_deadlines(conn, now=NOON + hours * HOUR)


def test_a_worker_that_dies_in_the_middle_reminds_exactly_once(conn: Connection) -> None:
    task_city.adopt(conn, deadline=[FOUR_HOURS])
    task = a_task(conn)
    move(conn, task.id, Verb.ASSIGN, to="budi")
    with conn.transaction(force_rollback=True):  # the worker dies before its transaction ends
        tasks.check_deadlines(conn, now=NOON + 0.8 * HOUR)
        assert notified(conn, "task_remind") == ["budi"]
    assert notified(conn, "task_remind") == []
    for _ in range(3):
        check(conn, 0.8)
    assert notified(conn, "task_remind") == ["budi"]
    # Even if the record of the clock were lost, the notice is the same one.
    conn.execute("DELETE FROM task_deadline_event")
    conn.execute("UPDATE task SET next_deadline_at = created_at")
    check(conn, 0.85)
    assert notified(conn, "task_remind") == ["budi"]


def test_an_overdue_task_climbs_to_the_people_in_charge(conn: Connection) -> None:
    task_city.adopt(conn, deadline=[FOUR_HOURS])
    task = a_task(conn)
    move(conn, task.id, Verb.ACCEPT, by="budi")
    move(conn, task.id, Verb.ARRIVE, by="budi")
    reached = {}
    for hours in (3.9, 4, 6, 8, 20):
        before = set(notified(conn, "task_escalated"))
        check(conn, hours)
        reached[hours] = set(notified(conn, "task_escalated")) - before
    assert reached == {3.9: set(), 4: {"lurah"}, 6: {"camat"}, 8: {"walikota", "kadis"}, 20: set()}
    held = db_tasks.get(conn, task.id)
    assert held is not None
    assert (held.escalation, held.next_deadline_at) == (3, None)
    assert notified(conn, "task_overdue") == ["budi"]


def test_an_office_that_nobody_holds_is_climbed_over(conn: Connection) -> None:
    task_city.adopt(conn, deadline=[FOUR_HOURS])
    conn.execute("UPDATE app_user SET disabled_at = now() WHERE id IN ('lurah', 'camat', 'walikota', 'kadis')")
    a_task(conn)
    check(conn, 4)
    assert notified(conn, "task_escalated") == ["op"]


def test_after_an_outage_of_the_worker_nobody_is_reminded_of_what_is_overdue(conn: Connection) -> None:
    task_city.adopt(conn, deadline=[FOUR_HOURS])
    a_task(conn)
    check(conn, 3.5)
    kinds = [row["body"]["step"] for row in conn.execute("SELECT body FROM notification WHERE kind = 'task_remind'")]
    assert kinds == ["resolve"], "acknowledge and first action are overdue already"


def test_a_deadline_in_working_hours_pauses_over_the_weekend(conn: Connection) -> None:
    task_city.adopt(conn, calendar=OFFICE, deadline=[{**FOUR_HOURS, "hours": "working", "resolve_hours": 8}])
    task = a_task(conn)  # Friday noon: four hours are left of the day
    assert task.acknowledge_by == NOON + HOUR
    assert task.resolve_by == datetime(2026, 11, 23, 5, tzinfo=UTC), "Monday noon"
    assert check(conn, 60) == 1, "on Sunday night it is overdue to be acknowledged, but not to be resolved"
    assert notified(conn, "task_escalated") == []


def test_only_a_pause_for_a_reason_that_the_policy_allows_stops_the_deadline(conn: Connection) -> None:
    reasons = [
        {"id": "rain", "name_id": "Hujan", "name_en": "Rain"},
        {"id": "budget", "name_id": "Anggaran", "name_en": "Budget", "pauses_deadlines": False},
    ]
    task_city.adopt(conn, deadline=[FOUR_HOURS], pause_reason=reasons)
    task = a_task(conn)
    move(conn, task.id, Verb.ACCEPT, by="budi")
    paused = move(conn, task.id, Verb.PAUSE, by="budi", note="later", reason="budget")
    assert not paused.deadlines_paused
    assert check(conn, 2.5) == 1, "the clock runs on"
    resumed = move(conn, task.id, Verb.RESUME, by="budi", now=NOON + 2.5 * HOUR)
    assert resumed.resolve_by == task.resolve_by
    move(conn, task.id, Verb.PAUSE, by="budi", note="storm", reason="rain", now=NOON + 3 * HOUR)
    assert check(conn, 30) == 0, "the clock stands still"
    resumed = move(conn, task.id, Verb.RESUME, by="budi", now=NOON + 31 * HOUR)
    assert resumed.resolve_by == task.resolve_by + 28 * HOUR
    notes = [row["note"] for row in conn.execute("SELECT note FROM task_move WHERE verb = 'pause' ORDER BY id")]
    assert notes == ["later (budget, clock runs on)", "storm (rain, clock stopped)"]


def test_a_task_that_is_opened_again_gets_its_time_anew_and_may_climb_again(conn: Connection) -> None:
    task_city.adopt(conn, deadline=[FOUR_HOURS])
    task = a_task(conn)
    check(conn, 9)
    assert notified(conn, "task_escalated") == ["camat", "kadis", "lurah", "walikota"]
    move(conn, task.id, Verb.DISMISS, note="nothing there", now=NOON + 10 * HOUR)
    again = move(conn, task.id, Verb.REOPEN, note="there is", now=NOON + 20 * HOUR)
    assert (again.resolve_by, again.escalation, again.deadline_round) == (NOON + 24 * HOUR, 0, 1)
    check(conn, 24)
    assert notified(conn, "task_escalated").count("lurah") == 2


def test_more_severe_means_earlier_and_a_new_policy_leaves_running_deadlines_alone(conn: Connection) -> None:
    task_city.adopt(conn, deadline=[{**FOUR_HOURS, "severities": ["severe"]}, {**FOUR_HOURS, "resolve_hours": 40}])
    task = a_task(conn, severity="minor")
    assert task.resolve_by == NOON + 40 * HOUR
    task_city.adopt(conn, deadline=[{**FOUR_HOURS, "resolve_hours": 99}])
    task_city.process(conn, task_city.a_signal(severity="severe"))
    hurried = db_tasks.get(conn, task.id)
    assert hurried is not None
    assert (hurried.severity, hurried.resolve_by) == ("severe", NOON + 4 * HOUR)
