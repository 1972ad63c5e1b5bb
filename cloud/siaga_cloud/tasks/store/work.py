"""Stores what belongs to a task besides its moves: facts, handovers, followers, deadline events, checklists and
people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import class_row

from siaga_cloud.platform.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Holds the facts that a notification states about a task."""

    number: int
    incident_number: int
    lat: float
    lon: float
    area_name: str | None
    agency_name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """Represents a link in the chain of agencies."""

    kind: str
    from_agency: str | None
    to_agency: str
    actor: str
    note: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Follow:
    """Represents a task that follows another."""

    task_id: UUID
    parent_id: UUID
    state_before: str
    at: datetime


def facts(conn: Connection, task_id: UUID) -> Facts:
    """Return the facts of a task; raises LookupError."""
    found = (
        conn.cursor(row_factory=class_row(Facts))
        .execute(
            "SELECT task.number, incident.number AS incident_number, task.lat, task.lon, area.name AS area_name,"
            " agency.name AS agency_name FROM task JOIN incident ON incident.id = task.incident_id"
            " LEFT JOIN area ON area.id = task.area_id LEFT JOIN agency ON agency.id = task.agency_id"
            " WHERE task.id = %s",
            (task_id,),
        )
        .fetchone()
    )
    if found is None:
        raise LookupError(f"there is no task {task_id}")
    return found


def sensor_name(conn: Connection, witness: str) -> str | None:
    """Return the name of the camera or gauge that a witness is; None for other witnesses."""
    row = conn.execute(
        "SELECT name FROM camera WHERE 'camera:' || id = %(witness)s"
        " UNION ALL SELECT name FROM gauge WHERE 'gauge:' || id = %(witness)s",
        {"witness": witness},
    ).fetchone()
    return row["name"] if row else None


def note_handover(conn: Connection, task_id: UUID, link: Handover) -> None:
    """Adds a link to the chain."""
    conn.execute(
        "INSERT INTO task_handover (task_id, kind, from_agency, to_agency, actor, note, at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s)",
        (task_id, link.kind, link.from_agency, link.to_agency, link.actor, link.note, link.at),
    )


def handovers(conn: Connection, task_id: UUID) -> list[Handover]:
    """Return the chain, oldest first."""
    found = conn.cursor(row_factory=class_row(Handover)).execute(
        "SELECT kind, from_agency, to_agency, actor, note, at FROM task_handover WHERE task_id = %s ORDER BY id"
        " LIMIT 200",
        (task_id,),
    )
    return found.fetchall()


def add_party(conn: Connection, task_id: UUID, agency_id: str, *, now: datetime) -> None:
    """Record that an agency joins a task."""
    conn.execute("INSERT INTO task_party VALUES (%s, %s, %s) ON CONFLICT DO NOTHING", (task_id, agency_id, now))


def parties(conn: Connection, task_id: UUID) -> list[str]:
    """Return the agencies that joined."""
    rows = conn.execute("SELECT agency_id FROM task_party WHERE task_id = %s ORDER BY at, agency_id", (task_id,))
    return [row["agency_id"] for row in rows]


def deadline_names(conn: Connection, task_id: UUID, deadline_round: int) -> frozenset[str]:
    """Return what the deadlines of a task did already in a round."""
    rows = conn.execute(
        "SELECT name FROM task_deadline_event WHERE task_id = %s AND round = %s", (task_id, deadline_round)
    )
    return frozenset(row["name"] for row in rows)


def record_deadline_event(
    conn: Connection, task_id: UUID, deadline_round: int, name: str, *, due_at: datetime, now: datetime
) -> bool:
    """Writes that a deadline did something; False where it did so before."""
    done = conn.execute(
        "INSERT INTO task_deadline_event VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (task_id, deadline_round, name, due_at, now),
    )
    return done.rowcount == 1


def save_follow(conn: Connection, follow: Follow, *, actor: str) -> None:
    """Writes that a task follows another."""
    conn.execute(
        "INSERT INTO task_follow VALUES (%s, %s, %s, %s, %s)",
        (follow.task_id, follow.parent_id, follow.state_before, actor, follow.at),
    )


