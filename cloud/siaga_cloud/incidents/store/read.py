"""Reads incidents and their evidence ledgers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from psycopg.rows import class_row

from siaga_cloud.incidents.store import flood_evidence
from siaga_cloud.platform.db.connection import Connection
from siaga_core.rules.trust.certainty import Support


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRow:
    """Represents a hazard in the city. `source_kinds` are camera, gauge, citizen or feed; path and agency determine who
    may see it.
    """

    id: UUID
    number: int
    category: str
    state: str
    severity: str
    confidence: float
    lat: float
    lon: float
    area_id: str | None
    area_name: str | None
    area_path: list[str]
    agency_id: str | None
    began_at: datetime
    last_signal_at: datetime
    over_at: datetime | None
    sources: int
    mixed: bool
    source_kinds: list[str]
    sensor_confidence: float | None
    people: int | None
    partners: int | None
    is_confirmed: bool | None
    has_officer: bool | None
    verdict: str | None
    task_id: UUID | None
    task_number: int | None
    task_state: str | None
    completion: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceImageRow:
    """Represents the evidence image of a member. Only redacted ones are public."""

    media_id: UUID
    role: str
    taken_at: datetime | None
    redacted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentMemberRow:
    """Represents a line of the evidence ledger: a signal and its weight."""

    signal_id: UUID
    kind: str
    source_key: str
    source_name: str | None
    observed_at: datetime
    received_at: datetime
    severity: str
    confidence: float
    reliability: float
    weight: float
    counted: bool
    grade: str | None
    removed_at: datetime | None
    note: str
    details: dict[str, Any] | None
    evidence_images: list[EvidenceImageRow]
    prior_mean: float | None = None
    prior_strength: float | None = None
    confirmed: int | None = None
    refuted: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRemarkRow:
    """Represents what contradicts an incident without being a signal; it has no weight."""

    kind: str
    source_key: str
    began_at: datetime
    ended_at: datetime | None
    note: str


_INCIDENTS = """
SELECT incident.id, incident.number, incident.category, incident.state, incident.severity,
    round(incident.confidence::numeric, 4)::float8 AS confidence, incident.lat, incident.lon, incident.area_id,
    area.name AS area_name, area_path(incident.area_id) AS area_path, task.agency_id, incident.began_at,
    incident.last_signal_at, incident.over_at, incident.sources,
    incident.mixed, incident.sensor_confidence, incident.people, incident.partners, human.is_confirmed,
    human.has_officer, incident.verdict, task.id AS task_id, task.number AS task_number, task.state AS task_state,
    (SELECT to_jsonb(completion) FROM task_completion AS completion WHERE completion.task_id = task.id) AS completion,
    ARRAY(SELECT DISTINCT split_part(member.source_key, ':', 1) FROM incident_member AS member
        WHERE member.incident_id = incident.id AND member.removed_at IS NULL ORDER BY 1) AS source_kinds
FROM incident_seen AS incident LEFT JOIN area ON area.id = incident.area_id
LEFT JOIN LATERAL (SELECT id, number, state, agency_id FROM task_seen AS task WHERE task.incident_id = incident.id
    ORDER BY created_at DESC LIMIT 1) AS task ON true
LEFT JOIN LATERAL incident_confirmation(incident.id) AS human
    ON incident.verdict = 'confirmed' OR task.state = 'on_site'
