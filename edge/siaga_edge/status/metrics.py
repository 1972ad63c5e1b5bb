"""/metrics of a node, in Prometheus' words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from siaga_edge.status.figures import Snapshot

_Row = tuple[str, float | int | None]


class NodeCollector(Collector):
    """Asks for a snapshot with each scrape, so that nothing is counted twice."""

    def __init__(self, snapshot: Callable[[], Snapshot]) -> None:
        self._snapshot = snapshot

    def collect(self) -> Iterator[Metric]:
        """Yield all metrics with their current values."""
        now = self._snapshot()
        yield from _node_metrics(now)
        yield from _cameras(now)
        yield from _gauges(now)
        yield from _models(now)


def exposition(snapshot: Callable[[], Snapshot]) -> bytes:
    """Return the metrics in the text format that Prometheus reads."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(NodeCollector(snapshot))
    return generate_latest(registry)


def _node_metrics(now: Snapshot) -> Iterator[Metric]:
    health, outbox = now.health, now.health["outbox"]
    info = GaugeMetricFamily("siaga_edge", "What runs", labels=["node", "software", "config_version"])
    info.add_metric([now.node, health["software"], str(now.fleet.running.version)], 1)
    yield info
    yield _single("siaga_edge_uptime_seconds", "Since the program started", health["uptime_seconds"])
    yield _single("siaga_edge_broker_connected", "1 while the broker can be reached", now.is_linked)
    yield _single("siaga_edge_outbox_waiting", "Messages that are not acknowledged yet", outbox.waiting)
    yield _single("siaga_edge_outbox_bytes", "Size of the store", outbox.bytes)
    yield _single("siaga_edge_outbox_oldest_seconds", "Age of the oldest message", _age(outbox.oldest_at, now.at))
    yield _counter("siaga_edge_outbox_evicted", "Messages given up for lack of room", outbox.evicted)
    yield _counter("siaga_edge_refused_messages", "Messages that the cloud refused", now.refused.messages)
    yield _counter("siaga_edge_clips_made", "Event clips made", now.clip_counts.made)
    yield _counter("siaga_edge_clips_given_up", "Event clips that could not be made", now.clip_counts.given_up)
    yield _counter("siaga_edge_clip_bytes", "Size of the event clips made", now.clip_counts.bytes)
    yield _counter("siaga_edge_clip_seconds", "Time in which event clips were made", now.clip_counts.seconds)
    yield _single("siaga_edge_outbox_broken", "Damaged stores that were moved aside", outbox.broken)
    yield _single("siaga_edge_disk_free_bytes", "Left on the outbox's disk", outbox.free_bytes)
    yield _single("siaga_edge_resident_memory_bytes", "Memory that the program holds", health["rss_bytes"])
    yield _single("siaga_edge_cpu_share", "Processor time over time; 2 is two cores", health["cpu_share"])
    yield _single("siaga_edge_temperature_celsius", "The hottest part of the node", health["temperature_c"])
    yield _single(
        "siaga_edge_certificate_expires_timestamp_seconds",
        "The expiry of the node's own certificate",
        now.certificate_ends_at.timestamp() if now.certificate_ends_at else None,
    )
    yield _single(
        "siaga_edge_config_on_trial", "1 while a configuration must prove itself", now.fleet.trial is not None
    )


def _cameras(now: Snapshot) -> Iterator[Metric]:
    cameras = now.health["cameras"]
    rows: Iterable[tuple[str, str, bool, list[_Row]]] = (
        ("frames", "Frames decoded", True, [(each.id, each.frames) for each in cameras]),
        ("dropped", "Frames given up because a newer one came", True, [(each.id, each.dropped) for each in cameras]),
        (
            "dropped_looks",
            "Looks that were due and got no answer, because the node was overloaded or a model failed",
            True,
            [(each.id, each.dropped_looks) for each in cameras],
        ),
        (
            "clock_offset_seconds",
            "The camera's clock less the node's",
            False,
            [(each.id, each.clock_offset_seconds) for each in cameras],
        ),
        ("inferred", "Looks of the models", True, [(each.id, each.inferred) for each in cameras]),
        (
            "reconnects",
            "Times that the stream was opened again",
            True,
            [(each.id, each.reconnects) for each in cameras],
        ),
        (
            "looks_wanted_per_second",
            "Looks a second that the zones need, over the last seconds",
            False,
            [(each.id, each.looks_wanted_per_second) for each in cameras],
        ),
        (
            "looks_per_second",
            "Looks a second that there were, over the same seconds",
            False,
            [(each.id, each.looks_per_second) for each in cameras],
        ),
        ("behind", "1 while it is looked at far less often than wanted", False, [(e.id, e.is_behind) for e in cameras]),
        ("fps", "Frames a second, over ten seconds", False, list(now.fps.items())),
        ("latency_seconds", "From a frame's time to the end of its look", False, list(now.latency_seconds.items())),
        (
            "unknown",
            "1 while nothing can be said",
            False,
            [(each.id, each.unknown_since is not None) for each in cameras],
        ),
    )
    for name, meaning, counts, values in rows:
        yield _labelled(f"siaga_edge_camera_{name}", meaning, "camera", values, counts=counts)


def _gauges(now: Snapshot) -> Iterator[Metric]:
    gauges = now.health["gauges"]
    rows: Iterable[tuple[str, str, bool, list[_Row]]] = (
        ("readings", "Readings taken", True, [(each.id, each.readings) for each in gauges]),
        ("errors", "Polls that failed", True, [(each.id, each.errors) for each in gauges]),
        ("unknown", "1 while no level is known", False, [(each.id, each.unknown_since is not None) for each in gauges]),
    )
    for name, meaning, counts, values in rows:
        yield _labelled(f"siaga_edge_gauge_{name}", meaning, "gauge", values, counts=counts)


def _models(now: Snapshot) -> Iterator[Metric]:
    shadows = [(each.role, each.shadow) for each in now.health["models"] if each.shadow]
    for name, meaning in (
        ("looks", "Looks that both models took"),
        ("agreed", "Things that both saw"),
        ("only_running", "Things that only the running model saw"),
        ("only_shadow", "Things that only the shadow saw"),
        ("relabelled", "Things that they call differently"),
        ("failed", "Looks that the shadow gave no answer to"),
    ):
        values: list[_Row] = [(role, getattr(shadow, name)) for role, shadow in shadows]
        yield _labelled(f"siaga_edge_shadow_{name}", meaning, "role", values, counts=True)


def _single(name: str, meaning: str, value: float | None) -> Metric:
    metric = GaugeMetricFamily(name, meaning)
    if value is not None:
        metric.add_metric([], float(value))
    return metric


def _counter(name: str, meaning: str, value: float) -> Metric:
    metric = CounterMetricFamily(name, meaning)
    metric.add_metric([], value)
    return metric


def _labelled(name: str, meaning: str, label: str, values: list[_Row], *, counts: bool) -> Metric:
    metric = (CounterMetricFamily if counts else GaugeMetricFamily)(name, meaning, labels=[label])
    for each, value in values:
        if value is not None:
            metric.add_metric([each], float(value))
    return metric


def _age(since: datetime | None, at: datetime) -> float:
    return 0.0 if since is None else max(0.0, (at - since).total_seconds())
