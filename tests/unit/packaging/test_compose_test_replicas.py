"""The proof of two API processes counts every request, also those of routes with braces in their names."""

from __future__ import annotations

from prometheus_client import generate_latest
from tools.compose_test.replicas import counted

from siaga_cloud.platform.http.metrics import Metrics


def test_requests_of_every_route_are_counted() -> None:
    metrics = Metrics()
    for route, times in (("/open311/v2/services.{fmt}", 22), ("/readyz", 11)):
        metrics.requests.labels("GET", route, "200").inc(times)
    assert counted(generate_latest(metrics.registry).decode()) == 33
