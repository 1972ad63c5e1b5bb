"""Sorting deliveries, gauging readings, telling signals: the pure part of ingest."""

from __future__ import annotations

import json
from datetime import timedelta, timezone
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from procrastinate.exceptions import ConnectorException
from psycopg_pool import PoolTimeout
from tests.support.cloud_core import (
    NOW,
    a_delivery,
    a_reading,
    deliver,
    event_message,
    readings_message,
    stage_event,
    topic_of,
)

from siaga_cloud.gauges.store.readings import GaugeState
from siaga_cloud.ingest import event_signals as sensing
from siaga_cloud.ingest import gauge_rows as gauging
from siaga_cloud.ingest.sorting import AcceptedMessage, UnusableFrame, sort_one
from siaga_cloud.ingest.store.messages import DeadLetter, QuarantinedMessage
from siaga_cloud.ingest.writer import _fault_of_a_message
from siaga_cloud.platform.db.connection import backoff_seconds, is_transient
from siaga_core.rules.stage import StageLimits
from siaga_core.wire import codec, topics
from siaga_core.wire.messages import (
    EventState,
    FloodingDetails,
    Hazard,
    NodeState,
    Quality,
    Severity,
    Stage,
    StatusMessage,
    ViewDetails,
)
from siaga_core.wire.views import FrameMessage

OUTBOX = uuid4()
READINGS = topics.up("node-a", topics.UpStream.READINGS)


def test_a_good_message_is_accepted_with_its_envelope() -> None:
    message = readings_message(a_reading(at=NOW), outbox_id=OUTBOX, seq=4)
    item = sort_one(deliver(message))
    assert isinstance(item, AcceptedMessage)
    assert (item.row.id, item.row.seq, item.row.stream, item.row.received_at) == (message.id, 4, "readings", NOW)


def test_an_image_that_is_not_redacted_is_neither_shown_nor_buried() -> None:
    head = {
        "node": "node-a", "view_id": str(uuid4()), "camera": "cam-a", "number": 1, "taken_at": NOW.isoformat(),
        "width": 8, "height": 8, "redacted": True,
    }  # fmt: skip
    topic, jpeg = topics.up("node-a", topics.UpStream.FRAMES), b"\n\xff\xd8\xff"
    assert isinstance(sort_one(a_delivery(topic, json.dumps(head).encode() + jpeg)), FrameMessage)
    for wrong in ({"redacted": False}, {"node": "node-b"}, {"taken_at": "2020-01-01T00:00:00Z"}):
        assert isinstance(sort_one(a_delivery(topic, json.dumps({**head, **wrong}).encode() + jpeg)), UnusableFrame)


def broken(**changes: Any) -> bytes:
    good = json.loads(codec.encode(readings_message(a_reading(at=NOW), outbox_id=OUTBOX, seq=4)))
    return json.dumps({**good, **changes}).encode()


@pytest.mark.parametrize(
    ("topic", "payload", "key", "reason"),
    [
        pytest.param(READINGS, b"{", None, "payload: Invalid JSON", id="not JSON"),
        pytest.param(READINGS, broken(readings=[]), 4, "readings: ", id="no readings"),
        pytest.param(READINGS, broken(node="node-b"), 4, "node: got 'node-b'", id="another's name"),
        pytest.param(READINGS, broken(v=2), 4, "v: ", id="a later version"),
        pytest.param(READINGS, broken(seq=2**63), None, "seq: ", id="a seq beyond counting"),
        pytest.param(READINGS, broken(seq=10**400), None, "", id="a seq beyond reason"),
        pytest.param("siaga/v1/s99/node-a/up/readings", b"", None, "topic ", id="a wrong shard"),
        pytest.param(READINGS, b"x" * (codec.MAX_PAYLOAD_BYTES + 1), None, "payload: got ", id="too large"),
    ],
)
def test_what_cannot_be_read_is_dead_with_a_reason(topic: str, payload: bytes, key: int | None, reason: str) -> None:
    item = sort_one(a_delivery(topic, payload))
    assert isinstance(item, DeadLetter)
    assert item.reason.startswith(reason)
    assert (item.payload, item.seq) == (payload, key)


def test_reasons_are_short_and_hold_nothing_that_postgresql_refuses() -> None:
    event = json.loads(codec.encode(event_message(outbox_id=OUTBOX, at=NOW)))
    event["details"] = {"kind": "\x00" * 5000}
    item = sort_one(a_delivery(topics.up("node-a", topics.UpStream.EVENTS), json.dumps(event).encode()))
    assert isinstance(item, DeadLetter)
    assert "\x00" not in item.reason
    assert len(item.reason) <= 500


@pytest.mark.parametrize(
    ("off", "stored"),
    [
        (timedelta(days=-30), True),
        (timedelta(days=-30, seconds=-1), False),
        (timedelta(hours=1), True),
        (timedelta(hours=1, seconds=1), False),
    ],
)
def test_the_clock_window_is_closed_at_both_ends(off: timedelta, stored: bool) -> None:
    item = sort_one(deliver(readings_message(a_reading(at=NOW + off), outbox_id=OUTBOX)))
    assert isinstance(item, AcceptedMessage if stored else QuarantinedMessage)


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_clock_at_the_end_of_time_is_wrong_and_breaks_nothing(at: str) -> None:
    assert isinstance(sort_one(a_delivery(READINGS, broken(measured_at=at))), QuarantinedMessage)
    reading = {"gauge": "gauge-a", "measured_at": at, "level_cm": 1.0}
    assert isinstance(sort_one(a_delivery(READINGS, broken(readings=[reading]))), QuarantinedMessage)


