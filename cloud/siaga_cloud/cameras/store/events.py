"""Stores events at their highest revision together with their evidence images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from psycopg.types.json import Jsonb

from siaga_cloud.platform.db.connection import Connection
from siaga_core.wire.messages import EventMessage, EvidenceHeader

_SAVE = """
    INSERT INTO event AS held (id, revision, state, hazard, node_id, source_kind, source_id, zone_id, lat, lon,
        began_at, ended_at, measured_at, received_at, first_received_at, confidence, severity, details, evidence)
    VALUES (%(id)s, %(revision)s, %(state)s, %(hazard)s, %(node_id)s, %(source_kind)s, %(source_id)s, %(zone_id)s,
        %(lat)s, %(lon)s, %(began_at)s, %(ended_at)s, %(measured_at)s, %(received_at)s, %(received_at)s,
        %(confidence)s, %(severity)s, %(details)s, %(evidence)s)
    ON CONFLICT (id) DO UPDATE SET
        revision = excluded.revision, state = excluded.state, lat = excluded.lat, lon = excluded.lon,
        ended_at = excluded.ended_at, measured_at = excluded.measured_at, received_at = excluded.received_at,
        confidence = excluded.confidence, severity = excluded.severity, details = excluded.details,
        evidence = excluded.evidence
    WHERE held.revision < excluded.revision AND held.node_id = excluded.node_id
    RETURNING id
"""


def save(conn: Connection, event: EventMessage, *, received_at: datetime) -> bool:
    """Stores a revision of an event; False when a higher one is held already (or another node's)."""
    return conn.execute(_SAVE, _parameters(event, received_at)).fetchone() is not None


def set_doubted(conn: Connection, doubted: Mapping[UUID, bool], *, now: datetime) -> None:
    """Record of gauges' events whether their newest revision is doubted."""
    for event_id in sorted(doubted):
        conn.execute(
            "UPDATE event SET doubted_at = %s WHERE id = %s AND (doubted_at IS NOT NULL) <> %s",
            (now if doubted[event_id] else None, event_id, doubted[event_id]),
        )


def _parameters(event: EventMessage, received_at: datetime) -> dict[str, object]:
    return {
        "id": event.event_id,
        "revision": event.revision,
        "state": str(event.state),
        "hazard": str(event.hazard),
        "node_id": event.node,
        "source_kind": str(event.source.kind),
        "source_id": event.source.id,
        "zone_id": event.zone,
        "lat": event.place.lat,
        "lon": event.place.lon,
        "began_at": event.began_at,
        "ended_at": event.ended_at,
        "measured_at": event.measured_at,
        "received_at": received_at,
        "confidence": event.confidence,
        "severity": str(event.severity),
        "details": Jsonb(event.details.model_dump(mode="json")),
        "evidence": Jsonb([ref.model_dump(mode="json") for ref in event.evidence]),
    }


def save_evidence(conn: Connection, headers: Sequence[tuple[EvidenceHeader, int]], *, now: datetime) -> None:
    """Stores images (header, size in bytes) whose bytes lie in the media folder; the message's id is the media's."""
    for header, size_bytes in headers:
        _save_media(conn, header, size_bytes, now)
        conn.execute(
            "INSERT INTO evidence (event_id, number, role, node_id, media_id, taken_at)"
            " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            (header.event_id, header.number, str(header.role), header.node, header.id, header.measured_at),
        )


def _save_media(conn: Connection, header: EvidenceHeader, size_bytes: int, now: datetime) -> None:
    conn.execute(
        "INSERT INTO media (id, sha256, kind, mime, size_bytes, width, height, redacted, taken_at, uploaded_by,"
        " created_at) VALUES (%s, %s, 'evidence', 'image/jpeg', %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (
            header.id,
            header.sha256,
            size_bytes,
            header.width,
            header.height,
            header.redacted,
            header.measured_at,
            f"node:{header.node}",
            now,
        ),
    )
