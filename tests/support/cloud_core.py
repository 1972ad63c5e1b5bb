"""Builders of wire messages, a sender that stands for an edge's outbox, and the cloud's programs as processes."""

from __future__ import annotations

import hashlib
import io
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self
from uuid import UUID, uuid4

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from PIL import Image

from siaga_cloud.ingest.queue import Delivery
from siaga_core.wire import codec, topics
from siaga_core.wire.ids import uuid7
from siaga_core.wire.messages import (
    AckMessage,
    Box,
    Details,
    EventMessage,
    EventState,
    EvidenceHeader,
    EvidenceRole,
    FloodingDetails,
    Hazard,
    HealthMessage,
    OutboxHealth,
    ParkingDetails,
    Place,
    Reading,
    ReadingsMessage,
    Severity,
    Source,
    SourceKind,
    Stage,
    StageDetails,
)
from siaga_sim.stack.broker import INGEST_USER, Broker
from siaga_sim.stack.child import Child

MANGGARAI = Place(lat=-6.2079, lon=106.84844)
NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


def utc_now() -> datetime:
    return datetime.now(UTC)


def a_reading(level_cm: float | None = 500.0, *, at: datetime, gauge: str = "manggarai", **more: Any) -> Reading:
    return Reading(gauge=gauge, measured_at=at, level_cm=level_cm, **more)


def readings_message(
    *readings: Reading, node: str = "node-a", outbox_id: UUID, seq: int = 1, at: datetime | None = None, **more: Any
) -> ReadingsMessage:
    measured_at = at or readings[-1].measured_at
    envelope = {"id": uuid7(measured_at), "node": node, "outbox_id": outbox_id, "seq": seq, **more}
    return ReadingsMessage(measured_at=measured_at, sent_at=measured_at, readings=readings, **envelope)


def event_message(
    *,
    outbox_id: UUID,
    at: datetime,
    seq: int = 1,
    node: str = "node-a",
    event_id: UUID | None = None,
    revision: int = 1,
    state: EventState = EventState.BEGAN,
    hazard: Hazard = Hazard.ILLEGAL_PARKING,
    source: Source | None = None,
    place: Place = MANGGARAI,
    confidence: float = 0.9,
    severity: Severity = Severity.MODERATE,
    details: Details | None = None,
    began_at: datetime | None = None,
) -> EventMessage:
    return EventMessage(
        id=uuid7(at),
        node=node,
        outbox_id=outbox_id,
        seq=seq,
        measured_at=at,
        sent_at=at,
        event_id=event_id or uuid7(at),
        revision=revision,
        state=state,
        hazard=hazard,
        source=source or Source(kind=SourceKind.CAMERA, id="cam-manggarai"),
        place=place,
        began_at=began_at or at,
        ended_at=at if state is EventState.ENDED else None,
        confidence=confidence,
        severity=severity,
        details=details or details_of(hazard),
    )


def details_of(hazard: Hazard) -> Details:
    if hazard is Hazard.FLOODING:
        return FloodingDetails(water_share=0.4)
    box = Box(x1=0.1, y1=0.1, x2=0.3, y2=0.3)
    return ParkingDetails(label="car", dwell_seconds=200, allowed_seconds=180, box=box)


def stage_event(stage: Stage, *, outbox_id: UUID, at: datetime, **more: Any) -> EventMessage:
    return event_message(
        outbox_id=outbox_id,
        at=at,
        hazard=Hazard.WATER_LEVEL,
        source=Source(kind=SourceKind.GAUGE, id="manggarai"),
        details=StageDetails(stage=stage, level_cm=900),
        **more,
    )


def health_message(*, outbox_id: UUID, at: datetime, seq: int, evicted: int = 0, node: str = "node-a") -> HealthMessage:
    outbox = OutboxHealth(waiting=0, evicted=evicted, bytes=0)
    return HealthMessage(
        id=uuid7(at),
        node=node,
        outbox_id=outbox_id,
        seq=seq,
        measured_at=at,
        sent_at=at,
        uptime_seconds=60,
        outbox=outbox,
    )


def a_jpeg(colour: tuple[int, int, int] = (90, 120, 140)) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(stream, "JPEG")
    return stream.getvalue()


def evidence_message(
    jpeg: bytes,
    *,
    event_id: UUID,
    outbox_id: UUID,
    seq: int,
    at: datetime,
    node: str = "node-a",
    sha256: str | None = None,
) -> tuple[str, bytes]:
    """(topic, payload) of a picture."""
    header = EvidenceHeader(
        id=uuid7(at),
        node=node,
        outbox_id=outbox_id,
        seq=seq,
        measured_at=at,
        sent_at=at,
        event_id=event_id,
        number=0,
        role=EvidenceRole.ARRIVAL,
        sha256=sha256 or hashlib.sha256(jpeg).hexdigest(),
        width=64,
        height=48,
        redacted=True,
    )
    return topics.evidence(node, event_id, 0), codec.encode(header) + b"\n" + jpeg


def topic_of(message: ReadingsMessage | EventMessage | HealthMessage) -> str:
    streams = {
        ReadingsMessage: topics.UpStream.READINGS,
        EventMessage: topics.UpStream.EVENTS,
        HealthMessage: topics.UpStream.HEALTH,
    }
    return topics.up(message.node, streams[type(message)])


