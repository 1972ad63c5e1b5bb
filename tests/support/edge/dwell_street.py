"""A street that a watch looks at, second by second, for tests of who stays too long."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from siaga_core.rules.dwell import (
    DwellChange,
    DwellPolicy,
    DwellWatch,
    Spot,
    step,
)
from siaga_core.rules.geometry import Box
from siaga_core.rules.looks.sighting import Sighting

AT = datetime(2026, 1, 15, 8, tzinfo=UTC)
POLICY = DwellPolicy(allowed_seconds=60, gap_seconds=10, same_spot_iou=0.5, update_seconds=30)
KERB = Box(0.40, 0.40, 0.60, 0.60)
ELSEWHERE = Box(0.00, 0.40, 0.20, 0.60)
BEHIND = Box(0.00, 0.00, 0.10, 0.10)
IN_FRONT = Box(0.35, 0.45, 0.55, 0.70)


def shifted(box: Box, dx: float) -> Box:
    return Box(box.x1 + dx, box.y1, box.x2 + dx, box.y2)


def seen(
    track_id: int = 1,
    box: Box = KERB,
    *,
    origin: Box | None = None,
    label: str = "car",
    score: float = 0.9,
    group: str = "",
    rival: float = 0.0,
) -> Sighting:
    origin = origin or box
    return Sighting(track_id=track_id, label=label, box=box, origin=origin, score=score, group=group, rival_score=rival)


@dataclass
class Street:
    """Plays looks, one a second unless told otherwise, and remembers what was told and when."""

    policy: DwellPolicy = POLICY
    watch: DwellWatch = field(default_factory=DwellWatch)
    seconds: float = -1.0
    changes: list[DwellChange] = field(default_factory=list)

    def look(
        self,
        *sightings: Sighting,
        times: int = 1,
        every_seconds: float = 1.0,
        others: Sequence[Box] = (),
        showing: Collection[int] = (),
        changed: Collection[int] = (),
        recognised: Collection[int] = (),
        is_after_loss: bool = False,
        is_close: bool = True,
    ) -> Street:
        for _ in range(times):
            self.seconds += every_seconds
            at = AT + timedelta(seconds=self.seconds)
            self.watch, changes = step(
                self.watch,
                sightings,
                at=at,
                policy=self.policy,
                others=others,
                showing=showing,
                changed=changed,
                recognised=recognised,
                is_after_loss=is_after_loss,
                is_close=is_close,
            )
            self.changes += changes
        return self

    def lose_camera(self, seconds: float) -> Street:
        self.seconds += seconds
        return self

    @property
    def reported(self) -> list[tuple[str, float]]:
        return [(type(change).__name__, (change.at - AT).total_seconds()) for change in self.changes]

    @property
    def the_spot(self) -> Spot:
        (spot,) = self.watch.spots
        return spot
