"""Checks from outside whether a program of the cloud works, for the health check of its container."""

from __future__ import annotations

import math
import time
from urllib.error import URLError
from urllib.request import urlopen

from siaga_cloud.platform.observe.heartbeat import BEAT

_SECONDS = 5.0
_MOST_BYTES = 4 * 1024 * 1024


class NotAliveError(Exception):
    """The program does not answer, or its work has stopped; the message states which."""


def check(url: str, *, beat_seconds: float | None) -> None:
    """Raise `NotAliveError` unless the address answers and, where requested, its metrics show a beat that young."""
    if not url.startswith(("http://", "https://")):
        raise NotAliveError(f"{url}: expected http:// or https://")
    try:
        with urlopen(url, timeout=_SECONDS) as answer:  # noqa: S310 - the scheme was looked at
            text = answer.read(_MOST_BYTES).decode("utf-8", "replace")
    except (URLError, OSError) as error:
        raise NotAliveError(f"{url}: {getattr(error, 'reason', error)}") from None
    if beat_seconds is not None and (age := time.time() - _beat(text)) > beat_seconds:
        raise NotAliveError(
            f"{url}: the work loop last completed {age:.0f} s ago, expected at most {beat_seconds:.0f} s"
        )


def _beat(metrics: str) -> float:
    for line in metrics.splitlines():
        name, _, value = line.partition(" ")
        if name == BEAT:
            return float(value)
    return -math.inf
