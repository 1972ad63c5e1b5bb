"""Two versions of ingest beside each other: the same broker, database server and senders, in turn, round by round.

`run.py throughput --baseline PATH` measures the sources of another checkout (a worktree of an older commit) against
those here, in place of the whole benchmark. Other work on the machine changes from minute to minute: what counts is the
median of the ratios of rounds, and the processor time of the programs, which it changes little.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.bench_ingest import processor_seconds
from benchmarks.figure import Figure
from benchmarks.throughput.bench import Bench, each_of, start_ingest, throughput_bench
from benchmarks.throughput.copying import staged_copy
from benchmarks.throughput.payloads import messages

BASELINE = "SIAGA_THROUGHPUT_BASELINE"
ROUNDS = int(os.environ.get("SIAGA_THROUGHPUT_ROUNDS", "3"))
READINGS = {1: "one", 10: "ten", 30: "thirty"}
# As issue 19 has it: one reading a message in relation to before, ten to COPY, thirty to before.
FASTER = {1: 2.2, 10: None, 30: 1.0}
OF_COPY = {1: None, 10: 0.7, 30: None}
PACKAGES = ("core", "edge", "cloud", "firmware-sim", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """Readings a second of one run, and seconds of processor for 100,000 readings: of ingest and with the database."""

    per_second: float
    ingest_seconds: float
    all_seconds: float


def old_and_new(baseline: Path) -> Iterator[Figure]:
    """The median of the rounds for both, with as many readings a message as gauges send."""
    sources = {"old": baseline.resolve(), "new": Path(__file__).resolve().parents[2]}
    measured: dict[tuple[str, int], list[Measurement]] = {}
    copied: dict[int, list[float]] = {}
    with throughput_bench(days=20) as bench:
        for number in range(ROUNDS):
            for readings in READINGS:
                copied.setdefault(readings, []).append(_copied(bench, readings))
            # Which of them is first changes, so that neither always has the fuller tables.
            for name in sorted(sources, reverse=number % 2 == 0):
                environment = {"PYTHONPATH": os.pathsep.join(str(sources[name] / each) for each in PACKAGES)}
                start_ingest(bench, "ingest", environment)
                for readings in READINGS:
                    measured.setdefault((name, readings), []).append(_measured(bench, readings))
                bench.cloud.programs["ingest"].stop()
    for readings, name in READINGS.items():
        old, new = measured["old", readings], measured["new", readings]
        yield from _figures(name, old, new, copied[readings], readings)


def _figures(
    name: str, old: list[Measurement], new: list[Measurement], copied: list[float], readings: int
) -> Iterator[Figure]:
    ratios = [after.per_second / before.per_second for before, after in zip(old, new, strict=True)]
    rate = median(one.per_second for one in old)
    yield Figure(name=f"throughput.versions.{name}.old", value=rate, unit="readings/s")
    yield Figure(
        name=f"throughput.versions.{name}.new", value=rate * median(ratios), baseline=rate, unit="readings/s",
        target=FASTER[readings],
    )  # fmt: skip
    of_copy = [after.per_second / rows for rows, after in zip(copied, new, strict=True)]
    yield Figure(
        name=f"throughput.versions.{name}.new_of_copy", value=median(copied) * median(of_copy),
        baseline=median(copied), unit="readings/s", target=OF_COPY[readings],
    )  # fmt: skip
    yield Figure(
        name=f"throughput.versions.{name}.ingest_processor", value=median(one.ingest_seconds for one in new),
        baseline=median(one.ingest_seconds for one in old), unit="s/100k", target=1.0, at_most=True,
    )  # fmt: skip
    yield Figure(
        name=f"throughput.versions.{name}.processor_with_database", value=median(one.all_seconds for one in new),
        baseline=median(one.all_seconds for one in old), unit="s/100k", target=1.0, at_most=True,
    )  # fmt: skip


def _measured(bench: Bench, readings: int) -> Measurement:
    sent = bench.payloads(each_of(readings), readings=readings)
    with bench.blaster(sent) as blaster:
        before = _spent(bench)
        blaster.run()
        after = _spent(bench)
        rate = blaster.steady_per_second * readings
    per_100k = 100_000 / (sum(map(len, sent.values())) * readings)
    ingest, database = ((late - early) * per_100k for late, early in zip(after, before, strict=True))
    return Measurement(per_second=rate, ingest_seconds=ingest, all_seconds=ingest + database)


def _spent(bench: Bench) -> tuple[float, float]:
    return processor_seconds(bench.cloud.programs["ingest"]), processor_seconds(bench.cloud.postgres.child)


def _copied(bench: Bench, readings: int) -> float:
    made = messages(bench.names, each=each_of(readings), began_at=bench.next_hours(), readings=readings)
    turns = [one for batch in zip(*made.values(), strict=True) for one in batch]
    return len(turns) * readings / staged_copy(bench.url, turns, now=bench.at)
