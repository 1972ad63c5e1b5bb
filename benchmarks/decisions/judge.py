"""Compares the events that were told with those that a story expects."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from benchmarks.decisions.story import ExpectedEvent, Story

# JSON tells seconds to the millisecond and labels are whole seconds.
_ROUNDING = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedEvent:
    """One event from its first draft to its last; seconds of the clip."""

    key: str
    hazard: str
    zone: str | None
    began: float
    ended: float | None
    severity: str
    details: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What of a story was right: pairs of expected and told, what was missed, what was false."""

    story: Story
    right: tuple[tuple[ExpectedEvent, ReportedEvent], ...]
    missed: tuple[ExpectedEvent, ...]
    false: tuple[ReportedEvent, ...]

    @property
    def is_right(self) -> bool:
        """Whether nothing was missed and nothing was false."""
        return not self.missed and not self.false


def reported_events(drafts: Iterable[dict[str, Any]]) -> list[ReportedEvent]:
    """Events from the objects that `replay --json` printed."""
    events: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for draft in drafts:
        events.setdefault((draft["key"], draft["began_at"]), []).append(draft)
    return [_reported_event(drafts) for drafts in events.values()]


def judge(story: Story, reported: Sequence[ReportedEvent]) -> Verdict:
    """Pairs each expected event with the first told one that fits; what is left over on either side is wrong.

    An event whose end is wrong is a miss and a false event at once.
    """
    left = sorted(reported, key=lambda event: event.began)
    right: list[tuple[ExpectedEvent, ReportedEvent]] = []
    missed: list[ExpectedEvent] = []
    for expected in story.expect:
        fitting = next((event for event in left if _fits(expected, event)), None)
        if fitting is None:
            missed.append(expected)
        else:
            left.remove(fitting)
            right.append((expected, fitting))
    return Verdict(story=story, right=tuple(right), missed=tuple(missed), false=tuple(left))


def _reported_event(drafts: list[dict[str, Any]]) -> ReportedEvent:
    first, last = drafts[0], drafts[-1]
    shown = {key: value for key, value in last["details"].items() if key not in ("kind", "box")}
    return ReportedEvent(
        key=first["key"],
        hazard=first["hazard"],
        zone=first["zone"],
        began=first["at_s"],
        ended=_seconds(last["ended_at"], first) if last["ended_at"] else None,
        severity=last["severity"],
        details=", ".join(f"{key} {value}" for key, value in shown.items()),
    )


def _seconds(at: str, draft: dict[str, Any]) -> float:
    start = datetime.fromisoformat(draft["at"]) - timedelta(seconds=draft["at_s"])
    return round((datetime.fromisoformat(at) - start).total_seconds(), 3)


def _fits(expected: ExpectedEvent, reported: ReportedEvent) -> bool:
    if (reported.hazard, reported.zone) != (expected.hazard, expected.zone) or not _within(
        reported.began, expected.began
    ):
        return False
    if expected.severity not in (None, reported.severity):
        return False
    if expected.ended is None:
        return reported.ended is None
    return reported.ended is not None and _within(reported.ended, expected.ended)


def _within(value: float, span: tuple[float, float]) -> bool:
    return span[0] - _ROUNDING <= value <= span[1] + _ROUNDING
