"""The gauge's firmware as a state machine: when all is well, and when the net, the sensor or its power fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siaga_sim.firmware import BurstSettings, Cell, DeviceReading, Firmware, Mode, Settings, Supply, machine
from siaga_sim.firmware.clock import Rtc, quartz_ppm, ran
from siaga_sim.firmware.machine import Effect, IllegalMoveError
from siaga_sim.firmware.power import fed, millivolts, sun_share

MOUNT_MM = 5000
QUIET = Settings(
    mount_mm=MOUNT_MM,
    burst=BurstSettings(echoes=3, fewest_valid=2, gap_seconds=0.1),
    measure_every_seconds=10,
    calm_report_seconds=100,
    brisk_report_seconds=30,
    brisk_hold_seconds=70,
    change_mm=20,
    boot_seconds=2,
    join_seconds=20,
    radio_seconds=15,
    watchdog_seconds=60,
    sensor_rest_seconds=120,
)

SELDOM = replace(QUIET, measure_every_seconds=600, calm_report_seconds=900)


@dataclass
class GaugeRig:
    """A gauge on a bench: its timer rings when it asked for it; net, water and sensor are the test's."""

    firmware: Firmware
    at: float = 0.0
    level_mm: float | None = 1000.0
    has_net: bool = True
    delivers: bool = True
    effects: list[tuple[float, Effect]] = field(default_factory=list)
    modes: list[Mode] = field(default_factory=list)

    def report(self, event: machine.Event) -> None:
        self.firmware, effects = machine.step(self.firmware, event, at=self.at)
        if not self.modes or self.modes[-1] is not self.firmware.mode:
            self.modes.append(self.firmware.mode)
        for effect in effects:
            self.effects.append((self.at, effect))
            self._answer(effect)

    def _answer(self, effect: Effect) -> None:
        match effect:
            case Effect.LISTEN:
                self.report(machine.EchoReceived(None if self.level_mm is None else round(MOUNT_MM - self.level_mm)))
            case Effect.JOIN if self.has_net:
                self.report(machine.NetworkJoined())
            case Effect.TRANSMIT if self.delivers:
                self.report(machine.TransmissionDone())
            case Effect.REQUEST_TIME:
                self.report(machine.TimeReceived(0.0))
            case _:
                pass

    def run(self, seconds: float) -> None:
        end = self.at + seconds
        while self.firmware.wake_at <= end:
            self.at = max(self.at, self.firmware.wake_at)
            self.report(machine.WakeUp())
        self.at = end

    def mode(self) -> Mode:
        return self.firmware.mode

    def is_joined(self) -> bool:
        return self.firmware.is_joined

    def reading(self) -> DeviceReading | None:
        return self.firmware.reading

    def count(self, effect: Effect) -> int:
        return sum(one is effect for _, one in self.effects)


def rig(
    receive_event: Settings = QUIET, *, share: float = 0.9, supply: Supply | None = None, ppm: float = 0.0
) -> GaugeRig:
    fresh = Firmware(settings=receive_event, supply=supply or Supply(), cell=Cell(share=share), rtc=Rtc(cut_ppm=ppm))
    on = machine.switched_on(fresh, at=0.0)
    return GaugeRig(on, modes=[on.mode])


def test_it_boots_joins_measures_reports_and_sleeps() -> None:
    gauge = rig()
    gauge.run(3)
    assert gauge.modes == [Mode.BOOTING, Mode.JOINING, Mode.MEASURING, Mode.REPORTING, Mode.SLEEPING]
    assert gauge.firmware.reading is not None
    assert gauge.firmware.reading.level_mm == 1000
    gauge.run(600)
    # Between reports it only measures: brisk for the first 70 s, then every ten bursts a report.
    assert gauge.count(Effect.TRANSMIT) == 8
    assert gauge.firmware.boots == 1


def test_without_a_net_it_measures_all_the_same_and_tries_later_and_later() -> None:
    gauge = rig()
    gauge.has_net = False
    gauge.run(1200)
    assert gauge.firmware.reading is not None
    assert gauge.count(Effect.SAVE) > 10  # one for each report, sent or not
    tries = [at for at, effect in gauge.effects if effect is Effect.JOIN]
    waits = [b - a for a, b in pairwise(tries)]
    assert waits == sorted(waits)
    assert len(tries) < 8
    gauge.has_net = True
    gauge.run(700)
    assert gauge.firmware.is_joined
    assert gauge.firmware.join_failures == 0


