"""A whole smart gauge: body, firmware, modem and commands. `tick` it often, from one thread."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from siaga_core.wire.parts import CommandHealth
from siaga_sim.faults import GaugeFault
from siaga_sim.firmware import DeviceReading, EchoSensor, Mode, Settings, Supply, machine
from siaga_sim.gauges.body import GaugeBody, LevelNow, Monotonic
from siaga_sim.gauges.commands import CommandInbox, as_event
from siaga_sim.gauges.smart import Account, SmartGauge

MOST_COMMANDS = 16


class SmartDevice:
    """A gauge that measures, and tells the cloud by itself. Its clock drifts by `quartz_ppm`."""

    def __init__(
        self,
        gauge_id: str,
        account: Account,
        *,
        level_cm: LevelNow,
        sensor: EchoSensor,
        settings: Settings,
        supply: Supply | None = None,
        quartz_ppm: float = 12.0,
        city_key: Ed25519PublicKey | None = None,
        clock: Monotonic = time.monotonic,
        system_time: Callable[[], datetime] = lambda: datetime.now(UTC),
        health_every_seconds: float = 900.0,
        again_after_seconds: float = 15.0,
    ) -> None:
        self.gauge_id = gauge_id
        self.commands = CommandInbox(node=account.node, key=city_key)
        self._inbox: deque[bytes] = deque(maxlen=MOST_COMMANDS)
        self._system_time, self._health_every = system_time, health_every_seconds
        self._health_at = health_every_seconds
        self._is_on, self._was_up = False, False
        self.modem = SmartGauge(
            gauge_id,
            account,
            clock=self.rtc,
            again_after_seconds=again_after_seconds,
            on_command=self._inbox.append,
        )
        self.body = GaugeBody(
            gauge_id,
            level_cm=level_cm,
            sensor=sensor,
            settings=settings,
            link=self,
            supply=supply,
            quartz_ppm=quartz_ppm,
            clock=clock,
        )

    def rtc(self) -> datetime:
        """The time by its own clock."""
        # The modem asks for the time while the body is still being put together.
        body = getattr(self, "body", None)
        return self._system_time() + timedelta(seconds=0.0 if body is None else body.clock_error_seconds())

    # --- the link, as the firmware sees it ---

    def join(self) -> None:
        """Switch the modem on and join the network."""
        if self.body.fault is not GaugeFault.CUT and not self._is_on:
            self._is_on = True
            self.modem.start()

    def save(self, reading: DeviceReading) -> None:
        """Add a reading to the spool of the modem."""
        self.modem.add_reading(reading)

    def transmit(self) -> None:
        """The spool leaves with the next tick."""

    def hang_up(self) -> None:
        """Modem off; what waits is stored."""
        if self._is_on:
            self._is_on, self._was_up = False, False
            self.modem.stop()

    # --- the world ---

    def tick(self) -> None:
        """Whatever is due at this moment."""
        self._check_link()
        self._obey()
        self.body.wake()
        now = self.body.powered_seconds()
        if now >= self._health_at and self.body.firmware.is_powered:
            self._report_health(now)
        self.modem.tick(now=now)
        if self.body.firmware.mode is Mode.REPORTING and self.modem.waiting == 0:
            self.body.receive_event(machine.TransmissionDone())

    def set_fault(self, fault: GaugeFault) -> None:
        """Breaks it in this one way, or mends it with NONE."""
        if fault is GaugeFault.CUT and self._is_on:
            self._is_on, self._was_up = False, False
            self.modem.cut()
            self.body.receive_event(machine.LinkLost())
        self.modem.copies = 2 if fault is GaugeFault.DUPLICATE else 1
        was_cut = self.body.fault is GaugeFault.CUT
        self.body.set_fault(fault)
        if was_cut and fault is not GaugeFault.CUT:
            self.join()

    def close(self) -> None:
        """Switch the device off and leave the network."""
        self.hang_up()

    def _check_link(self) -> None:
        is_up = self._is_on and self.modem.is_up
        if is_up != self._was_up:
            self._was_up = is_up
            self.body.receive_event(machine.NetworkJoined() if is_up else machine.LinkLost())

    def _obey(self) -> None:
        while self._inbox:
            now = self.rtc()
            signed_command = self.commands.read(self._inbox.popleft(), now=now)
            if signed_command is not None:
                self.body.receive_event(as_event(signed_command, self.body.firmware.settings, now=now))
            self._report_health(self.body.powered_seconds())

    def _report_health(self, now: float) -> None:
        self._health_at = now + self._health_every
        status: CommandHealth | None = self.commands.last
        self.modem.report_health(powered_seconds=now, command=status)
