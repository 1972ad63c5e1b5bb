"""Reads the path of one incident from the frame or citizen to the task and back, from the records of every step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from typing import Literal, TypeAlias
from uuid import UUID

from psycopg.rows import class_row

from siaga_cloud.platform.db.connection import Connection

Numbered: TypeAlias = Literal["report", "incident", "task"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Represents what happened at a time; `ids` are those to look for in logs and tables."""

    at: datetime
    step: str
    who: str
    what: str
    ids: str


def incidents_of(conn: Connection, wanted: UUID) -> list[UUID]:
    """Return the incidents that an event, report, signal, message, task or incident belongs to, oldest first."""
    rows = conn.execute(
        "SELECT DISTINCT incident.id, incident.number FROM incident"
        " LEFT JOIN incident_member AS member ON member.incident_id = incident.id"
        " LEFT JOIN task ON task.incident_id = incident.id"
        " WHERE %(id)s IN (incident.id, member.signal_id, task.id) ORDER BY incident.number",
        {"id": wanted},
    )
    return [row["id"] for row in rows]


def is_known(conn: Connection, wanted: UUID) -> bool:
    """Return whether a signal, event or report of that id is on record, in an incident or not."""
    row = conn.execute(
        "SELECT EXISTS (SELECT FROM signal WHERE id = %(id)s) OR EXISTS (SELECT FROM event WHERE id = %(id)s)"
        " OR EXISTS (SELECT FROM report WHERE id = %(id)s) AS yes",
        {"id": wanted},
    ).fetchone()
    return bool(row and row["yes"])


def id_of(conn: Connection, kind: Numbered, number: int) -> UUID | None:
    """Return what people know by a number."""
    row = conn.execute(_BY_NUMBER[kind].encode(), {"number": number}).fetchone()
    return UUID(str(row["id"])) if row else None


def steps(conn: Connection, *, signals: list[UUID], incidents: list[UUID]) -> list[Step]:
    """Return all that is on record of these, in the order of time."""
    found = conn.cursor(row_factory=class_row(Step)).execute(
        resources.files("siaga_cloud.operations.trace").joinpath("trace.sql").read_bytes(),
        {"signals": signals, "incidents": incidents},
    )
    return found.fetchall()


def signals_of(conn: Connection, incidents: list[UUID]) -> list[UUID]:
    """List the signals that are members of incidents."""
    rows = conn.execute("SELECT signal_id FROM incident_member WHERE incident_id = ANY (%s)", (incidents,))
    return [row["signal_id"] for row in rows]


_BY_NUMBER: dict[Numbered, str] = {
    "report": "SELECT report_id AS id FROM text_report WHERE number = %(number)s",
    "incident": "SELECT id FROM incident WHERE number = %(number)s",
    "task": "SELECT id FROM task WHERE number = %(number)s",
}
