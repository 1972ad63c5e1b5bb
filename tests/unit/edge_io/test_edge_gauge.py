"""From registers to readings, doubts, stages and silence."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.support.edge.gauge_facts import FACTS, LIMITS, NOW, at

from siaga_core.wire.messages import Hazard, Quality, Severity, Stage, StageDetails
from siaga_edge.events.drafts import EventDraft
from siaga_edge.gauge.quality import QualityWatch, Verdict, judge, rate_cm_per_hour
from siaga_edge.gauge.registers import Sample
from siaga_edge.gauge.watch import GaugeFacts, GaugeWatch, Outcome, begin, missed, receive

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


def test_a_blip_is_flagged_and_decides_nothing_while_a_lasting_step_is_accepted() -> None:
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


def test_water_that_rises_too_fast_is_flagged_and_counts() -> None:
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


def test_no_level_is_missing_and_retains_the_reasons() -> None:
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

    def set_level(self, level_cm: float | None, second: float, *, age: float = 0, interval: float = 60) -> Outcome:
        self.number += 1
        sample = Sample(number=self.number, age_seconds=age, level_cm=level_cm, report_interval_seconds=interval)
        return self._record(receive(self.watch, sample, now=at(second), facts=self.facts))

    def repeats(self, second: float, *, interval: float = 60) -> Outcome:
        sample = Sample(number=self.number, age_seconds=0, level_cm=1, report_interval_seconds=interval)
        return self._record(receive(self.watch, sample, now=at(second), facts=self.facts))

    def is_mute(self, second: float) -> Outcome:
        return self._record(missed(self.watch, now=at(second), facts=self.facts))

    def _record(self, step: tuple[GaugeWatch, Outcome]) -> Outcome:
        self.watch, outcome = step
        self.drafts += outcome.drafts
        return outcome

    def reported_events(self) -> list[tuple[str, str]]:
        return [(draft.key, draft.state) for draft in self.drafts]


def test_an_alarm_begins_rises_falls_and_ends_as_one_event() -> None:
    gauge = Gauge()
    for second, level in enumerate([740, 750, 775, 800, 825, 850, 848, 844.9, 820, 795, 770, 745, 744.9]):
        gauge.set_level(level, second * 60)
    assert gauge.reported_events() == [
        ("stage", "began"),
        ("stage", "updated"),
        ("stage", "updated"),
        ("stage", "ended"),
    ]
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
    sure.set_level(800, 0)
    doubtful.set_level(800, 0, age=31)
    assert sure.drafts[0].confidence > doubtful.drafts[0].confidence


def test_one_blip_raises_no_alarm_and_the_reading_is_stored_all_the_same() -> None:
    gauge = Gauge()
    gauge.set_level(100, 0)
    blip = gauge.set_level(960, 60)
    gauge.set_level(100, 120)
    assert gauge.drafts == []
    assert blip.reading is not None
    assert (blip.reading.level_cm, blip.reading.flags, blip.reading.stage) == (960, ("spike",), Stage.SIAGA_4)


def test_no_level_holds_the_alarm_and_reports_that_the_stage_is_unknown() -> None:
    gauge = Gauge()
    gauge.set_level(800, 0)
    missing = gauge.set_level(None, 10)
    assert missing.reading is not None
    assert (missing.reading.level_cm, missing.reading.stage) == (None, None)
    assert gauge.reported_events() == [("stage", "began")]


def test_the_same_reading_is_accepted_once() -> None:
    gauge = Gauge()
    assert gauge.set_level(100, 0).reading is not None
    assert gauge.repeats(1).reading is None


def test_a_reading_is_as_old_as_the_gauge_reports_and_never_older_than_the_one_before() -> None:
    gauge = Gauge()
    first, second = gauge.set_level(100, 10, age=7).reading, gauge.set_level(100, 11, age=9).reading
    assert first is not None
    assert second is not None
    assert first.measured_at == at(3)
    assert second.measured_at == at(3) + timedelta(milliseconds=1)


def test_the_datum_is_added() -> None:
    gauge = Gauge(facts=GaugeFacts(**{name: getattr(FACTS, name) for name in FACTS.__slots__} | {"datum_cm": -12.5}))
    reading = gauge.set_level(100, 0).reading
    assert reading is not None
    assert reading.level_cm == 87.5


def test_silence_begins_once_when_nobody_answers_and_ends_with_a_level() -> None:
    gauge = Gauge()
    gauge.set_level(100, 0)
    for second in (10, 30, 31, 60):
        gauge.is_mute(second)
    assert gauge.reported_events() == [("silence", "began")]
    gauge.set_level(None, 61)
    assert gauge.reported_events() == [("silence", "began")]  # it answers, and still there is no level
    gauge.set_level(101, 62)
    assert gauge.reported_events() == [("silence", "began"), ("silence", "ended")]
    began, ended = gauge.drafts
    assert (began.hazard, began.at, began.began_at, ended.ended_at) == (Hazard.VIEW_LOST, at(31), at(0), at(62))


def test_a_gauge_that_answers_and_reports_rarely_is_not_silent_in_between() -> None:
    gauge = Gauge()
    gauge.set_level(100, 0, interval=900)
    for second in range(10, 1800, 10):
        gauge.repeats(second, interval=900)
    assert gauge.reported_events() == []
    gauge.repeats(1801, interval=900)
    assert gauge.reported_events() == [("silence", "began")]


def test_a_gauge_without_a_level_for_too_long_is_silent() -> None:
    gauge = Gauge()
    gauge.set_level(100, 0, interval=1)
    for second in range(1, 40):
        gauge.set_level(None, second, interval=1)
    assert gauge.reported_events() == [("silence", "began")]


def test_a_gauge_that_never_answered_is_silent_from_the_start() -> None:
    gauge = Gauge()
    gauge.is_mute(31)
    assert gauge.reported_events() == [("silence", "began")]
    assert gauge.drafts[0].began_at == NOW


def test_an_alarm_of_before_the_restart_goes_on() -> None:
    gauge = Gauge(begin(NOW, stage=2, alarm_since=at(-600)))
    gauge.set_level(846, 0)
    assert gauge.reported_events() == []  # within the hysteresis of Siaga 2
    gauge.set_level(700, 10)
    gauge.set_level(700, 20)
    assert gauge.reported_events() == [("stage", "ended")]
    assert gauge.drafts[0].began_at == at(-600)
