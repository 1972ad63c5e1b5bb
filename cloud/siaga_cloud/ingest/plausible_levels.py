"""Asks of every level whether its gauge can read it, and of a new stage whether a second reading confirms it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from siaga_cloud.gauges.store import stage_record
from siaga_cloud.gauges.store.readings import GaugeState, ReadingRow
from siaga_cloud.ingest.policy import IngestPolicy
from siaga_cloud.platform.db.connection import Connection
from siaga_core.rules.trust import plausibility as rules
from siaga_core.rules.trust.plausibility import LevelAt, PlausibleLevels
from siaga_core.wire.messages import Quality

IMPLAUSIBLE: Final = "implausible"


@dataclass(slots=True, kw_only=True)
class LevelCheck:
    """Judges the levels of one batch against what is stored; readings of the batch must be stored before `confirms`."""

    conn: Connection
    held: Mapping[str, GaugeState]
    policy: IngestPolicy
    _levels: dict[str, PlausibleLevels | None] = field(default_factory=dict)

    def marked(self, rows: Iterable[ReadingRow]) -> list[ReadingRow]:
        """Return the readings; a level that its gauge cannot read becomes a bad one with a flag, and is kept."""
        known = {gauge_id for gauge_id, state in self.held.items() if state.limits is not None}
        return [row if row.gauge_id not in known or self._is_possible(row) else _implausible(row) for row in rows]

    def is_possible(self, gauge_id: str, level_cm: float) -> bool:
        """Whether the level is in the range of its gauge; of a gauge without limits nothing is known."""
        levels = self._levels_of(gauge_id)
        return levels is None or rules.is_in_range(level_cm, levels)

    def confirms(self, gauge_id: str, at: datetime, level_cm: float) -> bool:
        """Whether two of the last three readings agree on a level that would change the stage."""
        levels = self._levels_of(gauge_id)
        if levels is None:
            return True
        before = stage_record.levels_before(self.conn, gauge_id, at, limit=rules.WINDOW)
        return rules.is_confirmed(LevelAt(at, level_cm), before, levels)

    def _is_possible(self, row: ReadingRow) -> bool:
        return row.level_cm is None or self.is_possible(row.gauge_id, row.level_cm)

    def _levels_of(self, gauge_id: str) -> PlausibleLevels | None:
        if gauge_id not in self._levels:
            self._levels[gauge_id] = self._made(self.held.get(gauge_id))
        return self._levels[gauge_id]

    def _made(self, state: GaugeState | None) -> PlausibleLevels | None:
        if state is None or state.limits is None:
            return None
        lowest, highest = rules.range_of(state.limits, lowest_cm=state.lowest_cm, highest_cm=state.highest_cm)
        return PlausibleLevels(
            lowest_cm=min(lowest, highest - 1),
            highest_cm=highest,
            jump_cm=self.policy.jump_cm,
            rate_cm_per_minute=self.policy.rate_cm_per_minute,
        )


def _implausible(row: ReadingRow) -> ReadingRow:
    return row._replace(quality=str(Quality.BAD), flags=(*row.flags, IMPLAUSIBLE))
