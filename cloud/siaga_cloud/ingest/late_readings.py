"""Corrects the recorded stages when readings arrive after later ones: the time of measurement decides. The functions
are pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from siaga_cloud.gauges.store.readings import GaugeState, StageChange
from siaga_cloud.ingest.gauge_rows import Confirms, believes_all
from siaga_core.rules import stage as rules
from siaga_core.rules.trust.plausibility import WINDOW


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordCorrection:
    """Describes how the record of one gauge must change: which changes are deleted (by their time), and which are
    added. `doubted`: the readings until `until` (None: to the end) that no other confirms.
    """

    gone: tuple[datetime, ...]
    new: tuple[StageChange, ...]
    doubted: tuple[datetime, ...]
    until: datetime | None


def restage(
    gauge_id: str,
    readings: Iterable[tuple[datetime, float]],
    held: Sequence[StageChange],
    *,
    before: StageChange | None,
    known: GaugeState,
    last_delayed: datetime,
    confirms: Confirms = believes_all,
) -> RecordCorrection:
    """Correct the stages from `readings`: usable levels from the first delayed one on, in sequence of measurement; no
    more are read than needed.

    `held`: changes of record since then, in order; `before`: the last one earlier than that. Once the record agrees
    with the computed stages, no late reading is to come and none confirms a later one any more, the rest of it stands.
    """
    found: list[StageChange] = []
    doubted: list[datetime] = []
    until: datetime | None = None
    stage = None if before is None else before.stage
    record = _Record(stage, held)
    settled = 0
    for at, level_cm in readings:
        change, is_doubtable = _step(gauge_id, stage, at, level_cm, known)
        if is_doubtable and not confirms(gauge_id, at, level_cm):
            doubted.append(at)
        elif change is not None:
            found.append(change)
            stage = change.stage
        settled += at > last_delayed
        if settled >= WINDOW and record.stage_at(at) == stage:
            until = at
            break
    wrong = [one for one in held if (until is None or one.at <= until) and one not in found]
    return RecordCorrection(
        gone=tuple(one.at for one in wrong),
        new=tuple(one for one in found if one not in held),
        doubted=tuple(doubted),
        until=until,
    )


def _step(
    gauge_id: str, stage: int | None, at: datetime, level_cm: float, known: GaugeState
) -> tuple[StageChange | None, bool]:
    """Return the change of the record that a level is, and whether it must be confirmed (not a first normal one)."""
    if known.limits is None:
        return None, False
    watch = rules.StageWatch(stage=rules.NORMAL if stage is None else stage)
    after, change = rules.step(watch, level_cm, at=at, limits=known.limits, hysteresis_cm=known.hysteresis_cm)
    if stage is not None and change is None:
        return None, False
    made = StageChange(gauge_id=gauge_id, at=at, previous=stage, stage=after.stage, level_cm=level_cm)
    return made, change is not None


class _Record:
    """Holds the recorded changes in rising time."""

    def __init__(self, stage: int | None, held: Sequence[StageChange]) -> None:
        self._stage, self._held, self._next = stage, held, 0

    def stage_at(self, at: datetime) -> int | None:
        """Return the stage of record then."""
        while self._next < len(self._held) and self._held[self._next].at <= at:
            self._stage = self._held[self._next].stage
            self._next += 1
        return self._stage
