"""Writes a program's sign of life for the health check of its container."""

from __future__ import annotations

import time

from prometheus_client import CollectorRegistry, Gauge

from siaga_cloud.platform.observe.healthcheck import BEAT


class Beat:
    """Exports when the program's own work last completed a round, because a responding server proves less than that."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._gauge = Gauge(BEAT, "when the program's own work last went round", registry=registry)
        self()

    def __call__(self) -> None:
        """It went round just now."""
        self._gauge.set(time.time())
        self._last = time.monotonic()

    def wait_for_others(self) -> None:
        """It waits for the database just now: the exported beat grows old, but the process does not hang."""
        self._last = time.monotonic()

    def age_seconds(self) -> float:
        """Return how long ago it last went round or waited for others."""
        return time.monotonic() - self._last
