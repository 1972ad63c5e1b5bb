"""Holds what the programs of the cloud share: metrics, traces, the watch of the clock and the end by a signal."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

import typer

from siaga_cloud.settings import Settings

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry


def serve_metrics(settings: Settings, registry: CollectorRegistry) -> None:
    """Serve /metrics on a port of its own, where one is set."""
    from prometheus_client import start_http_server

    if settings.metrics_port:
        start_http_server(settings.metrics_port, addr=settings.http_host, registry=registry)


@contextmanager
def clock_watcher(settings: Settings, registry: CollectorRegistry) -> Iterator[None]:
    """Compare the clock with that of the database meanwhile; end the program where it is wrong."""
    from siaga_cloud.platform.observe.clock_watch import ClockWatch, database_ahead_seconds

    watch = ClockWatch(
        lambda: database_ahead_seconds(settings.database_url),
        registry,
        limit_seconds=settings.clock_limit_seconds,
        on_wrong=lambda: os.kill(os.getpid(), signal.SIGTERM),
    )
    watch.start()
    try:
        yield
    finally:
        watch.stop()


def stop_on_signals() -> threading.Event:
    """Return an event that SIGTERM and SIGINT set."""
    stop = threading.Event()

    def request_stop(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, request_stop)
    return stop


@contextmanager
def traced(program: str, settings: Settings) -> Iterator[None]:
    """Traces while the block lasts, where the settings say where they go."""
    if settings.otlp is None:
        yield
        return
    try:
        from siaga_cloud.platform.observe.telemetry import begin
    except ImportError:
        typer.echo(
            "siaga-cloud: SIAGA_OTLP_URL is set but OpenTelemetry is not installed; run pip install 'siaga[telemetry]'",
            err=True,
        )
        raise typer.Exit(2) from None
    end = begin(program, settings.otlp)
    try:
        yield
    finally:
        end()
