"""Whether gauges shall report briskly for a reason that lies outside the water: rain, or a command."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime


class Urgency:
    """Decides for all gauges of a node; safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until: datetime | None = None

    def announce(self, *, until: datetime) -> None:
        """Report briskly until then; of two commands the later time counts."""
        with self._lock:
            self._until = until if self._until is None else max(until, self._until)

    def holds(self, at: datetime, is_raining: Callable[[], bool] = lambda: False) -> bool:
        """Whether there is a reason to be brisk at a time."""
        with self._lock:
            is_announced = self._until is not None and at < self._until
        return is_announced or is_raining()
