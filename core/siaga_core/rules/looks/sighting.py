"""One thing as one look saw it."""

from __future__ import annotations

from dataclasses import dataclass

from siaga_core.rules.geometry import Box


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One thing in one frame. `origin` is the box where its track was first seen.

    `group`: labels of one group may follow one another on one thing; without it each label is a group of its own.
    `rival_score`: how surely the same box was seen as something of another kind, 0..1.
    """

    track_id: int
    label: str
    box: Box
    origin: Box
    score: float = 1.0
    rival_score: float = 0.0
    group: str = ""
