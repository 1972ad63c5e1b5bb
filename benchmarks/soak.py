"""One node with 8 RTSP cameras and 8 gauges whose servers are killed, frozen, restarted and covered at random.

`python benchmarks/soak.py [--minutes 15] [--seed 7]`, by hand: too long for `make bench`. Writes .run/soak.json; ends
with 1 where a target is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.ending import leave_nothing_behind
from benchmarks.gauges.soak import PROMISED_SECONDS, Fault, Soak, SoakResult
from benchmarks.vision.soak import Camera, cameras_toml

ROOT = Path(__file__).resolve().parents[1]
ALLOWED_MIB_PER_HOUR = 1.0  # a month's growth then still fits into what the unit allows


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=15.0)
    parser.add_argument("--cameras", type=int, default=8)
    parser.add_argument("--gauges", type=int, default=8)
    parser.add_argument("--fps", type=float, default=3.0)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--quiet-seconds", type=float, default=60.0, help="without new faults at the end")
    parser.add_argument("--times-as-often", type=float, default=1.0, help="shorter pauses between faults")
    parser.add_argument("--log", type=Path, help="keep what the node printed")
    options = parser.parse_args()
    leave_nothing_behind()
    with tempfile.TemporaryDirectory() as folder:
        figures = _soaked(Path(folder), options)
    _print(figures)
    out = ROOT / ".run" / "soak.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(figures, indent=1) + "\n")
    return 0 if figures["met"] else 1


def _soaked(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    with ExitStack() as stack:
        cameras = [Camera(number, folder, fps=options.fps) for number in range(options.cameras)]
        for camera in cameras:
            stack.callback(camera.close)
        for camera in cameras:
            camera.wait_ready()
        soak = Soak(folder, gauges=options.gauges, cameras=cameras_toml(cameras))
        stack.callback(soak.close)
        soak.devices += cameras
        soak.settle()
        began, cpu = time.monotonic(), soak.cpu_seconds()
        soak.run(
            options.minutes * 60,
            chance=random.Random(options.seed),
            quiet_seconds=options.quiet_seconds,
            times_as_often=options.times_as_often,
        )
        share = (soak.cpu_seconds() - cpu) / (time.monotonic() - began)
        if options.log:
            options.log.write_text(soak.edge.log())
        facts = {
            "minutes": options.minutes,
            "seed": options.seed,
            "cameras": options.cameras,
            "gauges": options.gauges,
        }
        return {**facts, "fps": options.fps, "cpu_cores": round(share, 3), **_figures(soak.reported)}


def _figures(reported: SoakResult) -> dict[str, Any]:
    growth = reported.growth()
    rows = {}
    for family in ("cam", "gauge"):
        for kind in sorted({each.kind for each in reported.faults if each.device.startswith(family)}):
            some = [each for each in reported.faults if each.kind == kind and each.device.startswith(family)]
            part = SoakResult(faults=some)
            rows[f"{family} {kind}"] = {
                "faults": len(some),
                "told": sum(each.reported_unknown is not None for each in some),
                "unknown_s": _spread(part.unknown_after()),
                "back_s": _spread(part.back_after()),
            }
    late = [value for value in (*reported.unknown_after(), *reported.back_after()) if value > PROMISED_SECONDS]
    return {
        "rows": rows,
        "late": len(late),
        "faults": [_summary_of(each, reported.faults[0].began) for each in reported.faults],
        "unexplained": reported.unexplained,
        "rss_first_mib": round(reported.rss[0][1], 1),
        "rss_last_mib": round(reported.rss[-1][1], 1),
        "rss_most_mib": round(max(mib for _, mib in reported.rss), 1),
        "rss_slope_mib_per_hour": round(growth.slope, 2) if growth.is_judged else None,
        "rss_slope_95": [round(growth.low, 2), round(growth.high, 2)] if growth.is_judged else None,
        "rss": [(round(second), round(mib, 2)) for second, mib in reported.rss],
        "load": [round(each, 1) for each in os.getloadavg()],
        "met": not late and not growth.is_leak(ALLOWED_MIB_PER_HOUR),
    }


def _summary_of(fault: Fault, since: float) -> dict[str, Any]:
    """One fault with its moments, seconds after the first one's beginning."""
    moments = {name: getattr(fault, name) for name in ("began", "returned", "reported_unknown", "reported_back")}
    seconds = {name: None if at is None else round(at - since, 1) for name, at in moments.items()}
    return {"device": fault.device, "kind": fault.kind, **seconds}


def _spread(values: list[float]) -> list[float] | None:
    """Median and worst."""
    ordered = sorted(values)
    return [round(ordered[len(ordered) // 2], 2), round(ordered[-1], 2)] if ordered else None


def _print(figures: dict[str, Any]) -> None:
    rows = figures["rows"]
    print(
        f"{figures['minutes']:g} minutes, seed {figures['seed']}: "
        f"{figures['cameras']} cameras, {figures['gauges']} gauges"
    )
    print(f"{'fault':18}{'count':>6}{'told':>6}   {'unknown after s':>18}   {'back after s':>18}")
    for name, row in rows.items():
        cells = [f"{each[0]:.1f} / {each[1]:.1f}" if each else "-" for each in (row["unknown_s"], row["back_s"])]
        print(f"{name:18}{row['faults']:>6}{row['told']:>6}   {cells[0]:>18}   {cells[1]:>18}")
    print(
        f"later than {PROMISED_SECONDS:g} s: {figures['late']}; unknown without a fault: {len(figures['unexplained'])}"
    )
    print(
        f"processor: {figures['cpu_cores']} cores; memory: {figures['rss_first_mib']} -> {figures['rss_last_mib']} MiB"
    )
    eighth = max(1, len(figures["rss"]) // 8)
    print("RSS by eighths:", *(f"{mib:.1f}" for _, mib in figures["rss"][eighth - 1 :: eighth]), "MiB")
    slope, interval = figures["rss_slope_mib_per_hour"], figures["rss_slope_95"]
    grows = "not judged, the run is too short" if slope is None else f"{slope} MiB an hour, 95 % interval {interval}"
    print(f"growth of the least of each minute after the warm-up: {grows} (allowed {ALLOWED_MIB_PER_HOUR:g})")
    print(f"load {figures['load']}")


if __name__ == "__main__":
    sys.exit(main())
