"""Learns from former floods at which level of its gauge a street is under water, where nobody measured its road."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.streets.service.computing import evidence_by_segment
from siaga_cloud.streets.service.near import SegmentIndex
from siaga_cloud.streets.store import evidence as read_evidence
from siaga_cloud.streets.store import segments as db
from siaga_cloud.streets.store.segments import SegmentRow
from siaga_core.rules.streets.evidence import Evidence, estimate_of
from siaga_core.rules.streets.relation import Pair, learn

LOOK_BACK: Final = timedelta(days=400)


def learn_relations(conn: Connection, *, now: datetime) -> int:
    """Learn of every street that has a gauge and no height of its road; of how many something was learned."""
    segments = {one.id: one for one in db.list_segments(conn) if one.gauge_id is not None and one.road_cm is None}
    if not segments:
        return 0
    seen = read_evidence.former_observations(conn, since=now - LOOK_BACK, now=now)
    evidence = evidence_by_segment(SegmentIndex(list(segments.values())), seen)
    learned = {
        segment_id: found
        for segment_id, pairs in _pairs(conn, segments, evidence).items()
        if (found := learn(pairs)) is not None
    }
    for segment_id, relation in learned.items():
        db.save_relation(conn, segment_id, segments[segment_id].gauge_id or "", relation, now=now)
    return len(learned)


def _pairs(
    conn: Connection, segments: Mapping[str, SegmentRow], evidence: Mapping[str, list[Evidence]]
) -> Mapping[str, list[Pair]]:
    listed = [(segment_id, one) for segment_id, pieces in evidence.items() for one in pieces]
    levels = read_evidence.levels_at(
        conn, [(segments[segment_id].gauge_id or "", one.observed_at) for segment_id, one in listed]
    )
    found: dict[str, list[Pair]] = defaultdict(list)
    for (segment_id, one), level_cm in zip(listed, levels, strict=True):
        stated = estimate_of(one, now=one.observed_at)
        if level_cm is not None and stated is not None:
            found[segment_id].append(Pair(one.observed_at, level_cm, stated.depth_cm))
    return found