def test_a_report_that_nobody_receives_ends_with_the_radio_window() -> None:
    gauge = rig()
    gauge.delivers = False
    gauge.run(10)
    assert gauge.mode() is Mode.REPORTING
    gauge.run(300)
    on_air = [at for at, effect in gauge.effects if effect is Effect.TRANSMIT]
    # Three new reports in the brisk time and then one in a hundred seconds; between them the radio tries once or so.
    assert 5 <= len(on_air) <= 9
    gauge.delivers = True
    gauge.run(100)
    assert not gauge.firmware.has_unsent


def test_a_lost_link_ends_the_report_and_is_joined_anew_with_the_next() -> None:
    gauge = rig()
    gauge.run(20)
    gauge.report(machine.LinkLost())
    assert not gauge.is_joined()
    gauge.level_mm = 1100
    gauge.run(15)
    assert gauge.is_joined()
    assert gauge.count(Effect.JOIN) == 2


def test_a_sensor_that_fails_three_times_gets_a_rest_and_comes_back() -> None:
    gauge = rig()
    gauge.run(30)
    gauge.level_mm = None
    gauge.run(60)
    assert gauge.mode() is Mode.SENSOR_FAULT
    assert gauge.firmware.reading is not None
    assert gauge.firmware.reading.sensor_fault
    gauge.level_mm = 1000
    gauge.run(130)
    assert gauge.firmware.reading.level_mm == 1000
    assert gauge.firmware.sensor_failures == 0


def test_a_sensor_that_never_answers_is_ended_by_the_watchdog() -> None:
    gauge = rig()
    gauge.run(5)
    while gauge.mode() is not Mode.MEASURING:
        gauge.at = gauge.firmware.wake_at
        gauge.firmware, _ = machine.step(gauge.firmware, machine.WakeUp(), at=gauge.at)
    gauge.run(150)  # LISTEN went unanswered
    assert (gauge.firmware.boots, gauge.firmware.boot_cause) == (2, "watchdog")


def test_an_ordered_reboot_starts_anew_and_counts_readings_from_one() -> None:
    gauge = rig()
    gauge.run(250)
    gauge.report(machine.Reboot())
    assert (gauge.firmware.mode, gauge.firmware.boot_cause, gauge.firmware.is_joined) == (
        Mode.BOOTING,
        "ordered",
        False,
    )
    assert gauge.reading() is None
    gauge.run(5)
    assert gauge.firmware.reading is not None
    assert gauge.firmware.reading.number == 1


def test_new_settings_count_at_once() -> None:
    gauge = rig()
    gauge.run(250)
    before = gauge.count(Effect.TRANSMIT)
    gauge.report(machine.NewSettings(replace(QUIET, calm_report_seconds=10, measure_every_seconds=5)))
    gauge.run(60)
    assert gauge.count(Effect.TRANSMIT) - before in (5, 6)


def test_a_storm_makes_calm_water_brisk_until_it_is_over() -> None:
    gauge = rig()
    gauge.run(300)
    before = gauge.count(Effect.TRANSMIT)
    gauge.report(machine.Storm(300))
    gauge.run(290)
    assert gauge.count(Effect.TRANSMIT) - before in (9, 10)
    gauge.run(100)
    before = gauge.count(Effect.TRANSMIT)
    gauge.run(300)
    assert gauge.count(Effect.TRANSMIT) - before in (2, 3)


def test_the_clock_drifts_by_its_quartz_and_a_resync_mends_it() -> None:
    gauge = rig(SELDOM, ppm=40.0)
    gauge.run(36_010)
    drift = machine.clock_error_seconds(gauge.firmware, at=gauge.at)
    assert drift == pytest.approx(36_000 * (40 - 0.034 * 4) / 1e6, rel=0.01)
    gauge.report(machine.Resync())
    assert machine.clock_error_seconds(gauge.firmware, at=gauge.at) == 0.0


def test_the_clock_is_set_once_a_day_without_a_command() -> None:
    gauge = rig(SELDOM, ppm=40.0)
    gauge.run(3 * 86_400)
    assert gauge.count(Effect.REQUEST_TIME) in (3, 4)
    assert abs(machine.clock_error_seconds(gauge.firmware, at=gauge.at)) < 3.6


