"""`siaga-sim smart`: gauges of a scenario that speak MQTT by themselves, each with a node name of its own."""

from __future__ import annotations

import asyncio
import signal
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from siaga_sim.city import City
from siaga_sim.control import listening
from siaga_sim.devices import firmware_settings, mount_mm_of
from siaga_sim.faults import GaugeFault, NoSuchFaultError, gauge_fault
from siaga_sim.firmware import EchoSensor
from siaga_sim.gauges.smart import Account
from siaga_sim.gauges.smart_device import SmartDevice
from siaga_sim.scenario import Scenario
from siaga_sim.story import StoryClock, World

TICK_SECONDS = 0.05
QUARTZ_PPM = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SmartGauges:
    """Some smart gauges; `run` them until cancelled."""

    devices: Sequence[SmartDevice]

    def faults(self) -> dict[str, str]:
        """Every gauge with what is wrong with it."""
        return {device.gauge_id: device.body.fault.value for device in self.devices}

    async def set_fault(self, name: str, kind: str) -> None:
        """Break a gauge or mend it. Raises NoSuchFaultError."""
        device = next((each for each in self.devices if each.gauge_id == name), None)
        if device is None:
            raise NoSuchFaultError(f"gauge: got {name!r}, expected one of {', '.join(self.faults())}")
        device.set_fault(gauge_fault(kind))

    async def run(self, stop: asyncio.Event, *, faults: Sequence[tuple[float, str, str]], clock: StoryClock) -> None:
        """Ticks them, and plays the story's faults, until stopped."""
        due = list(faults)
        while not stop.is_set():
            while due and clock.seconds() >= due[0][0]:
                _, name, kind = due.pop(0)
                await self.set_fault(name, kind)
            for device in self.devices:
                device.tick()
            await asyncio.sleep(TICK_SECONDS)
        for device in self.devices:
            device.close()


def smart_gauges(
    scenario: Scenario,
    city: City,
    *,
    clock: StoryClock,
    accounts: Mapping[str, Account],
    city_key: Ed25519PublicKey | None = None,
) -> SmartGauges:
    """One device for each account, by gauge id. Raises KeyError for a gauge that the city does not have."""
    world = World(scenario, city)
    return SmartGauges(
        devices=tuple(_device(scenario, city, world, clock, g, a, city_key) for g, a in accounts.items())
    )


async def serve(gauges: SmartGauges, scenario: Scenario, clock: StoryClock) -> None:
    """Until SIGINT or SIGTERM; `siaga-sim fault` is obeyed meanwhile."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    clock.begin()
    async with listening(gauges):
        there = gauges.faults()
        faults = sorted(one for one in _moments(scenario) if one[1] in there)
        await gauges.run(stop, faults=faults, clock=clock)


def _moments(scenario: Scenario) -> Iterator[tuple[float, str, str]]:
    for fault in scenario.gauge_fault:
        yield fault.at, fault.gauge, fault.kind.value
        yield fault.until, fault.gauge, GaugeFault.NONE.value


def _device(
    scenario: Scenario,
    city: City,
    world: World,
    clock: StoryClock,
    gauge_id: str,
    account: Account,
    city_key: Ed25519PublicKey | None,
) -> SmartDevice:
    gauge = city.gauge_by_id(gauge_id)
    chance = Random(scenario.seed * 2**32 + zlib.crc32(gauge_id.encode()))
    return SmartDevice(
        gauge_id,
        account,
        level_cm=lambda: world.level_cm(gauge_id, clock.seconds()),
        sensor=EchoSensor(mount_mm=mount_mm_of(gauge), chance=chance),
        settings=firmware_settings(scenario, gauge),
        quartz_ppm=chance.uniform(-QUARTZ_PPM, QUARTZ_PPM),
        city_key=city_key,
        health_every_seconds=60.0,
    )
