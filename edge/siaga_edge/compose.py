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
from time import monotonic

from siaga_core.wire.messages import Reading
from siaga_edge.adapters.mqtt_link import BrokerAddress, MqttLink, Tls
from siaga_edge.adapters.sqlite_file import OutboxError
from siaga_edge.adapters.sqlite_outbox import Budget, SqliteOutbox
from siaga_edge.camera_runner import CameraRunner
from siaga_edge.compose_gauges import GaugeMaker
from siaga_edge.gauge.batch import ReadingsBatch
from siaga_edge.health import software
from siaga_edge.node import Node, Outlet, PolledGauge
from siaga_edge.orphans import OrphanPolicy
from siaga_edge.outbox.event_book import EventBook
from siaga_edge.outbox.parcels import of_readings
from siaga_edge.outbox.sender import Pace, Sender
from siaga_edge.redaction import RedactingFormatter, redact
from siaga_edge.settings import BrokerSettings, GaugeSettings, NodeSettings

log = logging.getLogger(__name__)


class CannotStartError(RuntimeError):
    """Something that a node needs is not to be had; says what."""


def run_node(settings: NodeSettings) -> None:
    """Runs a node until SIGTERM or SIGINT; raises `CannotStartError`."""
    _set_up_log()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        node = build_node(settings)
    except (OutboxError, OSError) as error:
        raise CannotStartError(redact(str(error))) from error
    node.run(stop)
    log.info("node %s stopped", settings.node.name)


def build_node(settings: NodeSettings) -> Node:
    """All parts of a node, connected; opens the outbox and loads the models, starts nothing else."""
    outbox = _open_outbox(settings)
    link = _make_link(settings)
    sender = _make_sender(settings, outbox, link)
    book = EventBook(outbox, settings.node.name)
    log.info("node %s (%s): data in %s", settings.node.name, software(), settings.node.data_dir)
    log.info("outbox: %d messages wait, %d events still open", outbox.health().waiting, len(book.orphans()))

    def keep(readings: Sequence[Reading]) -> None:
        outbox.keep([of_readings(settings.node.name, readings)])

    batch = ReadingsBatch(keep, now=monotonic())
    gauges = GaugeMaker(cursors=outbox, book=book, add=lambda reading: batch.add(reading, now=monotonic()), clock=_now)

    def polled(gauge: GaugeSettings) -> PolledGauge:
        return PolledGauge(runner=gauges.gauge(gauge), every_seconds=gauge.poll_seconds)

    closing = ExitStack()
    closing.callback(outbox.close)
    cameras = _make_cameras(settings, book, closing)
    by_id = {camera.id: camera for camera in cameras}
    return Node(
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
        cameras=cameras,
        orphans=OrphanPolicy(
            cameras={camera.id: camera for camera in settings.cameras},
            gauges=frozenset(gauge.id for gauge in settings.gauges),
            seeing_seconds=lambda camera: by_id[camera].seeing_seconds(_now()),
        ),
        health_every_seconds=settings.health.every_seconds,
        clock=_now,
    )


def _now() -> datetime:
    return datetime.now(UTC)


def _set_up_log() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(RedactingFormatter("%(asctime)s %(levelname)-7s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])


# --- the way out -----------------------------------------------------------------------------------------------


def _open_outbox(settings: NodeSettings) -> SqliteOutbox:
    limits = settings.outbox
    budget = Budget(max_messages=limits.max_messages, max_bytes=limits.max_bytes, min_free_bytes=limits.min_free_bytes)
    return SqliteOutbox(settings.node.data_dir, node=settings.node.name, budget=budget, clock=_now)


def _make_link(settings: NodeSettings) -> MqttLink:
    return MqttLink(settings.node.name, _address(settings.broker, settings.username), software=software(), clock=_now)


def _address(broker: BrokerSettings, username: str) -> BrokerAddress:
    tls = Tls(ca_file=broker.ca_file, cert_file=broker.cert_file, key_file=broker.key_file) if broker.ca_file else None
    return BrokerAddress(
        host=broker.host, port=broker.port, username=username, password=broker.password(os.environ), tls=tls
    )


def _make_sender(settings: NodeSettings, outbox: SqliteOutbox, link: MqttLink) -> Sender:
    pace = Pace(
        resend_after_seconds=settings.outbox.resend_after_seconds,
        replay_per_second=settings.outbox.replay_per_second,
    )
    sender = Sender(outbox, link, pace=pace, wall=_now, monotonic=monotonic, chance=random.random)
    outbox.on_kept = sender.wake
    link.on_ack, link.on_confirmed, link.on_connected = sender.on_ack, sender.on_confirmed, sender.on_connected
    return sender


# --- cameras ---------------------------------------------------------------------------------------------------


def _make_cameras(settings: NodeSettings, book: EventBook, closing: ExitStack) -> list[CameraRunner]:
    if not settings.cameras:
        return []
    # Only here, so that a box with gauges alone needs neither the picture libraries nor the models.
    from siaga_edge.camera.capture import Capture
    from siaga_edge.camera.pipeline import CameraPipeline
    from siaga_edge.vision.errors import ModelError
    from siaga_edge.vision.eyes import open_eyes
    from siaga_edge.vision.shared import SharedEyes

    models = settings.models
    try:
        eyes = open_eyes(detector=models.detector, water=models.water, manifest=models.manifest)
    except ModelError as error:
        raise CannotStartError(str(error)) from error
    shared = SharedEyes(eyes)
    closing.callback(shared.close)
    runners: list[CameraRunner] = []
    for camera in settings.cameras:
        capture = Capture(name=camera.id, url=camera.url, fps=camera.fps, clock=_now)
        pipeline = CameraPipeline(camera, shared.lend())
        runners.append(
            CameraRunner(
                camera.id,
                capture,
                pipeline,
                sink=book,
                clock=_now,
                unknown_after_seconds=camera.unknown_after_seconds,
            )
        )
        log.info("camera %s: %s, %d zones", camera.id, redact(camera.url), len(camera.zones))
    return runners
