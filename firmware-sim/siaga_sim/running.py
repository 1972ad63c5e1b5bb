"""A whole simulated city in one event loop: river, gauges and cameras, for as long as a block lasts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import cv2

from siaga_sim.cameras import CameraFeed, CameraServer
from siaga_sim.cameras.streets import LateStreet
from siaga_sim.city import City
from siaga_sim.devices import gauge_devices
from siaga_sim.faults import Fault
from siaga_sim.gauges import GaugeDevice, serve_gauges
from siaga_sim.scenario import CameraTable, Scenario
from siaga_sim.story import StoryClock, World


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Where the devices ask for ports; 0 takes a free one, n takes n, n + 1, ... for the gauges."""

    host: str = "127.0.0.1"
    camera_port: int = 0
    first_gauge_port: int = 0

    def gauge_ports(self, count: int) -> tuple[int, ...]:
        """One port for each gauge."""
        first = self.first_gauge_port
        return tuple(first + number if first else 0 for number in range(count))


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningCity:
    """What runs, and where it can be reached."""

    clock: StoryClock
    world: World
    server: CameraServer | None
    feeds: tuple[CameraFeed, ...]
    devices: tuple[GaugeDevice, ...]
    camera_urls: dict[str, str]
    gauge_addresses: dict[str, tuple[str, int]]


@asynccontextmanager
async def running_city(
    scenario: Scenario,
    city: City,
    *,
    camera_ids: Sequence[str],
    gauge_ids: Sequence[str],
    listening: Listening | None = None,
    clock: StoryClock | None = None,
) -> AsyncIterator[RunningCity]:
    """Serve these cameras and gauges. The story stands at its first moment until its clock is told to begin."""
    # Drawing has threads of its own; more of them inside of OpenCV only take the cores from the boxes.
    cv2.setNumThreads(1)
    listening, clock = listening or Listening(), clock or StoryClock()
    world = World(scenario, city)
    devices = gauge_devices(scenario, city, world, clock, gauge_ids)
    feeds = [_feed(scenario.camera_by_id(camera_id), world, clock) for camera_id in camera_ids]
    async with AsyncExitStack() as stack:
        served = serve_gauges(devices, host=listening.host, ports=listening.gauge_ports(len(devices)))
        ports = await stack.enter_async_context(served)
        server: CameraServer | None = None
        if feeds:
            camera_server = CameraServer(feeds, host=listening.host, port=listening.camera_port)
            server = await stack.enter_async_context(camera_server.serving())
            stack.callback(asyncio.create_task(_play_faults(scenario, camera_ids, clock, server)).cancel)
        yield RunningCity(
            clock=clock,
            world=world,
            server=server,
            feeds=tuple(feeds),
            devices=tuple(devices),
            camera_urls={camera_id: server.url(camera_id) for camera_id in camera_ids} if server else {},
            gauge_addresses={gauge_id: (listening.host, port) for gauge_id, port in zip(gauge_ids, ports, strict=True)},
        )


def _feed(camera: CameraTable, world: World, clock: StoryClock) -> CameraFeed:
    street = camera.street
    return CameraFeed(
        camera.id,
        LateStreet(street, level_cm=lambda at_seconds: world.street_cm(camera.water, at_seconds)),
        size=(street.width, street.height),
        fps=street.fps,
        story_seconds=clock.seconds,
    )


async def _play_faults(
    scenario: Scenario,
    camera_ids: Sequence[str],
    clock: StoryClock,
    server: CameraServer,
    *,
    every_seconds: float = 0.2,
) -> None:
    moments = sorted(
        (at, camera_id, kind)
        for camera_id in camera_ids
        for fault in scenario.camera_by_id(camera_id).fault
        for at, kind in ((fault.at, fault.kind), (fault.until, Fault.NONE))
    )
    for at, camera_id, kind in moments:
        while not clock.has_begun or clock.seconds() < at:
            await asyncio.sleep(every_seconds)
        await server.set_fault(camera_id, kind)
