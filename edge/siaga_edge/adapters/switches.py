"""Outputs that a siren hangs on: a Modbus coil, a file such as a GPIO of sysfs, or a command."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from siaga_edge.adapters.modbus_bus import ModbusBus
from siaga_edge.gauge.runner import GaugeUnreachableError
from siaga_edge.gauge.sounder import SwitchError

COMMAND_SECONDS = 5.0


class ModbusCoil:
    """Switches a coil of a Modbus relay module."""

    def __init__(self, bus: ModbusBus, *, unit: int, coil: int) -> None:
        self._bus, self._unit, self._coil = bus.join(), unit, coil

    def turn(self, *, is_on: bool) -> None:
        """Write the coil; raises `SwitchError`."""
        try:
            self._bus.write_coil(self._unit, self._coil, is_on=is_on)
        except GaugeUnreachableError as error:
            raise SwitchError(f"coil {self._coil} of unit {self._unit}: {error}") from error

    def close(self) -> None:
        """Release the line, which other devices may still use."""
        self._bus.leave()


class FileSwitch:
    """A file that the kernel or another program reads, such as /sys/class/gpio/gpio17/value."""

    def __init__(self, path: Path, *, on: str, off: str) -> None:
        self._path, self._on, self._off = path, on, off

    def turn(self, *, is_on: bool) -> None:
        """Write the text of that position; raises `SwitchError`."""
        try:
            self._path.write_text(self._on if is_on else self._off, encoding="ascii")
        except OSError as error:
            raise SwitchError(f"{self._path}: {error.strerror}") from error

    def close(self) -> None:
        """Do nothing: the file is opened for each change only."""


class CommandSwitch:
    """A program that switches, such as gpioset; what it prints on failure is reported."""

    def __init__(self, *, on: Sequence[str], off: Sequence[str]) -> None:
        self._on, self._off = tuple(on), tuple(off)

    def turn(self, *, is_on: bool) -> None:
        """Runs the command, at most five seconds; raises `SwitchError`."""
        command = self._on if is_on else self._off
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=COMMAND_SECONDS, stdin=subprocess.DEVNULL)
        except subprocess.CalledProcessError as error:
            description = error.stderr.decode(errors="replace").strip()[-200:]
            raise SwitchError(f"{command[0]} ended with {error.returncode}: {description}") from error
        except (OSError, subprocess.TimeoutExpired) as error:
            raise SwitchError(f"{command[0]}: {error}") from error

    def close(self) -> None:
        """Do nothing: a command ends by itself."""