def a_delivery(topic: str, payload: bytes, *, at: datetime = NOW, mid: int = 1, epoch: int = 1) -> Delivery:
    return Delivery(epoch=epoch, mid=mid, topic=topic, payload=payload, received_at=at)


def deliver(message: ReadingsMessage | EventMessage | HealthMessage, *, at: datetime = NOW, mid: int = 1) -> Delivery:
    return a_delivery(topic_of(message), codec.encode(message), at=at, mid=mid)


def eventually(condition: Callable[[], bool], *, seconds: float = 60.0, what: str = "condition") -> None:
    """Waits for a condition; fails with its name."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.02)


class Sender:
    """A node that keeps each message until the cloud says that it is committed, and sends it again until then."""

    def __init__(self, node: str, broker: Broker, password: str, *, resend_after_seconds: float = 1.0) -> None:
        self.node, self.outbox_id = node, uuid4()
        self.sent_ids: set[UUID] = set()
        self.acknowledged_at: dict[int, float] = {}
        self._waiting: dict[int, tuple[float, bytes]] = {}
        self._lock = threading.Lock()
        self.resend_after_seconds = resend_after_seconds
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=node, clean_session=False, protocol=mqtt.MQTTv311
        )
        self._client.reconnect_delay_set(0.2, 1)  # type: ignore[arg-type]
        self._client.max_inflight_messages_set(500)
        self._client.username_pw_set(node, password)
        self._client.on_connect = lambda client, *_: client.subscribe(topics.down_filter(node), 1)
        self._client.on_message = self._on_ack
        self._client.connect_async("127.0.0.1", broker.port, keepalive=10)
        self._stopping = threading.Event()
        self._resender = threading.Thread(target=self._resend, daemon=True)

    def __enter__(self) -> Self:
        self._client.loop_start()
        self._resender.start()
        eventually(self._client.is_connected, what=f"{self.node} connected")
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._resender.join()
        self._client.disconnect()
        self._client.loop_stop()

    @property
    def waiting(self) -> int:
        with self._lock:
            return len(self._waiting)

    def send_reading(self, seq: int) -> None:
        """One message with one reading of this node's gauge."""
        at = utc_now()
        reading = a_reading(500 + seq % 7, at=at + timedelta(microseconds=seq % 1000), gauge=f"g-{self.node}")
        self.send(readings_message(reading, node=self.node, outbox_id=self.outbox_id, seq=seq, at=at))

    def send(self, message: ReadingsMessage | EventMessage | HealthMessage) -> None:
        payload = codec.encode(message)
        self.sent_ids.add(message.id)
        with self._lock:
            self._waiting[message.seq] = (time.monotonic(), topic_of(message).encode() + b"\n" + payload)
        self._client.publish(topic_of(message), payload, qos=1)

    def _on_ack(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        ack = AckMessage.model_validate_json(message.payload)
        with self._lock:
            for seqs in ack.ranges:
                for seq in range(seqs.first, seqs.last + 1):
                    if ack.outbox_id == self.outbox_id and seq in self._waiting:
                        del self._waiting[seq]
                        self.acknowledged_at[seq] = time.monotonic()

    def _resend(self) -> None:
        while not self._stopping.wait(0.1):
            if not self._client.is_connected():
                continue
            now = time.monotonic()
            with self._lock:
                due = [seq for seq, (at, _) in self._waiting.items() if now - at > self.resend_after_seconds]
                again = [self._waiting[seq][1] for seq in due]
                self._waiting.update({seq: (now, body) for seq, body in zip(due, again, strict=True)})
            for body in again:
                topic, _, payload = body.partition(b"\n")
                self._client.publish(topic.decode(), payload, qos=1)


def cloud_environment(database_url: str, broker: Broker, media: Path, **more: str) -> dict[str, str]:
    """Settings of the cloud's programs, as environment."""
    return {
        "SIAGA_DATABASE_URL": database_url,
        "SIAGA_BROKER_HOST": "127.0.0.1",
        "SIAGA_BROKER_PORT": str(broker.port),
        "SIAGA_BROKER_USERNAME": INGEST_USER,
        "SIAGA_BROKER_PASSWORD": broker.logins[INGEST_USER],
        "SIAGA_BROKER_PROTOCOL": broker.protocol,
        "SIAGA_MEDIA_DIR": str(media),
        "SIAGA_LEASE_SECONDS": "2",
        "SIAGA_UNOWNED": "accept",  # most senders of tests report sources that no city has recorded
        **more,
    }


def cloud_process(role: str, environment: dict[str, str], log: Path) -> Child:
    """One of the cloud's programs, not yet started."""
    argv = [sys.executable, "-c", "from siaga_cloud.main import main; main()", role]
    return Child(name=role, argv=argv, log=log, env={**os.environ, **environment})


def all_served(database_url: str, replicas: Iterable[str]) -> bool:
    """Whether every shard is leased, to these replicas and no others."""
    import psycopg

    with psycopg.connect(database_url) as conn:
        rows = conn.execute("SELECT replica, count(*) FROM shard_lease GROUP BY replica").fetchall()
    return {row[0] for row in rows} == set(replicas)
