"""Serial lines made of real pseudo-terminals, and Modbus devices that hang on them or on loopback."""

from __future__ import annotations

import asyncio
import os
import select
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from siaga_sim.firmware import DeviceReading
from siaga_sim.gauges import REGISTER_COUNT, input_registers
from siaga_sim.stack.ports import free_port


@contextmanager
def pty_pair() -> Iterator[tuple[str, str]]:
    """The paths of two serial ports that are joined by a cable."""
    pairs = [os.openpty(), os.openpty()]
    masters = [master for master, _ in pairs]
    for _, slave in pairs:
        tty.setraw(slave)
    stop, stopped = os.pipe()
    cable = threading.Thread(target=_carry, args=(masters, stop), daemon=True)
    cable.start()
    try:
        yield os.ttyname(pairs[0][1]), os.ttyname(pairs[1][1])
    finally:
        os.close(stopped)
        cable.join(5)
        for each in (*masters, *(slave for _, slave in pairs), stop):
            os.close(each)


def _carry(masters: list[int], stop: int) -> None:
    other = {masters[0]: masters[1], masters[1]: masters[0]}
    while True:
        ready, _, _ = select.select([*masters, stop], [], [])
        if stop in ready:
            return
        for master in ready:
            os.write(other[master], os.read(master, 4096))


class SerialSensor:
    """A sensor that says lines on one end of a cable."""

    def __init__(self, port: str) -> None:
        self._handle = os.open(port, os.O_RDWR | os.O_NOCTTY)

    def set_lines(self, *lines: str, end: str = "\r") -> None:
        """Each line with its end."""
        os.write(self._handle, "".join(line + end for line in lines).encode("ascii"))

    def receives(self) -> bytes:
        """What it was asked, waiting for it."""
        return os.read(self._handle, 64)

    def close(self) -> None:
        os.close(self._handle)


def firmware_registers(level_cm: float | None, number: int) -> list[int]:
    """What a gauge with our firmware holds out."""
    reading = DeviceReading(
        number=number,
        taken_at=0.0,
        level_mm=None if level_cm is None else round(level_cm * 10),
        spread_mm=2,
        valid=7,
        battery_mv=4000,
        report_seconds=1,
    )
    return input_registers(reading, at=0.0, battery_mv=4000)


class ModbusDevices:
    """Devices by unit on one line, with registers and coils that a test reads and writes; unknown units are mute."""

    def __init__(self, units: dict[int, list[int]], *, serial_port: str | None = None) -> None:
        self.units = units
        self.coils: dict[tuple[int, int], bool] = {}
        self.port = 0 if serial_port else free_port()
        self._serial_port = serial_port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server: Any = None
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(5)

    async def _listen(self) -> None:
        devices = [self._device(unit) for unit in self.units]
        if self._serial_port:
            self._server = ModbusSerialServer(
                devices, port=self._serial_port, baudrate=9600, ignore_missing_devices=True
            )
        else:
            self._server = ModbusTcpServer(devices, address=("127.0.0.1", self.port), ignore_missing_devices=True)
        assert await self._server.listen()

    def _device(self, unit: int) -> SimDevice:
        async def act(
            function: int, start: int, address: int, _count: int, registers: list[int], wanted: Any
        ) -> ExcCodes | None:
            if function == 5 and wanted is not None:  # it reads the coil back without a value
                self.coils[unit, address] = bool(wanted[0])
            elif function == 4:
                message = self.units[unit][start:]
                registers[: len(message)] = message
            return None

        words = max(REGISTER_COUNT, len(self.units[unit]))
        bits = SimData(address=0, values=[False] * 16, datatype=DataType.BITS)
        holding = SimData(address=0, values=[0] * words, datatype=DataType.REGISTERS)
        return SimDevice(id=unit, simdata=([bits], [bits], [holding], [holding]), action=act)

    def close(self) -> None:
        """Ends the server."""
        asyncio.run_coroutine_threadsafe(self._server.shutdown(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()
