"""The whole gauge as a state machine: boots, joins, measures, reports, sleeps, and what it does when it cannot.

`step` takes one event and gives the next state and what shall be done in the world. Nothing here reads a clock:
`at` is true seconds since power-on; what the gauge itself takes the time for is `clock_error_seconds`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final, TypeAlias

from siaga_sim.firmware import clock, device, power
from siaga_sim.firmware.device import DeviceReading, DeviceState, Settings
from siaga_sim.firmware.events import (
    CellDischarge,
    EchoReceived,
    Effect,
    Event,
    LinkLost,
    NetworkJoined,
    NewSettings,
    Reboot,
    Resync,
    Storm,
    TimeReceived,
    TransmissionDone,
    WakeUp,
)
from siaga_sim.firmware.power import Cell, Supply

__all__ = [
    "MOVES",
    "CellDischarge",
    "EchoReceived",
    "Effect",
    "Event",
    "Firmware",
    "IllegalMoveError",
    "LinkLost",
    "Mode",
    "NetworkJoined",
    "NewSettings",
    "Reboot",
    "Resync",
    "Stepped",
    "Storm",
    "TimeReceived",
    "TransmissionDone",
    "WakeUp",
    "clock_error_seconds",
    "step",
    "switched_on",
]


class Mode(StrEnum):
    """What the gauge is at. `flat`: the cell is empty; `sensor_fault`: the sensor is off and gets a rest."""

    OFF = "off"
    BOOTING = "booting"
    JOINING = "joining"
    MEASURING = "measuring"
    REPORTING = "reporting"
    SLEEPING = "sleeping"
    SENSOR_FAULT = "sensor_fault"
    FLAT = "flat"


_AWAKE = {Mode.BOOTING, Mode.JOINING, Mode.MEASURING, Mode.REPORTING, Mode.SLEEPING, Mode.SENSOR_FAULT}
MOVES: Final[frozenset[tuple[Mode, Mode]]] = frozenset(
    {
        (Mode.OFF, Mode.BOOTING),
        (Mode.FLAT, Mode.BOOTING),
        *((mode, Mode.BOOTING) for mode in _AWAKE),
        *((mode, Mode.FLAT) for mode in _AWAKE),
        (Mode.BOOTING, Mode.JOINING),
        (Mode.JOINING, Mode.REPORTING),
        (Mode.JOINING, Mode.MEASURING),
        (Mode.JOINING, Mode.SLEEPING),
        (Mode.MEASURING, Mode.REPORTING),
        (Mode.MEASURING, Mode.JOINING),
        (Mode.MEASURING, Mode.SLEEPING),
        (Mode.MEASURING, Mode.SENSOR_FAULT),
        (Mode.REPORTING, Mode.SLEEPING),
        (Mode.REPORTING, Mode.SENSOR_FAULT),
        (Mode.SLEEPING, Mode.MEASURING),
        (Mode.SENSOR_FAULT, Mode.MEASURING),
    }
)


class IllegalMoveError(RuntimeError):
    """A move that the table does not know: a defect of the firmware."""

    def __init__(self, before: Mode, after: Mode) -> None:
        super().__init__(f"firmware: got a move from {before} to {after}, expected one of the table")


@dataclass(frozen=True, slots=True, kw_only=True)
class Firmware:
    """All that the gauge knows, and its cell and clock. `wake_at` is when the timer rings."""

    settings: Settings
    supply: Supply = field(default_factory=Supply)
    mode: Mode = Mode.OFF
    mode_since: float = 0.0
    wake_at: float = 0.0
    device: DeviceState = field(default_factory=DeviceState)
    cell: Cell = field(default_factory=Cell)
    rtc: clock.Rtc = field(default_factory=clock.Rtc)
    lived_until: float = 0.0
    is_joined: bool = False
    join_failures: int = 0
    join_at: float = 0.0
    stored: int = 0
    has_unsent: bool = False
    radio_at: float = 0.0
    sensor_failures: int = 0
    resync_at: float = 0.0
    boots: int = 0
    boot_cause: str = ""

    @property
    def reading(self) -> DeviceReading | None:
        """The newest report; None while the gauge has none to show."""
        return self.device.reading

    @property
    def is_saving(self) -> bool:
        """Whether the cell is so low that the gauge does less."""
        return self.cell.share < self.supply.low_share

    @property
    def is_powered(self) -> bool:
        """Whether anybody is at home."""
        return self.mode not in (Mode.OFF, Mode.FLAT)

    @property
    def battery_mv(self) -> int:
        """Return the voltage of the cell in millivolts."""
        return power.millivolts(self.cell)


Stepped: TypeAlias = tuple[Firmware, tuple[Effect, ...]]


def switched_on(firmware: Firmware, *, at: float) -> Firmware:
    """Somebody inserts the cell."""
    return _booted(replace(firmware, lived_until=at, rtc=replace(firmware.rtc, time_received=at)), at=at, cause="power")


def clock_error_seconds(firmware: Firmware, *, at: float, board_c: float = 27.0) -> float:
    """How far the gauge's clock is off; fast is positive."""
    return clock.ran(firmware.rtc, at=at, board_c=board_c).error_seconds


