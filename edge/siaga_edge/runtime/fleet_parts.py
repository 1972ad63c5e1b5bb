"""Puts together what follows the cloud's orders and what shows the box; knows no adapter."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from siaga_core.wire.parts import ModelHealth
from siaga_edge.camera.runner import CameraRunner
from siaga_edge.camera.staff_gauges.staff_readings import StaffReadings
from siaga_edge.events.drafts import EventSink
from siaga_edge.fleet.agent import FleetAgent, FleetPorts
from siaga_edge.fleet.config_changes import settings_for
from siaga_edge.fleet.fleet_store import FleetStore
from siaga_edge.fleet.plan import FleetState
from siaga_edge.fleet.signed_commands import CommandChecker, CommandError, read_key
from siaga_edge.outbox.parcels import Parcel, of_config
from siaga_edge.platform.loop import Loop
from siaga_edge.runtime.node import Node, SideServices
from siaga_edge.settings import NodeSettings
from siaga_edge.status.figures import Figures
from siaga_edge.status.last_event import LastEvent
from siaga_edge.status.notify import Notifier
from siaga_edge.status.server import StatusServer
from siaga_edge.vision.errors import VisionError

if TYPE_CHECKING:
    from siaga_edge.camera.pipeline import OriginalStore
    from siaga_edge.runtime.camera_factory import CameraMaker


log = logging.getLogger(__name__)


class CannotStartError(RuntimeError):
    """Something that a node needs is not to be had; says what."""


def beside(
    settings: NodeSettings,
    node: Node,
    agent: FleetAgent,
    cameras: Cameras,
    events: LastEvent,
    *,
    clock: Callable[[], datetime],
) -> SideServices:
    """What runs beside the cameras and gauges of a node."""
    agent.on_command = node.tell_health_soon
    loops = [Loop("fleet", agent.tick), *_status_page(settings, node, agent, events, clock=clock)]
    notify = Notifier.from_environment(os.environ)
    return SideServices(
        loops=loops,
        models=cameras.health,
        command=lambda: agent.state.command if agent.state.command.number else None,
        on_running=notify.ready,
        on_alive=notify.alive,
        on_stopping=notify.stopping,
        close=agent.close,
    )


def _status_page(
    settings: NodeSettings, node: Node, agent: FleetAgent, events: LastEvent, *, clock: Callable[[], datetime]
) -> list[Loop]:
    if settings.status.port is None:
        return []
    figures = Figures(
        node=settings.node.name,
        health=node.health,
        latency_seconds=node.latency_seconds,
        is_linked=node.is_linked,
        fleet=lambda: agent.state,
        last_event=events.last,
        clock=clock,
        certificate_ends_at=_certificate_ends_at(settings.broker.cert_file),
    )
    server = StatusServer(settings.status.host, settings.status.port, figures)
    return [Loop("status page", server.tick, end=server.close)]


def _certificate_ends_at(file: Path | None) -> datetime | None:
    if file is None:
        return None
    from cryptography import x509

    try:
        return x509.load_pem_x509_certificate(file.read_bytes()).not_valid_after_utc
    except (OSError, ValueError) as error:
        log.warning("%s: until when it is good cannot be read: %s", file, error)
        return None


# --- orders of the cloud ---------------------------------------------------------------------------------------

CANNOT: Final[tuple[type[Exception], ...]] = (VisionError, OSError)


class Cameras:
    """Makes cameras. The picture libraries are loaded only where there are some: a box with gauges needs none."""

    def __init__(
        self,
        shelf: FleetStore,
        sink: EventSink,
        closing: ExitStack,
        *,
        clock: Callable[[], datetime],
        hurry: Callable[[datetime], float] = lambda _: 1.0,
        originals: Callable[[], OriginalStore | None] = lambda: None,
        posts: StaffReadings | None = None,
    ) -> None:
        self._shelf, self._sink, self._closing, self._clock = shelf, sink, closing, clock
        self._hurry, self._originals, self._posts = hurry, originals, posts
        self._maker: CameraMaker | None = None

    def maker(self) -> CameraMaker:
        """The one maker of this box."""
        if self._maker is None:
            from siaga_edge.camera.zones.dwell_store import DwellStore
            from siaga_edge.fleet.model_registry import ModelRegistry
            from siaga_edge.runtime.camera_factory import CameraMaker

            bench = ModelRegistry(self._shelf)
            stays = DwellStore(self._shelf.stays)
            self._closing.callback(stays.close)
            self._closing.callback(bench.close)
            self._maker = CameraMaker(
                bench=bench,
                sink=self._sink,
                clock=self._clock,
                views=self._shelf.views,
                stays=stays,
                hurry=self._hurry,
                originals=self._originals(),
                posts=self._posts,
            )
        return self._maker

    def health(self) -> Sequence[ModelHealth]:
        """Of the models, where there are any."""
        return self._maker.bench.health() if self._maker else ()

    def all_of(self, settings: NodeSettings, state: FleetState) -> list[CameraRunner]:
        """Every configured camera; raises `VisionError` or OSError."""
        if not settings.cameras:
            return []
        maker = self.maker()
        maker.bench.look_with(maker.bench.open(settings.models, state.running.models), state.shadows)
        return [maker.camera(camera) for camera in settings.cameras]


def make_agent(
    settings: NodeSettings,
    node_file: Path,
    shelf: FleetStore,
    cameras: Cameras,
    *,
    keep: Callable[[Parcel], object],
    clock: Callable[[], datetime],
) -> FleetAgent:
    """Who follows orders; without a key it refuses all of them. Raises `CannotStartError`."""
    fleet, name = settings.fleet, settings.node.name
    try:
        checker = CommandChecker(name, read_key(fleet.key_file) if fleet.key_file else None)
    except CommandError as error:
        raise CannotStartError(str(error)) from error
    around = FleetPorts(
        settings_for=lambda body: settings_for(node_file, body, os.environ),
        check_model=lambda role, sha256: cameras.maker().bench.check(role, sha256),
        tell=lambda at, fields: keep(of_config(name, at=at, fields=fields)),
        clock=clock,
        trial_seconds=fleet.trial_seconds,
        cannot=CANNOT,
    )
    return FleetAgent(name, checker, shelf, around)


def started(agent: FleetAgent, cameras: Cameras) -> tuple[NodeSettings, list[CameraRunner]]:
    """What to start with; what the cloud ordered and cannot be started is left for the box's own file."""
    settings = agent.starting_plan()
    try:
        return settings, cameras.all_of(settings, agent.state)
    except CANNOT as error:
        if not agent.is_following:
            raise CannotStartError(str(error)) from error
        settings = agent.without_orders(str(error))
    try:
        return settings, cameras.all_of(settings, agent.state)
    except CANNOT as error:
        raise CannotStartError(str(error)) from error
