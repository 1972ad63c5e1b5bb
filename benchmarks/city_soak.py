"""`make soak SECONDS=7200`: the whole demo city for a long time, and what grows meanwhile.

The story is 40 hours of the river, which two hours play 20 times as fast. Every ten seconds the
private memory and the open files of every program, the size of every table and what waits in queues and outboxes are
noted; the slopes are those of straight lines through all but the first third. Writes .run/city_soak.json. Ends with 1
where memory grows by more than `MOST_MIB_AN_HOUR` beyond twice the line's own error, files or queues grow, or a program
died; a run of less than half an hour is too short to tell memory that is lost from caches that fill, and is only told.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean, linear_regression
from typing import Any

import psutil
import psycopg

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / ".run" / "city_soak.json"
EVERY_SECONDS = 10.0
ENOUGH_SECONDS = 1800.0
MOST_MIB_AN_HOUR = 10.0
MOST_FILES_AN_HOUR = 5.0
MOST_WAITING_AT_END = 200
MIB = 2**20

Series = dict[str, list[tuple[float, float]]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=7200)
    parser.add_argument("--story", default="two-storms")
    options = parser.parse_args()
    run = ROOT / ".run" / "soak"
    argv = [str(ROOT / ".venv/bin/siaga-sim"), "demo", "--story", options.story, "--seconds", f"{options.seconds:g}"]
    demo = subprocess.Popen([*argv, "--run-dir", str(run)], cwd=ROOT)
    try:
        watched = DemoWatch(demo.pid, run)
        while demo.poll() is None:
            watched.look()
            time.sleep(EVERY_SECONDS)
    finally:
        if demo.poll() is None:
            demo.send_signal(signal.SIGINT)
            demo.wait(120)
    found = watched.found(options.seconds, demo.returncode)
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(found, indent=1) + "\n")
    _print(found)
    return 1 if found["grows"] else 0


class DemoWatch:
    """All that belongs to one demo."""

    def __init__(self, pid: int, run: Path) -> None:
        self._demo, self._run = psutil.Process(pid), run
        self._began = time.monotonic()
        self._memory: Series = defaultdict(list)
        self._files: Series = defaultdict(list)
        self._tables: Series = defaultdict(list)
        self._waiting: Series = defaultdict(list)
        self._url: str | None = None

    def look(self) -> None:
        """Record every measured value once."""
        at = time.monotonic() - self._began
        memory: defaultdict[str, float] = defaultdict(float)
        files: defaultdict[str, int] = defaultdict(int)
        for process, name in self._processes():
            with suppress(psutil.Error):
                memory[name] += process.memory_full_info().uss / MIB
                files[name] += process.num_fds()
        for name in memory:
            self._memory[name].append((at, memory[name]))
            self._files[name].append((at, files[name]))
        for name, size in self._outboxes():
            self._waiting[name].append((at, size))
        with suppress(psycopg.Error):
            self._query_database(at)

    def found(self, seconds: float, code: int | None) -> dict[str, Any]:
        """Slopes, ends, and a verdict."""
        memory = {name: _line(points) for name, points in self._memory.items()}
        files = {name: _line(points) for name, points in self._files.items()}
        waiting = {name: {"most": max(v for _, v in p), "end": p[-1][1]} for name, p in self._waiting.items()}
        grows = [] if code == 0 else [f"the demo ended with {code}"]
        if seconds >= ENOUGH_SECONDS:
            grows += [
                f"memory of {name}"
                for name, line in memory.items()
                if line["an_hour"] - 2 * line["error"] > MOST_MIB_AN_HOUR
            ]
            grows += [
                f"files of {name}"
                for name, line in files.items()
                if line["an_hour"] - 2 * line["error"] > MOST_FILES_AN_HOUR
            ]
            grows += [name for name, one in waiting.items() if "jobs" in name and one["end"] > MOST_WAITING_AT_END]
        return {
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "seconds": seconds,
            "load": [round(one, 1) for one in os.getloadavg()],
            "memory_mib": memory,
            "open_files": files,
            "table_mib": {name: _line(points) for name, points in self._tables.items() if points[-1][1] >= 0.1},
            "waiting": waiting,
            "grows": grows,
        }

    def _processes(self) -> Iterator[tuple[psutil.Process, str]]:
        with suppress(psutil.Error):
            for process in self._demo.children(recursive=True):
                with suppress(psutil.Error):
                    yield process, _name(process.cmdline(), process.name())

    def _outboxes(self) -> Iterator[tuple[str, float]]:
        for folder in sorted((self._run / "nodes").glob("*")):
            size = sum(file.stat().st_size for file in folder.glob("*.sqlite*") if file.exists())
            yield f"outbox of {folder.name}, KiB", round(size / 1024, 1)

    def _query_database(self, at: float) -> None:
        url = self._url or self._worker_url()
        if url is None:
            return
        self._url = url
        with psycopg.connect(url, connect_timeout=2) as conn:
            for name, size in conn.execute(_SIZES).fetchall():
                self._tables[name].append((at, float(size) / MIB))
            for name, count in conn.execute(_QUEUES).fetchall():
                self._waiting[name].append((at, float(count)))

    def _worker_url(self) -> str | None:
        """As the worker is told, whose rights suffice."""
        for process, name in self._processes():
            if name == "siaga-cloud worker":
                with suppress(psutil.Error):
                    return dict[str, str](process.environ()).get("SIAGA_DATABASE_URL")
        return None


def _name(words: Sequence[str], fallback: str) -> str:
    for at, word in enumerate(words):
        program = Path(word).name
        if program in ("siaga-cloud", "siaga-sim"):
            return " ".join([program, *words[at + 1 : at + 2]])
        if program == "siaga-edge":
            return f"siaga-edge {Path(words[-1]).parent.name}"
    return "postgres" if fallback.startswith("postgres") else fallback


def _line(points: Sequence[tuple[float, float]]) -> dict[str, float]:
    """First, last and most, and the slope of all but the first third with its standard error."""
    warm = [point for point in points if point[0] > points[-1][0] / 3]
    figures = {"first": points[0][1], "last": points[-1][1], "most": max(value for _, value in points)}
    figures |= {"an_hour": 0.0, "error": math.inf}
    if len(warm) > 3:
        line = linear_regression(*zip(*warm, strict=True))
        off = sum((value - line.intercept - line.slope * at) ** 2 for at, value in warm) / (len(warm) - 2)
        middle = fmean(at for at, _ in warm)
        spread = sum((at - middle) ** 2 for at, _ in warm)
        figures |= {"an_hour": line.slope * 3600, "error": math.sqrt(off / spread) * 3600}
    return {key: round(value, 2) if math.isfinite(value) else 1e9 for key, value in figures.items()}


# A hypertable is the sum of its chunks.
_SIZES = """
SELECT coalesce(h.hypertable_name, c.relname)::text, sum(pg_total_relation_size(c.oid))::bigint
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN timescaledb_information.chunks AS h ON h.chunk_schema = n.nspname AND h.chunk_name = c.relname
WHERE c.relkind = 'r' AND (n.nspname = 'public' OR h.hypertable_name IS NOT NULL) GROUP BY 1
"""
_QUEUES = """
SELECT 'jobs of ' || queue_name, count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing') GROUP BY 1
UNION ALL SELECT 'jobs that failed', count(*) FROM procrastinate_jobs WHERE status = 'failed'
UNION ALL SELECT 'hours to roll up', count(*) FROM rollup_dirty
"""


def _print(found: dict[str, Any]) -> None:
    for title in ("memory_mib", "open_files", "table_mib"):
        print(f"{title:34} {'first':>9} {'last':>9} {'most':>9} {'an hour':>9} {'± error':>9}")
        for name, line in sorted(found[title].items(), key=lambda item: -item[1]["an_hour"]):
            error = "-" if line["error"] >= 1e9 else f"{line['error']:.1f}"
            cells = [f"{line[key]:9.1f}" for key in ("first", "last", "most", "an_hour")]
            print(f"  {name:32}", *cells, f"{error:>9}")
    for name, one in sorted(found["waiting"].items()):
        print(f"  {name:32} most {one['most']:9.1f}  at the end {one['end']:9.1f}")
    print(f"grows: {', '.join(found['grows']) or 'nothing'}; load {found['load']}")


if __name__ == "__main__":
    sys.exit(main())
