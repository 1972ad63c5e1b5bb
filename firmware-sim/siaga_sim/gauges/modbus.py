"""Gauges as Modbus TCP devices: one port each, all in one event loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TypeAlias, cast

from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from siaga_sim.firmware import Battery, DeviceState, EchoSensor, Settings, boot, step
from siaga_sim.gauges.registers import REGISTER_COUNT, input_registers

LevelNow: TypeAlias = Callable[[], float]
Monotonic: TypeAlias = Callable[[], float]
_ReadAction: TypeAlias = Callable[
    [int, int, int, int, list[int], list[int] | list[bool] | None], Coroutine[None, None, ExcCodes | None]
]


READ_INPUT_REGISTERS = 4


class GaugeDevice:
    """One device: its firmware runs on `clock` seconds and hears echoes of the level that `level_cm` tells."""

    def __init__(
        self,
        gauge_id: str,
        *,
        level_cm: LevelNow,
        sensor: EchoSensor,
        settings: Settings,
        battery: Battery | None = None,
        clock: Monotonic = time.monotonic,
    ) -> None:
        self.gauge_id = gauge_id
        self._level_cm = level_cm
        self._sensor = sensor
        self._settings = settings
        self._battery = battery or Battery()
        self._clock = clock
        self._on_since = clock()
        self.state: DeviceState = boot()

    async def run(self) -> None:
        """Measure until cancelled."""
        while True:
            await asyncio.sleep(max(0.0, self.state.next_at - self._powered()))
            self.measure()

    def measure(self) -> None:
        """Let the firmware hear one echo of the water as it stands now."""
        at = self._powered()
        echo_mm = self._sensor.echo_mm(self._level_cm() * 10)
        self.state = step(self.state, echo_mm, at=at, battery_mv=self._battery.millivolts(at), settings=self._settings)

    def registers(self) -> list[int]:
        """The input registers as they read at this moment."""
        at = self._powered()
        return input_registers(self.state.reading, at=at, battery_mv=self._battery.millivolts(at))

    def _powered(self) -> float:
        return self._clock() - self._on_since


@asynccontextmanager
async def serve_gauges(
    devices: Sequence[GaugeDevice], *, host: str, ports: Sequence[int]
) -> AsyncIterator[tuple[int, ...]]:
    """Run the devices, each on its port (0 takes a free one), and give the ports. Raises OSError on a taken port."""
    async with AsyncExitStack() as stack:
        bound = [
            await stack.enter_async_context(_served(device, host, port))
            for device, port in zip(devices, ports, strict=True)
        ]
        tasks = [asyncio.create_task(device.run(), name=f"gauge-{device.gauge_id}") for device in devices]
        try:
            yield tuple(bound)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def _served(device: GaugeDevice, host: str, port: int) -> AsyncIterator[int]:
    # pymodbus always takes an id; 0 answers to every unit number, as simple TCP devices do.
    unit = SimDevice(
        id=0,
        simdata=[SimData(address=0, values=[0] * REGISTER_COUNT, datatype=DataType.REGISTERS, readonly=True)],
        action=_refreshing(device),
    )
    server = ModbusTcpServer(unit, address=(host, port))
    # pymodbus logs why a port cannot be had and says only that it could not.
    if not await server.listen():
        raise OSError(f"gauge {device.gauge_id}: cannot listen on {host}:{port}")
    try:
        port_taken: int = cast(asyncio.Server, server.transport).sockets[0].getsockname()[1]
        yield port_taken
    finally:
        server.close()


def _refreshing(device: GaugeDevice) -> _ReadAction:
    async def refresh(
        function: int,
        start: int,
        _address: int,
        _count: int,
        registers: list[int],
        _set: list[int] | list[bool] | None,
    ) -> ExcCodes | None:
        if function != READ_INPUT_REGISTERS:
            return ExcCodes.ILLEGAL_FUNCTION
        registers[: REGISTER_COUNT - start] = device.registers()[start:]
        return None

    return refresh