@pytest.mark.parametrize(("board_c", "ppm"), [(25.0, 5.0), (35.0, 1.6), (65.0, -49.4), (-15.0, -49.4)])
def test_a_quartz_loses_when_it_is_hot_and_when_it_is_cold(board_c: float, ppm: float) -> None:
    assert quartz_ppm(Rtc(cut_ppm=5.0), board_c) == pytest.approx(ppm)
    assert ran(Rtc(cut_ppm=5.0), at=1e6, board_c=board_c).error_seconds == pytest.approx(ppm)


def test_a_low_cell_makes_it_do_a_quarter_and_report_so() -> None:
    night = Supply(panel_ma=0.0)
    full, low = rig(share=0.9, supply=night), rig(share=0.06, supply=night)
    for gauge in (full, low):
        gauge.run(2000)
    assert low.firmware.is_saving
    assert low.count(Effect.TRANSMIT) * 3 < full.count(Effect.TRANSMIT)
    assert low.firmware.reading is not None
    assert low.firmware.reading.low_battery
    assert full.firmware.reading is not None
    assert not full.firmware.reading.low_battery


def test_an_empty_cell_stops_it_and_the_sun_starts_it_again() -> None:
    dusk = Supply(starts_at_hour=18.0, capacity_mah=200.0)
    gauge = rig(share=0.031, supply=dusk)
    gauge.run(6 * 3600)
    assert gauge.modes[-1] is Mode.FLAT
    before = gauge.count(Effect.LISTEN)
    gauge.run(5 * 3600)
    assert gauge.count(Effect.LISTEN) == before
    gauge.run(6 * 3600)
    assert gauge.firmware.is_powered
    assert gauge.firmware.boot_cause == "sun"


def test_a_gauge_lives_on_its_panel_through_a_cloudy_month() -> None:
    cloudy = Supply(clear_share=0.15)
    gauge = rig(SELDOM, supply=cloudy)
    gauge.run(30 * 86_400)
    assert gauge.firmware.cell.share > 0.8
    assert gauge.firmware.boots == 1


def test_the_sun_shines_by_day() -> None:
    assert sun_share(0) == sun_share(5.9) == sun_share(18.1) == 0.0
    assert sun_share(12) == 1.0
    assert sun_share(36) == 1.0
    by_day = fed(Cell(share=0.5), Supply(), mode="sleeping", began=0, ended=12 * 3600)
    by_night = fed(Cell(share=0.5), Supply(), mode="sleeping", began=12 * 3600, ended=24 * 3600)
    # 110 mA at noon over a half sine of 12 h: 840 mAh of 5200.
    assert by_day.share == pytest.approx(0.5 + 840 / 5200, abs=0.002)
    assert 0.499 < by_night.share < 0.5


def test_voltage_rises_with_charge() -> None:
    volts = [millivolts(Cell(share=share / 100)) for share in range(101)]
    assert volts == sorted(volts)
    assert (volts[0], volts[-1]) == (3000, 4150)


def test_a_move_that_is_not_in_the_table_is_a_defect() -> None:
    with pytest.raises(IllegalMoveError, match="got a move from off to sleeping, expected"):
        machine._moved(Firmware(settings=QUIET), Mode.SLEEPING, at=0, wake_at=1)


EVENTS: list[Callable[[int], machine.Event]] = [
    lambda _n: machine.WakeUp(),
    lambda n: machine.EchoReceived(None if n % 7 == 0 else 3000 + n),
    lambda _n: machine.NetworkJoined(),
    lambda _n: machine.LinkLost(),
    lambda _n: machine.TransmissionDone(),
    lambda n: machine.TimeReceived(float(n)),
    lambda _n: machine.Resync(),
    lambda _n: machine.Reboot("test"),
    lambda n: machine.NewSettings(replace(QUIET, measure_every_seconds=1 + n)),
    lambda n: machine.Storm(float(n)),
    lambda n: machine.CellDischarge(n / 100),
]


@given(
    receive_event=st.lists(
        st.tuples(st.integers(0, len(EVENTS) - 1), st.integers(0, 99), st.floats(0, 400)), max_size=80
    )
)
@settings(max_examples=60, deadline=None)
def test_any_sequence_of_events_makes_legal_moves_and_time_goes_on(
    receive_event: list[tuple[int, int, float]],
) -> None:
    firmware, at = rig().firmware, 0.0
    for kind, number, passed in receive_event:
        at += passed
        firmware, _ = machine.step(firmware, EVENTS[kind](number), at=at)
        assert 0 <= firmware.cell.share <= 1
        assert firmware.lived_until == at or firmware.mode is Mode.OFF
