"""Builds a node out of settings, and runs it: the composition root of `siaga-edge run`."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import monotonic

from siaga_core.logs import Format, formatter
from siaga_core.wire.messages import Reading
from siaga_edge.adapters.home_assistant_link import HomeAssistantLink
from siaga_edge.adapters.sqlite_file import OutboxError
from siaga_edge.camera.runner import CameraRunner
from siaga_edge.events.drafts import StoredStep
from siaga_edge.fleet.agent import FleetAgent, FleetPorts
from siaga_edge.fleet.config_changes import settings_for
from siaga_edge.fleet.fleet_store import FleetStore
from siaga_edge.fleet.live_view_command import LiveViewHandler
from siaga_edge.fleet.program_update import program_updates
from siaga_edge.fleet.recheck_command import RecheckHandler
from siaga_edge.fleet.reconfiguration import NodeReconfigurer, PartFactories
from siaga_edge.fleet.signed_commands import CommandChecker, CommandError, read_key
from siaga_edge.gauge.batch import ReadingsBatch
from siaga_edge.outbox.event_registry import EventRegistry
from siaga_edge.platform.loop import Loop
from siaga_edge.platform.redaction import redact
from siaga_edge.runtime.camera_provider import CameraProvider
from siaga_edge.runtime.clip_service import ClipService
from siaga_edge.runtime.delivery import open_delivery
from siaga_edge.runtime.errors import CANNOT, CannotStartError
from siaga_edge.runtime.gauge_factory import GaugeFactory, SourceFactory, gauge_facts
from siaga_edge.runtime.health_reporter import HealthReporter, HealthSchedule
from siaga_edge.runtime.home_assistant import home_assistant_link, home_assistant_loops
from siaga_edge.runtime.node import Node, SideServices
from siaga_edge.runtime.orphans import OrphanSweep
from siaga_edge.runtime.renewing import renewal_loops
from siaga_edge.runtime.status_page import TechnicianServices, status_page_loops
from siaga_edge.runtime.storm import StormAnnouncements, StormWatch
from siaga_edge.runtime.supervisor import PartSupervisor
from siaga_edge.settings import NodeSettings
from siaga_edge.status.health import software
from siaga_edge.status.last_event import LastEvent
from siaga_edge.status.notify import Notifier
from siaga_edge.status.recent_events import RecentEvents

log = logging.getLogger(__name__)


def run_node(settings: NodeSettings, node_file: Path) -> None:
    """Run a node until SIGTERM or SIGINT; raises `CannotStartError`. Commands of the cloud override `node_file`."""
    _set_up_log()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        node = NodeBuilder(settings, node_file, restart=stop.set).build()
    except (OutboxError, OSError) as error:
        raise CannotStartError(redact(str(error))) from error
    node.run(stop)
    log.info("node %s stopped", settings.node.name)


def _now() -> datetime:
    return datetime.now(UTC)


def _set_up_log() -> None:
    handler = logging.StreamHandler(sys.stderr)
    wanted: Format = "json" if os.environ.get("SIAGA_LOG_FORMAT") == "json" else "text"
    handler.setFormatter(formatter(wanted, "siaga-edge", "%(asctime)s %(levelname)-7s %(message)s", redact=redact))
    logging.basicConfig(level=logging.INFO, handlers=[handler])


class NodeBuilder:
    """Opens the outbox and makes what does not depend on commands of the cloud; `build` makes the rest, once.

    `settings` are those of the node's own file. What the node starts with may differ, because the cloud has changed it.
    """

    def __init__(
        self,
        settings: NodeSettings,
        node_file: Path,
        *,
        clock: Callable[[], datetime] = _now,
        restart: Callable[[], None] = lambda: None,
    ) -> None:
        self._own, self._node_file, self._clock = settings, node_file, clock
        self._began_at, self._name = clock(), settings.node.name
        self._delivery = open_delivery(settings, clock=clock)
        self._last_event, self._storm = LastEvent(), StormWatch(**settings.storm.model_dump())
        self._recent, self._restart = RecentEvents(), restart
        self._registry = EventRegistry(
            self._delivery.outbox,
            self._name,
            observers=(self._last_event.note, self._storm.note),
            on_steps=(self._recent.note, self._note_steps),
        )
        self._parts = PartSupervisor(self._registry, clock=clock)
        self._orphans = OrphanSweep(self._registry, seeing_seconds=self._parts.seeing_seconds, clock=clock)
        self._schedule = HealthSchedule(settings.health.every_seconds)
        self._batch = ReadingsBatch(self._store_readings, now=monotonic())
        self._store = FleetStore(settings.node.data_dir / "fleet")
        self._gauges = self._gauge_factory()
        self._cameras = self._camera_provider()
        self._home: HomeAssistantLink | None = None
        self._clips = ClipService(
            settings=settings,
            camera=self._parts.camera,
            detector=self._cameras.detector,
            save=self._delivery.outbox.save,
            clock=clock,
            originals=self._cameras.originals,
        )

    def build(self) -> Node:
        """Make all parts of the node and load its models; starts nothing."""
        self._log_state()
        self._resume_storm()
        agent = self._agent()
        settings, cameras = started(agent, self._cameras)
        self._add_parts(settings, cameras)
        self._apply(settings)
        agent.begin(self._reconfigurer(settings, agent))
        return self._node(settings, agent)

    def _log_state(self) -> None:
        waiting, unfinished = self._delivery.outbox.health().waiting, len(self._registry.orphans())
        log.info("node %s (%s): starting with data in %s", self._name, software(), self._own.node.data_dir)
        log.info("outbox: %d messages waiting, %d events open", waiting, unfinished)

    def _resume_storm(self) -> None:
        for entry in self._registry.orphans():
            self._storm.note_stage(entry.source, entry.details, at=self._clock())

    # --- factories -----------------------------------------------------------------------------------------------

    def _gauge_factory(self) -> GaugeFactory:
        sources = SourceFactory(cursors=self._delivery.outbox)
        return GaugeFactory(sources=sources, recorder=self._registry, batch=self._batch, clock=self._clock)

    def _camera_provider(self) -> CameraProvider:
        return CameraProvider(
            settings=self._own,
            store=self._store,
            sink=self._registry,
            clock=self._clock,
            look_rate_factor=self._storm.look_rate_factor,
            readings=self._gauges.sources.posts,
        )

    def _add_parts(self, settings: NodeSettings, cameras: list[CameraRunner]) -> None:
        for gauge in settings.gauges:
            self._parts.add_gauge(self._gauges.polled(gauge))
        for camera in cameras:
            self._parts.add_camera(camera)

    # --- commands of the cloud -----------------------------------------------------------------------------------

    def _agent(self) -> FleetAgent:
        """Make the agent that follows commands; without a key it refuses all of them. Raises `CannotStartError`."""
        key_file = self._own.fleet.key_file
        try:
            checker = CommandChecker(self._name, read_key(key_file) if key_file else None)
        except CommandError as error:
            raise CannotStartError(str(error)) from error
        return FleetAgent(self._name, checker, self._store, self._fleet_ports(), commands=self._delivery.commands)

    def _fleet_ports(self) -> FleetPorts:
        clock, outbox, link = self._clock, self._delivery.outbox, self._delivery.link
        return FleetPorts(
            settings_for=lambda body: settings_for(self._node_file, body, os.environ),
            check_model=self._cameras.check_model,
            notify=self._delivery.store_config_report,
            clock=clock,
            trial_seconds=self._own.fleet.trial_seconds,
            cannot=CANNOT,
            announce_storm=StormAnnouncements(cameras=self._storm, gauges=self._gauges.urgency).announce,
            recheck=RecheckHandler(self._name, self._parts.camera, outbox.save, clock=clock).begin,
            show=LiveViewHandler(self._name, self._parts.camera, link.show, clock=clock).begin,
            updates=program_updates(
                self._own.node.data_dir,
                is_linked=self._delivery.sender.is_linked,
                prove_seconds=self._own.fleet.trial_seconds,
            ),
            on_command=self._schedule.request,
        )

    def _reconfigurer(self, settings: NodeSettings, agent: FleetAgent) -> NodeReconfigurer:
        factories = PartFactories(
            camera=self._cameras.camera,
            pipeline=self._cameras.pipeline,
            gauge=self._gauges.polled,
            facts=gauge_facts,
            open_registry=self._cameras.models,
            orphan=self._registry.orphan,
            update_settings=self._apply,
            cannot=CANNOT,
        )
        models = agent.state.running.models
        return NodeReconfigurer(node=self._parts, make=factories, settings=settings, models=models)

    def _apply(self, settings: NodeSettings) -> None:
        """Have the parts that no factory makes anew use these settings from now on."""
        self._delivery.apply(settings)
        self._storm.update_settings(**settings.storm.model_dump())
        self._storm.retain_gauges(gauge.id for gauge in settings.gauges)
        self._orphans.set_settings(settings)
        self._schedule.set_interval(settings.health.every_seconds)
        self._clips.set_settings(settings)

    # --- the node ------------------------------------------------------------------------------------------------

    def _node(self, settings: NodeSettings, agent: FleetAgent) -> Node:
        closing = ExitStack()
        closing.callback(self._delivery.outbox.close)
        closing.callback(self._cameras.close)
        health = self._health_reporter(agent)
        self._home = home_assistant_link(settings, health.fields)
        return Node(
            self._name,
            outlet=self._delivery.outlet(close=closing.close),
            batch=self._batch,
            parts=self._parts,
            orphans=self._orphans,
            health=health,
            schedule=self._schedule,
            services=self._services(settings, agent, health),
            clock=self._clock,
        )

    def _health_reporter(self, agent: FleetAgent) -> HealthReporter:
        return HealthReporter(
            began_at=self._began_at,
            clock=self._clock,
            outbox=self._delivery.outbox.health,
            parts=self._parts,
            models=self._cameras.health,
            command=lambda: agent.state.command if agent.state.command.number else None,
            interval_seconds=lambda: self._schedule.interval_seconds,
        )

    def _services(self, settings: NodeSettings, agent: FleetAgent, health: HealthReporter) -> SideServices:
        notifier = Notifier.from_environment(os.environ)
        page = status_page_loops(
            settings,
            health,
            is_linked=self._delivery.sender.is_linked,
            refused=self._delivery.sender.refusals.summary,
            fleet=lambda: agent.state,
            last_event=self._last_event,
            clips=self._clips,
            technician=TechnicianServices(
                events=self._recent.lines,
                cameras=lambda: self._clips.settings.cameras,
                show=lambda camera_id, show: self._parts.camera(camera_id).show_locally(show),
                restart=self._restart,
            ),
        )
        return SideServices(
            loops=[
                Loop("fleet", agent.tick),
                self._clips.loop(),
                *home_assistant_loops(self._home),
                *page,
                *renewal_loops(settings, clock=self._clock),
            ],
            on_running=notifier.ready,
            on_alive=notifier.alive,
            on_stopping=partial(self._stop, notifier),
            close=agent.close,
        )

    def _stop(self, notifier: Notifier) -> None:
        notifier.stopping()
        self._clips.stop()
        if self._home is not None:
            self._home.stop()

    def _note_steps(self, steps: Sequence[StoredStep]) -> None:
        self._clips.note(steps)
        if self._home is not None:
            self._home.note_steps(steps)

    def _store_readings(self, readings: Sequence[Reading]) -> None:
        self._delivery.store_readings(readings)
        if self._home is not None:
            self._home.note_readings(readings)


def started(agent: FleetAgent, cameras: CameraProvider) -> tuple[NodeSettings, list[CameraRunner]]:
    """Return the settings to start with and their cameras; falls back on the node's own file.

    What the cloud configured and cannot be started is dropped. Raises `CannotStartError` when the own file fails too.
    """
    settings = agent.starting_plan()
    try:
        return settings, cameras.all_of(settings, agent.state)
    except CANNOT as error:
        if not agent.is_following:
            raise CannotStartError(str(error)) from error
        settings = agent.without_commands(str(error))
    try:
        return settings, cameras.all_of(settings, agent.state)
    except CANNOT as error:
        raise CannotStartError(str(error)) from error
