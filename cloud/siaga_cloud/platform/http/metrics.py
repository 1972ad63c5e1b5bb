"""Defines the Prometheus metrics of the HTTP layer."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, disable_created_metrics
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from siaga_cloud.platform.db.replica import Standing

disable_created_metrics()  # type: ignore[no-untyped-call]


def _registry() -> CollectorRegistry:
    return CollectorRegistry(auto_describe=True)


@dataclass(slots=True)
class Metrics:
    """Holds the counters of one application in a registry of their own."""

    registry: CollectorRegistry = field(default_factory=_registry)
    requests: Counter = field(init=False)
    seconds: Histogram = field(init=False)
    refused: Counter = field(init=False)
    lanes: Gauge = field(init=False)
    reports_waiting: Gauge = field(init=False)
    live_clients: Gauge = field(init=False)
    live_sent: Counter = field(init=False)
    live_resets: Counter = field(init=False)
    live_listening: Gauge = field(init=False)
    reports: Counter = field(init=False)
    replica_lag: Gauge = field(init=False)
    replica_used: Gauge = field(init=False)
    replica_reads: Counter = field(init=False)

    def __post_init__(self) -> None:
        collector_registry = self.registry
        ProcessCollector(registry=collector_registry)
        self.requests = Counter(
            "siaga_http_requests_total", "Requests answered", ["method", "route", "status"], registry=collector_registry
        )
        self.seconds = Histogram(
            "siaga_http_request_seconds",
            "Time to answer, streams excluded",
            ["method", "route"],
            registry=collector_registry,
        )
        self.refused = Counter(
            "siaga_http_refused_total",
            "Requests refused because their lane had no place or they cost too much",
            ["lane"],
            registry=collector_registry,
        )
        self.lanes = Gauge(
            "siaga_http_lane_requests",
            "Requests of each lane that are in hand, and that wait for a place",
            ["lane", "state"],
            registry=collector_registry,
        )
        self.reports_waiting = Gauge(
            "siaga_reports_waiting",
            "Citizens' reports that arrived and wait to be stored together",
            registry=collector_registry,
        )
        self.live_clients = Gauge("siaga_live_clients", "Open live streams", registry=collector_registry)
        self.live_sent = Counter(
            "siaga_live_changes_total", "Changes sent to live streams", ["kind"], registry=collector_registry
        )
        self.live_resets = Counter(
            "siaga_live_resets_total",
            "Streams asked to reload because changes were lost",
            registry=collector_registry,
        )
        self.live_listening = Gauge(
            "siaga_live_listening", "1 while the database notifies this process of changes", registry=collector_registry
        )
        self.replica_lag = Gauge(
            "siaga_replica_lag_seconds",
            "How far the replica that we read from is behind; -1: unknown",
            registry=collector_registry,
        )
        self.replica_used = Gauge(
            "siaga_replica_used", "1 while the replica is close enough behind", registry=collector_registry
        )
        self.replica_reads = Counter(
            "siaga_replica_reads_total",
            "Reads that a replica may answer, by who did",
            ["server"],
            registry=collector_registry,
        )
        self.reports = Counter(
            "siaga_reports_total", "Citizens' reports taken", ["category"], registry=collector_registry
        )

    def note_replica(self, standing: Standing) -> None:
        """How the replica was when it was looked at."""
        self.replica_lag.set(-1 if standing.lag_seconds is None else standing.lag_seconds)
        self.replica_used.set(standing.is_fresh)


class MeasureRequests:
    """Counts and times every request under the template of its route, never under its raw path."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app, self.metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, status, streams = time.perf_counter(), 500, False

        async def watched(message: Message) -> None:
            nonlocal status, streams
            if message["type"] == "http.response.start":
                status = message["status"]
                streams = (b"content-type", b"text/event-stream; charset=utf-8") in message["headers"]
            await send(message)

        try:
            await self.app(scope, receive, watched)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            self.metrics.requests.labels(scope["method"], route, str(status)).inc()
            if not streams:
                self.metrics.seconds.labels(scope["method"], route).observe(time.perf_counter() - started)
