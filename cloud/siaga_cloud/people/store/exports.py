"""Reads what is stored of one person, and erases accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import class_row

from siaga_cloud.people.store.positions import Duty, Position
from siaga_cloud.platform.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class ReporterData:
    """Represents what a report holds of its reporter. `sender` is the number or account on a text channel.

    `network` is the prefix of the address (/24 or /48) or the partner, stored for 30 days; `device_key` names the key
    of the page that signed it.
    """

    report_id: UUID
    channel: str
    category: str
    text: str
    lat: float
    lon: float
    area_id: str | None
    happened_at: datetime
    received_at: datetime
    name: str | None
    email: str | None
    phone: str | None
    sender: str | None
    network: str | None
    device_key: str | None
    photos: list[dict[str, Any]]
    answers: list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskMove:
    """Represents what a person did with a task."""

    task_id: UUID
    verb: str
    note: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnAction:
    """Represents a line of the audit log about what a person did."""

    action: str
    object_kind: str
    object_id: str
    why: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRecords:
    """Holds what is on record of a person besides the account itself."""

    duties: list[Duty]
    positions: list[Position]
    moves: list[TaskMove]
    actions: list[OwnAction]


def reporter_data(conn: Connection, secret_sha256: bytes) -> ReporterData | None:
    """Return what a report holds of its reporter; None for an unknown secret."""
    row = conn.execute("SELECT personal_data_of_report(%s) AS found", (secret_sha256,)).fetchone()
    if row is None or row["found"] is None:
        return None
    found: dict[str, Any] = dict(row["found"])
    found["report_id"] = UUID(found["report_id"])
    for name in ("happened_at", "received_at"):
        found[name] = datetime.fromisoformat(found[name])
    return ReporterData(**found)


def own_records(conn: Connection, user_id: str, *, limit: int) -> OwnRecords:
    """Return what is on record of the person for whom the transaction acts, the newest first."""
    return OwnRecords(
        duties=_rows(
            conn, Duty, "SELECT id, user_id, began_at, ended_at, consent_version, consent_at FROM officer_duty"
            " WHERE user_id = %s ORDER BY began_at DESC LIMIT %s", user_id, limit,
        ),
        positions=_rows(
            conn, Position, "SELECT measured_at, lat, lon, accuracy_m FROM officer_position WHERE user_id = %s"
            " ORDER BY measured_at DESC LIMIT %s", user_id, limit,
        ),
        moves=_rows(
            conn, TaskMove, "SELECT task_id, verb, note, at FROM own_moves(%s)", limit,
        ),
        actions=_rows(
            conn, OwnAction, "SELECT action, object_kind, object_id, why, at FROM own_actions(%s)", limit,
        ),
    )  # fmt: skip


def erase_user(conn: Connection, user_id: str, *, now: datetime) -> None:
    """Erase everything of a person except the ID of the account. The definer's rights cover every table."""
    conn.execute("SELECT erase_user(%s, %s)", (user_id, now))


def _rows(conn: Connection, kind: type[Any], query: LiteralString, *values: object) -> list[Any]:
    return conn.cursor(row_factory=class_row(kind)).execute(query, values).fetchall()
