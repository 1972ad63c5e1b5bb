"""Stores the flood states of areas: their evidence, the state in force and every change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from siaga_cloud.incidents.store.flood_evidence import (
    SOURCES,
    EvidenceKey,
    evidence_as_json,
    key_of,
    read_evidence,
    sources_of,
    support_of,
)
from siaga_cloud.platform.db.connection import Connection
from siaga_core.rules.flood_state import AreaState, FloodState, GaugeStage, IncidentState, Override
from siaga_core.rules.trust.certainty import Certainty, certainty_of
from siaga_core.rules.trust.independence import SourcePolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFloodState:
    """Represents the state in force in an area."""

    area_id: str
    state: FloodState
    computed: FloodState
    since: datetime
    expires_at: datetime | None
    evidence_keys: frozenset[EvidenceKey]
    override: Override | None


def lock(conn: Connection) -> None:
    """Until the transaction ends nobody else decides on flood states."""
    conn.execute("SELECT pg_advisory_xact_lock(hashtext('area_flood_state'), 0)")


_OPEN_FLOODS = f"""
    SELECT within.id AS area, incident.id, incident.confidence, incident.severity, incident.last_signal_at,
    told.depth_cm, told.kinds, coalesce(told.ongoing, false) AS ongoing, incident.sensor_confidence,
    incident.people, incident.partners, human.is_confirmed, human.has_officer, incident.updated_at,
    counted.sources FROM incident
    -- Kelurahan and the RW in them: an incident in an RW is one of its kelurahan, too.
    CROSS JOIN LATERAL (SELECT area.id FROM area WHERE area.id = ANY (area_path(incident.area_id))
    AND area.level IN ('kelurahan', 'rw')) AS within
    -- A depth that nothing proves would make a danger of a puddle that a camera sees.
    JOIN LATERAL (SELECT max(signal.depth_cm) FILTER (WHERE member.source_key NOT LIKE 'citizen:%'
    OR member.grade = 'verified') AS depth_cm,
    array_agg(DISTINCT split_part(member.source_key, ':', 1)) AS kinds,
    bool_or(signal.kind = 'event' AND signal.ended_at IS NULL) AS ongoing
    FROM incident_member AS member JOIN signal ON signal.id = member.signal_id
    WHERE member.incident_id = incident.id AND member.removed_at IS NULL) AS told ON true
    CROSS JOIN LATERAL incident_confirmation(incident.id) AS human
    CROSS JOIN LATERAL ({SOURCES}) AS counted
    WHERE incident.state = 'open' AND incident.category = 'flooding' AND incident.over_at IS NULL
    AND told.kinds IS NOT NULL LIMIT 20000
