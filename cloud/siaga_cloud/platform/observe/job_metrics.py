"""Counts jobs for Prometheus, as a middleware of procrastinate's worker."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

from procrastinate import JobContext
from procrastinate.worker import Worker
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from siaga_cloud.platform.observe.heartbeat import Beat

_SECONDS = (0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60)


class JobMetrics:
    """Holds the counters of one process in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.jobs = Counter("siaga_jobs", "jobs by how they ended", ["task", "outcome"], registry=self.registry)
        self.seconds = Histogram(
            "siaga_job_seconds", "time that a job took", ["task"], buckets=_SECONDS, registry=self.registry
        )
        self.running = Gauge("siaga_jobs_running", "jobs under way in this process", registry=self.registry)
        self.beat = Beat(self.registry)

    async def measure(self, call_next: Callable[[], Awaitable[Any]], context: JobContext, _worker: Worker) -> Any:
        """Times one job and counts how it ended; what it raises goes on."""
        task, began = context.job.task_name, time.perf_counter()
        outcome = "failed"
        self.running.inc()
        try:
            done = await call_next()
            outcome = "done"
            return done
        finally:
            self.running.dec()
            self.jobs.labels(task, outcome).inc()
            self.seconds.labels(task).observe(time.perf_counter() - began)
            self.beat()
