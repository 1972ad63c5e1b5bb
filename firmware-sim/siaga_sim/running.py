"""A whole simulated city in one event loop: river, gauges and cameras, for as long as a block lasts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import cv2

from siaga_sim.cameras import CameraFeed, CameraServer
from siaga_sim.cameras.streets import DeferredStreet
from siaga_sim.city import City
from siaga_sim.devices import gauge_devices
from siaga_sim.faults import Fault, GaugeFault, NoSuchFaultError, camera_fault, gauge_fault
from siaga_sim.gauges import GaugeDevice, serve_gauges
from siaga_sim.scenario import CameraTable, Scenario
from siaga_sim.scene.sprite_store import SpriteStore
from siaga_sim.story import StoryClock, World


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenAddresses:
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

    def faults(self) -> dict[str, str]:
        """Every camera and gauge with what is wrong with it."""
        cameras = {feed.camera_id: feed.fault.value for feed in self.feeds}
        return cameras | {device.gauge_id: device.body.fault.value for device in self.devices}

    async def set_fault(self, name: str, kind: str) -> None:
        """Break a camera or gauge, or mend it with `none`. Raises NoSuchFaultError."""
        gauge = next((device for device in self.devices if device.gauge_id == name), None)
        if gauge is not None:
            gauge.set_fault(gauge_fault(kind))
        elif self.server is not None and name in self.camera_urls:
            await self.server.set_fault(name, camera_fault(kind))
        else:
            raise NoSuchFaultError(f"device: got {name!r}, expected one of {', '.join(self.faults())}")

    def set_story(self, *, seconds: float, rate: float) -> None:
        """Let the story go on from a moment at a speed; a moment that is over changes the speed alone."""
        self.clock.follow(seconds, rate)


@asynccontextmanager
async def running_city(
    scenario: Scenario,
    city: City,
    *,
    camera_ids: Sequence[str],
    gauge_ids: Sequence[str],
    listening: ListenAddresses | None = None,
    clock: StoryClock | None = None,
) -> AsyncIterator[RunningCity]:
    """Serve these cameras and gauges. The story stands at its first moment until its clock is started."""
    # Drawing has threads of its own; more of them inside of OpenCV only take the cores from the nodes.
    cv2.setNumThreads(1)
    listening, clock = listening or ListenAddresses(), clock or StoryClock()
    world = World(scenario, city)
    devices = gauge_devices(scenario, city, world, clock, gauge_ids)
    store = SpriteStore()
    feeds = [_feed(scenario.camera_by_id(camera_id), world, clock, store) for camera_id in camera_ids]
    async with AsyncExitStack() as stack:
        served = serve_gauges(devices, host=listening.host, ports=listening.gauge_ports(len(devices)))
        ports = await stack.enter_async_context(served)
        server: CameraServer | None = None
        if feeds:
            camera_server = CameraServer(feeds, host=listening.host, port=listening.camera_port)
            server = await stack.enter_async_context(camera_server.serving())
        running = RunningCity(
            clock=clock,
            world=world,
            server=server,
            feeds=tuple(feeds),
            devices=tuple(devices),
            camera_urls={camera_id: server.url(camera_id) for camera_id in camera_ids} if server else {},
            gauge_addresses={gauge_id: (listening.host, port) for gauge_id, port in zip(gauge_ids, ports, strict=True)},
        )
        stack.callback(asyncio.create_task(_play_faults(scenario, running)).cancel)
        yield running


def _feed(camera: CameraTable, world: World, clock: StoryClock, store: SpriteStore) -> CameraFeed:
    street = camera.street
    return CameraFeed(
        camera.id,
        DeferredStreet(street, level_cm=lambda at_seconds: world.street_cm(camera.water, at_seconds), store=store),
        size=(street.width, street.height),
        fps=street.fps,
        story_seconds=clock.scene_seconds,
    )


async def _play_faults(scenario: Scenario, running: RunningCity, *, every_seconds: float = 0.2) -> None:
    there, clock = running.faults(), running.clock
    for at, name, kind in sorted(_moments(scenario)):
        while not clock.has_begun or clock.seconds() < at:
            await asyncio.sleep(every_seconds)
        if name in there:
            await running.set_fault(name, kind)


def _moments(scenario: Scenario) -> Iterator[tuple[float, str, str]]:
    for camera in scenario.camera:
        for fault in camera.fault:
            yield fault.at, camera.id, fault.kind.value
            yield fault.until, camera.id, Fault.NONE.value
    for broken in scenario.gauge_fault:
        yield broken.at, broken.gauge, broken.kind.value
        yield broken.until, broken.gauge, GaugeFault.NONE.value
