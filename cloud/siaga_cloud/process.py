"""Holds what the programs of the cloud share: metrics, traces, the watch of the clock and the end by a signal."""

from __future__ import annotations

import faulthandler
import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Final

import typer

from siaga_cloud.settings import Settings

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

    from siaga_cloud.platform.observe.heartbeat import Beat

STALLED_SECONDS: Final = 300.0
CHECK_SECONDS: Final = 10.0
EXIT_STALLED: Final = 70


def serve_metrics(settings: Settings, registry: CollectorRegistry) -> None:
    """Serve /metrics on a port of its own, where one is set."""
    from prometheus_client import start_http_server

    if settings.metrics_port:
        start_http_server(settings.metrics_port, addr=settings.http_host, registry=registry)


def end_when_stalled(
    beat: Beat,
    *,
    seconds: float = STALLED_SECONDS,
    check_seconds: float = CHECK_SECONDS,
    end: Callable[[int], object] = os._exit,
) -> threading.Thread:
    """Watch the beat from a thread; where it stands still so long, write every stack to stderr and end the process.

    Nothing else ends a process that hangs: restart policies do not look at health checks. The container or the unit
    starts it anew, and what it had in hand is done again.
    """

    def watch() -> None:
        while (age := beat.age_seconds()) <= seconds:
            pause.wait(check_seconds)
        logging.getLogger(__name__).critical(
            "the work loop last completed %.0f s ago, expected at most %.0f s; ending this process", age, seconds
        )
        try:
            faulthandler.dump_traceback()
        finally:  # whatever has become of stderr
            end(EXIT_STALLED)

    pause = threading.Event()
    thread = threading.Thread(target=watch, name="beat-watch", daemon=True)
    thread.start()
    return thread


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
