"""Counts what the publisher does, for Prometheus and the health check."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from siaga_cloud.platform.observe.heartbeat import Beat

_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10)


class PublishMetrics:
    """Holds the counters of one process in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.rounds = Counter("siaga_publish_rounds", "rounds by how they ended", ["outcome"], registry=self.registry)
        self.files = Counter("siaga_publish_files", "files written or removed", ["action"], registry=self.registry)
        self.seconds = Histogram(
            "siaga_publish_round_seconds", "time that a round took", buckets=_SECONDS, registry=self.registry
        )
        self.published_at = Gauge(
            "siaga_published_timestamp_seconds", "what time the published state is of", registry=self.registry
        )
        self.beat = Beat(self.registry)
