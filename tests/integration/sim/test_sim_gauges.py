"""Simulated gauges read by a real Modbus client."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from random import Random

import pytest
from pymodbus.client import AsyncModbusTcpClient

from siaga_sim.firmware import BurstSettings, EchoSensor, Settings
from siaga_sim.gauges import REGISTER_COUNT, GaugeDevice, serve_gauges

HOST = "127.0.0.1"
QUICK = Settings(
    mount_mm=6000,
    burst=BurstSettings(gap_seconds=0.01),
    measure_every_seconds=0.05,
    calm_report_seconds=600,
    brisk_report_seconds=600,
    fastest_mm_per_minute=1e6,
)


def device(gauge_id: str, level_cm: Callable[[], float]) -> GaugeDevice:
    sensor = EchoSensor(mount_mm=QUICK.mount_mm, chance=Random(1))
    return GaugeDevice(gauge_id, level_cm=level_cm, sensor=sensor, settings=QUICK)


@asynccontextmanager
async def client_of(port: int) -> AsyncIterator[AsyncModbusTcpClient]:
    client = AsyncModbusTcpClient(HOST, port=port, timeout=5)
    assert await client.connect()
    try:
        yield client
    finally:
        client.close()


async def registers_when(client: AsyncModbusTcpClient, ready: Callable[[list[int]], bool]) -> list[int]:
    async with asyncio.timeout(10):
        while True:
            answer = await client.read_input_registers(0, count=REGISTER_COUNT, device_id=1)
            assert not answer.isError()
            words = list(answer.registers)
            if ready(words):
                return words
            await asyncio.sleep(0.02)


def test_a_client_reads_the_level_and_sees_it_change() -> None:
    water = {"level_cm": 123.0}

    async def read() -> tuple[list[int], list[int]]:
        async with (
            serve_gauges([device("katulampa", lambda: water["level_cm"])], host=HOST, ports=[0]) as (port,),
            client_of(port) as client,
        ):
            first = await registers_when(client, lambda words: words[5] > 0)
            water["level_cm"] = 250.0
            return first, await registers_when(client, lambda words: words[5] > first[5])

    first, second = asyncio.run(read())
    assert first[0] == 1
    assert abs(first[2] - 1230) <= 15
    assert abs(second[2] - 2500) <= 15
    assert second[5] == first[5] + 1
    assert second[8] >= 3


def test_each_gauge_answers_on_its_own_port_whatever_the_unit() -> None:
    async def read() -> list[int]:
        devices = [device("depok", lambda: 100.0), device("manggarai", lambda: 700.0 - 200)]
        async with serve_gauges(devices, host=HOST, ports=[0, 0]) as ports:
            levels = []
            for port in ports:
                async with client_of(port) as client:
                    words = await registers_when(client, lambda words: words[5] > 0)
                    answer = await client.read_input_registers(1, count=2, device_id=17)
                    assert answer.registers == words[1:3]
                    levels.append(words[2])
            return levels

    assert asyncio.run(read()) == [pytest.approx(1000, abs=15), pytest.approx(5000, abs=15)]


def test_only_input_registers_are_there_and_none_can_be_written() -> None:
    async def read() -> list[bool]:
        async with (
            serve_gauges([device("depok", lambda: 100.0)], host=HOST, ports=[0]) as (port,),
            client_of(port) as client,
        ):
            answers = [
                await client.read_holding_registers(0, count=2, device_id=1),
                await client.read_input_registers(8, count=9, device_id=1),
                await client.write_register(1, 5, device_id=1),
            ]
            return [answer.isError() for answer in answers]

    assert asyncio.run(read()) == [True, True, True]


def test_a_port_in_use_is_reported() -> None:
    async def serve(port: int) -> None:
        async with serve_gauges([device("depok", lambda: 100.0)], host=HOST, ports=[port]):
            raise AssertionError("two servers on one port")

    with socket.socket() as accepted:
        accepted.bind((HOST, 0))
        accepted.listen()
        port = accepted.getsockname()[1]
        with pytest.raises(OSError, match=f"gauge depok: cannot listen on {HOST}:{port}"):
            asyncio.run(serve(port))
