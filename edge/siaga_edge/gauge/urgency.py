"""Whether gauges shall report briskly for a reason that lies outside the water: rain, or an order."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime


class Urgency:
    """Safe from any thread. One for all gauges of a box."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until: datetime | None = None

    def look_rate_factor(self, *, until: datetime) -> None:
        """An order: brisk until then; the later of two orders counts."""
        with self._lock:
            self._until = until if self._until is None else max(until, self._until)

    def holds(self, at: datetime, is_raining: Callable[[], bool] = lambda: False) -> bool:
        """Whether there is a reason to be brisk at a time."""
        with self._lock:
            is_ordered = self._until is not None and at < self._until
        return is_ordered or is_raining()
