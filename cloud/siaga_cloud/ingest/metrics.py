"""Defines the counters of ingest for Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from siaga_cloud.platform.observe.heartbeat import Beat


class IngestMetrics:
    """Holds the counters of one process in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.deliveries = self._counter("deliveries", "messages that the broker brought")
        self.outcomes = Counter(
            "siaga_ingest_messages",
            "counted messages by what became of them",
            ["outcome"],
            registry=self.registry,
        )
        self.readings = self._counter("readings", "new gauge readings")
        self.signals = self._counter("signals", "event revisions handed to incidents")
        self.refused = self._counter("refused", "deliveries left with the broker for lack of room")
        self.refused_shards = self._counter("refused_shards", "subscriptions to shards that the broker refused")
        self.stale_acks = self._counter("stale_acks", "acknowledgements not sent because their connection was gone")
        self.frames = self._counter("frames", "pictures for looking at now that were shown")
        self.unshown = self._counter("unshown", "pictures that nobody asked for, or that cannot be shown")
        self.blocked = self._counter("blocked", "messages of blocked nodes, dropped")
        self.counted_only = self._counter("counted_only", "refused messages beyond their sender's room, not stored")
        self.cleared = self._counter("cleared", "retained messages of nodes that were cleared from the broker")
        self.retries = self._counter("retries", "batches that had to be tried again")
        self.failures = self._counter("failures", "errors in the writer that were nobody's message's fault")
        self.connects = self._counter("connects", "connections to the broker")
        self.beat = Beat(self.registry)
        self.connected = Gauge("siaga_ingest_connected", "1 while the broker is reached", registry=self.registry)
        self.certificate = Gauge(
            "siaga_ingest_broker_certificate_expires_timestamp_seconds",
            "until when the certificate is good that the broker showed; 0: it shows none",
            registry=self.registry,
        )
        self.waiting = Gauge("siaga_ingest_waiting", "deliveries in the inbox", registry=self.registry)
        self.shards = Gauge("siaga_ingest_shards", "shards that this replica holds", registry=self.registry)
        self.batch_seconds = Histogram(
            "siaga_ingest_batch_seconds", "time to store and commit one batch", registry=self.registry
        )
        self.batch_size = Histogram(
            "siaga_ingest_batch_messages",
            "messages in one batch",
            buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000),
            registry=self.registry,
        )

    def _counter(self, name: str, text: str) -> Counter:
        return Counter(f"siaga_ingest_{name}", text, registry=self.registry)
