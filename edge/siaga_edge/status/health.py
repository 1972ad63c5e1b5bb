"""How the node is: the fields of the health message."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence
from datetime import datetime
from importlib import metadata
from pathlib import Path
from time import monotonic, process_time
from typing import TypedDict

from siaga_core.wire.messages import CameraHealth, GaugeHealth, OutboxHealth
from siaga_core.wire.parts import CommandHealth, ModelHealth

_THERMAL = Path("/sys/class/thermal")
_STATM = Path("/proc/self/statm")


class HealthFields(TypedDict):
    """All of a health message but its envelope."""

    uptime_seconds: float
    software: str
    outbox: OutboxHealth
    cameras: tuple[CameraHealth, ...]
    gauges: tuple[GaugeHealth, ...]
    rss_bytes: int | None
    temperature_c: float | None
    cpu_share: float | None
    models: tuple[ModelHealth, ...]
    command: CommandHealth | None
    interval_seconds: float | None


def software() -> str:
    """Name and version of this program."""
    return f"siaga-edge {metadata.version('siaga')}"


def health_fields(
    *,
    now: datetime,
    began_at: datetime,
    outbox: OutboxHealth,
    cameras: Sequence[CameraHealth],
    gauges: Sequence[GaugeHealth],
    cpu_share: float | None = None,
    models: Sequence[ModelHealth] = (),
    command: CommandHealth | None = None,
    interval_seconds: float | None = None,
) -> HealthFields:
    """What the node says of itself at `now`."""
    return HealthFields(
        uptime_seconds=max(0.0, (now - began_at).total_seconds()),
        software=software(),
        outbox=outbox,
        cameras=tuple(cameras),
        gauges=tuple(gauges),
        rss_bytes=rss_bytes(),
        temperature_c=temperature_c(),
        cpu_share=cpu_share,
        models=tuple(models),
        command=command,
        interval_seconds=interval_seconds,
    )


class CpuMeter:
    """Processor time of this process over time, between calls; one caller."""

    def __init__(self) -> None:
        self._at, self._used = monotonic(), process_time()

    def share(self) -> float | None:
        """Since the last call; 2.0 is two cores at full load, None when the calls are too close to tell."""
        at, used = monotonic(), process_time()
        passed, spent = at - self._at, used - self._used
        if passed < 0.1:
            return None
        self._at, self._used = at, used
        return round(spent / passed, 3)


def give_back_memory() -> bool:
    """Hands memory that nobody uses back to the system; whether any was, False too where the C library cannot.

    Images and looks of many threads leave gaps: without this a node holds 60 MiB that it does not use, and a growth of
    its memory says nothing. Takes some milliseconds.
    """
    try:
        return bool(ctypes.CDLL(None).malloc_trim(0))
    except (OSError, AttributeError):  # not glibc
        return False


def rss_bytes(statm: Path = _STATM) -> int | None:
    """Memory that this process holds; None where the system does not say."""
    try:
        return int(statm.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return None


def temperature_c(thermal: Path = _THERMAL) -> float | None:
    """The hottest part of the node; None where the system does not say."""
    found: list[float] = []
    for sensor in sorted(thermal.glob("thermal_zone*/temp")):
        try:
            found.append(int(sensor.read_text(encoding="ascii")) / 1000)
        except (OSError, ValueError):
            continue  # some sensors are listed and cannot be read
    return max(found, default=None)
