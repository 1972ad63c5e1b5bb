"""Decides whether the level of a gauge is known now, and since when it is not. Unknown is never calm.

The database has the same rule as `gauge_unknown_cause`, for those who ask it without this program (docs/adr/0033).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

MISSED_HEALTH_MESSAGES: Final = 3  # a node that misses so many of its own interval is silent

Cause = Literal["never", "lost", "missing", "node_offline", "node_silent", "silent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GaugeFacts:
    """What the cloud holds of a gauge. `known_at`: time of its newest usable level; `measured_at`: of its newest
    reading, usable or not.

    `lost_since`: the newest statement of its node, made at `lost_at`, is that there has been no level since then.
    `node_interval_seconds`: how often its node reports health. It is None of a node that sleeps between its reports,
    whose absence therefore means nothing until its readings are overdue.
    """

    stale_seconds: float
    known_at: datetime | None = None
    measured_at: datetime | None = None
    lost_since: datetime | None = None
    lost_at: datetime | None = None
    is_node_offline: bool = False
    node_seen_at: datetime | None = None
    node_interval_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownLevel:
    """The level of a gauge is not known: why, and since when; `since` is None where it never was."""

    cause: Cause
    since: datetime | None


def unknown_level(facts: GaugeFacts, *, now: datetime) -> UnknownLevel | None:
    """Return why and since when the level is unknown; None where it is known."""
    cause = _reported(facts) or _silence(facts, now=now)
    return None if cause is None else UnknownLevel(cause=cause, since=facts.known_at or facts.lost_since)


def _reported(facts: GaugeFacts) -> Cause | None:
    """What was stated: by the node, or by a reading without a usable level."""
    if _is_lost(facts):
        return "lost"
    if facts.known_at is None:
        return "never" if facts.measured_at is None else "missing"
    return "missing" if facts.measured_at is not None and facts.measured_at > facts.known_at else None


def _is_lost(facts: GaugeFacts) -> bool:
    """A usable level that was measured after the statement contradicts it."""
    if facts.lost_since is None or facts.lost_at is None:
        return False
    return facts.known_at is None or facts.known_at <= facts.lost_at


def _silence(facts: GaugeFacts, *, now: datetime) -> Cause | None:
    """What follows from nothing having come: each age is compared with the interval of its own sender."""
    if facts.node_interval_seconds is not None:
        if facts.is_node_offline:
            return "node_offline"
        if _is_over(facts.node_seen_at, MISSED_HEALTH_MESSAGES * facts.node_interval_seconds, now=now):
            return "node_silent"
    return "silent" if _is_over(facts.known_at, facts.stale_seconds, now=now) else None


def _is_over(at: datetime | None, seconds: float, *, now: datetime) -> bool:
    return at is not None and now - at > timedelta(seconds=seconds)
