"""Small parts of the agent: redaction, loops, the camera runner, health."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

import pytest

from siaga_core.rules.looks.look_budget import LookRate
from siaga_core.rules.outline import problem_with
from siaga_core.wire.messages import (
    EventState,
    Hazard,
    Place,
    Severity,
    Source,
    SourceKind,
    ViewDetails,
)
from siaga_edge.camera.runner import CameraRunner
from siaga_edge.events.drafts import EventDraft
from siaga_edge.platform.loop import Loop
from siaga_edge.platform.redaction import RedactingFormatter, redact
from siaga_edge.status.health import give_back_memory, rss_bytes, temperature_c

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("open rtsp://admin:pa55@10.0.0.7:554/x failed", "open rtsp://***@10.0.0.7:554/x failed"),
        ("rtsp://admin:p@ss/w0rd@10.0.0.7/x", "rtsp://***@10.0.0.7/x"),
        ("rtsp://admin@10.0.0.7/x", "rtsp://***@10.0.0.7/x"),
        ("rtsp://10.0.0.7/x?user=a&password=b&channel=1", "rtsp://10.0.0.7/x?user=a&password=***&channel=1"),
        ("https://h/x?token=abc", "https://h/x?token=***"),
        ("nothing to hide", "nothing to hide"),
    ],
)
def test_credentials_are_removed_from_text(text: str, shown: str) -> None:
    assert redact(text) == shown


def test_tracebacks_are_redacted_too() -> None:
    with pytest.raises(ValueError, match="pa55") as caught:
        int("rtsp://admin:pa55@h/x")
    info = (caught.type, caught.value, caught.tb)
    record = logging.LogRecord("x", logging.ERROR, "f", 1, "lost %s", ("rtsp://admin:pa55@h/y",), info)
    line = RedactingFormatter("%(message)s").format(record)
    assert "pa55" not in line
    assert "rtsp://***@h/x" in line  # of the traceback
    assert "lost rtsp://***@h/y" in line


def test_extras_of_a_record_are_shown_and_redacted() -> None:
    record = logging.makeLogRecord({"msg": "camera lost", "camera": "cam-1", "reason": "rtsp://a:pa55@h/x"})
    assert (
        RedactingFormatter("%(asctime)s %(message)s")
        .format(record)
        .endswith("camera lost camera=cam-1 reason=rtsp://***@h/x")
    )


def test_a_closed_concave_outline_is_a_zone() -> None:
    assert problem_with([(0, 0), (1, 0), (1, 1), (0.5, 0.2), (0, 1)]) is None


# --- loops -----------------------------------------------------------------------------------------------------


def test_a_loop_survives_and_counts_what_goes_wrong_and_logs_it_once(caplog: pytest.LogCaptureFixture) -> None:
    turns, enough = [0], threading.Event()

    def tick() -> None:
        turns[0] += 1
        if turns[0] == 5:
            enough.set()
        if turns[0] <= 3:
            raise ValueError("bad")
        loop.pause(0)

    loop = Loop("test", tick, pause_after_error_seconds=0)
    loop.start()
    assert enough.wait(10)
    loop.request_stop()
    assert loop.join(10)
    assert loop.errors == 3
    assert [record.message for record in caplog.records] == ["test failed (1 times so far)"]
    assert caplog.records[0].exc_info


def test_a_loop_that_pauses_ends_at_once_on_request() -> None:
    ended = threading.Event()
    loop = Loop("test", lambda: loop.pause(1000), end=ended.set)
    loop.start()
    loop.request_stop()
    assert loop.join(10)
    assert ended.is_set()


# --- the camera runner -----------------------------------------------------------------------------------------


@dataclass
class Frame:
    image: Any
    at: datetime


@dataclass
class Counts:
    frames: int = 3
    dropped: int = 1
    reconnects: int = 2
    clock_offset_seconds: float | None = 0.5
    detected: int = 4
    watered: int = 5
    failed: int = 1


class FakeCamera:
    """Both ends of a runner: frames that come, and a pipeline that reports what it is fed."""

    def __init__(self) -> None:
        self.now = NOW
        self.frames: list[Frame] = []
        self.counts = Counts()
        self.unknown_since: datetime | None = None
        self.slow_since: datetime | None = None
        self.look_rate: LookRate | None = None
        self.reported: list[EventDraft] = []
        self.fails = False
        self.newest = self

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def next_frame(self, *, timeout_seconds: float) -> Frame | None:
        return self.frames.pop(0) if self.frames else None

    def step(self, image: Any, at: datetime) -> list[EventDraft]:
        was_unknown, self.unknown_since = self.unknown_since, None
        return [a_view(EventState.ENDED, at)] if was_unknown or image == "event" else []

    def lost(self, at: datetime, reason: Any) -> list[EventDraft]:
        if self.unknown_since:
            return []
        self.unknown_since = at
        return [a_view(EventState.BEGAN, at)]

    def examine(self, image: Any, at: datetime, request: Any) -> NoReturn:
        raise AssertionError("no look was asked for")

    def render_snapshot(self, image: Any, at: datetime, *, max_side: int) -> None:
        raise AssertionError("no picture was asked for")

    def report(self, drafts: Sequence[EventDraft]) -> None:
        if self.fails:
            raise OSError("full")
        self.reported += drafts


def a_view(state: EventState, at: datetime) -> EventDraft:
    return EventDraft(
        key="view",
        state=state,
        hazard=Hazard.VIEW_LOST,
        source=Source(kind=SourceKind.CAMERA, id="cam-1"),
        place=Place(lat=0, lon=0),
        at=at,
        began_at=at,
        confidence=1,
        severity=Severity.MODERATE,
        details=ViewDetails(reason="no_frames"),
    )


@pytest.fixture
def fake() -> FakeCamera:
    return FakeCamera()


@pytest.fixture
def runner(fake: FakeCamera) -> CameraRunner:
    return CameraRunner("cam-1", fake, fake, sink=fake, clock=lambda: fake.now, unknown_after_seconds=10)


def test_a_camera_without_frames_is_unknown_after_its_time(runner: CameraRunner, fake: FakeCamera) -> None:
    for second in (0, 9, 10, 20):
        fake.now = NOW + timedelta(seconds=second)
        runner.tick()
    assert [draft.at for draft in fake.reported] == [NOW + timedelta(seconds=10)]
    assert runner.seeing_seconds(fake.now) == 0
    fake.frames = [Frame("street", fake.now)]
    runner.tick()
    assert [draft.state for draft in fake.reported] == ["began", "ended"]


def test_a_camera_whose_frame_is_processed_for_seconds_is_behind_meanwhile(
    runner: CameraRunner, fake: FakeCamera, monkeypatch: pytest.MonkeyPatch
) -> None:
    healths = []

    def step(_image: Any, at: datetime) -> list[EventDraft]:
        for second in (4, 5):
            fake.now = at + timedelta(seconds=second)
            healths.append(runner.health())
        return []

    monkeypatch.setattr(fake, "step", step)
    fake.frames = [Frame("street", NOW)]
    runner.tick()
    assert [(health.is_behind, health.unknown_since) for health in healths] == [(False, None), (True, NOW)]
    assert not runner.health().is_behind


def test_a_camera_with_a_zone_that_is_too_slow_is_behind(runner: CameraRunner, fake: FakeCamera) -> None:
    fake.slow_since = NOW
    assert (runner.health().is_behind, runner.health().unknown_since) == (True, NOW)
    fake.unknown_since = NOW + timedelta(seconds=1)  # what cannot be seen is not a matter of speed
    assert not runner.health().is_behind


def test_seeing_is_counted_from_the_first_frame_and_anew_after_a_loss(runner: CameraRunner, fake: FakeCamera) -> None:
    fake.frames = [Frame("street", NOW)]
    runner.tick()
    assert runner.seeing_seconds(NOW + timedelta(seconds=7)) == 7
    fake.now = NOW + timedelta(seconds=30)
    runner.tick()
    assert runner.seeing_seconds(fake.now) == 0


def test_events_that_could_not_be_stored_are_reported_at_the_next_turn(runner: CameraRunner, fake: FakeCamera) -> None:
    fake.frames, fake.fails = [Frame("event", NOW)], True
    with pytest.raises(OSError, match="full"):
        runner.tick()
    fake.fails = False
    runner.tick()
    assert len(fake.reported) == 1


def test_a_frame_from_the_past_is_not_looked_at(runner: CameraRunner, fake: FakeCamera) -> None:
    fake.frames = [Frame("street", NOW), Frame("event", NOW - timedelta(seconds=1))]
    runner.tick()
    runner.tick()
    assert fake.reported == []


def test_a_cameras_health_states_what_was_done(runner: CameraRunner, fake: FakeCamera) -> None:
    fake.frames = [Frame("street", NOW)]
    runner.tick()
    health = runner.health()
    assert (health.frames, health.dropped, health.reconnects, health.inferred) == (3, 1, 2, 9)
    assert (health.last_frame_at, health.unknown_since) == (NOW, None)


# --- health ----------------------------------------------------------------------------------------------------


def test_memory_between_what_is_used_is_given_back() -> None:
    held = [bytearray(64_000) for _ in range(800)]
    last = held.pop()  # what lies above the gap keeps it from being given back by itself
    del held
    before = rss_bytes()
    assert give_back_memory()
    after = rss_bytes()
    assert before is not None
    assert after is not None
    assert before - after > 30_000_000
    assert len(last) == 64_000


def test_memory_and_heat_are_read_where_the_system_reports_them(tmp_path: Path) -> None:
    held = rss_bytes()
    assert held is not None
    assert held > 1_000_000
    assert rss_bytes(tmp_path / "none") is None
    for number, text in enumerate(["45200\n", "61500\n", "broken"]):
        zone = tmp_path / f"thermal_zone{number}"
        zone.mkdir()
        (zone / "temp").write_text(text)
    assert temperature_c(tmp_path) == 61.5
    assert temperature_c(tmp_path / "none") is None
