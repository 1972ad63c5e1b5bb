"""The gauge's firmware as a state machine: one echo in, the next state out; time is seconds since power-on."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from siaga_sim.firmware.burst import Burst, BurstSettings, judge


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the device measures and when it reports; the numbers are those of a device on a real river."""

    mount_mm: int
    burst: BurstSettings = field(default_factory=BurstSettings)
    measure_every_seconds: float = 60.0
    calm_report_seconds: float = 900.0
    brisk_report_seconds: float = 60.0
    brisk_hold_seconds: float = 1800.0
    change_mm: int = 20
    brisk_above_mm: int | None = None
    fastest_mm_per_minute: float = 250.0
    low_battery_mv: int = 3500
    boot_seconds: float = 0.5
    join_seconds: float = 20.0
    longest_join_wait_seconds: float = 600.0
    radio_seconds: float = 15.0
    radio_again_seconds: float = 60.0
    resync_every_seconds: float = 86_400.0
    watchdog_seconds: float = 120.0
    sensor_failures: int = 3
    sensor_rest_seconds: float = 120.0
    flat_look_seconds: float = 600.0
    saving_times: float = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceReading:
    """What the device holds out to be read; `level_mm` over the gauge's zero, None when there was no reading."""

    number: int
    level_mm: int | None
    taken_at: float
    spread_mm: int
    valid: int
    report_seconds: float
    battery_mv: int
    burst_incomplete: bool = False
    sensor_fault: bool = False
    low_battery: bool = False
    out_of_range: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceState:
    """All that the device remembers. `next_at` is when it wants its next echo."""

    next_at: float = 0.0
    echoes_mm: tuple[int | None, ...] = ()
    reading: DeviceReading | None = None
    trusted_mm: int | None = None
    trusted_at: float = 0.0
    doubted_mm: int | None = None
    brisk_until: float = 0.0


def boot(at: float = 0.0) -> DeviceState:
    """A device just switched on: brisk until it has seen that the water is calm."""
    return DeviceState(next_at=at, brisk_until=at)


def step(state: DeviceState, echo_mm: int | None, *, at: float, battery_mv: int, settings: Settings) -> DeviceState:
    """Take one echo. A full burst is judged, doubted or trusted, and reported when it is time or news."""
    echoes = (*state.echoes_mm, echo_mm)
    if len(echoes) < settings.burst.echoes:
        return replace(state, echoes_mm=echoes, next_at=at + settings.burst.gap_seconds)
    burst = judge(echoes, settings.burst)
    level_mm = None if burst.distance_mm is None else settings.mount_mm - burst.distance_mm
    if level_mm is not None and _is_doubtful(state, level_mm, at=at, settings=settings):
        # One more burst at once: what is still there is water, what is gone was a boat.
        return replace(state, echoes_mm=(), doubted_mm=level_mm, next_at=at + settings.burst.gap_seconds)
    state = _trusted(state, level_mm, at=at, settings=settings)
    if _should_report(state, level_mm, at=at, settings=settings):
        state = replace(
            state, reading=_reading(state, burst, level_mm, at=at, battery_mv=battery_mv, settings=settings)
        )
    return state


def _is_doubtful(state: DeviceState, level_mm: int, *, at: float, settings: Settings) -> bool:
    if state.trusted_mm is None:
        return False
    minutes = (at - state.trusted_at) / 60
    allowed_mm = settings.change_mm + settings.fastest_mm_per_minute * minutes
    if abs(level_mm - state.trusted_mm) <= allowed_mm:
        return False
    return state.doubted_mm is None or abs(level_mm - state.doubted_mm) > allowed_mm


def _trusted(state: DeviceState, level_mm: int | None, *, at: float, settings: Settings) -> DeviceState:
    resting = replace(state, echoes_mm=(), doubted_mm=None, next_at=at + settings.measure_every_seconds)
    if level_mm is None:
        return resting
    high = settings.brisk_above_mm is not None and level_mm >= settings.brisk_above_mm
    if high or _has_changed(state, level_mm, settings):
        resting = replace(resting, brisk_until=at + settings.brisk_hold_seconds)
    return replace(resting, trusted_mm=level_mm, trusted_at=at)


def _has_changed(state: DeviceState, level_mm: int | None, settings: Settings) -> bool:
    before = state.reading.level_mm if state.reading else None
    if before is None or level_mm is None:
        return before is not level_mm
    return abs(level_mm - before) >= settings.change_mm


def _report_seconds(state: DeviceState, *, at: float, settings: Settings) -> float:
    return settings.brisk_report_seconds if at < state.brisk_until else settings.calm_report_seconds


def _should_report(state: DeviceState, level_mm: int | None, *, at: float, settings: Settings) -> bool:
    if state.reading is None or _has_changed(state, level_mm, settings):
        return True
    return at - state.reading.taken_at >= _report_seconds(state, at=at, settings=settings)


def _reading(
    state: DeviceState, burst: Burst, level_mm: int | None, *, at: float, battery_mv: int, settings: Settings
) -> DeviceReading:
    return DeviceReading(
        number=1 if state.reading is None else (state.reading.number + 1) % 2**32,
        level_mm=level_mm,
        taken_at=at,
        spread_mm=burst.spread_mm,
        valid=burst.valid,
        report_seconds=_report_seconds(state, at=at, settings=settings),
        battery_mv=battery_mv,
        burst_incomplete=burst.incomplete,
        sensor_fault=level_mm is None and not burst.out_of_range,
        low_battery=battery_mv < settings.low_battery_mv,
        out_of_range=burst.out_of_range,
    )
