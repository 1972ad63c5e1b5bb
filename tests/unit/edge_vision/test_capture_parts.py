from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from tests.unit.edge_vision.fake_models import street

from siaga_edge.camera.capture.latest_frame import Frame, LatestFrame
from siaga_edge.camera.capture.reconnect_delay import LEAST_SECONDS, MOST_SECONDS, Backoff
from siaga_edge.camera.capture.stream_clock import StreamClock

START = datetime(2026, 1, 1, tzinfo=UTC)


def _frame(number: int) -> Frame:
    return Frame(image=street(), at=START + timedelta(seconds=number))


def test_waits_grow_to_a_limit_and_are_never_in_step() -> None:
    waits = [Backoff(Random(seed), failures=number).next_seconds() for seed in range(50) for number in range(12)]
    assert all(LEAST_SECONDS / 2 <= wait <= MOST_SECONDS for wait in waits)
    first, last = waits[0::12], waits[11::12]
    assert max(first) <= LEAST_SECONDS < MOST_SECONDS / 2 <= min(last)
    assert len({round(wait, 6) for wait in last}) > 40


def test_after_a_success_waits_begin_anew() -> None:
    backoff = Backoff(Random(1))
    for _ in range(10):
        backoff.next_seconds()
    backoff.succeeded()
    assert backoff.next_seconds() <= LEAST_SECONDS


def test_the_newest_frame_wins_and_what_it_replaced_is_counted() -> None:
    newest = LatestFrame()
    for number in range(5):
        newest.put(_frame(number))
    accepted = newest.next_frame(timeout_seconds=0)
    assert accepted is not None
    assert accepted.at == START + timedelta(seconds=4)
    assert newest.counts == (5, 4)
    assert newest.next_frame(timeout_seconds=0.01) is None


def test_a_waiting_reader_is_woken() -> None:
    newest = LatestFrame()
    accepted: list[Frame | None] = []
    reader = threading.Thread(target=lambda: accepted.append(newest.next_frame(timeout_seconds=20)))
    reader.start()
    newest.put(_frame(1))
    reader.join(timeout=20)
    assert [frame is not None for frame in accepted] == [True]


@pytest.mark.parametrize(
    ("arrivals", "expected"),
    [
        pytest.param([0, 1, 2, 3], [0, 1, 2, 3], id="steady"),
        pytest.param([0, 1, 4, 4.1, 4.2], [0, 1, 2, 3, 4], id="a burst after a stall keeps its times"),
        pytest.param([2, 1.5, 2.5], [2, 1.5, 2.5], id="the smallest delay is none"),
    ],
)
def test_frames_follow_the_streams_own_beat(arrivals: list[float], expected: list[float]) -> None:
    clock = StreamClock()
    accepted = [clock.taken_at(float(stamp), START + timedelta(seconds=at)) for stamp, at in enumerate(arrivals)]
    assert [(at - START).total_seconds() for at in accepted] == pytest.approx(expected, abs=0.02)


def test_a_frame_is_never_from_the_future_and_a_jump_of_stamps_ties_anew() -> None:
    clock = StreamClock()
    clock.taken_at(0.0, START)
    arrived = START + timedelta(seconds=1)
    assert clock.taken_at(1000.0, arrived) == arrived
    assert clock.taken_at(5.0, arrived) == arrived
    assert clock.taken_at(None, arrived) == arrived


def test_a_camera_whose_clock_runs_slow_does_not_fall_behind() -> None:
    clock = StreamClock()
    for second in range(20_000):
        arrived = START + timedelta(seconds=second)
        accepted = clock.taken_at(second * 0.999, arrived)
    assert arrived - accepted < timedelta(seconds=0.5)
