"""A gauge that speaks the wire by itself, over its own modem: no box stands beside it.

It is a node with one gauge. It has room for few messages, keeps each until the cloud has acknowledged it, and counts
what it had to give up, so that the cloud's ledger closes as it does for a box.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from paho.mqtt.client import Client, MQTTMessage, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion
from pydantic import ValidationError

from siaga_core.wire.codec import encode
from siaga_core.wire.ids import uuid7
from siaga_core.wire.messages import (
    AckMessage,
    GaugeHealth,
    HealthMessage,
    NodeState,
    OutboxHealth,
    Quality,
    Reading,
    ReadingsMessage,
    StatusMessage,
)
from siaga_core.wire.topics import DownStream, UpStream, down, up
from siaga_sim.firmware import DeviceReading
from siaga_sim.firmware.spool import Kept, Spool, acked, due, put, sent

Message = ReadingsMessage | HealthMessage
_SOFTWARE = "siaga-firmware-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Where the broker is and who the gauge is to it."""

    host: str
    port: int
    node: str
    password: str = field(repr=False)


class SmartGauge:
    """`take` readings, call `tick` often; both from one thread. `now` is seconds since power-on, `clock` its RTC."""

    def __init__(
        self,
        gauge: str,
        account: Account,
        *,
        clock: Callable[[], datetime],
        room: int = 256,
        again_after_seconds: float = 15.0,
    ) -> None:
        self._gauge, self._account, self._clock, self._again = gauge, account, clock, again_after_seconds
        self._lock = threading.Lock()
        self.outbox_id: UUID = uuid4()
        self._spool: Spool[Message] = Spool(room=room)
        self._readings = 0
        self._client = self._make_client()

    @property
    def waiting(self) -> int:
        """Messages that the cloud has not acknowledged."""
        return len(self._spool.kept)

    @property
    def evicted(self) -> int:
        """Messages given up for lack of room."""
        return self._spool.evicted

    def start(self) -> None:
        """Switches the modem on; it connects by itself, now and after every loss."""
        self._client.connect_async(self._account.host, self._account.port, keepalive=20)
        self._client.loop_start()

    def stop(self) -> None:
        """Switches the modem off."""
        self._client.disconnect()
        self._client.loop_stop()

    def take(self, reading: DeviceReading) -> None:
        """Keeps one reading of the firmware for the cloud."""
        at, self._readings = self._clock(), self._readings + 1
        with self._lock:
            fields = self._envelope(at) | {"readings": (_on_the_wire(self._gauge, reading, at),)}
            self._spool = put(self._spool, ReadingsMessage.model_validate(fields))

    def tell_health(self, *, powered_seconds: float) -> None:
        """Keeps a health message, which carries the count of what was given up."""
        at = self._clock()
        with self._lock:
            outbox = OutboxHealth(waiting=self.waiting, evicted=self.evicted, bytes=0)
            gauge = GaugeHealth(id=self._gauge, readings=self._readings)
            fields = self._envelope(at) | {"uptime_seconds": powered_seconds, "software": _SOFTWARE}
            self._spool = put(
                self._spool, HealthMessage.model_validate(fields | {"outbox": outbox, "gauges": (gauge,)})
            )

    def tick(self, *, now: float) -> None:
        """Sends what is due while the modem is connected."""
        if not self._client.is_connected():
            return
        with self._lock:
            leaving = due(self._spool, now=now, again_after_seconds=self._again)
        for kept in leaving:  # without the lock, because the client confirms under locks of its own
            self._client.publish(self._topic(kept.item), encode(self._stamped(kept)), qos=1)
            with self._lock:
                self._spool = sent(self._spool, kept.seq, now=now)

    def _envelope(self, at: datetime) -> dict[str, object]:
        return {
            "id": uuid7(at),
            "node": self._account.node,
            "outbox_id": self.outbox_id,
            "seq": self._spool.last_seq + 1,
            "measured_at": at,
            "sent_at": at,
        }

    def _stamped(self, kept: Kept[Message]) -> Message:
        return kept.item.model_copy(update={"sent_at": self._clock(), "late": kept.sent_at is not None})

    def _topic(self, message: Message) -> str:
        stream = UpStream.READINGS if isinstance(message, ReadingsMessage) else UpStream.HEALTH
        return up(self._account.node, stream)

    def _make_client(self) -> Client:
        node = self._account.node
        client = Client(CallbackAPIVersion.VERSION2, client_id=node, clean_session=False, protocol=MQTTv311)
        client.username_pw_set(node, self._account.password)
        client.reconnect_delay_set(1, 30)
        client.max_queued_messages_set(2 * self._spool.room)
        client.will_set(*self._status(NodeState.OFFLINE), qos=1, retain=True)
        client.on_connect = lambda client, *_: self._connected(client)
        client.on_message = self._received
        return client

    def _connected(self, client: Client) -> None:
        client.subscribe(down(self._account.node, DownStream.ACK), qos=1)
        client.publish(*self._status(NodeState.ONLINE), qos=1, retain=True)

    def _status(self, state: NodeState) -> tuple[str, bytes]:
        message = StatusMessage(node=self._account.node, state=state, at=self._clock(), software=_SOFTWARE)
        return up(self._account.node, UpStream.STATUS), encode(message)

    def _received(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        try:
            ack = AckMessage.model_validate_json(message.payload)
        except ValidationError:
            return  # a firmware has nobody to tell; the message is sent again and acknowledged again
        if ack.outbox_id == self.outbox_id:
            with self._lock:
                self._spool = acked(self._spool, ((each.first, each.last) for each in ack.ranges))


def _on_the_wire(gauge: str, reading: DeviceReading, at: datetime) -> Reading:
    names = ("burst_incomplete", "sensor_fault", "low_battery", "out_of_range")
    flags = tuple(name for name in names if getattr(reading, name))
    is_missing = reading.level_mm is None
    quality = Quality.MISSING if is_missing else Quality.SUSPECT if set(flags) - {"low_battery"} else Quality.GOOD
    return Reading(
        gauge=gauge,
        measured_at=at,
        level_cm=None if reading.level_mm is None else reading.level_mm / 10,
        quality=quality,
        flags=flags,
        spread_cm=None if is_missing else reading.spread_mm / 10,
        samples=reading.valid,
    )
