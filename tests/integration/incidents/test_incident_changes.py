"""Operators merge, split, close, reopen and undo on a real database; two of them at once, too."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
from tests.support.cloud_core import NOW
from tests.support.http_api import Api, add_signal
from tests.support.incidents_core import (
    AREAS,
    HERE,
    PROVEN,
    a_report,
    a_signal,
    because,
    incident,
    load_small_city,
    members,
    one,
    process,
    resolve,
    task_id_of,
)  # fmt: skip

from siaga_cloud.incidents.service import closing, merging, undoing
from siaga_cloud.incidents.service import matching as incidents
from siaga_cloud.notifications.service import sending as notification_sending
from siaga_cloud.platform.db.connection import Connection, connect
from siaga_cloud.platform.errors import ConflictError, InvalidError, NotFoundError, SiagaError
from siaga_cloud.signals import store as signals
from siaga_core.rules.geometry import LatLon
from siaga_core.rules.incident import cells, match_policy


@pytest.fixture
def conn(database_url: str) -> Iterator[Connection]:
    with connect(database_url) as connection:
        load_small_city(connection)
        connection.commit()
        yield connection


def two_floods(conn: Connection) -> tuple[UUID, UUID]:
    """A camera's flood, and three citizens' 400 m further."""
    here = process(conn, a_signal())
    there = {process(conn, a_report(who, metres=400)) for who in "abc"}
    assert len(there) == 1
    return here, there.pop()


def task_states(conn: Connection) -> dict[UUID, str]:
    return {row["incident_id"]: row["state"] for row in conn.execute("SELECT incident_id, state FROM task")}


def test_a_merge_moves_members_and_confidence_and_an_undo_puts_all_back(conn: Connection) -> None:
    here, there = two_floods(conn)
    before = {one_: (incident(conn, one_), members(conn, one_)) for one_ in (here, there)}
    with conn.transaction():
        change = merging.merge(conn, there, here, because())
    merged, parent = incident(conn, there), incident(conn, here)
    assert (merged["state"], merged["merged_into"], members(conn, there)) == ("merged", here, set())
    assert len(members(conn, here)) == 4
    assert parent["confidence"] == pytest.approx(1 - (1 - 0.675) * 0.6**3)
    assert parent["mixed"]
    assert task_states(conn)[there] == "following"
    with conn.transaction():
        undone = undoing.undo(conn, change.id, because("they are two"))
    assert undone.undoes == change.id
    for one_, (row, held) in before.items():
        now_ = incident(conn, one_)
        assert members(conn, one_) == held
        assert {key: now_[key] for key in ("state", "merged_into", "confidence", "sources", "mixed")} == {
            key: row[key] for key in ("state", "merged_into", "confidence", "sources", "mixed")
        }
    assert set(task_states(conn).values()) == {"open"}
    record = conn.execute("SELECT verb, actor, reason FROM incident_change ORDER BY number").fetchall()
    assert [tuple(line.values()) for line in record] == [
        ("merge", "op", "the same water"),
        ("undo", "op", "they are two"),
    ]
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation), conn.transaction():
        conn.execute("UPDATE incident_change SET reason = 'x'")


def test_the_same_reporter_in_two_merged_incidents_counts_once(conn: Connection) -> None:
    here, there = process(conn, a_report("a")), process(conn, a_report("a", metres=400))
    with conn.transaction():
        merging.merge(conn, there, here, because())
    held = incident(conn, here)
    assert (held["sources"], held["confidence"]) == (1, pytest.approx(0.4))


def test_a_signal_beside_a_merged_incident_joins_the_one_that_absorbed_it(conn: Connection) -> None:
    here, there = two_floods(conn)
    with conn.transaction():
        merging.merge(conn, there, here, because())
    assert process(conn, a_report("late", metres=480)) == here


def test_another_incident_just_out_of_reach_does_not_hide_the_one_that_absorbed_its_neighbour(conn: Connection) -> None:
    here, there = two_floods(conn)
    with conn.transaction():
        merging.merge(conn, there, here, because())
    corner = 140 / 111_195  # within the square around the signal, but 198 m from it
    process(conn, a_report("x", lat=HERE[0] + 400 / 111_195 + corner, lon=HERE[1] + corner, category="flooding"))
    assert process(conn, a_report("late", metres=400)) == here


def test_a_task_without_another_to_follow_goes_over_with_its_incident_and_comes_back(conn: Connection) -> None:
    weak, strong = (
        process(conn, a_signal(confidence=0.1)),
        process(conn, a_signal(metres=400, source_key="camera:cam-2")),
    )
    task_id = task_id_of(conn, strong)
    with conn.transaction():
        change = merging.merge(conn, strong, weak, because())
    assert task_id_of(conn, weak) == task_id
    with conn.transaction():
        undoing.undo(conn, change.id, because())
    assert task_id_of(conn, strong) == task_id
    trail = [
        row["verb"] for row in conn.execute("SELECT verb FROM task_move WHERE task_id = %s ORDER BY id", (task_id,))
    ]
    assert trail.count("hand_over") == 2


def test_what_cannot_be_merged_is_refused_with_the_reason(conn: Connection) -> None:
    here, there = two_floods(conn)
    trash_model = process(conn, a_signal(category="trash", metres=800))
    third = process(conn, a_signal(metres=1200, source_key="camera:cam-9"))
    refusals = [
        (here, here, "merged into itself"),
        (here, trash_model, "expected one of flooding"),
        (uuid4(), here, "there is no incident"),
    ]
    for child, parent, words in refusals:
        with pytest.raises(SiagaError, match=words), conn.transaction():
            merging.merge(conn, child, parent, because())
    with pytest.raises(InvalidError, match="reason: expected why"), conn.transaction():
        merging.merge(conn, there, here, because("  "))
    with conn.transaction():
        merging.merge(conn, there, here, because())
    with pytest.raises(ConflictError, match=f"merged into {here} before"), conn.transaction():
        merging.merge(conn, there, third, because())
    with pytest.raises(ConflictError, match=f"take {here}"), conn.transaction():
        merging.merge(conn, third, there, because())
    with pytest.raises(ConflictError, match="judge "), conn.transaction():
        incidents.judge(conn, there, "confirmed", by="op", note="", now=NOW)


def test_an_undo_before_a_later_change_is_refused_and_the_reverse_sequence_works(conn: Connection) -> None:
    here, there = two_floods(conn)
    third = process(conn, a_signal(metres=1200, source_key="camera:cam-9"))
    with conn.transaction():
        first = merging.merge(conn, there, here, because())
        second = merging.merge(conn, here, third, because())
    assert len(members(conn, third)) == 5, "what was merged before goes along"
    with pytest.raises(ConflictError, match="a later change is still in force: merge"), conn.transaction():
        undoing.undo(conn, first.id, because())
    with conn.transaction():
        undone = undoing.undo(conn, second.id, because())
        undoing.undo(conn, first.id, because())
    assert [len(members(conn, one_)) for one_ in (here, there, third)] == [1, 3, 1]
    for again, words in ((first.id, "was undone before"), (undone.id, "an undo cannot be undone")):
        with pytest.raises(ConflictError, match=words), conn.transaction():
            undoing.undo(conn, again, because())
    with pytest.raises(NotFoundError), conn.transaction():
        undoing.undo(conn, uuid4(), because())


def test_a_split_makes_an_incident_of_the_members_chosen_and_can_be_undone(conn: Connection) -> None:
    held = process(conn, a_signal())
    far = a_report("a", metres=140, at=NOW + timedelta(minutes=1))
    assert process(conn, far) == held
    with conn.transaction():
        change = merging.split(conn, held, [far.id], because("another street"), areas=AREAS)
    assert change.other_id is not None
    new = incident(conn, change.other_id)
    assert (members(conn, held), members(conn, change.other_id)) == (members(conn, held) - {far.id}, {far.id})
    assert (new["state"], new["lat"], new["area_id"]) == ("open", pytest.approx(far.lat), "manggarai")
    assert incident(conn, held)["confidence"] == pytest.approx(0.675)
    with conn.transaction():
        undoing.undo(conn, change.id, because())
    assert far.id in members(conn, held)
    assert incident(conn, change.other_id)["merged_into"] == held


def test_a_split_is_not_undone_over_what_joined_since(conn: Connection) -> None:
    held, far = process(conn, a_signal()), a_report("a", metres=140)
    process(conn, far)
    for chosen, words in (([uuid4()], "is no member"), ([], "at least one"), ([*members(conn, held)], "every member")):
        with pytest.raises(InvalidError, match=words), conn.transaction():
            merging.split(conn, held, chosen, because(), areas=AREAS)
    with conn.transaction():
        change = merging.split(conn, held, [far.id], because(), areas=AREAS)
    assert process(conn, a_report("b", metres=170)) == change.other_id
    with pytest.raises(ConflictError, match="1 more signals have joined"), conn.transaction():
        undoing.undo(conn, change.id, because())


def test_close_and_reopen_are_changes_that_can_be_undone(conn: Connection) -> None:
    tasked, weak = process(conn, a_signal()), process(conn, a_signal(confidence=0.1, metres=400))
    with pytest.raises(ConflictError, match="a task under way"), conn.transaction():
        closing.close(conn, tasked, because())
    with conn.transaction():
        closed = closing.close(conn, weak, because("dry"))
    assert incident(conn, weak)["state"] == "closed"
    with conn.transaction():
        undoing.undo(conn, closed.id, because())
    assert incident(conn, weak)["state"] == "open"
    resolve(conn, task_id_of(conn, tasked))
    with conn.transaction():
        change = closing.reopen(conn, tasked, because("still wet"))
    assert (incident(conn, tasked)["state"], task_states(conn)[tasked]) == ("open", "open")
    with pytest.raises(ConflictError, match="the task is under way again"), conn.transaction():
        undoing.undo(conn, change.id, because())


def test_reopening_a_rejected_incident_undoes_its_verdict_and_undo_restores_it(conn: Connection) -> None:
    weak = process(conn, a_signal(confidence=0.1))
    with conn.transaction():
        incidents.judge(conn, weak, "false_alarm", by="op", note="", now=NOW)
        change = closing.reopen(conn, weak, because())
    counts = "SELECT confirmed, refuted FROM source_reliability"
    assert one(conn, counts) == {"confirmed": 0, "refuted": 0}
    with conn.transaction():
        undoing.undo(conn, change.id, because())
    assert one(conn, counts) == {"confirmed": 0, "refuted": 1}
    assert (incident(conn, weak)["state"], incident(conn, weak)["verdict"]) == ("rejected", "false_alarm")


def test_two_operators_at_once_one_merges_and_the_other_gets_the_reason_for_the_refusal(
    database_url: str, conn: Connection
) -> None:
    here, there = two_floods(conn)
    reported: list[str] = []
    start = threading.Barrier(2)

    def work(child: UUID, parent: UUID) -> None:
        with connect(database_url) as own:
            start.wait(10)
            try:
                merging.merge(own, child, parent, because())
                own.commit()
                reported.append("merged")
            except ConflictError as error:
                reported.append(str(error))

    threads = [threading.Thread(target=work, args=pair) for pair in ((here, there), (there, here))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(words == "merged" for words in reported) == [False, True], reported
    assert sorted(len(members(conn, one_)) for one_ in (here, there)) == [0, 4]


def test_two_signals_on_both_sides_of_a_cell_border_open_one_incident(database_url: str, conn: Connection) -> None:
    policy = match_policy("flooding")
    size = 500 / 111_195
    border = (HERE[0] // size) * size
    pair = [a_report("n", lat=border + 60 / 111_195), a_report("s", lat=border - 60 / 111_195)]
    assert {cells(LatLon(s.lat, s.lon), policy)[0] for s in pair}, "each has a cell"
    with conn.transaction():
        signals.save(conn, pair)
        for one_ in pair:
            signals.save_origin(conn, one_.id, PROVEN, received_at=NOW)

    def work(signal_id: UUID) -> None:
        with connect(database_url) as own:
            incidents.process_signal(own, signal_id, areas=AREAS, now=NOW)

    threads = [threading.Thread(target=work, args=(signal.id,)) for signal in pair]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert one(conn, "SELECT count(*) AS n, max(sources) AS sources FROM incident") == {"n": 1, "sources": 2}


def test_by_http_an_operator_merges_and_undoes_and_an_officer_may_not(api: Api) -> None:
    with api.connection() as conn:
        here = add_signal(conn)
        there = add_signal(conn, source="camera:cam-9", place=(-6.2130, 106.84844))
        operator = one(conn, "SELECT id FROM app_user WHERE role = 'operator' LIMIT 1")["id"]
        officer = one(conn, "SELECT id FROM app_user WHERE role = 'officer' LIMIT 1")["id"]
    wanted = {"into": str(here), "reason": "satu genangan"}
    with api.client(officer) as client:
        assert client.post(f"/api/v1/incidents/{there}/merge", json=wanted).status_code == 403
    with api.client(operator) as client:
        merged = client.post(f"/api/v1/incidents/{there}/merge", json=wanted)
        assert merged.status_code == 200, merged.text
        again = client.post(f"/api/v1/incidents/{there}/merge", json=wanted)
        assert (again.status_code, again.json()["detail"]) == (409, f"the incident was merged into {here} before")
        undone = client.post(f"/api/v1/incident-changes/{merged.json()['id']}/undo", json={"reason": "bukan"})
        assert undone.status_code == 200, undone.text
        record = client.get(f"/api/v1/incidents/{there}/changes").json()
        assert [line["verb"] for line in record] == ["undo", "merge"]
        assert record[1]["undone_by"] == undone.json()["id"]
        assert client.get(f"/api/v1/incidents/{there}").json()["incident"]["state"] == "open"
    with api.client() as client:
        assert client.get(f"/api/v1/incidents/{there}/changes").status_code == 401


def test_a_reporter_reads_the_number_of_the_incident_that_absorbed_the_report(api: Api) -> None:
    numbers, secrets, ids = [], [], []
    for north in (0, 0.01):
        form = {"category": "pothole", "text": "Lubang", "lat": -6.30 - north, "lon": 106.85}
        with api.client() as citizen:
            sent = citizen.post("/api/v1/reports", data=form).json()
        with api.connection() as conn:
            incident_id = incidents.process_signal(conn, UUID(sent["report_id"]), areas=AREAS, now=datetime.now(UTC))
            numbers.append(one(conn, "SELECT number FROM incident WHERE id = %s", incident_id)["number"])
            operator = one(conn, "SELECT id FROM app_user WHERE role = 'operator' LIMIT 1")["id"]
        ids.append(incident_id)
        secrets.append(sent["follow"].removeprefix("/r/"))
    with api.client(operator) as client:
        merge = {"into": str(ids[0]), "reason": "satu lubang"}
        assert client.post(f"/api/v1/incidents/{ids[1]}/merge", json=merge).status_code == 200
    with api.connection() as conn:
        notification_sending.send_due(conn, now=datetime.now(UTC))
    for language, words in (("id", f"digabung dengan kejadian {numbers[0]}"), ("en", f"with incident {numbers[0]}")):
        with api.client() as citizen:
            followed = citizen.get(f"/api/v1/reports/{secrets[1]}", params={"lang": language}).json()
        assert any(words in line["text"] for line in followed["messages"]), followed["messages"]
