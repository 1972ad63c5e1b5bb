"""Faults at random and by seed: which, on what, for how long. The same seed draws the same list."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from benchmarks.chaos.lane import Conditions
from benchmarks.chaos.world import NODE_IDS, PROGRAMS

# What a program takes to come up again, about.
MENDING_SECONDS = 5.0
FRONT = ("broker", "database", *PROGRAMS)
# Debian's package `faketime`, where it is installed. More than ingest believes, and not of what a program waits by.
FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")
WRONG_CLOCK = {"FAKETIME": "+3h", "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_NO_CACHE": "1"}
# The cloud's own programs: hours off they must not begin, half of what is allowed off they must do their work.
CLOUD_CLOCKS: Mapping[str, str] = {"cloud_ahead": "+3h", "cloud_behind": "-3h", "cloud_skewed": "+15s"}


@dataclass(frozen=True, slots=True)
class Fault:
    """`kind` on `target`, `at_seconds` into the run, for `hold_seconds` and as long as the mending takes."""

    at_seconds: float
    kind: str
    target: str
    hold_seconds: float


@dataclass(frozen=True, slots=True)
class PastBreak:
    """A fault as it really went. `skipped`: its target was down already."""

    fault: Fault
    began_at: datetime
    mended_at: datetime
    skipped: bool


# How often each is drawn, and how long it is held at most. Gauges break one by one, so often.
_KINDS: Mapping[str, tuple[float, float, tuple[str, ...]]] = {
    "kill": (30, 5.0, (*FRONT, *NODE_IDS)),
    "freeze": (20, 7.0, (*FRONT, *NODE_IDS)),
    "forget_sessions": (4, 2.0, ("broker",)),
    "cut": (6, 6.0, ("network",)),
    "stalled": (5, 8.0, ("network",)),
    "slow": (5, 10.0, ("network",)),
    "net_duplicate": (5, 15.0, ("line",)),
    "net_delay": (5, 12.0, ("line",)),
    "net_loss": (5, 12.0, ("line",)),
    "net_narrow": (3, 8.0, ("line",)),
    "net_cut": (4, 12.0, ("line",)),
    "box_wrong_clock": (4, 8.0, NODE_IDS),
    "cloud_ahead": (2, 8.0, PROGRAMS),
    "cloud_behind": (2, 8.0, PROGRAMS),
    "cloud_skewed": (2, 15.0, PROGRAMS),
    "full_disk": (4, 5.0, ("disk",)),
    "rewind": (3, 8.0, ("database",)),
    "gauge_cut": (9, 8.0, ("gauge",)),
    "gauge_duplicate": (9, 15.0, ("gauge",)),
    "gauge_wrong_clock": (8, 15.0, ("gauge",)),
}
# What each does to the packets between boxes and broker. A cut line says nothing: both ends believe in each other.
BAD_LINES: Mapping[str, Conditions] = {
    "net_duplicate": Conditions(duplicate=0.5, jitter_seconds=0.02),
    "net_delay": Conditions(delay_seconds=0.15, jitter_seconds=0.2),
    "net_loss": Conditions(loss=0.1, delay_seconds=0.02),
    "net_narrow": Conditions(bytes_per_second=30_000),
    "net_cut": Conditions(is_cut=True),
}


def drawn(
    *,
    seed: int,
    seconds: float,
    every_seconds: float,
    nodes: int,
    with_disk: bool,
    with_clocks: bool = False,
    with_line: bool = False,
) -> list[Fault]:
    """The faults of a run, in order. What is broken already, or is just being mended, is not drawn again."""
    chance = random.Random(seed)
    left_out = {
        "full_disk": not with_disk,
        **dict.fromkeys(("box_wrong_clock", *CLOUD_CLOCKS), not with_clocks),
        **dict.fromkeys(BAD_LINES, not with_line),
    }
    kinds = [kind for kind in _KINDS if not left_out.get(kind, False)]
    weights = [_KINDS[kind][0] for kind in kinds]
    faults: list[Fault] = []
    free_at: dict[str, float] = {}
    at = every_seconds
    while at < seconds - 10:
        kind = chance.choices(kinds, weights)[0]
        target = chance.choice(_KINDS[kind][2])
        if target == "gauge":
            target = f"load-{chance.randint(1, nodes):04d}"
        if free_at.get(target, 0.0) > at:
            continue
        hold_seconds = round(chance.uniform(0.3, _KINDS[kind][1]), 2)
        faults.append(Fault(round(at, 2), kind, target, hold_seconds))
        free_at[target] = at + hold_seconds + MENDING_SECONDS
        at += chance.uniform(0.3, 1.7) * every_seconds
    return faults
