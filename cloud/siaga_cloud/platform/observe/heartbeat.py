"""Writes a program's sign of life for the health check of its container."""

from __future__ import annotations

import time

from prometheus_client import CollectorRegistry, Gauge

BEAT = "siaga_beat_timestamp_seconds"


class Beat:
    """Exports when the program's own work last completed a round, because a responding server proves less than that."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._gauge = Gauge(BEAT, "when the program's own work last went round", registry=registry)
        self()

    def __call__(self) -> None:
        """It went round just now."""
        self._gauge.set(time.time())