def test_a_status_from_the_future_would_outrank_all_others_and_is_dead() -> None:
    status = StatusMessage(node="node-a", state=NodeState.ONLINE, at=NOW + timedelta(days=1))
    topic = topics.up("node-a", topics.UpStream.STATUS)
    assert isinstance(sort_one(a_delivery(topic, codec.encode(status))), DeadLetter)


LIMITS = GaugeState(limits=StageLimits(s3_cm=750, s2_cm=850, s1_cm=950), hysteresis_cm=5)


def gauged(known: GaugeState, *levels: float | None, quality: Quality = Quality.GOOD) -> gauging.GaugeChanges:
    readings = [a_reading(level, at=NOW + timedelta(seconds=i), quality=quality) for i, level in enumerate(levels)]
    rows = gauging.rows_of(readings_message(*readings, outbox_id=OUTBOX), NOW)
    return gauging.gauge(reversed(rows), {"manggarai": known})


def test_the_first_level_is_put_on_record_even_if_it_is_normal() -> None:
    (change,) = gauged(LIMITS, 500).changes
    assert (change.previous, change.stage) == (None, 4)


def test_the_first_level_may_be_an_alarm_already() -> None:
    (change,) = gauged(LIMITS, 860).changes
    assert (change.previous, change.stage) == (None, 2)


def test_without_a_usable_level_there_is_no_stage() -> None:
    found = gauged(LIMITS, None, None, quality=Quality.MISSING)
    assert (found.latest[0].stage, found.changes) == (None, ())


def test_without_limits_there_is_a_latest_value_but_no_stage() -> None:
    found = gauged(GaugeState(limits=None, hysteresis_cm=0), 500)
    assert (found.latest[0].reading.level_cm, found.latest[0].stage, found.changes) == (500, None, ())


def test_hours_are_hours_of_utc_whatever_the_senders_offset() -> None:
    india = timezone(timedelta(hours=5, minutes=30))
    rows = gauging.rows_of(readings_message(a_reading(at=NOW.astimezone(india)), outbox_id=OUTBOX), NOW)
    assert gauging.gauge(rows, {}).hours == {("manggarai", NOW)}


@pytest.mark.parametrize(
    ("stage", "opens", "strength", "severity"),
    [
        (Stage.SIAGA_4, False, 0.45, Severity.MODERATE),
        (Stage.SIAGA_3, False, 0.45, Severity.MODERATE),
        (Stage.SIAGA_2, True, 0.765, Severity.MODERATE),
        (Stage.SIAGA_1, True, 0.9, Severity.SEVERE),
    ],
)
def test_stages_weigh_by_how_bad_they_are(stage: Stage, opens: bool, strength: float, severity: Severity) -> None:
    event = stage_event(stage, outbox_id=OUTBOX, at=NOW)
    signal = sensing.signal_of(event, received_at=NOW)
    assert signal is not None
    assert sensing.opens(event) is opens
    assert (signal.category, signal.source_key, signal.severity) == ("flooding", "gauge:manggarai", severity)
    assert signal.confidence == pytest.approx(strength)
    assert (signal.ended_at is None) is opens


def test_a_lost_view_is_no_hazard_to_the_city() -> None:
    event = event_message(outbox_id=OUTBOX, at=NOW, hazard=Hazard.VIEW_LOST, details=ViewDetails(reason="black"))
    assert sensing.signal_of(event, received_at=NOW) is None


@pytest.mark.parametrize("depth_cm", [40.0, None])
def test_a_depth_by_marks_becomes_the_signals(depth_cm: float | None) -> None:
    details = FloodingDetails(water_share=0.6, depth_cm=depth_cm)
    event = event_message(outbox_id=OUTBOX, at=NOW, hazard=Hazard.FLOODING, details=details)
    signal = sensing.signal_of(event, received_at=NOW)
    assert signal is not None
    assert signal.depth_cm == depth_cm


def test_an_ended_event_is_a_signal_that_has_ended() -> None:
    signal = sensing.signal_of(event_message(outbox_id=OUTBOX, at=NOW, state=EventState.ENDED), received_at=NOW)
    assert signal is not None
    assert signal.ended_at == NOW


def _wrapped(cause: Exception) -> ConnectorException:
    error = ConnectorException()
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "is_its_fault"),
    [
        (psycopg.DataError("invalid byte sequence"), True),
        (psycopg.errors.CheckViolation("reading_check"), True),
        (KeyError("a bug that one message brings out"), True),
        (_wrapped(psycopg.errors.NotNullViolation("args")), True),
        (psycopg.OperationalError("server closed the connection"), False),
        (psycopg.errors.DeadlockDetected("deadlock"), False),
        (psycopg.errors.UndefinedTable("migrate was not run"), False),
        (psycopg.errors.InsufficientPrivilege("no rights"), False),
        (PoolTimeout("no connection"), False),
        (OSError(28, "No space left on device"), False),
        (_wrapped(psycopg.OperationalError("gone")), False),
    ],
)
def test_only_what_is_a_messages_own_fault_buries_it(error: Exception, is_its_fault: bool) -> None:
    assert (_fault_of_a_message(error) is not None) is is_its_fault


def test_transient_is_what_may_pass_by_itself() -> None:
    assert is_transient(psycopg.errors.AdminShutdown())
    assert not is_transient(psycopg.errors.UniqueViolation())


def test_backoff_grows_with_jitter_up_to_its_limit() -> None:
    assert all(0.1 <= backoff_seconds(1) <= 0.2 for _ in range(50))
    assert all(2.5 <= backoff_seconds(attempt) <= 5.0 for attempt in (6, 60, 6000))


def test_topics_of_the_builders_are_the_wires_own() -> None:
    assert topic_of(readings_message(a_reading(at=NOW), outbox_id=OUTBOX)) == READINGS
