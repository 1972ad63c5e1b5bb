"""The pure parts of simple sensors: units and wrong ones, bursts, lines, reports, boxes under the sensor, sirens."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.edge.io import wait_for

from siaga_core.rules.stage import StageLimits
from siaga_core.wire.messages import Place, Quality, Reading, Stage
from siaga_edge.gauge import burst, reporting, siren
from siaga_edge.gauge.burst import Burst, BurstPlan
from siaga_edge.gauge.lines import Echo, LineError, LineFormat, parse
from siaga_edge.gauge.quality import QualityLimits, QualityWatch, judge
from siaga_edge.gauge.register_values import ValueType, WordOrder, decode_value
from siaga_edge.gauge.registers import RegisterError, Sample
from siaga_edge.gauge.reporting import ReportPlan, ReportWatch
from siaga_edge.gauge.scale import LevelRange, Scale, Unit, misdeclared
from siaga_edge.gauge.siren import SirenRule, SirenWatch
from siaga_edge.gauge.sounder import Sounder, SwitchError
from siaga_edge.gauge.urgency import Urgency
from siaga_edge.gauge.watch import GaugeFacts, begin, receive

NOW = datetime(2026, 1, 1, tzinfo=UTC)
RIVER = LevelRange(min_cm=50, max_cm=1500)


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


# --- units and datum -------------------------------------------------------------------------------------------


@given(st.sampled_from(["mm", "cm", "m"]), st.booleans(), st.floats(-1e5, 1e5))
def test_a_scale_and_its_inverse_agree(unit: Unit, is_distance: bool, value: float) -> None:
    scale = Scale(unit=unit, measures="distance" if is_distance else "level", mount_cm=1200)
    assert scale.value_of(scale.level_cm(value)) == pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize(
    ("value", "scale", "datum_cm", "message"),
    [
        pytest.param(
            7500,
            Scale(unit="cm"),
            0,
            'got 7500 cm (level), which is 7500 cm, outside 50 to 1500 cm; expected unit "mm" instead of "cm" (750 cm)',
            id="millimetres declared as cm",
        ),
        pytest.param(
            7.5,
            Scale(unit="cm"),
            0,
            'got 7.5 cm (level), which is 7.5 cm, outside 50 to 1500 cm; expected unit "m" instead of "cm" (750 cm)',
            id="metres declared as cm",
        ),
        pytest.param(
            -750,
            Scale(unit="cm"),
            0,
            "got -750 cm (level), which is -750 cm, outside 50 to 1500 cm; expected the opposite sign (750 cm)",
            id="minus sign",
        ),
        pytest.param(
            750,
            Scale(unit="cm"),
            1200,
            "got 750 cm (level), which is 1950 cm, outside 50 to 1500 cm; expected datum_cm 0 instead of 1200 (750 cm)",
            id="datum added twice",
        ),
        pytest.param(
            4.2,
            Scale(unit="mm", measures="distance", mount_cm=1600),
            0,
            "got 4.2 mm (distance), which is 1599.58 cm, outside 50 to 1500 cm; "
            'expected unit "m" instead of "mm" (1180 cm)',
            id="distance in metres",
        ),
    ],
)
def test_one_plain_mistake_is_named(value: float, scale: Scale, datum_cm: float, message: str) -> None:
    assert misdeclared(scale.level_cm(value), scale, datum_cm=datum_cm, believable=RIVER) == message


def test_a_level_that_can_be_and_one_that_nothing_explains_are_no_mistake() -> None:
    assert misdeclared(750, Scale(), datum_cm=0, believable=RIVER) is None
    assert misdeclared(0, Scale(), datum_cm=0, believable=RIVER) is None
    assert misdeclared(1e9, Scale(), datum_cm=0, believable=RIVER) is None


def facts(scale: Scale) -> GaugeFacts:
    limits = QualityLimits(
        min_cm=50, max_cm=1500, spike_cm=30, rate_cm_per_minute=25, spread_cm=10, stuck_seconds=1e4, stale_seconds=30
    )
    return GaugeFacts(
        id="manggarai",
        place=Place(lat=0, lon=0),
        limits=StageLimits(s3_cm=750),
        hysteresis_cm=5,
        stale_seconds=30,
        datum_cm=0,
        quality=limits,
        scale=scale,
    )


def test_a_wrong_unit_is_flagged_and_reported_after_three_readings_and_raises_no_alarm() -> None:
    watch, complaints, flags = begin(NOW), [], []
    for number, raw in enumerate((7500, 7510, 7490, 7500, 750)):
        sample = Sample(number=number + 1, age_seconds=0, level_cm=float(raw))
        watch, outcome = receive(watch, sample, now=at(number), facts=facts(Scale(unit="cm")))
        assert outcome.reading is not None
        complaints.append('expected unit "mm"' in outcome.complaint)
        flags.append(outcome.reading.flags)
        assert (outcome.drafts == ()) == (raw != 750)
    assert complaints == [False, False, True, True, False]
    assert flags == [("range",), ("range",), ("unit", "range"), ("unit", "range"), ()]


# --- bursts ----------------------------------------------------------------------------------------------------


def judged(values: Iterable[float | None], plan: BurstPlan) -> Burst | None:
    receive: burst.RawValues = ()
    for value in values:
        receive, found = burst.add(receive, value, plan)
        if found is not None:
            return found
    return None


def test_the_median_rides_out_a_boat() -> None:
    plan = BurstPlan(samples=5, fewest_valid=3)
    assert judged([300, 301, 80, 299, 300], plan) == Burst(value=300, spread=1, valid=5, is_incomplete=False)
    assert judged([300, None, None, 302, 301], plan) == Burst(value=301, spread=1, valid=3, is_incomplete=True)
    assert judged([0, None, None, None, 0], plan) == Burst(value=None, spread=None, valid=2, is_incomplete=True)
    assert judged([300] * 4, plan) is None


# --- values of other makers and lines --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "kind", "command", "value"),
    [
        ([0xFFFF], "int16", "high_first", -1.0),
        ([0xFFFF], "uint16", "high_first", 65535.0),
        ([0x0001, 0x0002], "uint32", "high_first", 65538.0),
        ([0x0002, 0x0001], "uint32", "low_first", 65538.0),
        ([0x0000, 0x4228], "float32", "low_first", 42.0),
        ([0x7FC0, 0x0000], "float32", "high_first", None),
    ],
)
def test_registers_become_a_value(words: list[int], kind: ValueType, command: WordOrder, value: float | None) -> None:
    assert decode_value(words, kind, command) == value


def test_too_few_registers_are_refused() -> None:
    with pytest.raises(RegisterError, match="got 1 registers, expected 2 of int32"):
        decode_value([1], "int32", "high_first")


LEVEL_MM = Scale(unit="mm")
NOTHING = frozenset({5000.0})


@pytest.mark.parametrize(
    ("line", "form", "value"),
    [
        ("R1234", "maxbotix", 1234.0),
        ("R5000", "maxbotix", None),
        ("level_mm=-120", "key_value", -120.0),
        ("id=7; LEVEL_MM=120,battery=3.9", "key_value", 120.0),
        ("level_mm=", "key_value", None),
        ("level_mm=nan", "key_value", None),
        (" 12.5 ", "number", 12.5),
        ("5000", "number", None),
    ],
)
def test_a_line_is_read(line: str, form: LineFormat, value: float | None) -> None:
    assert parse(line, form, LEVEL_MM, NOTHING) == Echo(value)


@pytest.mark.parametrize(
    ("line", "form", "message"),
    [
        ("P1234", "maxbotix", "got 'P1234', expected \"R\" and 3 to 5 digits, such as R1234"),
        ("battery=3.9", "key_value", "got 'battery=3.9', expected level_mm=, level_cm=, level_m= or distance_mm=, "),
        ("distance_mm=5", "key_value", "got 'distance_mm=5', expected level_mm= because it is declared to be one that"),
        ("12,5", "number", "got '12,5', expected a number, such as 123.4"),
    ],
)
def test_a_line_of_another_kind_is_refused(line: str, form: LineFormat, message: str) -> None:
    with pytest.raises(LineError) as caught:
        parse(line, form, LEVEL_MM, NOTHING)
    assert str(caught.value).startswith(message)


# --- a box under the sensor ------------------------------------------------------------------------------------


def flags_of(levels: Iterable[float], *, every_seconds: float = 30) -> list[tuple[str, ...]]:
    watch, found, limits = QualityWatch(), [], facts(LEVEL_MM).quality
    for number, level in enumerate(levels):
        watch, verdict = judge(watch, level, at=at(number * every_seconds), limits=limits)
        found.append(tuple(flag for flag in verdict.flags if flag in {"box", "spike"}))
    return found


def test_a_sudden_rise_after_which_nothing_moves_is_an_obstruction_until_it_is_gone() -> None:
    found = flags_of([100, 100, 180, 180, 180, 180.5, 181, 100, 100, 100])
    assert found == [(), (), ("spike",), (), (), ("box",), ("box",), ("spike",), (), ()]


def test_a_sudden_rise_that_goes_on_moving_is_water() -> None:
    assert flags_of([100, 100, 180, 181, 188, 196, 203, 207]) == [(), (), ("spike",), *[()] * 5]


# --- reports ---------------------------------------------------------------------------------------------------

PLAN = ReportPlan(change_cm=2, calm_seconds=300, brisk_seconds=60, brisk_hold_seconds=600)


def reading(level_cm: float | None, second: float, flags: tuple[str, ...] = (), stage: int = 4) -> Reading:
    quality = Quality.MISSING if level_cm is None else Quality.GOOD
    return Reading(
        gauge="manggarai",
        measured_at=at(second),
        level_cm=level_cm,
        quality=quality,
        flags=flags,
        stage=None if level_cm is None else Stage(stage),
    )


def sent(readings: Iterable[Reading], *, is_urgent: bool = False, plan: ReportPlan = PLAN) -> list[float]:
    watch, seconds = ReportWatch(), []
    for each in readings:
        watch, is_sent = reporting.step(watch, each, plan=plan, is_urgent=is_urgent)
        if is_sent:
            seconds.append((each.measured_at - NOW).total_seconds())
    return seconds


def test_calm_water_is_reported_seldom() -> None:
    assert sent(reading(100, second) for second in range(0, 901, 10)) == [0, 300, 600, 900]


def test_a_change_is_reported_at_once_and_briskly_for_a_while() -> None:
    levels = [reading(100 if second < 30 else 103, second) for second in range(0, 1000, 10)]
    assert sent(levels) == [0, *range(30, 571, 60), 870]


def test_rain_a_command_a_high_level_and_an_alarm_make_it_brisk() -> None:
    calm = [reading(100, second) for second in range(0, 121, 10)]
    alarm = [reading(100, second, stage=3) for second in range(0, 121, 10)]
    high = ReportPlan(change_cm=2, calm_seconds=300, brisk_seconds=60, brisk_hold_seconds=600, brisk_above_cm=100)
    assert sent(calm) == [0]
    assert sent(calm, is_urgent=True) == sent(calm, plan=high) == sent(alarm) == [0, 60, 120]


def test_a_doubt_a_loss_and_a_return_are_always_reported() -> None:
    story = [reading(100, 0), reading(100, 1, ("stuck",)), reading(None, 2), reading(None, 3), reading(100, 4)]
    assert sent(story) == [0, 1, 2, 4]


def test_urgency_holds_until_the_later_command_and_while_it_rains() -> None:
    urgency = Urgency()
    assert not urgency.holds(NOW)
    assert urgency.holds(NOW, lambda: True)
    urgency.announce(until=at(60))
    urgency.announce(until=at(30))
    assert urgency.holds(at(59))
    assert not urgency.holds(at(60))


# --- sirens ----------------------------------------------------------------------------------------------------

RULE = SirenRule(at_cm=850, hysteresis_cm=20)


def sounding(*levels: float | None) -> list[bool | None]:
    watch, found = SirenWatch(), []
    for level in levels:
        watch = siren.step(watch, level, RULE)
        found.append(watch.sounds)
    return found


def test_two_of_three_sound_it_and_one_blip_does_not() -> None:
    assert sounding(800, 800, 900, 800, 800) == [None, False, False, False, False]
    assert sounding(800, 800, 900, 800, 850) == [None, False, False, False, True]


def test_it_falls_silent_below_the_hysteresis_only() -> None:
    assert sounding(850, 851, 849, 840, 831, 829, 829) == [None, *[True] * 5, False]


def test_unknown_changes_nothing() -> None:
    assert sounding(900, 900, None, None, None) == [None, True, True, True, True]
    assert sounding(None, None, None) == [None, None, None]


class FakeSwitch:
    def __init__(self) -> None:
        self.turned: list[bool] = []
        self.fails = False
        self.closed = 0

    def turn(self, *, is_on: bool) -> None:
        if self.fails:
            raise SwitchError("no answer")
        self.turned.append(is_on)

    def close(self) -> None:
        self.closed += 1


def test_a_repeated_reading_counts_once_and_bad_or_stale_ones_not_at_all() -> None:
    sounder = Sounder("manggarai", RULE, FakeSwitch(), monotonic=monotonic)
    bad = reading(900, 0).model_copy(update={"quality": Quality.BAD})
    for number, each in [(1, reading(900, 0)), (1, reading(900, 1)), (2, bad), (3, reading(900, 2, ("stale",)))]:
        sounder.accept(number, each)
    before = sounder.sounds
    sounder.accept(4, reading(900, 3))
    assert (before, sounder.sounds) == (None, True)
    sounder.close()


def test_a_switch_that_fails_is_retried_and_the_siren_remains_when_the_agent_ends(
    caplog: pytest.LogCaptureFixture,
) -> None:
    switch = FakeSwitch()
    switch.fails = True
    sounder = Sounder("manggarai", RULE, switch, monotonic=monotonic)
    for number in (1, 2):
        sounder.accept(number, reading(900, number))
    wait_for(lambda: "siren cannot be switched on: no answer" in caplog.text)
    switch.fails = False
    wait_for(lambda: switch.turned == [True])
    sounder.close()
    assert (switch.turned, switch.closed) == ([True], 1)
