"""What a gauge that speaks the wire keeps, sends and takes off again, whatever carries it. One lock, any threads."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias
from uuid import UUID, uuid4

from pydantic import ValidationError

from siaga_core.rules.replay import FollowedReplay, is_believed, is_outdated
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
    ReplayMessage,
    StatusMessage,
)
from siaga_core.wire.parts import CommandHealth
from siaga_core.wire.topics import UpStream, up
from siaga_sim.firmware import DeviceReading
from siaga_sim.firmware.spool import Spool, StoredItem, acked, again, due, put, sent

log = logging.getLogger(__name__)

Message: TypeAlias = ReadingsMessage | HealthMessage
SOFTWARE = "siaga-firmware-1"
_FLAGS = ("burst_incomplete", "sensor_fault", "low_battery", "out_of_range")


@dataclass(slots=True)
class Ledger:
    """What went through a mailbox since it began."""

    stored: int = 0
    sent: int = 0
    resent: int = 0
    acked: int = 0
    late_acks: int = 0
    refused: int = 0


@dataclass(slots=True)
class Mailbox:
    """The outbox of one gauge that is a node by itself. `clock` is its own clock, which may be wrong.

    `powered`: seconds since power-on, which are right. `last_refusal`: why the cloud refused a message last.
    """

    node: str
    gauge: str
    clock: Callable[[], datetime]
    room: int = 256
    again_after_seconds: float = 15.0
    outbox_id: UUID = field(default_factory=uuid4)
    ledger: Ledger = field(default_factory=Ledger)
    _spool: Spool[Message] = field(init=False)
    had_room: int = 32
    powered: Callable[[], float] = time.monotonic
    _readings: int = 0
    _replayed: UUID | None = None
    _followed: FollowedReplay | None = None
    last_refusal: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._spool = Spool(room=self.room, had_room=self.had_room)

    @property
    def waiting(self) -> int:
        """Messages that the cloud has not acknowledged."""
        return len(self._spool.stored)

    @property
    def evicted(self) -> int:
        """Messages given up for lack of room."""
        return self._spool.evicted

    def add_reading(self, reading: DeviceReading) -> None:
        """Store one reading of the firmware for the cloud."""
        at, self._readings = self.clock(), self._readings + 1
        with self._lock:
            fields = self._envelope(at) | {"readings": (on_the_wire(self.gauge, reading, at),)}
            self._save(ReadingsMessage.model_validate(fields))

    def report_health(self, *, powered_seconds: float, command: CommandHealth | None = None) -> None:
        """Store a health message, which carries the count of evicted messages."""
        at = self.clock()
        with self._lock:
            parts = {
                "uptime_seconds": powered_seconds,
                "software": SOFTWARE,
                "outbox": OutboxHealth(waiting=self.waiting, evicted=self.evicted, bytes=0, replayed=self._replayed),
                "gauges": (GaugeHealth(id=self.gauge, readings=self._readings),),
                "command": command,
            }
            self._save(HealthMessage.model_validate(self._envelope(at) | parts))

    def due(self, *, now: float) -> tuple[StoredItem[Message], ...]:
        """What is to be sent at a moment, oldest first."""
        with self._lock:
            return due(self._spool, now=now, again_after_seconds=self.again_after_seconds)

    def outgoing_message(self, stored: StoredItem[Message]) -> tuple[str, bytes]:
        """Topic and bytes of a message that leaves now."""
        stream = UpStream.READINGS if isinstance(stored.item, ReadingsMessage) else UpStream.HEALTH
        leaving = stored.item.model_copy(update={"sent_at": self.clock(), "late": stored.sent_at is not None})
        return up(self.node, stream), encode(leaving)

    def left(self, stored: StoredItem[Message], *, now: float) -> None:
        """Record that a message was handed to the network."""
        with self._lock:
            self._spool = sent(self._spool, stored.seq, now=now)
            if stored.sent_at is None:
                self.ledger.sent += 1
            else:
                self.ledger.resent += 1

    def status(self, state: NodeState) -> tuple[str, bytes]:
        """Topic and bytes of the status; for the Last Will too."""
        message = StatusMessage(node=self.node, state=state, at=self.clock(), software=SOFTWARE)
        return up(self.node, UpStream.STATUS), encode(message)

    def acknowledged(self, payload: bytes) -> bool:
        """Takes off what an acknowledgement names; False when it is none of ours, or may be of a cloud that is gone."""
        try:
            ack = AckMessage.model_validate_json(payload)
        except ValidationError:
            return False  # a firmware has nobody to tell; the message is sent again and acknowledged again
        if ack.outbox_id != self.outbox_id:
            return False
        with self._lock:
            if not is_believed(ack.replay, self._followed, now=self.powered()):
                return False
            before = self.waiting
            self._note_refused(ack)
            self._spool = acked(self._spool, ((each.first, each.last) for each in ack.ranges))
            self.ledger.acked += before - self.waiting
            self.ledger.late_acks += before == self.waiting
        return True

    def replayed(self, payload: bytes) -> int:
        """The cloud lost what it had: what is still here waits again; how many. Each request is followed once."""
        try:
            wanted = ReplayMessage.model_validate_json(payload)
        except ValidationError:
            return 0
        with self._lock:
            if wanted.id == self._replayed or is_outdated(wanted.made_at, self._followed):
                return 0
            self._replayed, before = wanted.id, self.waiting
            followed = FollowedReplay(request_id=wanted.id, at=self.powered(), made_at=wanted.made_at)
            self._followed = followed if wanted.is_named else None
            self._spool = again(self._spool)
            self.ledger.acked -= self.waiting - before
            return self.waiting - before

    def _note_refused(self, ack: AckMessage) -> None:
        waiting = {stored.seq for stored in self._spool.stored}
        for one in ack.refused:
            if one.seq in waiting:  # an acknowledgement may come twice
                self.ledger.refused += 1
                if one.reason != self.last_refusal:
                    log.warning("%s: the cloud refused message %d: %s", self.node, one.seq, one.reason)
                self.last_refusal = one.reason

    def _save(self, message: Message) -> None:
        self._spool = put(self._spool, message)
        self.ledger.stored += 1

    def _envelope(self, at: datetime) -> dict[str, object]:
        return {
            "id": uuid7(at),
            "node": self.node,
            "outbox_id": self.outbox_id,
            "seq": self._spool.last_seq + 1,
            "measured_at": at,
            "sent_at": at,
        }


def on_the_wire(gauge: str, reading: DeviceReading, at: datetime) -> Reading:
    """The firmware's reading as the cloud gets it."""
    flags = tuple(name for name in _FLAGS if getattr(reading, name))
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
