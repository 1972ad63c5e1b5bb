"""A short run of `make chaos`: everything breaks at random, and the ledger closes."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from benchmarks.chaos.faults import BAD_LINES, drawn
from benchmarks.chaos.ledger import merged, quiet_seconds
from benchmarks.chaos.storms import written

ROOT = Path(__file__).resolve().parents[2]
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


@pytest.mark.proof
@pytest.mark.timeout(600)
def test_nothing_is_lost_or_doubled_while_everything_breaks(tmp_path: Path) -> None:
    out = tmp_path / "chaos.json"
    words = ["--seconds", "30", "--every", "2", "--nodes", "60", "--rate", "20", "--seed", "5"]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.chaos", *words, "--folder", str(tmp_path / "run"), "--out", str(out)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert out.exists(), done.stderr[-2000:]
    summary = json.loads(out.read_text())
    assert summary["holds"], done.stdout
    assert summary["faults"] >= 8
    assert summary["lost"] == summary["doubled"] == summary["late_alerts"] == 0
    assert summary["stored"] > 300


def test_a_seed_draws_the_same_faults_again() -> None:
    first, again, other = (
        drawn(seed=seed, seconds=600, every_seconds=2, nodes=9, with_disk=True) for seed in (1, 1, 2)
    )
    assert first == again != other
    assert {fault.kind for fault in first} >= {"kill", "freeze", "cut", "full_disk", "rewind", "gauge_wrong_clock"}
    assert not {f.kind for f in first} & BAD_LINES.keys()
    assert not any(f.kind == "full_disk" for f in drawn(seed=1, seconds=600, every_seconds=2, nodes=9, with_disk=False))


def test_a_long_run_has_five_hundred_faults_and_a_storm_every_few_minutes(tmp_path: Path) -> None:
    faults = drawn(seed=1, seconds=2000, every_seconds=3.3, nodes=1000, with_disk=True, with_line=True)
    assert len(faults) > 550
    assert {fault.kind for fault in faults} >= BAD_LINES.keys()
    assert not any(
        one.target == other.target and other.at_seconds < one.at_seconds + one.hold_seconds
        for one, other in pairwise(sorted(faults, key=lambda fault: (fault.target, fault.at_seconds)))
    )
    story = tomllib.loads(written(tmp_path, 2000).read_text())
    assert story["river_hours"] == 240
    assert len(story["rain"]) == 18


def test_time_in_which_something_was_broken_does_not_count_against_an_alert() -> None:
    held = merged([(at(30), at(40)), (at(10), at(20)), (at(15), at(25))])
    assert held == [(at(10), at(25)), (at(30), at(40))]
    assert quiet_seconds(at(0), at(50), held) == 25
    assert quiet_seconds(at(12), at(35), held) == 5
