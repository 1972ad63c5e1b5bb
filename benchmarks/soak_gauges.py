"""Fifteen minutes (or as many as told) of 8 gauges whose servers are killed, frozen and brought back at random.

`python benchmarks/soak_gauges.py [MINUTES]`, by hand: too long for `make bench`. The figures are kept in docs/edge.md.
"""

from __future__ import annotations

import random
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.gauges.soak import Soak


def main() -> None:
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 15.0
    with tempfile.TemporaryDirectory() as folder:
        soak = Soak(Path(folder))
        try:
            soak.run(minutes * 60, chance=random.Random(7))
        finally:
            soak.close()
    told = soak.told
    kinds = [fault.kind for fault in told.faults]
    unknown, back = sorted(told.unknown_after()), sorted(told.back_after())
    print(f"{minutes:g} minutes, {len(kinds)} faults: {kinds.count('killed')} killed, {kinds.count('frozen')} frozen")
    print(f"unknown told after: median {unknown[len(unknown) // 2]:.1f} s, worst {unknown[-1]:.1f} s (target 10 s)")
    print(f"back told after:    median {back[len(back) // 2]:.1f} s, worst {back[-1]:.1f} s (target 10 s)")
    print(
        f"RSS: first {told.rss[0][1]:.1f} MiB, last {told.rss[-1][1]:.1f} MiB, most {max(m for _, m in told.rss):.1f}"
    )
    print(f"RSS slope after the first minute: {told.rss_slope_mib_per_hour():+.2f} MiB an hour")
    eighth = max(1, len(told.rss) // 8)
    print("RSS by eighths:", *(f"{mib:.2f}" for _, mib in told.rss[eighth - 1 :: eighth]))


if __name__ == "__main__":
    main()
