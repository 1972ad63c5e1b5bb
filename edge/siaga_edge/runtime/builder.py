"""The composition root of `siaga-edge run`: the only place that makes adapters out of settings."""

from __future__ import annotations

import logging
import os
import random
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from siaga_core.logs import Format, formatter
from siaga_core.wire.messages import Reading
from siaga_edge.adapters.mqtt_link import BrokerAddress, MqttLink, Tls
from siaga_edge.adapters.sqlite_file import OutboxError
from siaga_edge.adapters.sqlite_outbox import SqliteOutbox
from siaga_edge.camera.live_view import LiveViewHandler
from siaga_edge.events.drafts import EventDraft
from siaga_edge.fleet.fleet_store import FleetStore
from siaga_edge.fleet.recheck_command import RecheckHandler
from siaga_edge.fleet.reconfiguration import NodeReconfigurer, PartFactories
from siaga_edge.gauge.batch import ReadingsBatch
from siaga_edge.outbox.budget import Budget
from siaga_edge.outbox.event_registry import EventRegistry
from siaga_edge.outbox.parcels import Lane, of_readings
from siaga_edge.outbox.sender import Pace, Sender
from siaga_edge.platform.redaction import redact
from siaga_edge.runtime.fleet_parts import CANNOT, Cameras, CannotStartError, beside, make_agent, started
from siaga_edge.runtime.gauge_factory import GaugeMaker, SourceMaker, gauge_facts
from siaga_edge.runtime.node import Node, Outlet, PolledGauge
from siaga_edge.runtime.orphans import OrphanPolicy
from siaga_edge.runtime.storm import StormWatch
from siaga_edge.settings import BrokerSettings, GaugeSettings, NodeSettings
from siaga_edge.status.health import software
from siaga_edge.status.last_event import LastEvent

if TYPE_CHECKING:
    from siaga_edge.camera.sealed_originals import SealedFolder


__all__ = ["CannotStartError", "broker_address", "build_node", "run_node"]

log = logging.getLogger(__name__)


def run_node(settings: NodeSettings, node_file: Path) -> None:
    """Runs a node until SIGTERM or SIGINT; raises `CannotStartError`. Orders of the cloud are laid over `node_file`."""
    _set_up_log()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        node = build_node(settings, node_file)
    except (OutboxError, OSError) as error:
        raise CannotStartError(redact(str(error))) from error
    node.run(stop)
    log.info("node %s stopped", settings.node.name)


def build_node(settings: NodeSettings, node_file: Path) -> Node:
    """All parts of a node, connected; opens the outbox and loads the models, starts nothing else."""
    outbox = _open_outbox(settings)
    link = _make_link(settings)
    sender = _make_sender(settings, outbox, link)
    book = EventRegistry(outbox, settings.node.name)
    log.info("node %s (%s): data in %s", settings.node.name, software(), settings.node.data_dir)
    log.info("outbox: %d messages wait, %d events still open", outbox.health().waiting, len(book.orphans()))

    def keep(readings: Sequence[Reading]) -> None:
        outbox.keep([of_readings(settings.node.name, readings)])

    batch = ReadingsBatch(keep, now=monotonic())
    sources = SourceMaker(cursors=outbox)
    gauges = GaugeMaker(sources=sources, book=book, add=lambda reading: batch.add(reading, now=monotonic()), clock=_now)

    def polled(gauge: GaugeSettings) -> PolledGauge:
        return PolledGauge(runner=gauges.gauge(gauge), every_seconds=gauge.poll_seconds)

    closing = ExitStack()
    closing.callback(outbox.close)
    shelf = FleetStore(settings.node.data_dir / "fleet")
    events = LastEvent()
    storm = _storm_watch(settings, book)

    def reported(drafts: Sequence[EventDraft]) -> None:
        events.note(drafts)
        storm.note(drafts)

    book.on_reported = reported
    own = settings
    cameras = Cameras(
        shelf,
        book,
        closing,
        clock=_now,
        hurry=storm.hurry,
        originals=lambda: _originals(own),
        posts=sources.posts,
    )
    agent = make_agent(settings, node_file, shelf, cameras, keep=lambda parcel: outbox.keep([parcel]), clock=_now)
    link.on_order = agent.deliver

    def announced(until: datetime) -> None:
        storm.announce(until=until)
        gauges.urgency.hurry(until=until)

    agent.on_storm = announced
    answering = RecheckHandler(settings.node.name, lambda name: node.camera(name), outbox.keep, clock=_now)
    agent.on_look = answering.begin
    agent.on_show = LiveViewHandler(settings.node.name, lambda name: node.camera(name), link.show, clock=_now).begin
    settings, runners = started(agent, cameras)

    def orphans(now: NodeSettings) -> OrphanPolicy:
        return OrphanPolicy(
            cameras={camera.id: camera for camera in now.cameras},
            gauges=frozenset(gauge.id for gauge in now.gauges),
            seeing_seconds=lambda camera: node.seeing_seconds(camera),
        )

    def retell(now: NodeSettings) -> None:
        outbox.set_budget(_budget(now))
        sender.set_pace(_pace(now))
        storm.retell(**now.storm.model_dump())
        storm.keep_gauges(gauge.id for gauge in now.gauges)
        node.retell(orphans=orphans(now), health_every_seconds=now.health.every_seconds)

    node = Node(
        settings.node.name,
        outlet=Outlet(
            keep=outbox.keep,
            health=outbox.health,
            sender=sender,
            connect=link.start,
            disconnect=link.stop,
            close=closing.close,
        ),
        book=book,
        batch=batch,
        gauges=[polled(gauge) for gauge in settings.gauges],
        cameras=runners,
        orphans=orphans(settings),
        health_every_seconds=settings.health.every_seconds,
        clock=_now,
    )
    makers = PartFactories(
        camera=lambda camera: cameras.maker().camera(camera),
        pipeline=lambda camera: cameras.maker().pipeline(camera),
        gauge=polled,
        facts=gauge_facts,
        open_bench=lambda: cameras.maker().bench,
        orphan=book.orphan,
        retell=retell,
        cannot=CANNOT,
    )
    retell(settings)
    agent.begin(NodeReconfigurer(node=node, make=makers, settings=settings, models=agent.state.running.models))
    node.put_beside(beside(settings, node, agent, cameras, events, clock=_now))
    return node


