"""Provides the bounded queue between the MQTT network thread and the writer."""

from __future__ import annotations

import threading
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

    def __init__(self, *, max_messages: int = 4000, max_bytes: int = 64 * 1024 * 1024) -> None:
        self._max_messages, self._max_bytes = max_messages, max_bytes
        self._waiting: deque[Delivery] = deque()
        self._bytes = 0
        # Messages or bytes for which whoever takes is woken; None while nobody waits for any.
        self._wanted: tuple[int, int] | None = None
        self._changed = threading.Condition(threading.Lock())

    def put(self, delivery: Delivery, *, wait_seconds: float) -> bool:
        """Adds a delivery as soon as there is room; False when there was none for `wait_seconds`."""
        # Runs for every message in the thread that reads from the broker, so it calls as little as it can.
        waiting = self._waiting
        with self._changed:
            size = self._bytes + len(delivery.payload)
            # An empty inbox takes anything, so that one huge message cannot block for ever.
            if waiting and (len(waiting) >= self._max_messages or size > self._max_bytes):
                if not self._changed.wait_for(lambda: self._has_room(delivery), wait_seconds):
                    return False
                size = self._bytes + len(delivery.payload)
            waiting.append(delivery)
            self._bytes = size
            if self._wanted is not None and self._is_enough():
                self._changed.notify_all()
        return True

    def next_batch(
        self, *, max_messages: int, max_bytes: int, first_wait_seconds: float, gather_seconds: float
    ) -> list[Delivery]:
        """Return the next batch: full, or what came within `gather_seconds` of the first; empty when none came."""
        with self._changed:
            if not self._waiting and not self._wait_for(1, 1, first_wait_seconds):
                return []
            if gather_seconds:
                self._wait_for(max_messages, max_bytes, gather_seconds)
            batch = self._pop(max_messages, max_bytes)
            self._changed.notify_all()
            return batch

    def __len__(self) -> int:
        with self._changed:
            return len(self._waiting)

    def _has_room(self, delivery: Delivery) -> bool:
        if not self._waiting:
            return True
        return len(self._waiting) < self._max_messages and self._bytes + len(delivery.payload) <= self._max_bytes

    def _is_enough(self) -> bool:
        messages, size = self._wanted or (0, 0)
        return len(self._waiting) >= messages or self._bytes >= size

    def _wait_for(self, messages: int, size: int, seconds: float) -> bool:
        self._wanted = (messages, size)
        try:
            return self._changed.wait_for(self._is_enough, seconds)
        finally:
            self._wanted = None

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
