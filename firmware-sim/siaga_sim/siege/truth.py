"""What the public may rightly be warned of, from the rivers and streets of the simulation alone. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from siaga_core.rules.stage import NORMAL
from siaga_sim.siege.river import TrueEvent
from siaga_sim.siege.watching import SeenAlert

CAUTION, MINOR = 1, 2
# A reading is dated when it was measured; an alert of the same second is not early.
SLACK = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """`first_stages`: of every gauge when the run began; `warned`: the gauges that warn each area."""

    first_stages: Mapping[str, int]
    events: Sequence[TrueEvent]
    warned: Mapping[str, Sequence[str]]
    camera_areas: Mapping[str, frozenset[str]]

    def stage_of(self, gauge: str, at: datetime) -> int:
        """The worst stage that a gauge had really reached by then."""
        reached = [one.stage for one in self.events if one.id == gauge and one.at <= at + SLACK]
        return min([self.first_stages.get(gauge, NORMAL), *reached])

    def allows(self, alert: SeenAlert, at: datetime) -> bool:
        """Whether what an alert claims had really happened by then."""
        kind, place = alert.place
        gauges = self.warned.get(place, ()) if kind == "area" else (place,)
        stage = min([NORMAL, *(self.stage_of(gauge, at) for gauge in gauges)])
        # Siaga 2 is caution on the streets beside a gauge and Siaga 1 minor water (rules/flood_state.py).
        flood = {2: CAUTION, 1: MINOR}.get(stage, 0)
        if kind == "area" and self._is_flooded(place, at):
            flood = MINOR
        return alert.stage >= stage and alert.sure_flood <= flood

    def _is_flooded(self, area: str, at: datetime) -> bool:
        return any(
            one.kind == "camera" and area in self.camera_areas.get(one.id, ()) and one.at <= at + SLACK
            for one in self.events
        )

    def delay_seconds(self, event: TrueEvent, alerts: Iterable[SeenAlert]) -> float | None:
        """How long after it happened the public was warned; None: it was not."""
        seen = [alert.seen_at for alert in alerts if alert.is_above_possible and self._warns_of(alert, event)]
        return max(0.0, (min(seen) - event.at).total_seconds()) if seen else None

    def _warns_of(self, alert: SeenAlert, event: TrueEvent) -> bool:
        if event.kind == "gauge":
            return alert.place == ("gauge", event.id) and alert.stage <= event.stage
        kind, place = alert.place
        return kind == "area" and place in self.camera_areas.get(event.id, ()) and alert.sure_flood >= MINOR


def p95(values: Sequence[float]) -> float | None:
    """The 95th percentile by the nearest rank; None without values."""
    ordered = sorted(values)
    return round(ordered[math.ceil(0.95 * len(ordered)) - 1], 1) if ordered else None


def ranks_gained(before: Mapping[str, int], after: Mapping[str, int], corrupt: Sequence[str]) -> int:
    """How many places the corrupt rose, together, counted by the honest officers who stand before each of them.

    Who is not ranked stands behind everybody who is. That one of the corrupt falls behind another is no gain.
    """
    honest = sorted({*before, *after} - {*corrupt})
    return sum(max(0, _before(before, user, honest) - _before(after, user, honest)) for user in corrupt)


def _before(ranks: Mapping[str, int], user: str, honest: Sequence[str]) -> int:
    own = ranks.get(user, math.inf)
    return sum(ranks.get(one, math.inf) < own for one in honest)