def _originals(settings: NodeSettings) -> SealedFolder | None:
    own = settings.originals
    if own.key_file is None:
        return None
    from siaga_edge.camera.sealed_originals import SealedFolder

    log.warning("originals of evidence are kept, sealed to %s: %s", own.key_file, own.legal_basis)
    return SealedFolder(settings.node.data_dir / "sealed", own.key_file, max_bytes=own.max_bytes)


def _storm_watch(settings: NodeSettings, book: EventRegistry) -> StormWatch:
    storm = StormWatch(**settings.storm.model_dump())
    for entry in book.orphans():
        storm.note_stage(entry.source, entry.details, at=_now())
    return storm


def _now() -> datetime:
    return datetime.now(UTC)


def _set_up_log() -> None:
    handler = logging.StreamHandler(sys.stderr)
    wanted: Format = "json" if os.environ.get("SIAGA_LOG_FORMAT") == "json" else "text"
    handler.setFormatter(formatter(wanted, "siaga-edge", "%(asctime)s %(levelname)-7s %(message)s", redact=redact))
    logging.basicConfig(level=logging.INFO, handlers=[handler])


# --- the way out -----------------------------------------------------------------------------------------------


def _open_outbox(settings: NodeSettings) -> SqliteOutbox:
    return SqliteOutbox(settings.node.data_dir, node=settings.node.name, budget=_budget(settings), clock=_now)


def _budget(settings: NodeSettings) -> Budget:
    limits = settings.outbox
    return Budget(
        max_messages=limits.max_messages,
        max_bytes=limits.max_bytes,
        min_free_bytes=limits.min_free_bytes,
        max_age_seconds={
            Lane.EVIDENCE: limits.evidence_hours * 3600,
            Lane.READINGS: limits.readings_hours * 3600,
            Lane.HEALTH: limits.health_hours * 3600,
        },
        keep_acked_seconds=limits.keep_acked_hours * 3600,
    )


def _pace(settings: NodeSettings) -> Pace:
    return Pace(
        resend_after_seconds=settings.outbox.resend_after_seconds,
        replay_per_second=settings.outbox.replay_per_second,
        replay_spread_seconds=settings.outbox.replay_spread_seconds,
    )


def _make_link(settings: NodeSettings) -> MqttLink:
    return MqttLink(
        settings.node.name, broker_address(settings.broker, settings.username), software=software(), clock=_now
    )


def broker_address(broker: BrokerSettings, username: str) -> BrokerAddress:
    """Where the broker is and who the node is to it; raises OSError for a password file that cannot be read."""
    tls = Tls(ca_file=broker.ca_file, cert_file=broker.cert_file, key_file=broker.key_file) if broker.ca_file else None
    return BrokerAddress(
        host=broker.host, port=broker.port, username=username, password=broker.password(os.environ), tls=tls
    )


def _make_sender(settings: NodeSettings, outbox: SqliteOutbox, link: MqttLink) -> Sender:
    sender = Sender(outbox, link, pace=_pace(settings), wall=_now, monotonic=monotonic, chance=random.random)
    outbox.on_kept = sender.wake
    link.on_replay = sender.on_replay
    link.on_ack, link.on_confirmed, link.on_connected = sender.on_ack, sender.on_confirmed, sender.on_connected
    return sender
