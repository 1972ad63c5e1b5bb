"""What is told of gauges, and when: batches of readings, losses and returns."""

from __future__ import annotations

from datetime import datetime

import pytest
from tests.support.edge.gauge_facts import FACTS, NOW, at

from siaga_core.wire.messages import EventState, Reading
from siaga_edge.events.drafts import EventDraft
from siaga_edge.gauge.batch import ReadingsBatch
from siaga_edge.gauge.registers import Sample
from siaga_edge.gauge.runner import GaugeRunner, GaugeUnreachableError
from siaga_edge.gauge.watch import begin

# --- batch -----------------------------------------------------------------------------------------------------


def reading(level_cm: float | None, *, second: float = 0, gauge: str = "manggarai", **more: object) -> Reading:
    return Reading.model_validate({"gauge": gauge, "measured_at": at(second), "level_cm": level_cm, **more})


class StoredItem:
    def __init__(self) -> None:
        self.batches: list[list[Reading]] = []
        self.fails = False

    def __call__(self, readings: object) -> None:
        if self.fails:
            raise OSError("full")
        self.batches.append(list(readings))  # type: ignore[call-overload]


def settled_batch() -> tuple[ReadingsBatch, StoredItem]:
    stored = StoredItem()
    batch = ReadingsBatch(stored, now=0)
    batch.add(reading(100), now=0)
    batch.flush(now=0)
    stored.batches.clear()
    return batch, stored


def test_nothing_waiting_is_never_due() -> None:
    batch, _ = settled_batch()
    assert batch.due_in(1000) is None


@pytest.mark.parametrize(
    ("changed", "due"),
    [
        pytest.param(reading(100.9), 60.0, id="less than a centimetre can wait a minute"),
        pytest.param(reading(101), 1.0, id="a centimetre cannot"),
        pytest.param(reading(100, quality="suspect"), 1.0, id="nor can a doubt"),
        pytest.param(reading(None, quality="missing"), 1.0, id="nor the loss of the level"),
        pytest.param(reading(100, stage=3), 1.0, id="nor another stage"),
        pytest.param(reading(5, gauge="katulampa"), 1.0, id="nor a gauge that was not heard yet"),
    ],
)
def test_a_change_is_due_within_a_second_and_the_rest_within_a_minute(changed: Reading, due: float) -> None:
    batch, _ = settled_batch()
    batch.add(changed, now=0)
    assert batch.due_in(0) == due


def test_changes_go_at_once_when_the_last_flush_was_long_ago() -> None:
    batch, _ = settled_batch()
    batch.add(reading(120), now=5)
    assert batch.due_in(5) == 0


def test_gauges_share_messages_sorted_by_time_and_of_at_most_500() -> None:
    batch, stored = settled_batch()
    for number in range(501):
        batch.add(reading(number, second=1000 - number), now=0)
    assert batch.due_in(1) == 0
    assert batch.flush(now=1) == 501
    assert [len(each) for each in stored.batches] == [500, 1]
    assert stored.batches[0] == sorted(stored.batches[0], key=lambda each: each.measured_at)


def test_what_could_not_be_stored_is_retried_and_bounded() -> None:
    batch, stored = settled_batch()
    stored.fails = True
    for number in range(5010):
        batch.add(reading(number, second=number), now=0)
    with pytest.raises(OSError, match="full"):
        batch.flush(now=1)
    stored.fails = False
    assert batch.flush(now=2) == 5000
    assert batch.dropped == 10
    assert stored.batches[0][0].level_cm == 10


# --- the runner ------------------------------------------------------------------------------------------------


class ListedSource:
    """Gives what it is told; an exception is raised."""

    def __init__(self, *answers: list[Sample] | Exception) -> None:
        self.answers = list(answers)

    def read(self, now: datetime) -> list[Sample]:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def mark_read(self, sample: Sample) -> None: ...

    def close(self) -> None: ...


class Sink:
    def __init__(self) -> None:
        self.drafts: list[EventDraft] = []
        self.fails = False

    def report(self, drafts: object) -> None:
        if self.fails:
            raise OSError("full")
        self.drafts += drafts  # type: ignore[arg-type]


def sample(number: int, level_cm: float) -> Sample:
    return Sample(number=number, age_seconds=0, level_cm=level_cm)


def test_a_lost_gauge_is_reported_once_and_its_return_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    gone = GaugeUnreachableError("no connection")
    source = ListedSource([sample(1, 100)], gone, gone, gone, [sample(2, 101)])
    readings: list[Reading] = []
    runner = GaugeRunner(source, FACTS, begin(NOW), add=readings.append, sink=Sink())
    for second in range(5):
        runner.poll(at(second))
    assert [record.message for record in caplog.records] == [
        "gauge manggarai: no response: no connection",
        "gauge manggarai: responds again",
    ]
    health = runner.health()
    assert (health.readings, health.errors, health.last_reading_at) == (2, 3, at(4))


def test_an_alarm_that_could_not_be_stored_is_reported_at_the_next_poll() -> None:
    source, sink = ListedSource([sample(1, 800)], [sample(1, 800)]), Sink()
    readings: list[Reading] = []
    runner = GaugeRunner(source, FACTS, begin(NOW), add=readings.append, sink=sink)
    sink.fails = True
    with pytest.raises(OSError, match="full"):
        runner.poll(at(0))
    sink.fails = False
    runner.poll(at(1))
    assert [draft.state for draft in sink.drafts] == [EventState.BEGAN]
    assert [each.level_cm for each in readings] == [800]
