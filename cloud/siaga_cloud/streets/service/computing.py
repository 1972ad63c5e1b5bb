"""Computes the depth of every street of which something is known or foreseen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from siaga_cloud.city.service import policy
from siaga_cloud.forecast import store as forecasts
from siaga_cloud.incidents.store import read as read_incidents
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.streets.service.near import SegmentIndex
from siaga_cloud.streets.store import depths as db
from siaga_cloud.streets.store import evidence as read_evidence
from siaga_cloud.streets.store import segments as read_segments
from siaga_cloud.streets.store.depths import DepthRow
from siaga_cloud.streets.store.evidence import Level, Observation
from siaga_cloud.streets.store.segments import SegmentRow
from siaga_core.rules.forecast import ForecastPoint
from siaga_core.rules.streets.depth import Basis, DepthPoint, GaugeLevel, StreetDepth, depths_ahead, street_depth
from siaga_core.rules.streets.evidence import VALID_FOR, Evidence, EvidenceKind
from siaga_core.rules.streets.relation import Relation
from siaga_core.rules.trust.certainty import Certainty, certainty_of
from siaga_core.rules.water_ahead import FORECAST_LASTS

REPORT_REACH_M: Final = 60.0  # as far from a street a person who reports it may stand
CAMERA_MARGIN_M: Final = 20.0  # a camera's place is its pole's
COMPUTED_FOR: Final = timedelta(minutes=5)  # a depth that nothing computes again is not shown for longer
_MOST_INCIDENTS: Final = 2000


def compute_depths(conn: Connection, *, now: datetime) -> int:
    """Compute and store the depths of all streets; of how many something is known or foreseen."""
    read_evidence.lock(conn)
    segments = read_segments.list_segments(conn)
    rows = list(_Computation.read(conn, segments, now=now).rows()) if segments else []
    db.save_depths(conn, rows)
    return len(rows)


@dataclass(slots=True)
class _Computation:
    """Holds what the depths of one moment follow from."""

    conn: Connection
    now: datetime
    segments: Sequence[SegmentRow]
    evidence: Mapping[str, list[Evidence]]
    names: Mapping[str, str]
    levels: Mapping[str, Level]
    learned: Mapping[str, Relation]
    _points: dict[str, list[ForecastPoint]] = field(default_factory=dict)

    @classmethod
    def read(cls, conn: Connection, segments: Sequence[SegmentRow], *, now: datetime) -> _Computation:
        seen = read_evidence.observations(conn, _believed(conn), since=now - VALID_FOR[EvidenceKind.REPORT], now=now)
        levels = read_evidence.known_levels(conn, now=now)
        names = {one.source: one.camera for one in seen if one.camera} | {
            one.gauge_id: one.name for one in levels.values()
        }
        return cls(
            conn=conn,
            now=now,
            segments=segments,
            evidence=evidence_by_segment(SegmentIndex(segments), seen),
            names=names,
            levels=levels,
            learned=read_segments.relations(conn),
        )

    def rows(self) -> Iterator[DepthRow]:
        for segment in self.segments:
            gauge = self._gauge(segment)
            found = street_depth(self.evidence.get(segment.id, ()), gauge, now=self.now)
            ahead = depths_ahead(found, gauge, self._forecast(gauge), now=self.now)
            if found.basis or ahead:
                yield self._row(segment.id, found, ahead)

    def _gauge(self, segment: SegmentRow) -> GaugeLevel | None:
        level = self.levels.get(segment.gauge_id or "")
        known = Relation(road_cm=segment.road_cm) if segment.road_cm is not None else self.learned.get(segment.id)
        if level is None or known is None:
            return None
        return GaugeLevel(
            gauge_id=level.gauge_id, level_cm=level.level_cm, measured_at=level.measured_at, relation=known
        )

    def _forecast(self, gauge: GaugeLevel | None) -> list[ForecastPoint]:
        if gauge is None:
            return []
        if gauge.gauge_id not in self._points:
            run = forecasts.run_of(self.conn, gauge.gauge_id)
            is_new = run is not None and timedelta(0) <= self.now - run.made_at <= FORECAST_LASTS
            self._points[gauge.gauge_id] = (
                forecasts.points_of(self.conn, gauge.gauge_id, run.made_at) if run and is_new else []
            )
        return self._points[gauge.gauge_id]

    def _row(self, segment_id: str, found: StreetDepth, ahead: Sequence[DepthPoint]) -> DepthRow:
        longest = self.now + COMPUTED_FOR
        estimate = found.estimate
        return DepthRow(
            segment_id=segment_id,
            answer=found.answer.value,
            depth_cm=round(estimate.shown_cm) if estimate else None,
            low_cm=round(estimate.low_cm) if estimate else None,
            high_cm=round(estimate.high_cm) if estimate else None,
            basis=[self._basis(one) for one in found.basis],
            ahead=[_point(one) for one in ahead],
            computed_at=self.now,
            valid_until=min(found.valid_until or longest, longest),
        )

    def _basis(self, one: Basis) -> Mapping[str, Any]:
        return {
            "kind": one.kind.value,
            "count": one.count,
            "first_at": one.first_at.isoformat(),
            "last_at": one.last_at.isoformat(),
            "names": [self.names.get(name, name) for name in one.names[:20]],
        }


def evidence_by_segment(index: SegmentIndex, seen: Sequence[Observation]) -> Mapping[str, list[Evidence]]:
    """Return what was stated of each segment: a camera sees its view, a person the street beside them."""
    found: dict[str, list[Evidence]] = defaultdict(list)
    for one in seen:
        reach = one.radius_m + CAMERA_MARGIN_M if one.camera else REPORT_REACH_M
        for near in index.near(one.lat, one.lon, within_m=reach):
            found[near.segment.id].append(_evidence(one, near.distance_m))
    return found


def _evidence(one: Observation, distance_m: float) -> Evidence:
    return Evidence(
        kind=EvidenceKind.CAMERA if one.camera else EvidenceKind.REPORT,
        source=one.source,
        observed_at=one.observed_at,
        depth_cm=one.depth_cm,
        # What a camera sees of a street is in its view, wherever its pole stands.
        distance_m=0.0 if one.camera else distance_m,
        is_proven=one.is_proven,
    )


def _believed(conn: Connection) -> list[UUID]:
    """The open floods that are at least possible: an incident that nothing supports floods no street."""
    sources = policy.current(conn).sources
    found = read_incidents.incidents(
        conn, state="open", category="flooding", severest_first=True, limit=_MOST_INCIDENTS
    )
    return [
        one.id
        for one in found
        if one.over_at is None and certainty_of(read_incidents.support_of(one), sources) >= Certainty.POSSIBLE
    ]


def _point(one: DepthPoint) -> Mapping[str, Any]:
    return {
        "at": one.at.isoformat(),
        "depth_cm": round(one.estimate.shown_cm),
        "low_cm": round(one.estimate.low_cm),
        "high_cm": round(one.estimate.high_cm),
    }