def step(firmware: Firmware, event: Event, *, at: float, board_c: float = 27.0) -> Stepped:
    """One event at a time. What does not fit the mode (an echo while asleep) is let pass."""
    now = _lived(firmware, at=at, board_c=board_c)
    if isinstance(event, CellDischarge):
        now = replace(now, cell=Cell(share=event.share))
    if now.is_powered and now.cell.share < now.supply.flat_share:
        flat = _moved(now, Mode.FLAT, at=at, wake_at=at + now.settings.flat_look_seconds)
        return replace(flat, is_joined=False), (Effect.HANG_UP,)
    if not now.is_powered:
        return _powerless(now, event, at=at)
    return _handled(now, event, at=at)


def _handled(now: Firmware, event: Event, *, at: float) -> Stepped:
    match event:
        case WakeUp():
            return _woke(now, at=at) if at >= now.wake_at else (now, ())
        case EchoReceived(echo_mm):
            return _received(now, echo_mm, at=at)
        case NetworkJoined() | LinkLost() | TransmissionDone():
            return _linked(now, event, at=at)
        case TimeReceived(error_seconds):
            rtc = clock.set_to(now.rtc, at=at, error_seconds=error_seconds)
            return replace(now, rtc=rtc, resync_at=at + now.settings.resync_every_seconds), ()
        case CellDischarge():
            return now, ()
        case _:
            return _ordered(now, event, at=at)


def _ordered(now: Firmware, order: Resync | Reboot | NewSettings | Storm, *, at: float) -> Stepped:
    match order:
        case Resync():
            return now, (Effect.REQUEST_TIME,) if now.is_joined else ()
        case Reboot(cause):
            return _booted(now, at=at, cause=cause), (Effect.HANG_UP,)
        case NewSettings(settings):
            soon = min(now.device.next_at, at + settings.measure_every_seconds)
            wake_at = min(now.wake_at, soon) if now.mode is Mode.SLEEPING else now.wake_at
            return replace(now, settings=settings, device=replace(now.device, next_at=soon), wake_at=wake_at), ()
        case Storm(seconds):
            return replace(now, device=replace(now.device, brisk_until=at + seconds)), ()


def _lived(firmware: Firmware, *, at: float, board_c: float) -> Firmware:
    if firmware.mode is Mode.OFF or at <= firmware.lived_until:
        return firmware
    spent = power.fed(firmware.cell, firmware.supply, mode=firmware.mode.value, began=firmware.lived_until, ended=at)
    return replace(firmware, cell=spent, rtc=clock.ran(firmware.rtc, at=at, board_c=board_c), lived_until=at)


def _powerless(now: Firmware, event: Event, *, at: float) -> Stepped:
    if now.mode is not Mode.FLAT or not isinstance(event, WakeUp | CellDischarge):
        return now, ()
    if now.cell.share >= now.supply.wake_share:
        return _booted(now, at=at, cause="sun"), ()
    return replace(now, wake_at=at + now.settings.flat_look_seconds), ()


def _woke(now: Firmware, *, at: float) -> Stepped:
    match now.mode:
        case Mode.BOOTING:
            return _joining(now, at=at)
        case Mode.JOINING:
            return _not_joined(now, at=at)
        case Mode.REPORTING:
            # Nobody acknowledged: the radio gets a rest, unless there is news.
            return _resting(replace(now, radio_at=at + now.settings.radio_again_seconds), at=at), ()
        case Mode.MEASURING if at - now.mode_since > now.settings.watchdog_seconds:
            return _booted(now, at=at, cause="watchdog"), (Effect.HANG_UP,)
        case Mode.MEASURING:
            # The timer stands far off until the echo comes; only the watchdog rings without one.
            return replace(now, wake_at=now.mode_since + 2 * now.settings.watchdog_seconds), (Effect.LISTEN,)
        case _:
            return _measuring(now, at=at)


def _received(now: Firmware, echo_mm: int | None, *, at: float) -> Stepped:
    if now.mode is not Mode.MEASURING:
        return now, ()
    settings = _thrifty(now.settings) if now.is_saving else now.settings
    received = device.step(now.device, echo_mm, at=at, battery_mv=now.battery_mv, settings=settings)
    now = replace(now, device=received, wake_at=received.next_at)
    if received.echoes_mm or received.doubted_mm is not None:
        return now, ()
    failed = received.trusted_at != at
    now = replace(now, sensor_failures=now.sensor_failures + 1 if failed else 0)
    return _measured(now, at=at)