def follow_of(conn: Connection, task_id: UUID) -> Follow | None:
    """Return what a task follows."""
    found = conn.cursor(row_factory=class_row(Follow)).execute(
        "SELECT task_id, parent_id, state_before, at FROM task_follow WHERE task_id = %s", (task_id,)
    )
    return found.fetchone()


def followers(conn: Connection, task_id: UUID) -> list[UUID]:
    """Return the tasks that follow a task, and those that follow these."""
    rows = conn.execute(
        "WITH RECURSIVE tail (id) AS (SELECT task_id FROM task_follow WHERE parent_id = %s UNION"
        " SELECT task_id FROM task_follow JOIN tail ON parent_id = tail.id) SELECT id FROM tail ORDER BY id LIMIT 500",
        (task_id,),
    )
    return [row["id"] for row in rows]


def end_follow(conn: Connection, task_id: UUID) -> None:
    """A task follows no more."""
    conn.execute("DELETE FROM task_follow WHERE task_id = %s", (task_id,))


def reports_of(conn: Connection, incident_id: UUID) -> list[UUID]:
    """Return the reports that speak of an incident, and those of all incidents that were merged into it."""
    rows = conn.execute(
        "WITH RECURSIVE tree (id) AS (SELECT %s::uuid UNION SELECT incident.id FROM incident"
        " JOIN tree ON incident.merged_into = tree.id)"
        " SELECT DISTINCT report.id FROM tree JOIN incident_member AS member ON member.incident_id = tree.id"
        " JOIN report ON report.id = member.signal_id WHERE member.removed_at IS NULL ORDER BY 1 LIMIT 5000",
        (incident_id,),
    )
    return [row["id"] for row in rows]


def checks(conn: Connection, task_id: UUID) -> list[dict[str, Any]]:
    """Return what was ticked off: item, done_by, done_at."""
    return conn.execute(
        "SELECT item, done_by, done_at FROM task_check WHERE task_id = %s ORDER BY done_at, item", (task_id,)
    ).fetchall()


def set_check(conn: Connection, task_id: UUID, item: str, *, by: str | None, now: datetime) -> None:
    """Ticks an item, or takes the tick away (`by` None)."""
    if by is None:
        conn.execute("DELETE FROM task_check WHERE task_id = %s AND item = %s", (task_id, item))
    else:
        conn.execute("INSERT INTO task_check VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING", (task_id, item, by, now))


def has_crew(conn: Connection, *, agency_id: str, area_id: str | None) -> bool:
    """Return whether a kelurahan has people of the crew's agency."""
    row = conn.execute(
        "SELECT 1 FROM app_user WHERE agency_id = %s AND area_id = ANY(area_path(%s)) AND disabled_at IS NULL LIMIT 1",
        (agency_id, area_id),
    ).fetchone()
    return row is not None


def heads_of_area(conn: Connection, *, area_id: str | None, level: str) -> list[str]:
    """Return the active heads of the area's ancestor at a level (the area itself counts)."""
    rows = conn.execute(
        "SELECT app_user.id FROM app_user JOIN area ON area.id = app_user.area_id WHERE role = 'area_head'"
        " AND disabled_at IS NULL AND area.level = %s AND area.id = ANY(area_path(%s)) ORDER BY 1 LIMIT 20",
        (level, area_id),
    )
    return [row["id"] for row in rows]


def people(conn: Connection, *, role: str, agency_id: str | None = None) -> list[str]:
    """Active people of a role (and an agency)."""
    rows = conn.execute(
        "SELECT id FROM app_user WHERE role = %(role)s AND disabled_at IS NULL"
        " AND (%(agency)s::text IS NULL OR agency_id = %(agency)s) ORDER BY id LIMIT 200",
        {"role": role, "agency": agency_id},
    )
    return [row["id"] for row in rows]


def attachments(conn: Connection, task_id: UUID) -> list[dict[str, Any]]:
    """Photos that are not proof: media_id, uploaded_by, at."""
    return conn.execute(
        "SELECT media_id, uploaded_by, at FROM task_photo WHERE task_id = %s AND purpose = 'attachment'"
        " ORDER BY at, media_id LIMIT 500",
        (task_id,),
    ).fetchall()
