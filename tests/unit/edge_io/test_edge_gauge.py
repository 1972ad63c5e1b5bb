"""From registers to readings, doubts, stages and silence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga_core.rules.stage import StageLimits
from siaga_core.wire.messages import EventState, Hazard, Place, Quality, Reading, Severity, Stage, StageDetails
from siaga_edge.adapters.csv_gauge import CsvGauge
from siaga_edge.gauge.batch import ReadingsBatch
from siaga_edge.gauge.quality import QualityLimits, QualityWatch, Verdict, judge, rate_cm_per_hour
from siaga_edge.gauge.registers import RegisterError, Sample, decode
from siaga_edge.gauge.runner import GaugeRunner, GaugeUnreachableError
from siaga_edge.gauge.watch import GaugeFacts, GaugeWatch, Outcome, begin, heard, not_heard
from siaga_edge.ports import EventDraft
from siaga_sim.firmware import DeviceReading
from siaga_sim.gauges import input_registers

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LIMITS = QualityLimits(
    min_cm=-100,
    max_cm=1500,
    spike_cm=30,
    rate_cm_per_minute=25,
    spread_cm=10,
    stuck_seconds=3600,
    stale_seconds=30,
)
FACTS = GaugeFacts(
    id="manggarai",
    place=Place(lat=-6.2, lon=106.8),
    limits=StageLimits(s3_cm=750, s2_cm=850, s1_cm=950),
    hysteresis_cm=5,
    stale_seconds=30,
    datum_cm=0,
    quality=LIMITS,
)


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


# --- registers -------------------------------------------------------------------------------------------------


def test_registers_are_read_as_the_map_says() -> None:
    registers = [1, 0xFFFF, 0xFF9C, 0b0100, 1, 2, 7, 30, 5, 3900, 60]
    assert decode(registers) == Sample(
        number=65538,
        age_seconds=7,
        level_cm=-10.0,
        flags=("low_battery",),
        spread_cm=3.0,
        samples=5,
        report_interval_seconds=60,
    )


def test_the_sentinel_is_no_reading_and_never_zero() -> None:
    sample = decode([1, 0x8000, 0, 0b0010, 0, 9, 0, 0, 0, 3900, 60])
    assert sample is not None
    assert (sample.level_cm, sample.spread_cm, sample.flags) == (None, None, ("sensor_fault",))
    zero = decode([1, 0, 0, 0, 0, 9, 0, 0, 7, 3900, 60])
    assert zero is not None
    assert zero.level_cm == 0.0


def test_a_gauge_that_has_not_read_yet_says_nothing() -> None:
    assert decode([1, 0x8000, 0, 0, 0, 0, 0xFFFF, 0, 0, 3900, 0]) is None


@pytest.mark.parametrize(
    ("registers", "complaint"),
    [
        ([1] * 10, "got 10 registers, expected 11"),
        ([2] + [0] * 10, "got register map version 2, expected 1"),
    ],
)
def test_registers_of_something_else_are_refused(registers: list[int], complaint: str) -> None:
    with pytest.raises(RegisterError, match=complaint):
        decode(registers)


@given(
    level_mm=st.one_of(st.none(), st.integers(-(2**31) + 1, 2**31 - 1)),
    number=st.integers(1, 2**32 - 1),
    flags=st.tuples(*[st.booleans()] * 4),
    age=st.integers(0, 65535),
)
def test_what_the_simulated_firmware_writes_is_what_the_edge_reads(
    level_mm: int | None, number: int, flags: tuple[bool, bool, bool, bool], age: int
) -> None:
    names = ("burst_incomplete", "sensor_fault", "low_battery", "out_of_range")
    reading = DeviceReading(
        number=number,
        level_mm=level_mm,
        taken_at=0.0,
        spread_mm=12,
        valid=7,
        report_seconds=60,
        battery_mv=3900,
        **dict(zip(names, flags, strict=True)),
    )
    sample = decode(input_registers(reading, at=float(age), battery_mv=3900))
    assert sample is not None
    assert sample.level_cm == (None if level_mm is None else level_mm / 10)
    assert (sample.number, sample.age_seconds, sample.samples) == (number, age, 7)
    assert sample.flags == tuple(name for name, is_set in zip(names, flags, strict=True) if is_set)


# --- quality ---------------------------------------------------------------------------------------------------


def judged(*levels: float | None, every_seconds: float = 60) -> list[Verdict]:
    watch, verdicts = QualityWatch(), []
    for number, level in enumerate(levels):
        watch, verdict = judge(watch, level, at=at(number * every_seconds), limits=LIMITS)
        verdicts.append(verdict)
    return verdicts


def flags(*levels: float | None, every_seconds: float = 60) -> list[tuple[str, ...]]:
    return [verdict.flags for verdict in judged(*levels, every_seconds=every_seconds)]


def test_plain_water_has_no_flags() -> None:
    assert {verdict.quality for verdict in judged(100, 101, 103, 102)} == {Quality.GOOD}


def test_a_blip_is_flagged_and_decides_nothing_while_a_step_that_stays_is_believed() -> None:
    blip = judged(100, 100, 180, 100, 101)
    assert [verdict.flags for verdict in blip] == [(), (), ("spike",), (), ()]
    assert [verdict.counts for verdict in blip] == [True, True, False, True, True]
    assert flags(100, 100, 180, 181, 182, every_seconds=10)[2:] == [("spike",), (), ()]


def test_a_wave_that_rises_more_with_each_reading_is_believed_from_the_second_on() -> None:
    wave = judged(100, 100, 150, 210, 280, 360, every_seconds=10)
    assert [verdict.counts for verdict in wave] == [True, True, False, True, False, True]
    fall = judged(300, 300, 200, 195, every_seconds=10)
    assert [verdict.counts for verdict in fall] == [True, True, False, True]
    zigzag = judged(300, 300, 400, 200, 400, every_seconds=10)
    assert [verdict.counts for verdict in zigzag] == [True, True, False, False, False]


def test_water_that_rises_too_fast_is_flagged_and_still_counts() -> None:
    rising = judged(100, 128, 156)
    assert [verdict.flags for verdict in rising] == [(), ("rate",), ("rate",)]
    assert all(verdict.counts for verdict in rising)
    assert flags(100, 101, 100, 101, every_seconds=1) == [(), (), (), ()]  # noise of a centimetre is no flood


def test_levels_that_cannot_be_are_bad() -> None:
    verdicts = judged(100, 1501, -101, 100)
    assert [verdict.quality for verdict in verdicts] == [Quality.GOOD, Quality.BAD, Quality.BAD, Quality.GOOD]
    assert [verdict.flags for verdict in verdicts] == [(), ("range",), ("range",), ()]


def test_a_gauge_that_never_moves_is_stuck() -> None:
    verdicts = flags(*[100.0] * 63, every_seconds=60)
    assert verdicts[60:] == [(), ("stuck",), ("stuck",)]
    assert flags(*([100.0, 100.2] * 40), every_seconds=60)[-1] == ()


@pytest.mark.parametrize(
    ("given_flags", "age", "spread", "expected", "quality"),
    [
        pytest.param(("low_battery",), 0, 0, ("low_battery",), Quality.GOOD, id="a weak battery is no doubt"),
        pytest.param(("burst_incomplete",), 0, 0, ("burst_incomplete",), Quality.SUSPECT, id="few echoes"),
        pytest.param(("sensor_fault",), 0, 0, ("sensor_fault",), Quality.BAD, id="broken sensor"),
        pytest.param((), 31, 0, ("stale",), Quality.SUSPECT, id="old"),
        pytest.param((), 0, 11, ("spread",), Quality.SUSPECT, id="scattered"),
        pytest.param((), 30, 10, (), Quality.GOOD, id="just young and even enough"),
    ],
)
def test_doubts_of_the_device_and_of_age_and_scatter(
    given_flags: tuple[str, ...], age: float, spread: float, expected: tuple[str, ...], quality: Quality
) -> None:
    _, verdict = judge(
        QualityWatch(), 100, at=NOW, age_seconds=age, device_flags=given_flags, spread_cm=spread, limits=LIMITS
    )
    assert (verdict.flags, verdict.quality) == (expected, quality)


def test_no_level_is_missing_and_keeps_the_reasons() -> None:
    _, verdict = judge(QualityWatch(), None, at=NOW, device_flags=("sensor_fault",), limits=LIMITS)
    assert verdict == Verdict(quality=Quality.MISSING, flags=("sensor_fault",), counts=False)


def test_the_rate_is_known_after_a_minute() -> None:
    watch = QualityWatch()
    for second in (0, 30, 60):
        assert rate_cm_per_hour(watch) is None
        watch, _ = judge(watch, 100 + second / 60, at=at(second), limits=LIMITS)
    assert rate_cm_per_hour(watch) == pytest.approx(60)


# --- the watch -------------------------------------------------------------------------------------------------


class Gauge:
    """A watch that is fed by hand."""

    def __init__(self, watch: GaugeWatch | None = None, facts: GaugeFacts = FACTS) -> None:
        self.watch = watch or begin(NOW)
        self.facts = facts
        self.number = 0
        self.drafts: list[EventDraft] = []

    def says(self, level_cm: float | None, second: float, *, age: float = 0, interval: float = 60) -> Outcome:
        self.number += 1
        sample = Sample(number=self.number, age_seconds=age, level_cm=level_cm, report_interval_seconds=interval)
        return self._took(heard(self.watch, sample, now=at(second), facts=self.facts))

    def repeats(self, second: float, *, interval: float = 60) -> Outcome:
        sample = Sample(number=self.number, age_seconds=0, level_cm=1, report_interval_seconds=interval)
        return self._took(heard(self.watch, sample, now=at(second), facts=self.facts))

    def is_mute(self, second: float) -> Outcome:
        return self._took(not_heard(self.watch, now=at(second), facts=self.facts))

    def _took(self, step: tuple[GaugeWatch, Outcome]) -> Outcome:
        self.watch, outcome = step
        self.drafts += outcome.drafts
        return outcome

    def told(self) -> list[tuple[str, str]]:
        return [(draft.key, draft.state) for draft in self.drafts]


def test_an_alarm_begins_rises_falls_and_ends_as_one_event() -> None:
    gauge = Gauge()
    for second, level in enumerate([740, 750, 775, 800, 825, 850, 848, 844.9, 820, 795, 770, 745, 744.9]):
        gauge.says(level, second * 60)
    assert gauge.told() == [("stage", "began"), ("stage", "updated"), ("stage", "updated"), ("stage", "ended")]
    details = [draft.details for draft in gauge.drafts if isinstance(draft.details, StageDetails)]
    assert [(each.previous_stage, each.stage) for each in details] == [(4, 3), (3, 2), (2, 3), (3, 4)]
    assert [draft.severity for draft in gauge.drafts] == [
        Severity.MINOR,
        Severity.MODERATE,
        Severity.MINOR,
        Severity.MINOR,
    ]
    assert {draft.began_at for draft in gauge.drafts} == {at(60)}
    assert [draft.ended_at for draft in gauge.drafts] == [None, None, None, at(12 * 60)]
    assert details[1].rate_cm_per_hour == pytest.approx(110 / 300 * 3600, abs=0.1)


def test_doubtful_readings_lower_the_confidence() -> None:
    sure, doubtful = Gauge(), Gauge()
    sure.says(800, 0)
    doubtful.says(800, 0, age=31)
    assert sure.drafts[0].confidence > doubtful.drafts[0].confidence


def test_one_blip_raises_no_alarm_and_the_reading_is_kept_all_the_same() -> None:
    gauge = Gauge()
    gauge.says(100, 0)
    blip = gauge.says(960, 60)
    gauge.says(100, 120)
    assert gauge.drafts == []
    assert blip.reading is not None
    assert (blip.reading.level_cm, blip.reading.flags, blip.reading.stage) == (960, ("spike",), Stage.SIAGA_4)


def test_no_level_keeps_the_alarm_and_says_that_the_stage_is_unknown() -> None:
    gauge = Gauge()
    gauge.says(800, 0)
    missing = gauge.says(None, 10)
    assert missing.reading is not None
    assert (missing.reading.level_cm, missing.reading.stage) == (None, None)
    assert gauge.told() == [("stage", "began")]


def test_the_same_reading_is_taken_once() -> None:
    gauge = Gauge()
    assert gauge.says(100, 0).reading is not None
    assert gauge.repeats(1).reading is None


def test_a_reading_is_as_old_as_the_gauge_says_and_never_older_than_the_one_before() -> None:
    gauge = Gauge()
    first, second = gauge.says(100, 10, age=7).reading, gauge.says(100, 11, age=9).reading
    assert first is not None
    assert second is not None
    assert first.measured_at == at(3)
    assert second.measured_at == at(3) + timedelta(milliseconds=1)


def test_the_datum_is_added() -> None:
    gauge = Gauge(facts=GaugeFacts(**{name: getattr(FACTS, name) for name in FACTS.__slots__} | {"datum_cm": -12.5}))
    reading = gauge.says(100, 0).reading
    assert reading is not None
    assert reading.level_cm == 87.5


def test_silence_begins_once_when_nobody_answers_and_ends_with_a_level() -> None:
    gauge = Gauge()
    gauge.says(100, 0)
    for second in (10, 30, 31, 60):
        gauge.is_mute(second)
    assert gauge.told() == [("silence", "began")]
    gauge.says(None, 61)
    assert gauge.told() == [("silence", "began")]  # it answers, and still there is no level
    gauge.says(101, 62)
    assert gauge.told() == [("silence", "began"), ("silence", "ended")]
    began, ended = gauge.drafts
    assert (began.hazard, began.at, began.began_at, ended.ended_at) == (Hazard.VIEW_LOST, at(31), at(0), at(62))


def test_a_gauge_that_answers_and_reports_rarely_is_not_silent_in_between() -> None:
    gauge = Gauge()
    gauge.says(100, 0, interval=900)
    for second in range(10, 1800, 10):
        gauge.repeats(second, interval=900)
    assert gauge.told() == []
    gauge.repeats(1801, interval=900)
    assert gauge.told() == [("silence", "began")]


def test_a_gauge_without_a_level_for_too_long_is_silent() -> None:
    gauge = Gauge()
    gauge.says(100, 0, interval=1)
    for second in range(1, 40):
        gauge.says(None, second, interval=1)
    assert gauge.told() == [("silence", "began")]


def test_a_gauge_that_never_answered_is_silent_from_the_start() -> None:
    gauge = Gauge()
    gauge.is_mute(31)
    assert gauge.told() == [("silence", "began")]
    assert gauge.drafts[0].began_at == NOW


def test_an_alarm_of_before_the_restart_goes_on() -> None:
    gauge = Gauge(begin(NOW, stage=2, alarm_since=at(-600)))
    gauge.says(846, 0)
    assert gauge.told() == []  # within the hysteresis of Siaga 2
    gauge.says(700, 10)
    gauge.says(700, 20)
    assert gauge.told() == [("stage", "ended")]
    assert gauge.drafts[0].began_at == at(-600)


# --- batch -----------------------------------------------------------------------------------------------------


def reading(level_cm: float | None, *, second: float = 0, gauge: str = "manggarai", **more: object) -> Reading:
    return Reading.model_validate({"gauge": gauge, "measured_at": at(second), "level_cm": level_cm, **more})


class Kept:
    def __init__(self) -> None:
        self.batches: list[list[Reading]] = []
        self.fails = False

    def __call__(self, readings: object) -> None:
        if self.fails:
            raise OSError("full")
        self.batches.append(list(readings))  # type: ignore[call-overload]


def settled_batch() -> tuple[ReadingsBatch, Kept]:
    kept = Kept()
    batch = ReadingsBatch(kept, now=0)
    batch.add(reading(100), now=0)
    batch.flush(now=0)
    kept.batches.clear()
    return batch, kept


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


def test_gauges_share_messages_in_order_of_time_and_of_at_most_500() -> None:
    batch, kept = settled_batch()
    for number in range(501):
        batch.add(reading(number, second=1000 - number), now=0)
    assert batch.due_in(1) == 0
    assert batch.flush(now=1) == 501
    assert [len(each) for each in kept.batches] == [500, 1]
    assert kept.batches[0] == sorted(kept.batches[0], key=lambda each: each.measured_at)


def test_what_could_not_be_kept_is_tried_again_and_bounded() -> None:
    batch, kept = settled_batch()
    kept.fails = True
    for number in range(5010):
        batch.add(reading(number, second=number), now=0)
    with pytest.raises(OSError, match="full"):
        batch.flush(now=1)
    kept.fails = False
    assert batch.flush(now=2) == 5000
    assert batch.dropped == 10
    assert kept.batches[0][0].level_cm == 10


# --- a file ----------------------------------------------------------------------------------------------------


class Cursors:
    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    def cursor(self, name: str) -> str | None:
        return self.values.get(name)

    def set_cursor(self, name: str, value: str) -> None:
        self.values[name] = value


def taken(gauge: CsvGauge) -> list[float | None]:
    samples = gauge.read(at(1000))
    for sample in samples:
        gauge.taken(sample)
    return [sample.level_cm for sample in samples]


def test_each_row_is_given_once_also_over_a_restart(tmp_path: Path) -> None:
    path, cursors = tmp_path / "levels.csv", Cursors()
    path.write_text("measured_at,level_cm\n2026-01-01T00:00:00+00:00,100\n2026-01-01T00:01:00+00:00,\n")
    gauge = CsvGauge("manggarai", path, cursors=cursors)
    assert taken(gauge) == [100.0, None]
    assert taken(gauge) == []
    with path.open("a") as file:
        file.write("2026-01-01T00:02:00Z,102.5\n")
    assert [sample.level_cm for sample in gauge.read(at(1000))] == [102.5]
    assert taken(CsvGauge("manggarai", path, cursors=cursors)) == [102.5]  # read and never taken
    assert taken(CsvGauge("manggarai", path, cursors=cursors)) == []


def test_a_row_has_its_own_time_and_the_interval_to_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "levels.csv"
    path.write_text("measured_at,level_cm\n2026-01-01T00:00:00Z,1\n2026-01-01T00:01:00Z,2\n")
    first, second = CsvGauge("manggarai", path, cursors=Cursors()).read(at(100))
    assert (first.age_seconds, second.age_seconds) == (100, 40)
    assert (first.report_interval_seconds, second.report_interval_seconds) == (0, 60)
    assert first.number < second.number


def test_rows_that_cannot_be_read_are_named_once_and_skipped(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "levels.csv"
    path.write_text(
        "measured_at,level_cm\n2026-01-01T00:00:00,1\n2026-01-01T00:00:01Z,wet\n"
        "2026-01-01T00:00:02Z,inf\n2026-01-01T00:00:03Z\n2026-01-01T00:00:04Z,4\n"
    )
    gauge = CsvGauge("manggarai", path, cursors=Cursors())
    assert taken(gauge) == [4.0]
    taken(gauge)
    lines = [record.message for record in caplog.records]
    assert [line.split(" line ")[1].split()[0] for line in lines] == ["2", "3", "4", "5"]
    assert "2026-01-01T00:00:00 has no offset from UTC" in lines[0]


def test_a_file_that_is_gone_is_a_gauge_that_does_not_answer(tmp_path: Path) -> None:
    with pytest.raises(GaugeUnreachableError, match="No such file"):
        CsvGauge("manggarai", tmp_path / "none.csv", cursors=Cursors()).read(NOW)


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

    def taken(self, sample: Sample) -> None: ...

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


def test_a_lost_gauge_is_said_once_and_its_return_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    gone = GaugeUnreachableError("no connection")
    source = ListedSource([sample(1, 100)], gone, gone, gone, [sample(2, 101)])
    readings: list[Reading] = []
    runner = GaugeRunner(source, FACTS, begin(NOW), add=readings.append, sink=Sink())
    for second in range(5):
        runner.poll(at(second))
    assert [record.message for record in caplog.records] == [
        "gauge manggarai does not answer: no connection",
        "gauge manggarai answers again",
    ]
    health = runner.health()
    assert (health.readings, health.errors, health.last_reading_at) == (2, 3, at(4))


def test_an_alarm_that_could_not_be_kept_is_told_at_the_next_poll() -> None:
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
