"""Provides the bounded queue between the MQTT network thread and the writer."""

from __future__ import annotations

import threading
import time
from collections import deque
from datetime import datetime
from typing import NamedTuple


class Delivery(NamedTuple):
    """Represents one message as the broker delivered it. `epoch` names the connection of `mid`."""

    epoch: int
    mid: int
    topic: str
    payload: bytes
    received_at: datetime


class Inbox:
    """Queues deliveries, bounded in messages and in bytes; while it is full nothing is read from the broker."""

    def __init__(self, *, max_messages: int = 2000, max_bytes: int = 64 * 1024 * 1024) -> None:
        self._max_messages, self._max_bytes = max_messages, max_bytes
        self._waiting: deque[Delivery] = deque()
        self._bytes = 0
        self._wanted = (1, 1)  # messages or bytes for which whoever takes is woken
        self._changed = threading.Condition()

    def put(self, delivery: Delivery, *, wait_seconds: float) -> bool:
        """Adds a delivery as soon as there is room; False when there was none for `wait_seconds`."""
        with self._changed:
            if not self._has_room(delivery) and not self._changed.wait_for(
                lambda: self._has_room(delivery), wait_seconds
            ):
                return False
            self._waiting.append(delivery)
            self._bytes += len(delivery.payload)
            if self._is_enough():
                self._changed.notify_all()
            return True

    def next_batch(
        self, *, max_messages: int, max_bytes: int, first_wait_seconds: float, gather_seconds: float
    ) -> list[Delivery]:
        """Return the next batch: full, or what came within `gather_seconds` of the first; empty when none came."""
        with self._changed:
            if not self._changed.wait_for(lambda: bool(self._waiting), first_wait_seconds):
                return []
            self._gather(max_messages, max_bytes, time.monotonic() + gather_seconds)
            batch = self._pop(max_messages, max_bytes)
            self._changed.notify_all()
            return batch

    def __len__(self) -> int:
        with self._changed:
            return len(self._waiting)

    def _has_room(self, delivery: Delivery) -> bool:
        # An empty inbox takes anything, so that one huge message cannot block for ever.
        if not self._waiting:
            return True
        return len(self._waiting) < self._max_messages and self._bytes + len(delivery.payload) <= self._max_bytes

    def _is_enough(self) -> bool:
        messages, size = self._wanted
        return len(self._waiting) >= messages or self._bytes >= size

    def _gather(self, max_messages: int, max_bytes: int, until: float) -> None:
        self._wanted = (max_messages, max_bytes)
        try:
            self._changed.wait_for(self._is_enough, max(0.0, until - time.monotonic()))
        finally:
            self._wanted = (1, 1)

    def _pop(self, max_messages: int, max_bytes: int) -> list[Delivery]:
        batch: list[Delivery] = []
        size = 0
        while self._waiting and len(batch) < max_messages:
            if batch and size + len(self._waiting[0].payload) > max_bytes:
                break
            delivery = self._waiting.popleft()
            size += len(delivery.payload)
            batch.append(delivery)
        self._bytes -= size
        return batch
