"""The gauge's firmware: bursts, doubts and reports."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from siaga_sim.firmware import Air, BurstSettings, DeviceState, EchoSensor, Settings, boot, judge, step

MOUNT_MM = 5000
SETTINGS = Settings(
    mount_mm=MOUNT_MM,
    burst=BurstSettings(echoes=3, fewest_valid=2, gap_seconds=0.1),
    measure_every_seconds=10,
    calm_report_seconds=100,
    brisk_report_seconds=30,
    brisk_hold_seconds=70,
    change_mm=20,
    brisk_above_mm=2000,
    fastest_mm_per_minute=60,
)


@pytest.mark.parametrize(
    ("echoes", "distance", "spread", "valid", "incomplete", "out_of_range"),
    [
        pytest.param((1000,) * 7, 1000, 0, 7, False, False, id="still water"),
        pytest.param((1000, 1002, 998, 1001, 999, 1003, 997), 1000, 2, 7, False, False, id="ripples"),
        pytest.param(
            (1000, 1000, 1000, 1000, 1000, 400, 500), 1000, 0, 7, False, False, id="two spikes do not move it"
        ),
        pytest.param((1000, None, 1000, None, 1002, None, 1004), 1001, 1, 4, True, False, id="echoes lost"),
        pytest.param((1000, 1010, None, None, None, None, None), None, 0, 2, True, False, id="too few to say"),
        pytest.param((None,) * 7, None, 0, 0, True, False, id="nothing heard"),
        pytest.param((100,) * 7, None, 0, 0, True, True, id="nearer than it can hear"),
        pytest.param((20_000,) * 7, None, 0, 0, True, True, id="farther than it can hear"),
    ],
)
def test_a_burst_becomes_its_median(
    echoes: tuple[int | None, ...],
    distance: int | None,
    spread: int,
    valid: int,
    incomplete: bool,
    out_of_range: bool,
) -> None:
    burst = judge(echoes, BurstSettings())
    assert (burst.distance_mm, burst.spread_mm, burst.valid) == (distance, spread, valid)
    assert (burst.incomplete, burst.out_of_range) == (incomplete, out_of_range)


class GaugeRig:
    """A device on a bench, under water that the test moves."""

    def __init__(self, battery_mv: int = 4000) -> None:
        self.state: DeviceState = boot()
        self.battery_mv = battery_mv
        self.bursts = 0

    def burst(self, level_mm: int | None) -> DeviceState:
        before = self.state
        while True:
            at = self.state.next_at
            echo = None if level_mm is None else MOUNT_MM - level_mm
            self.state = step(self.state, echo, at=at, battery_mv=self.battery_mv, settings=SETTINGS)
            if not self.state.echoes_mm:
                self.bursts += 1
                return before

    def reports(self, levels: list[int | None]) -> list[int]:
        numbers = []
        for level_mm in levels:
            self.burst(level_mm)
            assert self.state.reading is not None
            numbers.append(self.state.reading.number)
        return numbers


@pytest.mark.parametrize(
    ("levels", "numbers"),
    [
        pytest.param(
            [1000] * 17, [1] * 3 + [2] * 3 + [3] * 10 + [4], id="brisk after power-on, then the calm interval"
        ),
        pytest.param([1000, 1010, 1019, 1020, 1021], [1, 1, 1, 2, 2], id="a change is reported when it counts"),
        pytest.param([1000, 1025] + [1025] * 6, [1, 2, 2, 2, 3, 3, 3, 4], id="after a change it stays brisk"),
        pytest.param([1000, 1025] + [1025] * 11, [1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 4, 4, 4], id="and calms down again"),
        pytest.param([2100] * 8, [1, 1, 1, 2, 2, 2, 3, 3], id="high water is always reported briskly"),
        pytest.param([1000, None, None, 1000], [1, 2, 2, 3], id="losing and finding the water is news"),
    ],
)
def test_reports_follow_the_water(levels: list[int | None], numbers: list[int]) -> None:
    assert GaugeRig().reports(levels) == numbers


def test_a_passing_boat_is_doubted_and_forgotten() -> None:
    rig = GaugeRig()
    assert rig.reports([1000, 1500, 1000]) == [1, 1, 1]
    assert rig.state.trusted_mm == 1000


def test_a_lasting_jump_is_water() -> None:
    rig = GaugeRig()
    assert rig.reports([1000, 1500, 1500]) == [1, 1, 2]
    assert rig.state.reading is not None
    assert rig.state.reading.level_mm == 1500


def test_a_doubted_burst_is_repeated_at_once() -> None:
    rig = GaugeRig()
    rig.burst(1000)
    rests = rig.state.next_at
    rig.burst(1500)
    assert rig.state.next_at - rests < SETTINGS.measure_every_seconds / 2


def test_no_echo_is_a_fault_and_never_nought() -> None:
    rig = GaugeRig()
    rig.burst(None)
    reading = rig.state.reading
    assert reading is not None
    assert reading.level_mm is None
    assert reading.sensor_fault
    assert reading.burst_incomplete


def test_a_low_battery_is_reported() -> None:
    low, full = GaugeRig(battery_mv=3400), GaugeRig(battery_mv=3900)
    low.burst(1000)
    full.burst(1000)
    assert [rig.state.reading and rig.state.reading.low_battery for rig in (low, full)] == [True, False]


def test_the_median_sees_through_the_sensors_lies() -> None:
    sensor = EchoSensor(mount_mm=MOUNT_MM, chance=Random(4), spike_share=0.1, lost_share=0.1)
    bursts = [judge(tuple(sensor.echo_mm(1234.0) for _ in range(7)), BurstSettings()) for _ in range(300)]
    levels = [MOUNT_MM - burst.distance_mm for burst in bursts if burst.distance_mm is not None]
    assert len(levels) == 300
    assert sum(abs(level - 1234) <= 10 for level in levels) >= 297


def test_the_sensor_does_lie() -> None:
    sensor = EchoSensor(mount_mm=MOUNT_MM, chance=Random(4), spike_share=0.1, lost_share=0.1, double_share=0.0)
    echoes = [sensor.echo_mm(1234.0) for _ in range(1000)]
    assert 50 < echoes.count(None) < 150
    assert 50 < sum(echo is not None and echo < MOUNT_MM - 1234 - 40 for echo in echoes) < 150


def echoes_of(*, double_share: float, foam_share: float = 0.0) -> list[int | None]:
    quiet = EchoSensor(mount_mm=MOUNT_MM, chance=Random(4), noise_mm=0, spike_share=0, lost_share=0)
    sensor = replace(quiet, double_share=double_share, foam_share=foam_share, foam_mm=80.0)
    return [sensor.echo_mm(1000.0) for _ in range(1000)]


def test_an_echo_that_went_twice_reads_twice_as_far() -> None:
    echoes = echoes_of(double_share=0.1)
    assert set(echoes) == {4000, 8000}
    assert 60 < echoes.count(8000) < 140


def test_foam_swallows_echoes_and_lifts_the_rest_by_no_more_than_its_height() -> None:
    echoes = echoes_of(double_share=0.0, foam_share=1.0)
    assert 400 < echoes.count(None) < 600
    received = [echo for echo in echoes if echo is not None]
    assert 3920 <= min(received) < 3930
    assert 3990 < max(received) <= 4000


def test_a_sensor_that_measures_too_warm_air_reads_the_water_farther() -> None:
    sensor = EchoSensor(mount_mm=MOUNT_MM, chance=Random(4), noise_mm=0, spike_share=0, lost_share=0, double_share=0)
    # Sound in air of 30 degrees is 1.0169 times as fast as in air of 20.
    assert sensor.echo_mm(1000.0, Air(true_c=20.0, felt_c=30.0)) == 4068
    assert sensor.echo_mm(1000.0, Air(true_c=20.0, felt_c=20.0)) == 4000
