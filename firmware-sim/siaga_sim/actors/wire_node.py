"""A node on the wire: it connects with its own password, counts its messages and sends each once."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias
from uuid import uuid4

from paho.mqtt.client import Client, MQTTMessage, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion
from pydantic import ValidationError

from siaga_core.rules.geometry import LatLon
from siaga_core.wire.assets import AssetState, AssetStatesMessage
from siaga_core.wire.codec import encode
from siaga_core.wire.ids import uuid7
from siaga_core.wire.messages import (
    AckMessage,
    CameraHealth,
    EventMessage,
    EventState,
    FloodingDetails,
    GaugeHealth,
    Hazard,
    HealthMessage,
    NodeState,
    OutboxHealth,
    Place,
    Reading,
    ReadingsMessage,
    Severity,
    Source,
    SourceKind,
    StatusMessage,
)
from siaga_core.wire.topics import DownStream, UpStream, down, up

SOFTWARE = "siaga-sim-1"
_Sent: TypeAlias = ReadingsMessage | EventMessage | HealthMessage | AssetStatesMessage
GOODBYE_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A node and what it speaks for."""

    name: str
    gauges: tuple[str, ...]
    cameras: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerAccess:
    """Where the broker is, and a node's password."""

    host: str
    port: int
    password: str


class WireNode:
    """One node. Any thread may send; the connection is paho's own thread."""

    def __init__(self, node: Node, access: BrokerAccess) -> None:
        self.node, self._access = node, access
        self.acknowledged = 0
        self._outbox_id, self._seq = uuid4(), 0
        self._began_at, self._lock = datetime.now(UTC), threading.Lock()
        self._client = Client(CallbackAPIVersion.VERSION2, client_id=node.name, protocol=MQTTv311)
        self._client.username_pw_set(node.name, access.password)
        self._client.on_connect = lambda client, *_: self._connected(client)
        self._client.on_message = self._received
        self._client.will_set(*self._status(NodeState.OFFLINE), qos=1, retain=True)

    @property
    def is_up(self) -> bool:
        """Whether the broker has let it in."""
        return bool(self._client.is_connected())

    def start(self) -> None:
        """Connect, now and after every loss."""
        self._client.connect_async(self._access.host, self._access.port, keepalive=20)
        self._client.loop_start()

    def stop(self) -> None:
        """Disconnect with a goodbye."""
        if self._client.is_connected():
            with suppress(ValueError, RuntimeError):
                gone = self._client.publish(*self._status(NodeState.OFFLINE), qos=1, retain=True)
                gone.wait_for_publish(GOODBYE_SECONDS)
        self._client.disconnect()
        self._client.loop_stop()

    def send_levels(self, levels: Sequence[tuple[str, float]], at: datetime) -> None:
        """One message with the level of each gauge."""
        readings = tuple(
            Reading(gauge=gauge, measured_at=at, level_cm=round(level_cm, 1), spread_cm=0.4, samples=7)
            for gauge, level_cm in levels
        )
        with self._lock:
            self._publish(UpStream.READINGS, ReadingsMessage(**self._envelope(at), readings=readings))

    def send_assets(self, states: Sequence[AssetState], at: datetime) -> None:
        """One message with the states of pumps and gates."""
        with self._lock:
            self._publish(UpStream.ASSETS, AssetStatesMessage(**self._envelope(at), states=tuple(states)))

    def send_flood(self, camera: str, place: LatLon, at: datetime, *, depth_cm: float, confidence: float) -> None:
        """A camera's event: water on the street."""
        severity = Severity.SEVERE if depth_cm > 70 else Severity.MODERATE
        with self._lock:
            event = EventMessage(
                **self._envelope(at),
                event_id=uuid7(at),
                revision=1,
                state=EventState.BEGAN,
                hazard=Hazard.FLOODING,
                source=Source(kind=SourceKind.CAMERA, id=camera),
                place=Place(lat=place.lat, lon=place.lon),
                began_at=at,
                confidence=confidence,
                severity=severity,
                details=FloodingDetails(water_share=0.6, share_per_minute=0.1, depth_cm=depth_cm),
            )
            self._publish(UpStream.EVENTS, event)

    def send_health(self) -> None:
        """How the node is."""
        at = datetime.now(UTC)
        with self._lock:
            health = HealthMessage(
                **self._envelope(at),
                uptime_seconds=(at - self._began_at).total_seconds(),
                software=SOFTWARE,
                outbox=OutboxHealth(waiting=0, evicted=0, bytes=0),
                cameras=tuple(CameraHealth(id=one, frames=1, last_frame_at=at) for one in self.node.cameras),
                gauges=tuple(GaugeHealth(id=one, readings=1, last_reading_at=at) for one in self.node.gauges),
            )
            self._publish(UpStream.HEALTH, health)

    def publish_raw(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Bytes as they are, on any topic."""
        self._client.publish(topic, payload, qos=1, retain=retain)

    def _publish(self, stream: UpStream, message: _Sent) -> None:
        self._client.publish(up(self.node.name, stream), encode(message), qos=1)

    def _envelope(self, at: datetime) -> dict[str, object]:
        self._seq += 1
        return {
            "id": uuid7(at),
            "node": self.node.name,
            "outbox_id": self._outbox_id,
            "seq": self._seq,
            "measured_at": at,
            "sent_at": datetime.now(UTC),
        }

    def _status(self, state: NodeState) -> tuple[str, bytes]:
        message = StatusMessage(node=self.node.name, state=state, at=self._began_at, software=SOFTWARE)
        return up(self.node.name, UpStream.STATUS), encode(message)

    def _connected(self, client: Client) -> None:
        client.subscribe(down(self.node.name, DownStream.ACK), 1)
        client.publish(*self._status(NodeState.ONLINE), qos=1, retain=True)

    def _received(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        with suppress(ValidationError):
            ack = AckMessage.model_validate_json(message.payload)
            if ack.outbox_id == self._outbox_id:
                self.acknowledged += sum(one.last - one.first + 1 for one in ack.ranges)
