"""Compares the events of labelled clips with the labels, and counts them with an upper bound of false alarms."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

from scipy.special import gammaincinv

from siaga_core import hazards
from siaga_core.wire.messages import EventState, ViewDetails
from siaga_edge.camera.offline.labelled_clip import ExpectedEvent, LabelledClip
from siaga_edge.events.drafts import EventDraft

VIEW_LOST: Final = "view_lost"
HAZARDS: Final = ("illegal_parking", "trash", "flooding", VIEW_LOST)
# How long after it became true an event may be reported: the limits of `make decisions`.
MOST_DELAY_SECONDS: Final = {"illegal_parking": 3.0, "trash": 4.0, "flooding": 12.0}
# Labels are what a person read from a sheet of frames.
_EARLY_SECONDS, _ROUNDING = 0.5, 0.05
_SURE = 0.95

# `unknown`: a zone of which nothing is known, and nothing could be: water in the colourless images of a night, or
# anything where the frames come too seldom to decide it.
Outcome: TypeAlias = Literal["right", "missed", "false", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedEvent:
    """An event from its first draft to its last, in seconds of the clip."""

    key: str
    hazard: str
    zone: str | None
    began: float
    ended: float | None
    facts: str
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedEvent:
    """One expected or reported event and what became of it."""

    outcome: Outcome
    hazard: str
    zone: str | None
    expected: ExpectedEvent | None = None
    reported: ReportedEvent | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipVerdict:
    """Everything that was right, missed or false in one clip."""

    clip: LabelledClip
    outcomes: tuple[JudgedEvent, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HazardFigures:
    """What was counted for one hazard over the hours in which a zone watched for it.

    `late`: how many of those missed were reported all the same, after the latest time at which it was of use.
    `unknown`: how often a zone was reported as unknown, and could not be otherwise.
    """

    hours: float
    events: int
    right: int
    missed: int
    late: int
    false: int
    unknown: int

    @property
    def false_per_hour_upper95(self) -> float | None:
        """The rate of false events that is not exceeded with 95 % certainty; None without hours."""
        return upper_rate(self.false, self.hours)


def upper_rate(count: int, hours: float) -> float | None:
    """The exact one-sided 95 % bound of a Poisson rate; None without hours."""
    return float(gammaincinv(count + 1, _SURE)) / hours if hours > 0 else None


def reported_events(drafts: Iterable[EventDraft], start_at: datetime) -> list[ReportedEvent]:
    """The events that drafts are about, in the order in which they began."""
    events: dict[tuple[str, datetime], list[EventDraft]] = {}
    for draft in drafts:
        events.setdefault((draft.key, draft.began_at), []).append(draft)
    return [_event(of_one, start_at) for of_one in events.values()]


def judged(clip: LabelledClip, reported: Sequence[ReportedEvent]) -> ClipVerdict:
    """Pairs what was expected with what was reported; what is left over on either side is missed or false."""
    left = sorted(reported, key=lambda event: event.began)
    outcomes: list[JudgedEvent] = []
    for expected in clip.expected:
        due, latest = _window(clip, expected)
        fitting = [
            event
            for event in left
            if _is_about(expected, event) and due - _EARLY_SECONDS <= event.began <= _end(expected)
        ]
        in_time = bool(fitting) and fitting[0].began <= latest
        # What is reported too late is missed, and not false: there is something.
        accepted = fitting[: expected.vehicles]
        left = [event for event in left if event not in accepted]
        outcomes.append(
            JudgedEvent(
                outcome="right" if in_time else "missed",
                hazard=expected.hazard,
                zone=expected.zone,
                expected=expected,
                reported=fitting[0] if fitting else None,
            )
        )
    left_over = (
        JudgedEvent(outcome=_unexpected(clip, event), hazard=event.hazard, zone=event.zone, reported=event)
        for event in left
    )
    return ClipVerdict(clip=clip, outcomes=(*outcomes, *left_over))


def figures(verdicts: Iterable[ClipVerdict], hazard: str) -> HazardFigures:
    """Count one hazard over all clips; a false flood in a clip without a road cannot be."""
    verdicts = list(verdicts)
    judged_events = [one for verdict in verdicts for one in verdict.outcomes if one.hazard == hazard]
    found = [one.outcome for one in judged_events]
    return HazardFigures(
        hours=sum(verdict.clip.duration for verdict in verdicts if _watches(verdict.clip, hazard)) / 3600,
        events=found.count("right") + found.count("missed"),
        right=found.count("right"),
        missed=found.count("missed"),
        late=sum(one.outcome == "missed" and one.reported is not None for one in judged_events),
        false=found.count("false"),
        unknown=found.count("unknown"),
    )


def as_json(verdicts: Sequence[ClipVerdict]) -> dict[str, Any]:
    """The object that `judge --json` prints."""
    return {
        "clips": len(verdicts),
        "hours": round(sum(verdict.clip.duration for verdict in verdicts) / 3600, 6),
        "hazards": {hazard: _figures_json(figures(verdicts, hazard)) for hazard in HAZARDS},
        "details": [_detail(verdict, one) for verdict in verdicts for one in verdict.outcomes],
    }


def as_text(verdicts: Sequence[ClipVerdict]) -> str:
    """A table for people, then each missed and each false event, then what labels themselves doubt."""
    found = as_json(verdicts)
    heads = f"{'hazard':<16}{'minutes':>8}{'events':>8}{'right':>7}{'missed':>8}{'(late)':>8}{'false':>7}{'unknown':>9}"
    lines = [f"{found['clips']} clips, {found['hours'] * 60:.1f} minutes", f"{heads}  false an hour at 95 %"]
    for hazard, row in found["hazards"].items():
        bound = "-" if row["false_per_hour_upper95"] is None else f"{row['false_per_hour_upper95']:.1f}"
        counts = f"{row['events']:>8}{row['right']:>7}{row['missed']:>8}{row['late']:>8}{row['false']:>7}"
        counts += f"{row['unknown']:>9}"
        lines.append(f"{hazard:<16}{row['hours'] * 60:>8.1f}{counts}  {bound}")
    wrong = [one for one in found["details"] if one["outcome"] in ("missed", "false")]
    unknown = [one for one in found["details"] if one["outcome"] == "unknown"]
    lines += [_wrong_row(one) for one in (*wrong, *unknown)]
    doubtful = sum(not verdict.clip.sure for verdict in verdicts)
    lines.append(
        f"{doubtful} of the clips have a label that its author doubts; "
        f"{sum(not one['sure'] for one in wrong)} of the {len(wrong)} errors are in those"
    )
    return "\n".join(lines)


def _event(drafts: Sequence[EventDraft], start_at: datetime) -> ReportedEvent:
    first, last = drafts[0], drafts[-1]
    shown = last.details.model_dump(mode="json").items()
    ended = last.ended_at if last.state is EventState.ENDED else None
    return ReportedEvent(
        key=first.key,
        hazard=first.hazard.value,
        zone=first.zone,
        began=round((first.at - start_at).total_seconds(), 3),
        ended=None if ended is None else round((ended - start_at).total_seconds(), 3),
        reason=first.details.reason if isinstance(first.details, ViewDetails) else None,
        facts=", ".join(f"{key} {value}" for key, value in shown if key not in ("kind", "box")),
    )


def _window(clip: LabelledClip, expected: ExpectedEvent) -> tuple[float, float]:
    allowed = 0.0 if expected.hazard == "flooding" else clip.allowed_seconds(expected.zone)
    latest = expected.began_to + allowed + MOST_DELAY_SECONDS[expected.hazard]
    return expected.began_from + allowed, min(latest, _end(expected)) + _ROUNDING


def _unexpected(clip: LabelledClip, event: ReportedEvent) -> Outcome:
    is_blind = event.zone is not None and event.reason == "infrared" and clip.light == "night"
    return "unknown" if event.hazard == VIEW_LOST and (is_blind or event.reason == "too_slow") else "false"


def _end(expected: ExpectedEvent) -> float:
    return float("inf") if expected.ended_to is None else expected.ended_to


def _is_about(expected: ExpectedEvent, event: ReportedEvent) -> bool:
    return (event.hazard, event.zone) == (expected.hazard, expected.zone)


def _watches(clip: LabelledClip, hazard: str) -> bool:
    if hazard == VIEW_LOST:
        return True
    kind = hazards.hazard(hazard).zone
    return any(zone.kind == kind for zone in clip.zones)


def _figures_json(one: HazardFigures) -> dict[str, Any]:
    upper = one.false_per_hour_upper95
    return {
        "hours": round(one.hours, 6),
        "events": one.events,
        "right": one.right,
        "missed": one.missed,
        "late": one.late,
        "false": one.false,
        "unknown": one.unknown,
        "false_per_hour_upper95": None if upper is None else round(upper, 2),
    }


def _detail(verdict: ClipVerdict, one: JudgedEvent) -> dict[str, Any]:
    reported, expected = one.reported, one.expected
    due = None if expected is None else round(_window(verdict.clip, expected)[0], 3)
    latest = None if expected is None else round(_window(verdict.clip, expected)[1] - _ROUNDING, 3)
    return {
        "clip": verdict.clip.name,
        "sure": verdict.clip.sure,
        "outcome": one.outcome,
        "hazard": one.hazard,
        "zone": one.zone,
        "due_s": due,
        "latest_s": latest,
        "began_s": None if reported is None else reported.began,
        "ended_s": None if reported is None else reported.ended,
        "facts": None if reported is None else reported.facts,
    }


def _wrong_row(one: dict[str, Any]) -> str:
    where = f"{one['clip']}: {one['outcome']} {one['hazard']} in {one['zone'] or 'the view'}"
    if one["outcome"] == "missed":
        late = "" if one["began_s"] is None else f", reported at {one['began_s']:g} s"
        return f"{where}, expected between {one['due_s']:g} and {one['latest_s']:g} s{late}"
    over = "still open" if one["ended_s"] is None else f"over at {one['ended_s']:g} s"
    return f"{where}, begun at {one['began_s']:g} s, {over} ({one['facts']})"
