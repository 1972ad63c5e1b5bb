"""Stores the proofs of resolved tasks: the photos, the proof checks, the verification method and the outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from siaga_cloud.platform.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedTask:
    """Represents a task that was reported as done, with the photo."""

    task_id: UUID
    incident_id: UUID
    number: int
    category: str
    severity: str
    lat: float
    lon: float
    area_id: str | None
    caused_at: datetime
    resolved_at: datetime
    resolved_by: str
    media_id: UUID
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewProof:
    """Holds one checked proof that is to be stored."""

    id: UUID
    task_id: UUID
    media_id: UUID
    resolved_at: datetime
    resolved_by: str
    before_media_id: UUID | None
    worst: str
    held: bool
    method: str
    why: str
    answer_by: datetime | None
    made_at: datetime
    draw_day: date
    draw_message: str
    draw: float
    sampled_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Represents a stored proof."""

    id: UUID
    task_id: UUID
    media_id: UUID
    resolved_at: datetime
    held: bool
    method: str
    outcome: str | None
    answer_by: datetime | None
    resolved_by: str
    draw: float | None
    sampled_share: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskOfProof:
    """Represents the task that a proof is about."""

    incident_id: UUID
    number: int
    category: str
    area_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofCheckRow:
    """Represents a proof check as it is stored."""

    name: str
    result: str
    explanation_id: str
    explanation_en: str
    figures: Mapping[str, Any]
    twin_media_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofPhoto:
    """Represents an earlier image: its kind, and whether it belongs to the same task."""

    media_id: UUID
    kind: str
    same_task: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BeforePhoto:
    """Represents an image from before the work."""

    media_id: UUID
    sha256: str
    kind: str


_PROOF = "id, task_id, media_id, resolved_at, held, method, outcome, answer_by, resolved_by, draw, sampled_share"

_RESOLVED = """
SELECT task.id AS task_id, task.incident_id, task.number, task.category, task.severity, task.lat, task.lon,
    task.area_id, task.caused_at, task.finished_at AS resolved_at, media.id AS media_id, media.sha256,
    coalesce((SELECT actor FROM task_move WHERE task_id = task.id AND verb = 'resolve' ORDER BY id DESC LIMIT 1),
        'system') AS resolved_by
FROM task JOIN media ON media.id = task.proof_media_id
WHERE task.state = 'resolved' AND task.id = %s AND NOT EXISTS (
    SELECT FROM proof WHERE proof.task_id = task.id AND proof.resolved_at = task.finished_at)
"""


def resolved(conn: Connection, task_id: UUID) -> ResolvedTask | None:
    """Return a resolved task whose proof was not looked into yet."""
    return conn.cursor(row_factory=class_row(ResolvedTask)).execute(_RESOLVED, (task_id,)).fetchone()


def unseen(conn: Connection, *, since: datetime, limit: int) -> list[UUID]:
    """Tasks resolved since then whose proof was not looked into yet, oldest first."""
    rows = conn.execute(
        "SELECT id FROM task WHERE state = 'resolved' AND finished_at >= %s AND proof_media_id IS NOT NULL"
        " AND NOT EXISTS (SELECT FROM proof WHERE proof.task_id = task.id AND proof.resolved_at = task.finished_at)"
        " ORDER BY finished_at LIMIT %s",
        (since, limit),
    )
    return [row["id"] for row in rows]


def policy_bodies(conn: Connection, category: str) -> list[Mapping[str, Any]]:
    """Return the city's proof policies for a category, the one of all categories first."""
    rows = conn.execute(
        "SELECT rules FROM proof_policy WHERE category IN ('*', %s) ORDER BY category <> '*'", (category,)
    )
    return [row["rules"] for row in rows]


def set_policy(conn: Connection, category: str, body: Mapping[str, Any]) -> None:
    """Replace the city's proof policy for a category; `*` is for all."""
    conn.execute(
        "INSERT INTO proof_policy VALUES (%s, %s) ON CONFLICT (category) DO UPDATE"
        " SET rules = excluded.rules, updated_at = now()",
        (category, Jsonb(dict(body))),
    )


def save_facts(
    conn: Connection, media_id: UUID, *, facts: Mapping[str, Any], stated: Mapping[str, Any], now: datetime
) -> None:
    """Store what an uploaded photo states of itself."""
    conn.execute(
        "INSERT INTO photo_fact VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (media_id, Jsonb(dict(facts)), Jsonb(dict(stated)), now),
    )


