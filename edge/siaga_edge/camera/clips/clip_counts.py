"""What became of the clips of a node."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipCounts:
    """What became of clips since the start; `seconds` were spent on those that were made."""

    made: int = 0
    given_up: int = 0
    bytes: int = 0
    seconds: float = 0.0
