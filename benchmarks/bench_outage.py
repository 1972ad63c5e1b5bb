"""An hour without a link: 50,000 messages on a real disk, kept and replayed by a simulated clock."""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.figure import Figure
from benchmarks.gauges.outage import Outage, OutageResult

from siaga_edge.status.health import rss_bytes

MESSAGES = 50_000
PER_SECOND = 200.0
DISK = Path(__file__).resolve().parents[1] / ".run"
_WARM = 2_000


def figures() -> list[Figure]:
    """What was lost, the pace against its cap, the order, and memory after against before."""
    DISK.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=DISK) as folder:
        outage = Outage(Path(folder), replay_per_second=PER_SECOND)
        stored = outage.link_down(messages=_WARM, lasting=timedelta(minutes=2))
        before = _rss_mib()
        began = time.monotonic()
        stored += outage.link_down(messages=MESSAGES - _WARM, lasting=timedelta(minutes=58))
        storing, during = time.monotonic() - began, _rss_mib()
        began = time.monotonic()
        reported = outage.link_up()
        replaying, after = time.monotonic() - began, _rss_mib()
        left = outage.left
        outage.close()
    print(
        f"stored {len(stored)} in {storing:.0f} s; replayed in {replaying:.0f} s "
        f"({reported.seconds:.0f} s of the node's time)"
    )
    print(f"RSS {before:.1f} MiB with {_WARM} kept, {during:.1f} MiB with all kept, {after:.1f} MiB when all were gone")
    return _judged(stored, reported, left, grown_mib=max(during, after) - before)


def _judged(stored: list[int], reported: OutageResult, left: int, *, grown_mib: float) -> list[Figure]:
    lost = len(set(stored) - reported.arrived) + left
    disorder = 0 if reported.lanes_sequenced else 1
    return [
        Figure(name="outage.lost", value=lost, unit="messages", target=0, at_most=True),
        Figure(name="outage.out_of_order", value=disorder, unit="lanes", target=0, at_most=True),
        Figure(
            name="outage.most_in_a_second",
            value=reported.most_in_a_second,
            unit="/s",
            baseline=PER_SECOND,
            target=1.1,
            at_most=True,
        ),
        Figure(name="outage.rss_growth", value=grown_mib, unit="MiB", target=16, at_most=True),
    ]


def _rss_mib() -> float:
    return (rss_bytes() or 0) / 2**20


if __name__ == "__main__":
    for each in figures():
        print(*each.cells(), "" if each.is_reached else "MISSED")