def facts_of(conn: Connection, media_id: UUID) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return what a photo and the app beside it stated; empty where nothing is known."""
    row = conn.execute("SELECT facts, stated FROM photo_fact WHERE media_id = %s", (media_id,)).fetchone()
    return (row["facts"], row["stated"]) if row else ({}, {})


def images(conn: Connection, ids: Sequence[UUID], *, task_id: UUID, before: UUID) -> dict[UUID, ProofPhoto]:
    """Return those that were stored before a photo and are not mere tries for the same task; the photo itself where it
    proved the task before.
    """
    found = conn.cursor(row_factory=class_row(ProofPhoto)).execute(
        "SELECT media.id AS media_id, media.kind, shot.task_id IS NOT NULL AS same_task FROM media"
        " LEFT JOIN task_photo AS shot ON shot.media_id = media.id AND shot.task_id = %(task)s"
        " WHERE media.id = ANY(%(ids)s)"
        " AND media.created_at <= (SELECT created_at FROM media WHERE id = %(before)s)"
        " AND (shot.task_id IS NULL OR EXISTS (SELECT FROM proof WHERE proof.media_id = media.id))",
        {"ids": list(ids), "task": task_id, "before": before},
    )
    return {one.media_id: one for one in found}


def files_of(conn: Connection, ids: Sequence[UUID]) -> dict[UUID, str]:
    """Return the SHA-256 of the files of images."""
    rows = conn.execute("SELECT id, sha256 FROM media WHERE id = ANY(%s)", (list(ids),))
    return {row["id"]: row["sha256"] for row in rows}


def befores(conn: Connection, incident_id: UUID, *, limit: int = 3) -> list[BeforePhoto]:
    """Return images from before: what a camera captured at the beginning, then what citizens sent."""
    found = conn.cursor(row_factory=class_row(BeforePhoto)).execute(
        "SELECT media_id, sha256, kind FROM ("
        " SELECT media.id AS media_id, media.sha256, media.kind, evidence.taken_at AS at,"
        "   CASE evidence.role WHEN 'threshold' THEN 0 WHEN 'update' THEN 1 WHEN 'arrival' THEN 2 ELSE 9 END AS rank"
        " FROM incident_member AS member JOIN evidence ON evidence.event_id = member.signal_id"
        " JOIN media ON media.id = evidence.media_id"
        " WHERE member.incident_id = %(incident)s AND member.removed_at IS NULL AND evidence.role <> 'departure'"
        " UNION ALL SELECT media.id, media.sha256, media.kind, media.created_at, 5"
        " FROM incident_member AS member JOIN report_media AS shot ON shot.report_id = member.signal_id"
        " JOIN media ON media.id = shot.media_id"
        " WHERE member.incident_id = %(incident)s AND member.removed_at IS NULL"
        ") AS found ORDER BY rank, at LIMIT %(limit)s",
        {"incident": incident_id, "limit": limit},
    )
    return found.fetchall()


def reports_of(conn: Connection, incident_id: UUID) -> list[UUID]:
    """Return the reports that an incident is made of."""
    rows = conn.execute(
        "SELECT report.id FROM incident_member AS member JOIN report ON report.id = member.signal_id"
        " WHERE member.incident_id = %s AND member.removed_at IS NULL ORDER BY report.received_at LIMIT 100",
        (incident_id,),
    )
    return [row["id"] for row in rows]


def save(conn: Connection, proof: NewProof, checks: Sequence[ProofCheckRow]) -> bool:
    """Stores a proof with its proof checks; False where another worker was faster."""
    saved = conn.execute(
        "INSERT INTO proof (id, task_id, media_id, resolved_at, resolved_by, before_media_id, worst, held, method, why,"
        " answer_by, made_at, draw_day, draw_message, draw, sampled_share)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"
        " RETURNING id",
        (
            proof.id,
            proof.task_id,
            proof.media_id,
            proof.resolved_at,
            proof.resolved_by,
            proof.before_media_id,
            proof.worst,
            proof.held,
            proof.method,
            proof.why,
            proof.answer_by,
            proof.made_at,
            proof.draw_day,
            proof.draw_message,
            proof.draw,
            proof.sampled_share,
        ),
    ).fetchone()
    if saved is None:
        return False
    with conn.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO proof_check VALUES (%s, %s, %s, %s, %s, %s, %s)",
            [
                (
                    proof.id,
                    one.name,
                    one.result,
                    one.explanation_id,
                    one.explanation_en,
                    Jsonb(dict(one.figures)),
                    one.twin_media_id,
                )
                for one in checks
            ],
        )
    return True


def task_of(conn: Connection, proof_id: UUID) -> TaskOfProof | None:
    """Return the task of a proof; None where it is gone."""
    return (
        conn.cursor(row_factory=class_row(TaskOfProof))
        .execute(
            "SELECT incident_id, number, category, area_id FROM proof JOIN task ON task.id = task_id"
            " WHERE proof.id = %s",
            (proof_id,),
        )
        .fetchone()
    )


def get(conn: Connection, proof_id: UUID) -> Proof | None:
    """Return a proof and lock its row."""
    return (
        conn.cursor(row_factory=class_row(Proof))
        .execute(f"SELECT {_PROOF} FROM proof WHERE id = %s FOR UPDATE", (proof_id,))  # noqa: S608
        .fetchone()
    )


def overdue(conn: Connection, *, now: datetime, limit: int) -> list[Proof]:
    """Undecided proofs whose camera or reporter has not answered in time, locked; those in hand are left out."""
    return (
        conn.cursor(row_factory=class_row(Proof))
        .execute(
            f"SELECT {_PROOF} FROM proof WHERE outcome IS NULL AND answer_by <= %s"  # noqa: S608
            " AND NOT EXISTS (SELECT FROM camera_recheck WHERE proof_id = proof.id AND answered_at IS NOT NULL"
            "   AND done_at IS NULL)"  # it is answered, and only not acted on yet
            " ORDER BY answer_by LIMIT %s FOR UPDATE SKIP LOCKED",
            (now, limit),
        )
        .fetchall()
    )


def measured_normal(conn: Connection, *, since: datetime, limit: int) -> list[tuple[UUID, str]]:
    """Return undecided proofs made since then with a gauge that measures, after the resolution, that what it had seen
    is over.
    """
    rows = conn.execute(
        "SELECT proof.id, normal.source_key FROM proof JOIN task ON task.id = proof.task_id AND task.state = 'resolved'"
        "   AND task.finished_at = proof.resolved_at"
        " JOIN incident ON incident.id = task.incident_id AND incident.over_at IS NOT NULL"
        " JOIN LATERAL (SELECT member.source_key FROM incident_member AS member"
        "   JOIN gauge_latest AS latest ON member.source_key = 'gauge:' || latest.gauge_id"
        "   WHERE member.incident_id = incident.id AND member.removed_at IS NULL AND latest.stage = 4"
        "     AND latest.stale_since IS NULL AND latest.quality = 'good' AND latest.measured_at > proof.resolved_at"
        "   ORDER BY latest.measured_at DESC LIMIT 1) AS normal ON true"
        " WHERE proof.outcome IS NULL AND NOT proof.held AND proof.made_at >= %s ORDER BY proof.made_at LIMIT %s",
        (since, limit),
    )
    return [(row["id"], row["source_key"]) for row in rows]


def set_method(conn: Connection, proof_id: UUID, *, method: str, why: str, answer_by: datetime | None) -> None:
    """Change the verification method of a proof, with the reason and the time until which an answer may come."""
    conn.execute(
        "UPDATE proof SET method = %s, why = %s, answer_by = %s WHERE id = %s", (method, why[:500], answer_by, proof_id)
    )


def decide(conn: Connection, proof_id: UUID, *, outcome: str, by: str, now: datetime) -> None:
    """verified or reopened; the first word counts."""
    conn.execute(
        "UPDATE proof SET outcome = %s, decided_by = %s, decided_at = %s, answer_by = NULL"
        " WHERE id = %s AND outcome IS NULL",
        (outcome, by, now, proof_id),
    )


def settle_by_hand(conn: Connection, *, since: datetime, now: datetime) -> int:
    """Records what people decided by moving the task themselves, of proofs made since then; how many."""
    found = conn.execute(
        "UPDATE proof SET outcome = CASE moved.verb WHEN 'verify' THEN 'verified' ELSE 'reopened' END,"
        " decided_by = moved.actor, decided_at = %s, answer_by = NULL"
        " FROM task, LATERAL (SELECT verb, actor FROM task_move WHERE task_move.task_id = task.id"
        "   AND verb IN ('verify', 'reopen') ORDER BY task_move.id DESC LIMIT 1) AS moved"
        " WHERE task.id = proof.task_id AND proof.outcome IS NULL AND proof.made_at >= %s"
        " AND (task.state <> 'resolved' OR task.finished_at <> proof.resolved_at)",
        (now, since),
    )
    return found.rowcount


def set_after(conn: Connection, proof_id: UUID, media_id: UUID) -> None:
    """The image that shows how it is now, where it is not the proof itself."""
    conn.execute("UPDATE proof SET after_media_id = %s WHERE id = %s", (media_id, proof_id))