"""  # noqa: S608 - our own text


def incidents_by_area(conn: Connection, policy: SourcePolicy) -> Mapping[str, list[IncidentState]]:
    """Return the open flood incidents of every area that has any, each with its certainty and its sources."""
    rows = conn.execute(_OPEN_FLOODS.encode())
    found: dict[str, list[IncidentState]] = defaultdict(list)
    for row in rows:
        found[row["area"]].append(
            IncidentState(
                id=str(row["id"]),
                confidence=row["confidence"],
                severity=row["severity"],
                depth_cm=row["depth_cm"],
                source_kinds=tuple(row["kinds"]),
                last_signal_at=row["last_signal_at"],
                is_ongoing=row["ongoing"],
                certainty=certainty_of(support_of(row, row["kinds"]), policy),
                sources=sources_of(row),
            )
        )
    return found


def gauges_by_area(conn: Connection) -> Mapping[str, list[GaugeStage]]:
    """Return the gauges that stand at Siaga 2 or 1, by every area that they are in."""
    rows = conn.execute(
        "SELECT within.id AS area, gauge.id, latest.stage, coalesce(latest.known_at, latest.measured_at) AS measured_at"
        " FROM gauge"
        " JOIN gauge_latest AS latest ON latest.gauge_id = gauge.id "
        " CROSS JOIN LATERAL (SELECT area.id FROM area WHERE area.id = ANY (area_path(gauge.area_id))"
        "   AND area.level IN ('kelurahan', 'rw')) AS within"
        " WHERE latest.stage <= 2"
    )
    found: dict[str, list[GaugeStage]] = defaultdict(list)
    for row in rows:
        found[row["area"]].append(GaugeStage(id=row["id"], stage=row["stage"], measured_at=row["measured_at"]))
    return found


def held(conn: Connection) -> Mapping[str, StoredFloodState]:
    """Return what holds in every area that ever had a state."""
    rows = conn.execute(
        "SELECT area_id, state, computed, since, expires_at, evidence, override_state, override_reason, override_by,"
        " override_until FROM area_flood_state WHERE state > 0 OR computed > 0 OR override_state IS NOT NULL"
    )
    return {row["area_id"]: _held(row) for row in rows}


def held_of(conn: Connection, area_id: str) -> StoredFloodState | None:
    """Return what holds in one area."""
    row = conn.execute("SELECT * FROM area_flood_state WHERE area_id = %s", (area_id,)).fetchone()
    return _held(row) if row else None


def save(conn: Connection, area_id: str, decided: AreaState, *, since: datetime, now: datetime) -> None:
    """Writes what holds in an area now."""
    override = decided.override
    conn.execute(
        "INSERT INTO area_flood_state (area_id, state, computed, since, expires_at, evidence, override_state,"
        " override_reason, override_by, override_until, updated_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (area_id) DO UPDATE SET"
        " state = excluded.state, computed = excluded.computed, since = excluded.since,"
        " expires_at = excluded.expires_at, evidence = excluded.evidence, override_state = excluded.override_state,"
        " override_reason = excluded.override_reason, override_by = excluded.override_by,"
        " override_until = excluded.override_until, updated_at = excluded.updated_at",
        (
            area_id,
            int(decided.state),
            int(decided.computed),
            since,
            decided.expires_at,
            evidence_as_json(decided.evidence),
            None if override is None else int(override.state),
            None if override is None else override.reason,
            None if override is None else override.by,
            None if override is None else override.expires_at,
            now,
        ),
    )


def note(
    conn: Connection, area_id: str, *, previous: FloodState, decided: AreaState, actor: str, reason: str, now: datetime
) -> None:
    """Appends to the history of an area."""
    conn.execute(
        "INSERT INTO area_flood_state_log (area_id, at, previous, state, computed, actor, reason, evidence)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        (
            area_id,
            now,
            int(previous),
            int(decided.state),
            int(decided.computed),
            actor,
            reason,
            evidence_as_json(decided.evidence),
        ),
    )


def level_of(conn: Connection, area_id: str) -> str | None:
    """Return the level of an area, None where there is no such area."""
    row = conn.execute("SELECT level FROM area WHERE id = %s", (area_id,)).fetchone()
    return row["level"] if row else None


def _held(row: Mapping[str, Any]) -> StoredFloodState:
    override = None
    if row["override_state"] is not None:
        override = Override(
            state=FloodState(row["override_state"]),
            reason=row["override_reason"],
            by=row["override_by"],
            expires_at=row["override_until"],
        )
    return StoredFloodState(
        area_id=row["area_id"],
        state=FloodState(row["state"]),
        computed=FloodState(row["computed"]),
        since=row["since"],
        expires_at=row["expires_at"],
        evidence_keys=frozenset(key_of(one) for one in row["evidence"]),
        override=override,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaFloodStateView:
    """Represents the state of an area for reading. `geometry` is None where only the name is known or it was not
    requested.
    """

    area_id: str
    area_name: str
    area_level: str
    area_path: list[str]
    state: int
    computed: int
    since: datetime | None
    expires_at: datetime | None
    evidence: list[dict[str, Any]]
    override_state: int | None
    override_reason: str | None
    override_by: str | None
    override_until: datetime | None
    geometry: dict[str, Any] | None = None

    @property
    def certainty(self) -> Certainty:
        """How sure the state in force is."""
        if self.override_state is not None:
            return Certainty.LIKELY
        known = (read_evidence(one) for one in self.evidence)
        return max((one.certainty for one in known if one.state == self.state), default=Certainty.UNVERIFIED)


_SHOWN = (
    "SELECT area.id AS area_id, area.name AS area_name, area.level AS area_level, area_path(area.id) AS area_path,"
    " coalesce(held.state, 0) AS state, coalesce(held.computed, 0) AS computed, held.since, held.expires_at,"
    " coalesce(held.evidence, '[]') AS evidence, held.override_state, held.override_reason, held.override_by,"
    " held.override_until, {geometry} AS geometry"
    " FROM area LEFT JOIN area_flood_state AS held ON held.area_id = area.id"
)


def shown(
    conn: Connection, *, area_ids: Sequence[str] | None = None, with_geometry: bool = False
) -> list[AreaFloodStateView]:
    """Areas that have a state in force, or those named; the worst first."""
    query = _SHOWN.format(geometry="area.geometry" if with_geometry else "NULL::jsonb")
    rows = conn.execute(
        (query + " WHERE CASE WHEN %(ids)s::text[] IS NULL THEN held.state > 0 OR held.override_state IS NOT NULL"
         " ELSE area.id = ANY(%(ids)s) END ORDER BY state DESC, area.id LIMIT 5000").encode(),
        {"ids": None if area_ids is None else list(area_ids)},
    )  # fmt: skip
    return [AreaFloodStateView(**row) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class FloodStateChangeRow:
    """Represents a line in the history of an area."""

    at: datetime
    previous: int
    state: int
    computed: int
    actor: str
    reason: str


def history(conn: Connection, area_id: str, *, limit: int = 100) -> list[FloodStateChangeRow]:
    """Return the changes of an area's state, newest first."""
    rows = conn.execute(
        "SELECT at, previous, state, computed, actor, reason FROM area_flood_state_log WHERE area_id = %s"
        " ORDER BY id DESC LIMIT %s",
        (area_id, limit),
    )
    return [FloodStateChangeRow(**row) for row in rows]


def by_area(conn: Connection) -> Mapping[str, tuple[AreaState, datetime]]:
    """Return the state of every kelurahan that has one, and since when it holds."""
    rows = conn.execute(
        "SELECT held.* FROM area_flood_state AS held JOIN area ON area.id = held.area_id AND area.level = 'kelurahan'"
        " WHERE held.state > 0"
    )
    return {row["area_id"]: (_area_state(row), row["since"]) for row in rows}


def _area_state(row: Mapping[str, Any]) -> AreaState:
    stored = _held(row)
    return AreaState(
        state=stored.state,
        computed=stored.computed,
        expires_at=stored.expires_at,
        evidence=tuple(read_evidence(one) for one in row["evidence"]),
        override=stored.override,
    )
