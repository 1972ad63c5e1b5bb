"""A gauge with something wrong with it, on a clock that the test moves: what it shows is what the fault is."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import pytest

from siaga_sim.faults import Fault, GaugeFault, NoSuchFaultError, camera_fault, gauge_fault
from siaga_sim.firmware import BurstSettings, DeviceReading, EchoSensor, Mode, Settings
from siaga_sim.gauges.modbus import GaugeDevice

QUICK = Settings(
    mount_mm=6000,
    burst=BurstSettings(gap_seconds=0.1),
    measure_every_seconds=10,
    calm_report_seconds=60,
    brisk_report_seconds=20,
    brisk_hold_seconds=30,
    sensor_rest_seconds=20,
)


@dataclass
class GaugeRig:
    """A Modbus device without its port."""

    level_cm: float = 200.0
    at: float = 0.0

    def __post_init__(self) -> None:
        sensor = EchoSensor(mount_mm=QUICK.mount_mm, chance=Random(3))
        self.device = GaugeDevice(
            "depok", level_cm=lambda: self.level_cm, sensor=sensor, settings=QUICK, clock=lambda: self.at
        )

    def run(self, seconds: float) -> DeviceReading:
        body, end = self.device.body, self.at + seconds
        while self.at + body.wait_seconds() <= end:
            self.at += body.wait_seconds()
            body.wake()
        self.at = end
        assert body.firmware.reading is not None
        return body.firmware.reading

    def break_it(self, fault: GaugeFault, seconds: float) -> DeviceReading:
        self.device.set_fault(fault)
        return self.run(seconds)


@pytest.fixture
def rig() -> GaugeRig:
    made = GaugeRig()
    made.run(60)
    return made


def level_cm(reading: DeviceReading) -> float:
    assert reading.level_mm is not None
    return reading.level_mm / 10


def test_a_sound_gauge_shows_the_water(rig: GaugeRig) -> None:
    rig.level_cm = 260.0
    assert level_cm(rig.run(60)) == pytest.approx(260, abs=6)


def test_a_stuck_gauge_shows_what_was_until_it_is_mended(rig: GaugeRig) -> None:
    rig.device.set_fault(GaugeFault.STUCK)
    rig.level_cm = 300.0
    stuck = rig.run(200)
    assert level_cm(stuck) == pytest.approx(200, abs=6)
    assert stuck.spread_mm == 0
    assert level_cm(rig.break_it(GaugeFault.NONE, 60)) == pytest.approx(300, abs=8)


def test_a_spike_lifts_the_level_by_a_metre_and_a_half(rig: GaugeRig) -> None:
    assert level_cm(rig.break_it(GaugeFault.SPIKE, 60)) == pytest.approx(350, abs=6)
    assert level_cm(rig.break_it(GaugeFault.NONE, 60)) == pytest.approx(200, abs=6)


def test_a_drop_out_is_no_level_and_never_nought(rig: GaugeRig) -> None:
    lost = rig.break_it(GaugeFault.DROP_OUT, 60)
    assert (lost.level_mm, lost.sensor_fault) == (None, True)
    assert level_cm(rig.break_it(GaugeFault.NONE, 90)) == pytest.approx(200, abs=6)


def test_foam_costs_echoes_and_lifts_the_level_a_little(rig: GaugeRig) -> None:
    rig.level_cm = 210.0
    foamy = rig.break_it(GaugeFault.FOAM, 200)
    assert foamy.burst_incomplete
    assert foamy.level_mm is None or 205 < foamy.level_mm / 10 < 220


def test_a_wrong_clock_makes_readings_look_an_hour_older_until_it_is_set(rig: GaugeRig) -> None:
    def age() -> int:
        words = rig.device.registers()
        assert words is not None
        return words[6]

    rig.break_it(GaugeFault.WRONG_CLOCK, 5)
    assert 3600 <= age() < 3700
    assert rig.device.body.clock_error_seconds() == pytest.approx(3600, abs=1)
    rig.break_it(GaugeFault.NONE, 5)
    assert age() < 100
    assert abs(rig.device.body.clock_error_seconds()) < 1


def test_a_reboot_counts_readings_from_one_again(rig: GaugeRig) -> None:
    rig.run(200)
    before = rig.run(1).number
    assert before > 3
    assert rig.break_it(GaugeFault.REBOOT, 5).number == 1
    assert rig.device.body.firmware.boots == 2


def test_a_duplicate_is_the_same_reading_under_a_new_number(rig: GaugeRig) -> None:
    rig.device.set_fault(GaugeFault.DUPLICATE)
    first, second = rig.device.registers(), rig.device.registers()
    assert first is not None
    assert second is not None
    assert second[5] == first[5] + 1  # the low word of the number
    assert (second[1:3], second[7:9]) == (first[1:3], first[7:9])


def test_a_low_battery_is_reported_and_makes_it_slow_and_goes_away(rig: GaugeRig) -> None:
    low = rig.break_it(GaugeFault.LOW_BATTERY, 300)
    assert low.low_battery
    assert rig.device.body.firmware.is_saving
    assert not rig.break_it(GaugeFault.NONE, 120).low_battery


def test_an_empty_device_does_not_answer(rig: GaugeRig) -> None:
    from siaga_sim.firmware import machine

    rig.device.body.receive_event(machine.CellDischarge(0.01))
    assert rig.device.body.firmware.mode is Mode.FLAT
    assert rig.device.registers() is None


@pytest.mark.parametrize(("word", "kind"), [("killed", Fault.DOWN), ("Covered", Fault.COVERED), ("none", Fault.NONE)])
def test_people_have_several_words_for_a_camera_fault(word: str, kind: Fault) -> None:
    assert camera_fault(word) is kind


@pytest.mark.parametrize(("word", "kind"), [("drop-out", GaugeFault.DROP_OUT), ("cut-link", GaugeFault.CUT)])
def test_people_have_several_words_for_a_gauge_fault(word: str, kind: GaugeFault) -> None:
    assert gauge_fault(word) is kind


def test_an_unknown_fault_is_refused_with_all_that_there_are() -> None:
    with pytest.raises(NoSuchFaultError, match=r"fault: got 'melted', expected one of none, stuck, spike, drop_out"):
        gauge_fault("melted")
