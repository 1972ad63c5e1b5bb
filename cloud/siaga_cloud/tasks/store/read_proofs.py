"""Reads proofs as they are shown: checks, verification, the camera recheck, and images from before and after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import class_row

from siaga_cloud.platform.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofView:
    """Represents a proof of a task; `method` is the verification method. `checks` and `recheck` are plain JSON."""

    id: UUID
    task_id: UUID
    number: int
    category: str
    area_id: str | None
    media_id: UUID
    resolved_at: datetime
    resolved_by: str
    worst: str
    held: bool
    method: str
    why: str
    answer_by: datetime | None
    outcome: str | None
    decided_by: str | None
    decided_at: datetime | None
    checks: list[Mapping[str, Any]]
    recheck: Mapping[str, Any] | None
    capture_grade: str | None = None
    capture_reasons: list[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofPairImage:
    """Represents an image from before or after the work, and the image that the public sees in its place, if any.

    `redaction` is how the redaction stands: redacted, waiting, failed (`reason` is the cause), or none.
    """

    side: str
    media_id: UUID
    public_media_id: UUID | None
    kind: str
    taken_at: datetime
    received_at: datetime
    redaction: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Counts proofs by outcome and who decided; both are None while nobody has decided."""

    method: str
    outcome: str | None
    decided_by: str | None
    proofs: int


_PROOFS = """
SELECT proof.id, proof.task_id, task.number, task.category, task.area_id, proof.media_id, proof.resolved_at,
    proof.resolved_by, proof.worst, proof.held, proof.method, proof.why, proof.answer_by, proof.outcome,
    proof.decided_by,
    proof.decided_at, photo_capture.grade AS capture_grade, photo_capture.reasons AS capture_reasons,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('name', name, 'result', result, 'explanation_id', explanation_id,
        'explanation_en', explanation_en, 'figures', figures, 'twin_media_id', twin_media_id) ORDER BY name), '[]')
        FROM proof_check WHERE proof_id = proof.id) AS checks,
    (SELECT jsonb_build_object('camera', recheck.camera_id, 'zone', recheck.zone_id, 'hazard', recheck.hazard,
        'deadline', recheck.deadline, 'sent_at', recheck.sent_at, 'answered_at', recheck.answered_at,
        'state', recheck.state, 'reason', recheck.reason, 'frames', recheck.frames, 'seen_share', recheck.seen_share,
        'water_share', recheck.water_share, 'media_id', evidence.media_id)
        FROM camera_recheck AS recheck LEFT JOIN evidence ON evidence.event_id = recheck.id AND evidence.node_id =
        recheck.node_id
        WHERE recheck.proof_id = proof.id LIMIT 1) AS recheck
FROM proof JOIN task ON task.id = proof.task_id LEFT JOIN photo_capture ON photo_capture.media_id = proof.media_id
"""


def of_task(conn: Connection, task_id: UUID) -> list[ProofView]:
    """Return every proof of a task, the newest first."""
    found = conn.cursor(row_factory=class_row(ProofView)).execute(
        _PROOFS + " WHERE proof.task_id = %s ORDER BY proof.made_at DESC LIMIT 20", (task_id,)
    )
    return found.fetchall()


def listed(conn: Connection, *, result: str | None, check: str | None, waiting: bool, limit: int) -> list[ProofView]:
    """Return proofs that have a check of that result, the newest first; `waiting`: for an operator's decision."""
    found = conn.cursor(row_factory=class_row(ProofView)).execute(
        _PROOFS + " WHERE (%(result)s::text IS NULL AND %(check)s::text IS NULL OR EXISTS (SELECT FROM proof_check"
        "   WHERE proof_id = proof.id AND (%(result)s::text IS NULL OR result = %(result)s)"
        "   AND (%(check)s::text IS NULL OR name = %(check)s)))"
        " AND (NOT %(waiting)s OR proof.outcome IS NULL AND proof.method = 'operator')"
        " ORDER BY proof.made_at DESC LIMIT %(limit)s",
        {"result": result, "check": check, "waiting": waiting, "limit": limit},
    )
    return found.fetchall()


def pair(conn: Connection, task_id: UUID) -> list[ProofPairImage]:
    """Images of before and after a task, the best first; the caller leaves out what may not be shown."""
    found = conn.cursor(row_factory=class_row(ProofPairImage)).execute(
        "SELECT side, media_id, public_media_id, kind, taken_at, received_at, redaction, reason FROM task_images(%s)",
        (task_id,),
    )
    return found.fetchall()


def counts(conn: Connection, *, since: datetime) -> list[Count]:
    """Count the proofs made since then, by verification method, outcome and kind of decider."""
    found = conn.cursor(row_factory=class_row(Count)).execute(
        "SELECT method, outcome, CASE WHEN decided_by IS NULL THEN NULL"
        " WHEN decided_by LIKE 'camera:%%' THEN 'camera' WHEN decided_by LIKE 'gauge:%%' THEN 'gauge'"
        " WHEN decided_by = 'system'"
        " THEN 'checks' WHEN decided_by = 'reporter' THEN 'reporter' ELSE 'person' END AS decided_by,"
        " count(*)::int AS proofs FROM proof WHERE made_at >= %s GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
        (since,),
    )
    return found.fetchall()
