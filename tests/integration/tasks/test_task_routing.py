"""Who a task goes to, and how it goes on from one to the next, on a real database."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from tests.support import task_city
from tests.support.task_city import NOON, PLACE, a_task, move, notified, verbs

from siaga_cloud.incidents.service import matching as incidents
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.errors import ConflictError, InvalidError
from siaga_cloud.tasks.service import tasks
from siaga_cloud.tasks.store import work as db_work
from siaga_core.rules.task import TaskState, Verb

CREW: dict[str, Any] = {"routing": {"crew_agency": "ppsu", "crew_first": ["trash"]}}


@pytest.fixture
def conn(city_conn: Connection) -> Connection:
    return city_conn


def test_the_kelurahan_crew_comes_first_then_the_agency_of_the_category(conn: Connection) -> None:
    task_city.adopt(conn, **CREW)
    assert a_task(conn, "trash").agency_id == "ppsu"
    assert a_task(conn, "flooding").agency_id == "sda", "not a small work"
    conn.execute("UPDATE app_user SET disabled_at = now() WHERE agency_id = 'ppsu'")
    assert a_task(conn, "trash", lat=PLACE[0] + 0.005).agency_id == "lh", "the crew has nobody there"
    assert set(notified(conn, "task_new")) == {"lurah", "lh", "ppsu", "sda"}


def test_koordinasi_requests_an_agency_to_join_and_the_owner_remains(conn: Connection) -> None:
    task = a_task(conn)
    joined = move(conn, task.id, Verb.KOORDINASI, by="kadis", to="lh", note="sampah di saluran")
    assert (joined.agency_id, joined.state) == ("sda", TaskState.OPEN)
    assert db_work.parties(conn, task.id) == ["lh"]
    assert notified(conn, "task_koordinasi") == ["lh"]
    with pytest.raises(ConflictError, match="with sda already"):
        move(conn, task.id, Verb.KOORDINASI, to="sda", note="to itself")
    with pytest.raises(InvalidError, match="got 'nobody', expected an agency"):
        move(conn, task.id, Verb.DISPOSISI, to="nobody", note="x")
    with pytest.raises(InvalidError, match="to: disposisi needs an agency"):
        move(conn, task.id, Verb.DISPOSISI, note="x")
    with pytest.raises(InvalidError, match="note: disposisi needs a reason"):
        move(conn, task.id, Verb.DISPOSISI, to="lh")


def test_disposisi_passes_a_paused_task_on_and_the_pause_ends(conn: Connection) -> None:
    task = a_task(conn)
    move(conn, task.id, Verb.ACCEPT, by="budi")
    move(conn, task.id, Verb.PAUSE, by="budi", note="crane")
    passed = move(conn, task.id, Verb.DISPOSISI, to="lh", note="angkut dulu", now=NOON + timedelta(hours=2))
    assert (passed.agency_id, passed.state, passed.assignee_id, passed.paused_at) == ("lh", TaskState.OPEN, None, None)
    assert passed.paused_seconds == 7200
    (link,) = db_work.handovers(conn, task.id)
    assert (link.kind, link.from_agency, link.to_agency, link.note) == ("disposisi", "sda", "lh", "angkut dulu")


def test_a_task_that_agencies_pass_round_comes_to_the_operators(conn: Connection) -> None:
    task = a_task(conn)
    for hop, to in enumerate(("lh", "dishub", "sda"), start=1):
        moved = move(conn, task.id, Verb.NOT_MINE, to=to, note="bukan wewenang", now=NOON + timedelta(minutes=hop))
        assert (moved.state, moved.agency_id, moved.hops) == (TaskState.OPEN, to, hop)
    bounced = move(conn, task.id, Verb.NOT_MINE, to="lh", note="bukan", now=NOON + timedelta(minutes=9))
    assert (bounced.state, bounced.agency_id) == (TaskState.REVIEW, "sda"), "it goes no further by itself"
    assert verbs(conn, task.id)[-2:] == ["not_mine", "refer"]
    assert notified(conn, "task_refer") == ["operator"]
    task_city.process(conn, task_city.a_signal(severity="severe"))
    assert verbs(conn, task.id)[-1] != "confirm", "more evidence does not say whose it is"
    decided = move(conn, task.id, Verb.DISPOSISI, to="dishub", note="jalan provinsi")
    assert (decided.state, decided.agency_id, decided.hops) == (TaskState.OPEN, "dishub", 0)


def test_assigned_to_a_team_to_the_nearest_who_is_free_or_by_hand(conn: Connection) -> None:
    task = a_task(conn)
    with pytest.raises(InvalidError, match="happens by itself"):
        move(conn, task.id, Verb.REFER)
    team = move(conn, task.id, Verb.ASSIGN, to="pump-1")
    assert (team.team_id, team.assignee_id, team.agency_id) == ("pump-1", None, "sda")
    assert set(notified(conn, "task_assigned")) == {"budi", "siti"}
    with pytest.raises(ConflictError, match="nobody of the agency is on duty"):
        move(conn, task.id, Verb.ASSIGN, to="nearest")
    for user, north in (("budi", 0.02), ("siti", 0.001)):
        conn.execute(
            "INSERT INTO officer_duty (id, user_id, began_at, consent_version, consent_at, last_lat, last_lon, last_at)"
            " VALUES (%s, %s, %s, 'x', %s, %s, %s, %s)",
            (uuid4(), user, NOON, NOON, PLACE[0] + north, PLACE[1], NOON),
        )
    assert move(conn, task.id, Verb.ASSIGN, to="nearest", now=NOON + timedelta(minutes=1)).assignee_id == "siti"
    by_hand = move(conn, task.id, Verb.ASSIGN, to="budi", now=NOON + timedelta(minutes=2))
    assert (by_hand.assignee_id, by_hand.team_id) == ("budi", None)
    with pytest.raises(InvalidError, match="no user or agency 'nowhere', and no team"):
        move(conn, task.id, Verb.ASSIGN, to="nowhere")


def test_a_duplicate_follows_its_parent_ends_with_it_and_can_be_separated_again(conn: Connection) -> None:
    parent, child = a_task(conn), a_task(conn, lat=PLACE[0] + 0.005)
    report_id = uuid4()
    conn.execute(
        "INSERT INTO report (id, channel, secret_sha256, category, lat, lon, reporter_hash, happened_at, received_at)"
        " VALUES (%s, 'web', sha256('x'), 'flooding', -6.2, 106.8, 'h', %s, %s)",
        (report_id, NOON, NOON),
    )
    signal = task_city.a_signal(id=report_id, kind="report", source_key="citizen:a", lat=PLACE[0] + 0.005)
    task_city.process(conn, signal)
    later = NOON + timedelta(hours=1)
    with conn.transaction():
        followed = tasks.follow(conn, child.id, parent.id, actor="op", note="same water", now=later)
        assert tasks.follow(conn, child.id, parent.id, actor="op", now=later) == followed, "twice changes nothing"
        with pytest.raises(ConflictError, match="cannot follow itself"):
            tasks.follow(conn, parent.id, child.id, actor="op", now=later)
    assert (followed.state, followed.next_deadline_at) == (TaskState.FOLLOWING, None)
    move(conn, parent.id, Verb.ACCEPT, by="budi")
    move(conn, parent.id, Verb.RESOLVE, by="budi", photo_id=task_city.a_proof(conn, parent.id), now=later)
    assert verbs(conn, child.id)[-2:] == ["follow", "parent_resolve"]
    assert notified(conn, "report_resolved") == [str(report_id)], "the reporter of the duplicate hears of it"
    with conn.transaction():
        free = tasks.unfollow(conn, child.id, actor="op", note="other street", now=later + timedelta(hours=2))
    assert (free.state, free.finished_at) == (TaskState.OPEN, None)
    assert free.resolve_by == child.resolve_by + timedelta(hours=2), "the time in between does not count"
    with pytest.raises(ConflictError, match="does not follow"), conn.transaction():
        tasks.unfollow(conn, child.id, actor="op", now=later)


NIGHT = {"rule": [
    {"id": "night", "action": "ignore", "categories": ["trash"], "from_hour": "23:00", "until_hour": "04:00"},
    {"id": "office", "action": "task", "from_hour": "08:00", "until_hour": "16:00"},
    {"id": "else", "action": "review"},
]}  # fmt: skip


def test_what_the_night_let_wait_becomes_a_review_and_by_day_a_task_though_nobody_speaks_of_it_again(
    conn: Connection,
) -> None:
    task_city.adopt(conn, **NIGHT)
    midnight = NOON + timedelta(hours=12)
    waits = task_city.process(conn, task_city.a_signal("trash", at=midnight), now=midnight)
    over = task_city.process(conn, task_city.a_signal("trash", at=midnight, lat=PLACE[0] + 0.01), now=midnight)
    conn.execute("UPDATE incident SET over_at = now() WHERE id = %s", (over,))

    def states() -> list[str]:
        return [row["state"] for row in conn.execute("SELECT state FROM task WHERE incident_id = %s", (waits,))]

    reached = []
    for hours in (1, 5, 5.1, 9, 9.1):
        with conn.transaction():
            changed = incidents.reevaluate_pending(conn, now=midnight + timedelta(hours=hours))
        reached.append((changed, states()))
    assert reached == [(0, []), (1, ["review"]), (0, ["review"]), (1, ["open"]), (0, ["open"])]
    assert conn.execute("SELECT FROM task WHERE incident_id = %s", (over,)).fetchone() is None
