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

from siaga_core.rules.stage import StageLimits
from siaga_core.wire.messages import Hazard, Place, Reading, SourceKind, StageDetails
from siaga_edge.adapters.csv_gauge import CsvGauge
from siaga_edge.adapters.modbus_gauge import ModbusGauge
from siaga_edge.adapters.mqtt_link import BrokerAddress, MqttLink, Tls
from siaga_edge.adapters.sqlite_file import OutboxError
from siaga_edge.adapters.sqlite_outbox import Budget, SqliteOutbox
from siaga_edge.camera_runner import CameraRunner
from siaga_edge.gauge.batch import ReadingsBatch
from siaga_edge.gauge.quality import QualityLimits
from siaga_edge.gauge.runner import GaugeRunner, GaugeSource
from siaga_edge.gauge.watch import GaugeFacts, GaugeWatch, begin
from siaga_edge.health import software
from siaga_edge.node import Node, Outlet, PolledGauge
from siaga_edge.orphans import OrphanPolicy
from siaga_edge.outbox.event_book import EventBook
from siaga_edge.outbox.parcels import of_readings
from siaga_edge.outbox.sender import Pace, Sender
from siaga_edge.redaction import RedactingFormatter, redact
from siaga_edge.settings import BrokerSettings, GaugeSettings, ModbusTcpSource, NodeSettings

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
        gauges=[_make_gauge(gauge, outbox, book, batch) for gauge in settings.gauges],
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


# --- gauges ----------------------------------------------------------------------------------------------------


def _make_gauge(gauge: GaugeSettings, outbox: SqliteOutbox, book: EventBook, batch: ReadingsBatch) -> PolledGauge:
    facts = _gauge_facts(gauge)
    runner = GaugeRunner(
        _gauge_source(gauge, outbox),
        facts,
        _resumed(gauge.id, book, _now()),
        add=lambda reading: batch.add(reading, now=monotonic()),
        sink=book,
    )
    log.info("gauge %s: %s", gauge.id, _where(gauge))
    return PolledGauge(runner=runner, every_seconds=gauge.poll_seconds)


def _gauge_facts(gauge: GaugeSettings) -> GaugeFacts:
    return GaugeFacts(
        id=gauge.id,
        place=Place(lat=gauge.place.lat, lon=gauge.place.lon),
        limits=StageLimits(s3_cm=gauge.limits.s3_cm, s2_cm=gauge.limits.s2_cm, s1_cm=gauge.limits.s1_cm),
        hysteresis_cm=gauge.hysteresis_cm,
        stale_seconds=gauge.stale_seconds,
        datum_cm=gauge.datum_cm,
        quality=QualityLimits(**gauge.quality.model_dump(), stale_seconds=gauge.stale_seconds),
    )


def _gauge_source(gauge: GaugeSettings, outbox: SqliteOutbox) -> GaugeSource:
    source = gauge.source
    if isinstance(source, ModbusTcpSource):
        return ModbusGauge(source.host, source.port, unit=source.unit)
    return CsvGauge(gauge.id, source.path, cursors=outbox)


def _resumed(gauge_id: str, book: EventBook, now: datetime) -> GaugeWatch:
    """A gauge's events are few and plain: at most one alarm and one silence, both gone on with from where they were."""
    stage, alarm_since, silent_since = None, None, None
    for entry in book.orphans():
        if (entry.source.kind, entry.source.id) != (SourceKind.GAUGE, gauge_id):
            continue
        if isinstance(entry.details, StageDetails):
            stage, alarm_since = int(entry.details.stage), entry.began_at
        elif entry.hazard is Hazard.VIEW_LOST:
            silent_since = entry.began_at
    return begin(now, stage=stage, alarm_since=alarm_since, silent_since=silent_since)


def _where(gauge: GaugeSettings) -> str:
    source = gauge.source
    if isinstance(source, ModbusTcpSource):
        return f"Modbus TCP {source.host}:{source.port} unit {source.unit}"
    return f"file {source.path}"


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
