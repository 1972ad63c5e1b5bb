"""A gauge's body: its firmware, sensor, cell and clock in the world, and what is wrong with it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol, TypeAlias

from siaga_sim.faults import GaugeFault
from siaga_sim.firmware import Air, DeviceReading, EchoSensor, Firmware, Settings, Supply
from siaga_sim.firmware import machine as fw
from siaga_sim.firmware.clock import Rtc
from siaga_sim.firmware.power import HOUR_SECONDS, sun_share
from siaga_sim.firmware.sensor import air_at

LevelNow: TypeAlias = Callable[[], float]
Monotonic: TypeAlias = Callable[[], float]

SPIKE_MM = 1500
FOAM_SHARE = 0.7
WRONG_CLOCK_SECONDS = 3600.0
LOW_CELL_SHARE = 0.06
NETWORK_TIME_ERROR_SECONDS = 0.05


class Link(Protocol):
    """The gauge's way to those who read it."""

    def join(self) -> None:
        """Search for the network; `receive_event` of the body receives the result."""
        ...

    def save(self, reading: DeviceReading) -> None:
        """Hold a report until somebody has it."""
        ...

    def transmit(self) -> None:
        """Transmit what is stored; `receive_event` of the body receives the event when everything has arrived."""
        ...

    def hang_up(self) -> None:
        """Leave the network and release the modem."""
        ...


class Wire:
    """A line that is always there: what is on it is read by whoever asks."""

    def __init__(self) -> None:
        self.receive_event: Callable[[fw.Event], None] = lambda _event: None

    def join(self) -> None:
        """Report at once that the network is joined."""
        self.receive_event(fw.NetworkJoined())

    def save(self, reading: DeviceReading) -> None:
        """Do nothing, because the registers hold the reading."""

    def transmit(self) -> None:
        """Report at once that the transmission is done."""
        self.receive_event(fw.TransmissionDone())

    def hang_up(self) -> None:
        """Do nothing, because a wire is never left."""


class GaugeBody:
    """A gauge whose firmware runs on `clock` seconds and receives echoes of the level `level_cm`."""

    def __init__(
        self,
        gauge_id: str,
        *,
        level_cm: LevelNow,
        sensor: EchoSensor,
        settings: Settings,
        link: Link,
        supply: Supply | None = None,
        quartz_ppm: float = 0.0,
        clock: Monotonic = time.monotonic,
    ) -> None:
        self.gauge_id, self.link = gauge_id, link
        self._level_cm, self._sensor, self._clock = level_cm, sensor, clock
        self._on_since = clock()
        self._last_echo_mm: int | None = None
        self._waiting: deque[fw.Event] = deque()
        self._is_stepping = False
        self._cell_before = 0.0
        self.fault = GaugeFault.NONE
        fresh = Firmware(settings=settings, supply=supply or Supply(), rtc=Rtc(cut_ppm=quartz_ppm))
        self.firmware = fw.switched_on(fresh, at=0.0)

    def powered_seconds(self) -> float:
        """Return the seconds since power-on."""
        return self._clock() - self._on_since

    def wait_seconds(self) -> float:
        """Until the timer rings."""
        return max(0.0, self.firmware.wake_at - self.powered_seconds())

    def clock_error_seconds(self) -> float:
        """How far its own clock is off; fast is positive."""
        return fw.clock_error_seconds(self.firmware, at=self.powered_seconds())

    def wake(self) -> None:
        """Let the timer ring if it is time."""
        self.receive_event(fw.WakeUp())

    def receive_event(self, event: fw.Event) -> None:
        """Pass an event to the firmware and execute its effects; one thread at a time."""
        self._waiting.append(event)
        if self._is_stepping:  # an effect that answers at once
            return
        self._is_stepping = True
        try:
            while self._waiting:
                self._step(self._waiting.popleft())
        finally:
            self._is_stepping = False

    def set_fault(self, fault: GaugeFault) -> None:
        """Breaks it in this one way, or mends it with NONE."""
        before, self.fault = self.fault, fault
        if before is GaugeFault.WRONG_CLOCK:
            self.receive_event(fw.TimeReceived(NETWORK_TIME_ERROR_SECONDS))
        if before is GaugeFault.LOW_BATTERY:
            self.receive_event(fw.CellDischarge(self._cell_before))
        match fault:
            case GaugeFault.WRONG_CLOCK:
                self.receive_event(fw.TimeReceived(WRONG_CLOCK_SECONDS))
            case GaugeFault.LOW_BATTERY:
                self._cell_before = self.firmware.cell.share
                self.receive_event(fw.CellDischarge(LOW_CELL_SHARE))
            case GaugeFault.REBOOT:
                self.receive_event(fw.Reboot("fault"))
            case _:
                pass

    def _step(self, event: fw.Event) -> None:
        at = self.powered_seconds()
        board_c = self._air(at).felt_c
        self.firmware, effects = fw.step(self.firmware, event, at=at, board_c=board_c)
        for effect in effects:
            self._do(effect)

    def _do(self, effect: fw.Effect) -> None:
        match effect:
            case fw.Effect.LISTEN:
                self._waiting.append(fw.EchoReceived(self._echo_mm()))
            case fw.Effect.JOIN:
                self.link.join()
            case fw.Effect.SAVE:
                if self.firmware.reading is not None:
                    self.link.save(self.firmware.reading)
            case fw.Effect.TRANSMIT:
                self.link.transmit()
            case fw.Effect.REQUEST_TIME:
                if self.fault is not GaugeFault.WRONG_CLOCK:
                    self._waiting.append(fw.TimeReceived(NETWORK_TIME_ERROR_SECONDS))
            case fw.Effect.HANG_UP:
                self.link.hang_up()

    def _echo_mm(self) -> int | None:
        sensor = replace(self._sensor, foam_share=FOAM_SHARE) if self.fault is GaugeFault.FOAM else self._sensor
        received = sensor.echo_mm(self._level_cm() * 10, self._air(self.powered_seconds()))
        match self.fault:
            case GaugeFault.DROP_OUT:
                return None
            case GaugeFault.STUCK if self._last_echo_mm is not None:
                return self._last_echo_mm
            case GaugeFault.SPIKE if received is not None:
                return max(0, received - SPIKE_MM)
            case _:
                self._last_echo_mm = received if received is not None else self._last_echo_mm
                return received

    def _air(self, at: float) -> Air:
        hour = self.firmware.supply.starts_at_hour + at / HOUR_SECONDS
        return air_at(hour, sun=sun_share(hour))
