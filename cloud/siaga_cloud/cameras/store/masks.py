"""Stores which cameras are masked: neither shown nor counted as evidence until somebody ends the masking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from siaga_cloud.platform.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Mask:
    """Represents one period in which a camera was masked; it lasts while `ended_at` is None."""

    began_at: datetime
    began_by: str
    reason: str
    ended_at: datetime | None
    ended_by: str | None
    end_reason: str | None


def masked(conn: Connection, camera_ids: Sequence[str]) -> frozenset[str]:
    """Return those of these cameras that are masked now."""
    if not camera_ids:
        return frozenset()
    rows = conn.execute("SELECT camera_id FROM camera_masked WHERE camera_id = ANY(%s)", (sorted(set(camera_ids)),))
    return frozenset(row["camera_id"] for row in rows)


def begin(conn: Connection, camera_id: str, *, by: str, reason: str, now: datetime) -> bool:
    """Masks a camera and forgets its image; False where it is masked."""
    done = conn.execute(
        "INSERT INTO camera_mask (camera_id, began_at, began_by, reason) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (camera_id) WHERE ended_at IS NULL DO NOTHING",
        (camera_id, now, by, reason),
    )
    conn.execute("DELETE FROM camera_frame WHERE camera_id = %s", (camera_id,))
    return done.rowcount > 0


def end(conn: Connection, camera_id: str, *, by: str, reason: str, now: datetime) -> bool:
    """Believes and shows a camera again; False where it is not masked."""
    done = conn.execute(
        "UPDATE camera_mask SET ended_at = greatest(began_at, %s), ended_by = %s, end_reason = %s"
        " WHERE camera_id = %s AND ended_at IS NULL",
        (now, by, reason, camera_id),
    )
    return done.rowcount > 0


def of_camera(conn: Connection, camera_id: str, *, limit: int = 20) -> list[Mask]:
    """List the masks of a camera, the newest first."""
    found = conn.cursor(row_factory=class_row(Mask)).execute(
        "SELECT began_at, began_by, reason, ended_at, ended_by, end_reason FROM camera_mask WHERE camera_id = %s"
        " ORDER BY began_at DESC LIMIT %s",
        (camera_id, limit),
    )
    return found.fetchall()