def _measured(now: Firmware, *, at: float) -> Stepped:
    """A new report is stored first, whatever becomes of the radio."""
    saving: tuple[Effect, ...] = ()
    effects: tuple[Effect, ...] = ()
    if now.reading is not None and now.reading.number != now.stored:
        now, saving = replace(now, stored=now.reading.number, has_unsent=True), (Effect.SAVE,)
    if not (saving or (now.has_unsent and at >= now.radio_at)):
        now = _resting(now, at=at)
    elif now.is_joined:
        now, effects = _reporting(now, at=at)
    elif at >= now.join_at:
        now, effects = _joining(now, at=at)
    else:
        now = _resting(now, at=at)
    return now, (*saving, *effects)


def _linked(now: Firmware, event: NetworkJoined | LinkLost | TransmissionDone, *, at: float) -> Stepped:
    match event:
        case NetworkJoined():
            return _joined(replace(now, is_joined=True, join_failures=0), at=at)
        case LinkLost() if now.mode is Mode.JOINING:
            return _not_joined(now, at=at)
        case LinkLost():
            lost = replace(now, is_joined=False)
            return (_resting(lost, at=at) if now.mode is Mode.REPORTING else lost), ()
        case TransmissionDone():
            empty = replace(now, has_unsent=False)
            return (_resting(empty, at=at) if now.mode is Mode.REPORTING else empty), ()


def _joined(now: Firmware, *, at: float) -> Stepped:
    time_request = (Effect.REQUEST_TIME,) if at >= now.resync_at else ()
    if now.mode is not Mode.JOINING:
        return now, time_request
    if now.has_unsent:
        return _reporting(now, at=at)
    measuring, effects = _measuring(now, at=at)
    return measuring, (*time_request, *effects)


def _not_joined(now: Firmware, *, at: float) -> Stepped:
    """Measures all the same, and tries again later and later."""
    failures = now.join_failures + 1
    wait = min(now.settings.longest_join_wait_seconds, now.settings.join_seconds * 2 ** min(failures, 16))
    later = replace(now, is_joined=False, join_failures=failures, join_at=at + wait)
    if now.reading is None:
        measuring, effects = _measuring(later, at=at)
        return measuring, (Effect.HANG_UP, *effects)
    return _resting(later, at=at), (Effect.HANG_UP,)


def _joining(now: Firmware, *, at: float) -> Stepped:
    return _moved(now, Mode.JOINING, at=at, wake_at=at + now.settings.join_seconds), (Effect.JOIN,)


def _measuring(now: Firmware, *, at: float) -> Stepped:
    # Until the sensor answers only the watchdog rings.
    return _moved(now, Mode.MEASURING, at=at, wake_at=at + 2 * now.settings.watchdog_seconds), (Effect.LISTEN,)


def _reporting(now: Firmware, *, at: float) -> Stepped:
    reporting = _moved(now, Mode.REPORTING, at=at, wake_at=at + now.settings.radio_seconds)
    return reporting, (Effect.TRANSMIT, *((Effect.REQUEST_TIME,) if at >= now.resync_at else ()))


def _resting(now: Firmware, *, at: float) -> Firmware:
    """Asleep until the next burst; a sensor that failed too often is switched off for longer first."""
    if now.sensor_failures >= now.settings.sensor_failures and now.mode is not Mode.JOINING:
        rest = _moved(now, Mode.SENSOR_FAULT, at=at, wake_at=at + now.settings.sensor_rest_seconds)
        return replace(rest, sensor_failures=0)
    return _moved(now, Mode.SLEEPING, at=at, wake_at=max(at, now.device.next_at))


def _booted(now: Firmware, *, at: float, cause: str) -> Firmware:
    booting = _moved(now, Mode.BOOTING, at=at, wake_at=at + now.settings.boot_seconds)
    return replace(
        booting,
        device=device.boot(at),
        is_joined=False,
        join_failures=0,
        join_at=at,
        stored=0,
        sensor_failures=0,
        resync_at=at,
        boots=now.boots + 1,
        boot_cause=cause,
    )


def _moved(now: Firmware, mode: Mode, *, at: float, wake_at: float) -> Firmware:
    if (now.mode, mode) not in MOVES:
        raise IllegalMoveError(now.mode, mode)
    return replace(now, mode=mode, mode_since=at, wake_at=wake_at)


def _thrifty(settings: Settings) -> Settings:
    times = settings.saving_times
    return replace(
        settings,
        measure_every_seconds=settings.measure_every_seconds * times,
        calm_report_seconds=settings.calm_report_seconds * times,
        brisk_report_seconds=settings.brisk_report_seconds * times,
    )
