"""What is known now of a pump or gate: its last report holds for a while, and after that nothing is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

Condition: TypeAlias = Literal["running", "stopped", "open", "closed", "fault"]
ShownCondition: TypeAlias = Literal["running", "stopped", "open", "closed", "fault", "unknown"]
AssetKind: TypeAlias = Literal["pump", "gate"]

CONDITIONS_OF_KIND: dict[AssetKind, frozenset[Condition]] = {
    "pump": frozenset({"running", "stopped", "fault"}),
    "gate": frozenset({"open", "closed", "fault"}),
}
DUTIES_OF_KIND: dict[AssetKind, frozenset[Condition]] = {
    "pump": frozenset({"running"}),
    "gate": frozenset({"open", "closed"}),
}
# A clock that is a little ahead is no reason to distrust a report.
_MAX_AHEAD = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class StateSample:
    """One report about a pump or gate. What was not measured is None."""

    at: datetime
    state: Condition
    capacity_share: float | None = None
    power_kw: float | None = None


def is_current(at: datetime, *, now: datetime, stale_seconds: float) -> bool:
    """Return whether a report of a time still says something about now."""
    return -_MAX_AHEAD <= now - at <= timedelta(seconds=stale_seconds)


def shown(last: StateSample | None, *, now: datetime, stale_seconds: float) -> ShownCondition:
    """Return what may be said of a pump or gate now: unknown where its last report is too old, or there is none."""
    if last is None or not is_current(last.at, now=now, stale_seconds=stale_seconds):
        return "unknown"
    return last.state
