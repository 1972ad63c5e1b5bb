"""The parts of a release, what each came to, and the exit code that follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What became of a part."""

    BUILT = "built"
    LEFT_OUT = "left out"
    SKIPPED = "SKIPPED"
    FAILED = "FAILED"


COMPLETE, FAILED, REFUSED, INCOMPLETE = range(4)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a release with its files or the reason why there are none."""

    name: str
    outcome: Outcome
    detail: str
    seconds: float = 0.0

    def line(self) -> str:
        """Return the row of the table."""
        return f"{self.outcome:<9} {self.name:<11} {self.seconds:>5.0f} s  {self.detail}"


class SkippedError(Exception):
    """This machine lacks what a part needs; the text states what."""


def exit_code(parts: Sequence[Part]) -> int:
    """Return 0 for a complete release, 1 where a part failed, 3 where one is missing that SKIP does not name."""
    outcomes = {part.outcome for part in parts}
    if Outcome.FAILED in outcomes or not parts:
        return FAILED
    return INCOMPLETE if Outcome.SKIPPED in outcomes else COMPLETE


def left_out(words: str, known: Sequence[str]) -> set[str]:
    """Return the parts that the variable SKIP names; raises on a name that is none."""
    named = {word for word in words.replace(",", " ").split() if word}
    if unknown := named - set(known):
        raise ValueError(f"SKIP: got {', '.join(sorted(unknown))}, expected some of {', '.join(known)}")
    return named
