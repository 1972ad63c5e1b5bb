"""`make bench`: runs every benchmark, prints product against baseline, and writes .run/bench.json.

A benchmark is a module `bench_*.py` in this folder with `figures() -> Iterable[Figure]`. Names given on the command
line choose some of them: `python benchmarks/run.py outbox` runs bench_outbox.py. `throughput --baseline PATH` compares
ingest with that of another checkout.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
import traceback
from collections.abc import Iterable, Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.ending import leave_nothing_behind
from benchmarks.figure import Figure

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
OUT = ROOT / ".run" / "bench.json"


def names() -> list[str]:
    """All benchmarks, by name."""
    return sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))


def run(chosen: Iterable[str]) -> tuple[list[Figure], list[str]]:
    """The figures of all, and the names of those that failed; one that fails does not take the others with it.

    What each measured is kept at once, so that who stops the run has all that came before.
    """
    found: list[Figure] = []
    failed: list[str] = []
    for name in chosen:
        began = time.monotonic()
        try:
            own = list(importlib.import_module(f"benchmarks.bench_{name}").figures())
        except Exception:  # noqa: BLE001 - the edge of the loop
            traceback.print_exc()
            failed.append(name)
        else:
            found += own
            save(own)
        print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr)
    return found, failed


def save(figures: Iterable[Figure]) -> None:
    """Writes figures into bench.json."""
    OUT.parent.mkdir(exist_ok=True)
    before = json.loads(OUT.read_text(encoding="utf-8")) if OUT.is_file() else {}
    OUT.write_text(as_json(figures, before), encoding="utf-8")


def as_json(figures: Iterable[Figure], before: Mapping[str, object]) -> str:
    """bench.json: figures of benchmarks that were not run stay as they were."""
    return json.dumps({**before, **{figure.name: figure.row() for figure in figures}}, indent=1, sort_keys=True) + "\n"


def as_table(figures: Iterable[Figure]) -> str:
    """One line each; a target that is missed is marked."""
    rows = [("what", "value", "baseline", "ratio", "target", "")]
    rows += [(*figure.cells(), "" if figure.is_reached else "MISSED") for figure in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def main() -> int:
    words = sys.argv[1:]
    if "--baseline" in words[:-1]:
        at = words.index("--baseline")
        os.environ["SIAGA_THROUGHPUT_BASELINE"] = words[at + 1]
        words = words[:at] + words[at + 2 :]
    chosen = words or names()
    unknown = sorted(set(chosen) - set(names()))
    if unknown:
        print(f"got {', '.join(unknown)}, expected some of {', '.join(names())}", file=sys.stderr)
        return 2
    leave_nothing_behind()
    figures, failed = run(chosen)
    print(as_table(figures))
    return 1 if failed or not all(figure.is_reached for figure in figures) else 0


if __name__ == "__main__":
    sys.exit(main())
