"""Figures of a run, as a table for people and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import quantiles
from typing import Any

from benchmarks.decisions.judge import ReportedEvent, Verdict
from benchmarks.decisions.story import ExpectedEvent

LEAST = 0.95  # of precision and of recall
MOST_PARKING_DELAY = 3.0
HAZARDS = ("illegal_parking", "trash", "flooding", "view_lost")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How well one hazard was decided; None where there was nothing to divide by."""

    stories: int
    stories_right: int
    expected: int
    right: int
    false: int
    delays: tuple[float, ...]

    @property
    def precision(self) -> float:
        """Share of the told events that were right; 1 when none was told."""
        return self.right / (self.right + self.false) if self.right + self.false else 1.0

    @property
    def recall(self) -> float:
        """Share of the expected events that were told; 1 when none was expected."""
        return self.right / self.expected if self.expected else 1.0

    def delay(self, percent: int) -> float | None:
        """A percentile of the seconds from due to told."""
        if len(self.delays) < 2:
            return self.delays[0] if self.delays else None
        return round(quantiles(self.delays, n=100, method="inclusive")[percent - 1], 2)


def figures(verdicts: Sequence[Verdict], hazard: str, half: str | None = None) -> Figures:
    """Figures of one hazard over all stories (a false flood in a parking story is a false flood)."""
    counted = [verdict for verdict in verdicts if half in (None, verdict.story.half)]
    own = [verdict for verdict in counted if verdict.story.hazard == hazard]
    right = [(want, got) for verdict in counted for want, got in verdict.right if want.hazard == hazard]
    missed = sum(want.hazard == hazard for verdict in counted for want in verdict.missed)
    return Figures(
        stories=len(own),
        stories_right=sum(verdict.is_right for verdict in own),
        expected=len(right) + missed,
        right=len(right),
        false=sum(got.hazard == hazard for verdict in counted for got in verdict.false),
        delays=tuple(round(got.began - want.due, 3) for want, got in right),
    )


def as_json(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Return the contents of .run/decisions.json for the verdicts."""
    found: dict[str, Any] = {}
    for hazard in HAZARDS:
        one = figures(verdicts, hazard)
        found[hazard] = {
            "precision": round(one.precision, 4),
            "recall": round(one.recall, 4),
            "delay_s_p50": one.delay(50),
            "delay_s_p95": one.delay(95),
            "stories": one.stories,
            "events": one.expected,
            "false": one.false,
        }
    return found


def missed_targets(verdicts: Sequence[Verdict]) -> list[str]:
    """What falls short of the targets, in words; empty when all are met."""
    missed = []
    for hazard, one in ((hazard, figures(verdicts, hazard)) for hazard in HAZARDS):
        if min(one.precision, one.recall) < LEAST:
            missed.append(f"{hazard}: precision {one.precision:.3f}, recall {one.recall:.3f}, expected {LEAST} each")
    delay = figures(verdicts, "illegal_parking").delay(95)
    if delay is not None and delay > MOST_PARKING_DELAY:
        missed.append(f"illegal_parking: delay p95 {delay:.1f} s, expected at most {MOST_PARKING_DELAY:g} s")
    dry = [verdict for verdict in verdicts if not any(want.hazard == "flooding" for want in verdict.story.expect)]
    if floods := figures(dry, "flooding").false:
        missed.append(f"flooding: {floods} told on roads without a flood, expected none")
    return missed


def as_table(verdicts: Sequence[Verdict]) -> str:
    """A Markdown table: each hazard over all stories, and over each half."""
    lines = [
        (
            "| hazard | stories | all right | events | reported right | false | precision | recall"
            " | delay p50 | delay p95 |"
        ),
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for hazard in HAZARDS:
        for half in (None, "tuning", "held_out"):
            one = figures(verdicts, hazard, half)
            if one.stories or one.expected or one.false:
                lines.append(_row(hazard, half, one))
    return "\n".join(lines)


def wrongs(verdicts: Sequence[Verdict]) -> list[str]:
    """Each missed and each false event, one a line."""
    lines = []
    for verdict in verdicts:
        head = f"- `{verdict.story.name}` ({verdict.story.half.replace('_', ' ')}): "
        lines += [head + f"missed {_wanted(want)}" for want in verdict.missed]
        lines += [head + f"false {_got(got)}" for got in verdict.false]
    return lines


def _row(hazard: str, half: str | None, one: Figures) -> str:
    name = f"**{hazard}**" if half is None else f"  {half.replace('_', ' ')}"
    p50, p95 = one.delay(50), one.delay(95)
    cells = [name, one.stories, one.stories_right, one.expected, one.right, one.false]
    cells += [f"{one.precision:.3f}", f"{one.recall:.3f}"]
    cells += ["" if value is None else f"{value:.1f} s" for value in (p50, p95)]
    return "| " + " | ".join(map(str, cells)) + " |"


def _wanted(want: ExpectedEvent) -> str:
    end = f"over {want.ended[0]:g}..{want.ended[1]:g} s" if want.ended else "still open"
    return f"{want.hazard} in {want.zone}, begun {want.began[0]:g}..{want.began[1]:g} s, {end}"


def _got(got: ReportedEvent) -> str:
    end = "still open" if got.ended is None else f"over {got.ended:g} s"
    return f"{got.hazard} in {got.zone}, begun {got.began:g} s, {end} ({got.details})"
