"""Whether a spot is clear when a camera looks again: several frames, the hazard's own rule, and a reason for a no.

A vehicle that drives through and a bag in a hand are seen once; what has not been taken away is seen on one spot in
most frames. Not seen is never the same as clear: too few usable frames give no answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal, TypeAlias

from siaga_core.rules.geometry import Box, iou

State: TypeAlias = Literal["cleared", "still_there", "cannot_see"]
TOO_FEW = "too_few_frames"


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """One frame: what of the hazard's kind is in the zone, the road's share of water, or why neither can be said."""

    boxes: tuple[Box, ...] = ()
    water_share: float | None = None
    unseen: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecheckPolicy:
    """How many frames an answer needs, and what counts as the same spot.

    `spot`: where it stood before, for what is judged by its spot alone; None: anywhere in the zone.
    """

    least_frames: int = 3
    there_share: float = 0.5
    same_spot_iou: float = 0.4
    clear_water_share: float = 0.12
    spot: Box | None = None

    def __post_init__(self) -> None:
        if self.least_frames < 1 or not 0 < self.there_share <= 1:
            raise ValueError(f"expected least_frames >= 1 and 0 < there_share <= 1, got {self}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecheckResult:
    """What several frames come to. `seen_share`: of the frames looked at, in how many it was there."""

    state: State
    reason: str = ""
    frames: int = 0
    seen_share: float | None = None
    water_share: float | None = None


def judge(glances: Sequence[Glance], policy: RecheckPolicy, *, is_water: bool) -> RecheckResult:
    """The answer to a second look."""
    seen = [glance for glance in glances if not glance.unseen]
    if len(seen) < policy.least_frames or 2 * len(seen) < len(glances):
        return RecheckResult(state="cannot_see", reason=_why(glances), frames=len(seen))
    return _water(seen, policy) if is_water else _things(seen, policy)


def _why(glances: Sequence[Glance]) -> str:
    reasons = Counter(glance.unseen for glance in glances if glance.unseen)
    return reasons.most_common(1)[0][0] if reasons else TOO_FEW


def _water(seen: Sequence[Glance], policy: RecheckPolicy) -> RecheckResult:
    shares = [glance.water_share or 0.0 for glance in seen]
    middle = median(shares)
    there = [share for share in shares if share > policy.clear_water_share]
    return RecheckResult(
        state="still_there" if middle > policy.clear_water_share else "cleared",
        frames=len(seen),
        seen_share=len(there) / len(seen),
        water_share=middle,
    )


def _things(seen: Sequence[Glance], policy: RecheckPolicy) -> RecheckResult:
    spots = [policy.spot] if policy.spot is not None else [box for glance in seen for box in glance.boxes]
    most = max((_frames_at(spot, seen, policy) for spot in spots), default=0)
    share = most / len(seen)
    state: State = "still_there" if share >= policy.there_share else "cleared"
    return RecheckResult(state=state, frames=len(seen), seen_share=share)


def _frames_at(spot: Box, seen: Sequence[Glance], policy: RecheckPolicy) -> int:
    return sum(any(iou(spot, box) >= policy.same_spot_iou for box in glance.boxes) for glance in seen)