"""

_CHOSEN: Final = {
    "state": "incident.state = %(state)s",
    "category": "incident.category = %(category)s",
    "number": "incident.number = %(number)s",
}
# The sequences of the indexes incident_newest and incident_severest (0498).
_NEWEST: Final = "incident.began_at DESC, incident.id"
_SEVEREST: Final = f"array_position(ARRAY['severe', 'moderate', 'minor'], incident.severity), {_NEWEST}"


def support_of(one: IncidentRow) -> Support:
    """Return what an incident rests on."""
    return flood_evidence.support_of(asdict(one), one.source_kinds)


def incidents(
    conn: Connection,
    *,
    state: str | None,
    category: str | None,
    number: int | None = None,
    severest_first: bool = False,
    limit: int,
) -> list[IncidentRow]:
    """Return the newest incidents, those that began last first; or the severest, the newest of them first."""
    values = {"state": state, "category": category, "number": number, "limit": limit}
    chosen = " AND ".join(clause for name, clause in _CHOSEN.items() if values[name] is not None) or "true"
    order = _SEVEREST if severest_first else _NEWEST
    query = f"{_INCIDENTS} WHERE {chosen} ORDER BY {order} LIMIT %(limit)s"
    return conn.cursor(row_factory=class_row(IncidentRow)).execute(query.encode(), values).fetchall()


def by_ids(conn: Connection, ids: Sequence[UUID]) -> list[IncidentRow]:
    """Return the incidents named, in no order."""
    found = conn.cursor(row_factory=class_row(IncidentRow)).execute(
        _INCIDENTS + " WHERE incident.id = ANY(%s)", (list(ids),)
    )
    return found.fetchall()


def ledger(conn: Connection, incident_id: UUID) -> list[IncidentMemberRow]:
    """Return the members of an incident in the order of observation, removed ones too."""
    found = conn.execute(
        "SELECT member.signal_id, signal.kind, member.source_key, signal.began_at AS observed_at, signal.received_at,"
        " signal.severity, member.confidence, member.reliability, member.weight, member.counted, member.grade,"
        " member.removed_at,"
        " signal.note, coalesce(event.details, CASE WHEN checked.gauge_id IS NOT NULL THEN jsonb_build_object("
        "   'kind', 'gauge_check', 'gauge', checked.gauge_id, 'level_cm', checked.level_cm, 's3_cm', checked.s3_cm,"
        "   'measured_at', checked.measured_at, 'citizens', checked.citizens, 'evidence', checked.evidence) END,"
        "  CASE WHEN inspected.asset_id IS NOT NULL THEN jsonb_build_object('kind', 'asset_check', 'asset',"
        "   inspected.asset_id, 'problem', inspected.problem, 'since', inspected.since, 'level_cm',"
        "   inspected.level_cm) END)"
        "  AS details, member.prior_mean, member.prior_strength, member.confirmed, member.refuted,"
        " coalesce(nullif(camera.name, ''), nullif(gauge.name, '')) AS source_name,"
        " evidence_images.list AS evidence_images"
        " FROM incident_member AS member JOIN signal_seen AS signal ON signal.id = member.signal_id"
        " LEFT JOIN event ON event.id = signal.id LEFT JOIN gauge_check AS checked ON checked.signal_id = signal.id"
        " LEFT JOIN asset_check AS inspected ON inspected.signal_id = signal.id"
        " LEFT JOIN camera ON member.source_key = 'camera:' || camera.id"
        " LEFT JOIN gauge ON member.source_key = 'gauge:' || gauge.id"
        " LEFT JOIN LATERAL (SELECT coalesce(jsonb_agg(to_jsonb(picture) ORDER BY picture.sort), '[]') AS list FROM ("
        "   SELECT media.id AS media_id, evidence.role, evidence.taken_at, media.redacted, evidence.number AS sort"
        "   FROM evidence JOIN media ON media.id = evidence.media_id WHERE evidence.event_id = signal.id"
        "   UNION ALL SELECT media.id, 'report', media.taken_at, media.redacted, shot.position"
        "   FROM report_media AS shot JOIN media ON media.id = shot.media_id WHERE shot.report_id = signal.id"
        "   ORDER BY 5 LIMIT 12) AS picture) AS evidence_images ON true"
        " WHERE member.incident_id = %s ORDER BY signal.began_at, signal.id LIMIT 500",
        (incident_id,),
    )
    return [
        IncidentMemberRow(**{**row, "evidence_images": [_evidence_image(item) for item in row["evidence_images"]]})
        for row in found
    ]


def remarks(conn: Connection, incident_id: UUID) -> list[IncidentRemarkRow]:
    """Return what speaks against an incident, the oldest first."""
    found = conn.cursor(row_factory=class_row(IncidentRemarkRow)).execute(
        "SELECT kind, source_key, began_at, ended_at, note FROM incident_remark WHERE incident_id = %s"
        " ORDER BY began_at, source_key LIMIT 100",
        (incident_id,),
    )
    return found.fetchall()


def first_task_at(conn: Connection, incident_id: UUID) -> datetime | None:
    """Return when an incident first became a task."""
    row = conn.execute("SELECT min(created_at) AS at FROM task WHERE incident_id = %s", (incident_id,)).fetchone()
    return row["at"] if row else None


def _evidence_image(item: dict[str, Any]) -> EvidenceImageRow:
    taken_at = datetime.fromisoformat(item["taken_at"]) if item["taken_at"] else None
    return EvidenceImageRow(
        media_id=UUID(item["media_id"]), role=item["role"], taken_at=taken_at, redacted=item["redacted"]
    )
