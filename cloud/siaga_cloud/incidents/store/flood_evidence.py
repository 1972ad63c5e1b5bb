"""Reads what a flood state rests on, and stores it as JSON: evidence with its certainty and its sources by kind."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from psycopg.types.json import Jsonb

from siaga_core.rules.flood_state import Evidence, FloodState
from siaga_core.rules.trust.certainty import Certainty, SourceCount, Support

EvidenceKey = tuple[str, str, int, str, int]  # kind, id, state, certainty, number of sources

# The independent sources of an incident by kind. A member whose ledger an earlier program computed counts by its own
# source.
SOURCES: Final = """
    SELECT coalesce(jsonb_agg(to_jsonb(counted_kind)), '[]') AS sources FROM (
        SELECT CASE split_part(member.source_key, ':', 1) WHEN 'citizen'
                THEN CASE member.grade WHEN 'verified' THEN 'verified_citizen' ELSE 'unverified_citizen' END
                ELSE split_part(member.source_key, ':', 1) END AS kind,
            count(DISTINCT coalesce(member.independent_key, member.source_key)) AS count,
            min(CASE signal.kind WHEN 'report' THEN signal.received_at ELSE signal.began_at END) AS first_at,
            max(CASE signal.kind WHEN 'report' THEN signal.received_at ELSE signal.last_at END) AS last_at,
            array_remove(array_agg(DISTINCT coalesce(nullif(camera.name, ''), camera.id, nullif(gauge.name, ''),
                gauge.id,
                CASE WHEN member.source_key LIKE 'feed:%' THEN substr(member.source_key, 6) END)), NULL) AS names
        FROM incident_member AS member JOIN signal ON signal.id = member.signal_id
            LEFT JOIN camera ON member.source_key = 'camera:' || camera.id
            LEFT JOIN gauge ON member.source_key = 'gauge:' || gauge.id
        WHERE member.incident_id = incident.id AND member.removed_at IS NULL
            AND member.source_key NOT LIKE 'rule:%' GROUP BY 1) AS counted_kind
"""


def evidence_as_json(evidence: Sequence[Evidence]) -> Jsonb:
    """Return a bounded number of pieces of evidence as they are stored."""
    return Jsonb(
        [
            {
                "kind": one.kind,
                "id": one.id,
                "state": one.state.label,
                "observed_at": one.observed_at.isoformat(),
                "expires_at": one.expires_at.isoformat(),
                "why": one.why,
                "certainty": one.certainty.label,
                "sources": [source_as_json(source) for source in one.sources],
            }
            for one in evidence[:100]
        ]
    )


def source_as_json(one: SourceCount) -> dict[str, Any]:
    """Return a count of sources as it is stored."""
    return {
        "kind": one.kind,
        "count": one.count,
        "first_at": one.first_at.isoformat(),
        "last_at": one.last_at.isoformat(),
        "names": list(one.names[:20]),
    }


def evidence_keys(evidence: Sequence[Evidence]) -> frozenset[EvidenceKey]:
    """Return the identity of a set of evidence, without its times."""
    return frozenset(
        (one.kind, one.id, int(one.state), one.certainty.label, sum(source.count for source in one.sources))
        for one in evidence[:100]
    )


def key_of(item: Mapping[str, Any]) -> EvidenceKey:
    """Return the identity of a piece of stored evidence."""
    sources = item.get("sources", ())
    count = sum(source["count"] for source in sources)
    return item["kind"], item["id"], int(FloodState[item["state"].upper()]), item.get("certainty", ""), count


def support_of(row: Mapping[str, Any], kinds: Collection[str]) -> Support:
    """Return what an incident rests on; of one whose ledger an earlier program computed, by its kinds of source."""
    sensor_confidence = row["sensor_confidence"]
    if sensor_confidence is None:
        sensor_confidence = row["confidence"] if {"camera", "gauge"} & set(kinds) else 0.0
    return Support(
        confidence=row["confidence"],
        sensor_confidence=sensor_confidence,
        people=row["people"] or 0,
        partners=row["partners"] or 0,
        has_officer=row["has_officer"] or False,
        is_confirmed=row["is_confirmed"] or False,
    )


def sources_of(row: Mapping[str, Any]) -> tuple[SourceCount, ...]:
    """Return who supports an incident, people who confirmed it as well."""
    counts = [read_source(item) for item in row["sources"]]
    at = row["updated_at"]
    if row["has_officer"]:
        counts.append(SourceCount(kind="officer", count=1, first_at=at, last_at=at))
    if row["is_confirmed"]:
        counts.append(SourceCount(kind="operator", count=1, first_at=at, last_at=at))
    return tuple(counts)


def read_source(item: Mapping[str, Any]) -> SourceCount:
    """Return a count of sources as it is stored."""
    return SourceCount(
        kind=item["kind"],
        count=item["count"],
        first_at=datetime.fromisoformat(item["first_at"]),
        last_at=datetime.fromisoformat(item["last_at"]),
        names=tuple(item["names"]),
    )


def read_evidence(item: Mapping[str, Any]) -> Evidence:
    """Return a piece of stored evidence; one that an earlier program stored without a certainty is unverified."""
    return Evidence(
        kind=item["kind"],
        id=item["id"],
        state=FloodState[item["state"].upper()],
        observed_at=datetime.fromisoformat(item["observed_at"]),
        expires_at=datetime.fromisoformat(item["expires_at"]),
        why=item["why"],
        certainty=Certainty[item.get("certainty", "unverified").upper()],
        sources=tuple(read_source(one) for one in item.get("sources", ())),
    )
