"""Gauges as Modbus TCP devices: one port each, all in one event loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from typing import TypeAlias, cast

from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from siaga_sim.faults import GaugeFault
from siaga_sim.firmware import EchoSensor, Settings, Supply
from siaga_sim.gauges.body import WRONG_CLOCK_SECONDS, GaugeBody, LevelNow, Monotonic, Wire
from siaga_sim.gauges.registers import REGISTER_COUNT, input_registers

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
        supply: Supply | None = None,
        clock: Monotonic = time.monotonic,
    ) -> None:
        wire = Wire()
        self.gauge_id = gauge_id
        self.body = GaugeBody(
            gauge_id, level_cm=level_cm, sensor=sensor, settings=settings, link=wire, supply=supply, clock=clock
        )
        wire.receive_event = self.body.receive_event
        self.changed = asyncio.Event()
        self._stirred = asyncio.Event()
        self._repeats = 0

    @property
    def is_cut(self) -> bool:
        """Whether nobody may reach it."""
        return self.body.fault is GaugeFault.CUT

    async def run(self) -> None:
        """Measure repeatedly until the task is cancelled."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stirred.wait(), self.body.wait_seconds())
            self._stirred.clear()
            self.body.wake()

    def set_fault(self, fault: GaugeFault) -> None:
        """Breaks it in this one way, or mends it with NONE."""
        self.body.set_fault(fault)
        self.changed.set()
        self._stirred.set()

    def registers(self) -> list[int] | None:
        """The input registers as they read at this moment; None from a device without power."""
        firmware = self.body.firmware
        if not firmware.is_powered:
            return None
        reading = firmware.reading
        at = self.body.powered_seconds()
        if self.body.fault is GaugeFault.WRONG_CLOCK:
            at += WRONG_CLOCK_SECONDS
        if self.body.fault is GaugeFault.DUPLICATE:
            # The same reading again under a new number: a counter that runs by itself.
            self._repeats += 1
        if reading is not None:
            reading = replace(reading, number=(reading.number + self._repeats) % 2**32)
        return input_registers(reading, at=at, battery_mv=firmware.battery_mv)


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
    server = await _listening(device, unit, host, port)
    bound: int = cast(asyncio.Server, server.transport).sockets[0].getsockname()[1]
    servers = [server]
    cutting = asyncio.create_task(_cut_on_command(device, unit, (host, bound), servers), name=f"cut-{device.gauge_id}")
    try:
        yield bound
    finally:
        cutting.cancel()
        await asyncio.gather(cutting, return_exceptions=True)
        for each in servers:
            each.close()


async def _listening(device: GaugeDevice, unit: SimDevice, host: str, port: int) -> ModbusTcpServer:
    server = ModbusTcpServer(unit, address=(host, port))
    # pymodbus logs why a port cannot be had and says only that it could not.
    if not await server.listen():
        raise OSError(f"gauge {device.gauge_id}: cannot listen on {host}:{port}")
    return server


async def _cut_on_command(
    device: GaugeDevice, unit: SimDevice, address: tuple[str, int], servers: list[ModbusTcpServer]
) -> None:
    """Closes the port and all connections while the link is cut, and opens the same port again after that."""
    while True:
        await device.changed.wait()
        device.changed.clear()
        if device.is_cut:
            while servers:
                await servers.pop().shutdown()  # type: ignore[no-untyped-call]
        elif not servers:
            servers.append(await _listening(device, unit, *address))


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
        words = device.registers()
        if words is None:
            return ExcCodes.DEVICE_BUSY
        registers[: REGISTER_COUNT - start] = words[start:]
        return None

    return refresh
