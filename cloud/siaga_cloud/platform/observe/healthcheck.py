"""Checks from outside whether a program of the cloud works, for the health check of its container.

`python -m siaga_cloud.platform.observe.healthcheck URL [--beat SECONDS]` does what `siaga-cloud healthcheck` does
with a quarter of its CPU time: a machine runs it several times a minute for each container.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from urllib.error import URLError
from urllib.request import urlopen

BEAT = "siaga_beat_timestamp_seconds"
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


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    """Return the parsed command line; ends the process with 2 where it is wrong."""
    parser = argparse.ArgumentParser(description="Check that the program that serves URL works.")
    parser.add_argument("url", metavar="URL", help="address of the program's /readyz or /metrics")
    parser.add_argument("--beat", type=float, help="longest allowed time in seconds since its work loop last completed")
    return parser.parse_args(words)


def main() -> int:
    """Run the check of the command line; 1 where the program does not work."""
    options = arguments()
    try:
        check(options.url, beat_seconds=options.beat)
    except NotAliveError as error:
        print(f"healthcheck: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
