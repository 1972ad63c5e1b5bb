"""What incidents learn, notice and go on with, on a real database: verdicts, contradictions, events that continue."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.support.cloud_core import NOW, a_reading, deliver, event_message, readings_message, stage_event
from tests.support.http_api import CITY
from tests.support.incidents_core import (
    AREAS,
    HERE,
    METRE,
    a_report,
    a_signal,
    because,
    incident,
    load_small_city,
    move,
    one,
    process,
    resolve,
    task_id_of,
)  # fmt: skip

from siaga_cloud.city.cli.imports import load_incident_rules
from siaga_cloud.gauges.service import stage_signals
from siaga_cloud.incidents.service import contradictions, merging
from siaga_cloud.incidents.service import matching as incidents
from siaga_cloud.ingest.sorting import sort
from siaga_cloud.ingest.store import messages
from siaga_cloud.ingest.store.batches import store
from siaga_cloud.platform.db.connection import Connection, connect
from siaga_cloud.platform.import_errors import ImportFileError
from siaga_cloud.platform.media.folder import MediaFolder
from siaga_cloud.signals.store import SignalOrigin
from siaga_core.rules.task import Verb
from siaga_core.wire.messages import Hazard, Place, Stage


@pytest.fixture
def conn(database_url: str) -> Iterator[Connection]:
    with connect(database_url) as connection:
        load_small_city(connection)
        messages.prepare_stages(connection)
        connection.commit()
        yield connection


def counts(conn: Connection, source: str = "camera:cam-1") -> tuple[int, int]:
    row = conn.execute("SELECT confirmed, refuted FROM source_reliability WHERE source_key = %s", (source,)).fetchone()
    return (row["confirmed"], row["refuted"]) if row else (0, 0)


def later(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def process_waiting(conn: Connection, *, now: datetime) -> list[UUID | None]:
    """What the worker does with signals that wait."""
    waiting = [row["id"] for row in conn.execute("SELECT id FROM signal WHERE processed_revision < revision")]
    with conn.transaction():
        return [incidents.process_signal(conn, one_, areas=AREAS, now=now) for one_ in waiting]


# --- the city's own rules -----------------------------------------------------------------------------------------


def test_the_city_sets_radius_and_window_of_a_category(conn: Connection, tmp_path: Path) -> None:
    first = process(conn, a_signal())
    assert process(conn, a_report("a", metres=300)) != first
    file = tmp_path / "incidents.toml"
    file.write_text('[[category]]\nid = "flooding"\nradius_m = 400\nwindow_hours = 3\n', encoding="utf-8")
    with conn.transaction():
        assert load_incident_rules(conn, file) == "rules of 1 categories and 0 kinds of source"
    assert process(conn, a_report("b", metres=-300)) == first


def test_the_city_sets_how_far_a_kind_of_source_is_believed(conn: Connection, tmp_path: Path) -> None:
    file = tmp_path / "incidents.toml"
    file.write_text('[[source]]\nkind = "citizen"\nbelieved = 0.2\nweighs_verdicts = 4\n', encoding="utf-8")
    with conn.transaction():
        load_incident_rules(conn, file)
    held = process(conn, a_report("a"))
    line = one(conn, "SELECT reliability, prior_mean, prior_strength, confirmed, refuted FROM incident_member")
    assert incident(conn, held)["confidence"] == pytest.approx(0.2)
    assert line == {"reliability": 0.2, "prior_mean": 0.2, "prior_strength": 4, "confirmed": 0, "refuted": 0}


def test_the_rules_of_the_demo_city_are_good_and_a_wrong_file_is_refused_whole(
    conn: Connection, tmp_path: Path
) -> None:
    with conn.transaction():
        assert load_incident_rules(conn, CITY / "incidents.toml") == "rules of 10 categories and 5 kinds of source"
    file = tmp_path / "incidents.toml"
    file.write_text('[[category]]\nid = "flooding"\nradius_m = 0\nwindow_hours = 3\n', encoding="utf-8")
    with pytest.raises(ImportFileError, match="radius_m"):
        load_incident_rules(conn, file)


# --- verdicts -------------------------------------------------------------------------------------------------------


def test_a_verified_task_confirms_its_sources_and_a_reopened_one_undoes_it(conn: Connection) -> None:
    held = process(conn, a_signal())
    process(conn, a_report("a"))
    task_id = task_id_of(conn, held)
    resolve(conn, task_id)
    assert counts(conn) == (0, 0), "resolved is only the officer's word"
    conn.execute("INSERT INTO app_user (id, name, role) VALUES ('op', 'Op', 'operator') ON CONFLICT DO NOTHING")
    conn.commit()
    move(conn, task_id, Verb.VERIFY, actor="op")
    assert (counts(conn), counts(conn, "citizen:a")) == ((1, 0), (1, 0))
    assert incident(conn, held)["verdict_by"] == f"task:{task_id}"
    move(conn, task_id, Verb.REOPEN, note="still there")
    assert (counts(conn), incident(conn, held)["verdict"]) == ((0, 0), None)


def test_a_dismissed_task_refutes_and_an_operators_word_stands_above_it(conn: Connection) -> None:
    held = process(conn, a_signal())
    move(conn, task_id_of(conn, held), Verb.DISMISS, note="a shadow")
    assert (counts(conn), incident(conn, held)["verdict"]) == ((0, 1), "false_alarm")
    with conn.transaction():
        incidents.judge(conn, held, "confirmed", by="op", note="it was water", now=NOW)
        incidents.judge(conn, held, "confirmed", by="op", note="it was water", now=NOW)
    assert counts(conn) == (1, 0)
    move(conn, task_id_of(conn, held), Verb.REOPEN, note="look again")
    assert counts(conn) == (1, 0)


def test_a_verdict_follows_its_members_through_a_merge_and_back(conn: Connection) -> None:
    here, there = process(conn, a_signal(confidence=0.1)), process(conn, a_report("a", metres=400, confidence=0.1))
    with conn.transaction():
        incidents.judge(conn, there, "confirmed", by="op", note="", now=NOW)
        merging.merge(conn, there, here, because())
    assert (counts(conn), counts(conn, "citizen:a")) == ((1, 0), (1, 0))


def test_one_network_cannot_have_many_device_keys_proved_by_one_true_incident(conn: Connection) -> None:
    held = process(conn, a_signal())
    networks = {"first": "n", "second": "n", "third": "n", "elsewhere": "m"}
    for minute, (key, network) in enumerate(networks.items(), start=1):
        origin = SignalOrigin(device_key=key, network=network)
        assert process(conn, a_report(key, received_at=later(minute)), now=later(minute), origin=origin) == held
    keys = [f"citizen:{key}" for key in networks]
    with conn.transaction():
        incidents.judge(conn, held, "confirmed", by="op", note="", now=NOW)
    assert [counts(conn, key) for key in keys] == [(1, 0), (0, 0), (0, 0), (1, 0)]
    move(conn, task_id_of(conn, held), Verb.DISMISS, note="nothing there")
    with conn.transaction():
        incidents.judge(conn, held, "false_alarm", by="op", note="", now=NOW)
    assert {counts(conn, key) for key in keys} == {(0, 1)}, "a lie counts against every key"


# --- contradictions -----------------------------------------------------------------------------------------------


def gauge_reports(conn: Connection, level_cm: float, *, stage: int = 4, at: datetime = NOW) -> None:
    with conn.transaction():
        conn.execute(
            "INSERT INTO gauge_latest (gauge_id, node_id, measured_at, received_at, level_cm, quality, stage,"
            " stage_since) VALUES ('g1', 'n', %(at)s, %(at)s, %(level)s, 'good', %(stage)s, %(at)s)"
            " ON CONFLICT (gauge_id) DO UPDATE SET measured_at = %(at)s, level_cm = %(level)s, stage = %(stage)s,"
            " stage_since = %(at)s",
            {"at": at, "level": level_cm, "stage": stage},
        )


def check(conn: Connection, *, now: datetime) -> int:
    with conn.transaction():
        found = contradictions.check(conn, now=now)
    process_waiting(conn, now=now)
    return found


def test_a_dry_gauge_that_many_people_contradict_becomes_a_task_to_inspect_it_and_ends_by_itself(
    conn: Connection,
) -> None:
    gauge_reports(conn, 500)
    text = [a_report(who, metres=600) for who in "abcd"]
    for signal in text:
        process(conn, signal)
    assert check(conn, now=NOW) == 0, "four are not enough"
    text.append(a_report("e", metres=500))
    process(conn, text[-1])
    assert [check(conn, now=later(n)) for n in (1, 2)] == [1, 0], "told once"
    found = one(conn, "SELECT id, category, state, confidence FROM incident WHERE category = 'gauge_check'")
    why = one(conn, "SELECT gauge_id, level_cm, citizens, evidence FROM gauge_check")
    assert (why["gauge_id"], why["level_cm"], why["citizens"]) == ("g1", 500, 5)
    assert set(why["evidence"]) == {signal.id for signal in text}
    assert one(conn, "SELECT category, agency_id FROM task WHERE incident_id = %s", found["id"]) == {
        "category": "gauge_check", "agency_id": "sda",
    }  # fmt: skip
    gauge_reports(conn, 760, stage=3, at=later(9))
    assert check(conn, now=later(10)) == 1
    assert incident(conn, found["id"])["over_at"] is not None
    assert check(conn, now=later(11)) == 0


def test_people_who_were_found_to_be_wrong_contradict_nobody(conn: Connection) -> None:
    gauge_reports(conn, 500)
    held = {process(conn, a_report(who, metres=600)) for who in "abcde"}.pop()
    move(conn, task_id_of(conn, held), Verb.DISMISS, note="nothing there")
    assert check(conn, now=NOW) == 0


def test_a_camera_that_sees_a_dry_road_beside_siaga_1_is_remarked_until_it_sees_water(conn: Connection) -> None:
    held = process(conn, a_signal(source_key="gauge:g1", severity="severe", confidence=1.0))
    gauge_reports(conn, 960, stage=1)
    with conn.transaction():
        conn.execute("INSERT INTO camera_zone (camera_id, id, kind, polygon) VALUES ('cam-1', 'r', 'road', '[]')")
        conn.execute(
            "INSERT INTO camera_latest (camera_id, node_id, last_frame_at, at) VALUES ('cam-1','n',%s,%s)", (NOW, NOW)
        )
    remark = "SELECT kind, source_key, ended_at FROM incident_remark WHERE incident_id = %s"
    confidence = incident(conn, held)["confidence"]
    assert [check(conn, now=NOW), check(conn, now=later(1))] == [1, 0]
    assert one(conn, remark, held) == {"kind": "camera_sees_dry_road", "source_key": "camera:cam-1", "ended_at": None}
    assert incident(conn, held)["confidence"] == confidence, "it weighs nothing"
    with conn.transaction():
        conn.execute("UPDATE camera_latest SET unknown_since = %s", (NOW,))
    assert check(conn, now=later(2)) == 1
    assert one(conn, remark, held)["ended_at"] == later(2), "a lost view is not a dry road"


# --- what goes on -------------------------------------------------------------------------------------------------


def test_an_event_that_continues_after_its_task_was_resolved_opens_both_again(conn: Connection) -> None:
    event = a_signal()
    held = process(conn, event)
    task_id = task_id_of(conn, held)
    resolve(conn, task_id, now=later(30))
    soon = replace(event, revision=2, last_at=later(35), measured_at=later(35))
    assert process(conn, soon) == held
    assert incident(conn, held)["state"] == "closed", "the water may take some minutes to go"
    process(conn, replace(event, revision=3, last_at=later(41), measured_at=later(41)))
    assert (incident(conn, held)["state"], task_id_of(conn, held)) == ("open", task_id)
    last = one(conn, "SELECT verb, actor, note FROM task_move WHERE task_id = %s ORDER BY id DESC LIMIT 1", task_id)
    assert (last["verb"], last["actor"]) == ("reopen", "system")
    assert "camera:cam-1 still sees it" in last["note"]
    assert one(conn, "SELECT verb, actor FROM incident_change") == {"verb": "reopen", "actor": "system"}


@pytest.mark.parametrize("what", ["ended", "citizen", "rejected"])
def test_what_does_not_open_a_closed_incident_again(conn: Connection, what: str) -> None:
    event = a_report("a", confidence=1.0) if what == "citizen" else a_signal()
    held = process(conn, event)
    process(conn, a_report("b"))
    task_id = task_id_of(conn, held)
    if what == "rejected":
        move(conn, task_id, Verb.DISMISS, note="a reflection")
    else:
        if one(conn, "SELECT state FROM task")["state"] == "review":
            move(conn, task_id, Verb.CONFIRM)
        resolve(conn, task_id)
    ended_at = later(50) if what == "ended" else None
    process(conn, replace(event, revision=2, last_at=later(60), measured_at=later(60), ended_at=ended_at))
    assert incident(conn, held)["state"] == ("rejected" if what == "rejected" else "closed")


# --- at ingest ----------------------------------------------------------------------------------------------------


def put(conn: Connection, tmp_path: Path, *sent: Any, at: datetime = NOW) -> None:
    """What ingest does with a batch, and then the worker with its signals."""
    with conn.transaction():
        batch = sort([deliver(message, at=at, mid=n) for n, message in enumerate(sent, 1)])
        store(conn, batch, media=MediaFolder(tmp_path), now=at)
    process_waiting(conn, now=at)


def level(cm: float, *, minutes: float, box: UUID, seq: int) -> Any:
    return readings_message(a_reading(cm, at=later(minutes), gauge="g1"), outbox_id=box, seq=seq)


def test_a_gauge_that_sends_only_readings_raises_a_signal_at_siaga_2_and_ends_it(
    conn: Connection, tmp_path: Path
) -> None:
    box = uuid4()
    put(conn, tmp_path, level(700, minutes=0, box=box, seq=1))
    assert one(conn, "SELECT count(*) AS n FROM signal")["n"] == 0
    put(conn, tmp_path, level(860, minutes=7, box=box, seq=2), at=later(7))
    raised = one(conn, "SELECT kind, source_key, severity, confidence, began_at FROM signal")
    assert raised == {
        "kind": "stage", "source_key": "gauge:g1", "severity": "moderate", "confidence": 0.85, "began_at": later(7),
    }  # fmt: skip
    put(conn, tmp_path, level(960, minutes=12, box=box, seq=3), at=later(12))
    assert one(conn, "SELECT severity, confidence FROM signal") == {"severity": "severe", "confidence": 1.0}
    assert one(conn, "SELECT count(*) AS n FROM incident")["n"] == 1
    with conn.transaction():
        assert stage_signals.follow(conn, now=later(13)) == 0, "nothing is new"
    put(conn, tmp_path, level(700, minutes=25, box=box, seq=4), at=later(25))
    assert one(conn, "SELECT ended_at FROM signal")["ended_at"] == later(25)
    assert one(conn, "SELECT over_at FROM incident")["over_at"] == later(25)


def test_a_gauge_that_sends_events_is_not_counted_twice(conn: Connection, tmp_path: Path) -> None:
    box = uuid4()
    event = stage_event(Stage.SIAGA_2, outbox_id=box, at=later(3), seq=2)
    event = event.model_copy(update={"source": event.source.model_copy(update={"id": "g1"})})
    put(conn, tmp_path, level(820, minutes=0, box=box, seq=5))
    put(conn, tmp_path, level(890, minutes=3, box=box, seq=1), event, at=later(3))
    put(conn, tmp_path, level(700, minutes=20, box=box, seq=3), level(960, minutes=40, box=box, seq=4), at=later(40))
    with conn.transaction():
        assert stage_signals.follow(conn, now=later(41)) == 0
    assert [row["kind"] for row in conn.execute("SELECT kind FROM signal")] == ["event"]


@pytest.mark.parametrize(
    ("reported_metres", "expected_metres"),
    [pytest.param(0, 80, id="the place of the camera gives way"), pytest.param(70, 70, id="the box knows better")],
)
def test_a_detection_lies_where_its_zone_is(
    conn: Connection, tmp_path: Path, reported_metres: float, expected_metres: float
) -> None:
    with conn.transaction():
        conn.execute(
            "INSERT INTO camera_zone (camera_id, id, kind, polygon, lat, lon)"
            " VALUES ('cam-1', 'jalan', 'road', '[]', %s, %s)",
            (HERE[0] + 80 * METRE, HERE[1]),
        )
    text = Place(lat=HERE[0] + reported_metres * METRE, lon=HERE[1])
    event = event_message(outbox_id=uuid4(), at=NOW, hazard=Hazard.FLOODING, place=text)
    source = event.source.model_copy(update={"id": "cam-1"})
    put(conn, tmp_path, event.model_copy(update={"zone": "jalan", "source": source}))
    assert conn.execute("SELECT reason FROM dead_letter").fetchall() == []
    stored = one(conn, "SELECT lat FROM signal")
    assert stored["lat"] == pytest.approx(HERE[0] + expected_metres * METRE, abs=METRE)
