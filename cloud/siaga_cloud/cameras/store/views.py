"""Stores the live views that were requested from nodes, and the newest snapshot of each camera."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from psycopg.rows import class_row

from siaga_cloud.platform.db.connection import Connection
from siaga_core.wire.views import FrameMessage

# An image may be under way when its time is over.
GRACE = timedelta(seconds=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Represents a requested live view."""

    id: UUID
    camera_id: str
    node_id: str
    kind: str
    requested_by: str
    requested_at: datetime
    until: datetime
    most_frames: int
    sent_at: datetime | None
    frames: int
    last_frame_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Represents a frame that the node has redacted."""

    view_id: UUID
    number: int
    taken_at: datetime
    jpeg: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraReach:
    """Describes a camera and the node that it is attached to. `snapshot_at` is when a snapshot last arrived or was
    requested.
    """

    camera_id: str
    node_id: str | None
    is_online: bool
    is_masked: bool
    snapshot_at: datetime | None


_COLUMNS = (
    "id, camera_id, node_id, kind, requested_by, requested_at, until, most_frames, sent_at, frames, last_frame_at"
)


def reach(conn: Connection, camera_ids: Sequence[str]) -> list[CameraReach]:
    """Return how these cameras can be reached; those that are not known are left out."""
    found = conn.cursor(row_factory=class_row(CameraReach)).execute(
        "SELECT camera.id AS camera_id, node.id AS node_id, coalesce(node.state, 'unknown') = 'online' AS is_online,"
        " masked.camera_id IS NOT NULL AS is_masked,"
        " greatest(frame.received_at, (SELECT max(requested_at) FROM camera_view AS view WHERE view.camera_id ="
        " camera.id))"
        "  AS snapshot_at"
        " FROM camera LEFT JOIN camera_latest AS latest ON latest.camera_id = camera.id"
        " LEFT JOIN node ON node.id = coalesce(camera.node_id, latest.node_id)"
        " LEFT JOIN camera_masked AS masked ON masked.camera_id = camera.id"
        " LEFT JOIN camera_frame AS frame ON frame.camera_id = camera.id"
        " WHERE camera.id = ANY(%s) ORDER BY camera.id",
        (list(camera_ids),),
    )
    return found.fetchall()


def save(conn: Connection, view: View) -> None:
    """Stores a series that is about to be requested."""
    conn.execute(
        "INSERT INTO camera_view (id, camera_id, node_id, kind, requested_by, requested_at, until, most_frames)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        (
            view.id,
            view.camera_id,
            view.node_id,
            view.kind,
            view.requested_by,
            view.requested_at,
            view.until,
            view.most_frames,
        ),
    )


def get(conn: Connection, view_id: UUID) -> View | None:
    """Return a live view and lock its row."""
    query = f"SELECT {_COLUMNS} FROM camera_view WHERE id = %s FOR UPDATE"  # noqa: S608
    return conn.cursor(row_factory=class_row(View)).execute(query, (view_id,)).fetchone()


def running(conn: Connection, *, now: datetime) -> list[View]:
    """Live series whose time is not over; a lock prevents other requests meanwhile, so that bounds hold."""
    conn.execute("SELECT pg_advisory_xact_lock(hashtext('camera_view'))")
    query = f"SELECT {_COLUMNS} FROM camera_view WHERE until > %s AND kind = 'live' ORDER BY requested_at"  # noqa: S608
    return conn.cursor(row_factory=class_row(View)).execute(query, (now,)).fetchall()


def of_camera(conn: Connection, camera_id: str, *, limit: int = 10) -> list[View]:
    """Return the newest live series of a camera: who looked through it and when."""
    query = (
        f"SELECT {_COLUMNS} FROM camera_view WHERE camera_id = %s AND kind = 'live'"  # noqa: S608
        " ORDER BY requested_at DESC LIMIT %s"
    )
    return conn.cursor(row_factory=class_row(View)).execute(query, (camera_id, limit)).fetchall()


def note_sent(conn: Connection, view_id: UUID, *, now: datetime) -> None:
    """The broker has the command."""
    conn.execute("UPDATE camera_view SET sent_at = coalesce(sent_at, %s) WHERE id = %s", (now, view_id))


def store_frames(conn: Connection, frames: Sequence[FrameMessage], *, now: datetime) -> int:
    """Stores those images that were requested, of cameras that are not masked; how many."""
    return sum(_store_frame(conn, frame, now=now) for frame in frames)


def _store_frame(conn: Connection, frame: FrameMessage, *, now: datetime) -> bool:
    head = frame.header
    done = conn.execute(
        "WITH asked AS (UPDATE camera_view SET frames = frames + 1, last_frame_at = %(now)s"
        "  WHERE id = %(view)s AND node_id = %(node)s AND camera_id = %(camera)s AND until > %(over)s"
        "  AND frames < most_frames AND NOT EXISTS (SELECT FROM camera_masked AS masked"
        "   WHERE masked.camera_id = %(camera)s) RETURNING camera_id)"
        " INSERT INTO camera_frame AS held (camera_id, view_id, number, taken_at, received_at, width, height, jpeg)"
        " SELECT camera_id, %(view)s, %(number)s, %(taken)s, %(now)s, %(width)s, %(height)s, %(jpeg)s FROM asked"
        " ON CONFLICT (camera_id) DO UPDATE SET view_id = excluded.view_id, number = excluded.number,"
        "  taken_at = excluded.taken_at, received_at = excluded.received_at, width = excluded.width,"
        "  height = excluded.height, jpeg = excluded.jpeg WHERE held.taken_at < excluded.taken_at",
        {
            "view": head.view_id,
            "node": head.node,
            "camera": head.camera,
            "number": head.number,
            "taken": head.taken_at,
            "width": head.width,
            "height": head.height,
            "jpeg": frame.jpeg,
            "now": now,
            "over": now - GRACE,
        },
    )
    return done.rowcount > 0


def frame(conn: Connection, camera_id: str) -> Frame | None:
    """Return the newest image of a camera that is not masked."""
    return (
        conn.cursor(row_factory=class_row(Frame))
        .execute(
            "SELECT view_id, number, taken_at, jpeg FROM camera_frame WHERE camera_id = %s"
            " AND NOT EXISTS (SELECT FROM camera_masked AS masked WHERE masked.camera_id = camera_frame.camera_id)",
            (camera_id,),
        )
        .fetchone()
    )


def forget(conn: Connection, *, frames_before: datetime, views_before: datetime) -> None:
    """Drops images that nobody looks at now, and the record of old series and of their commands."""
    conn.execute("DELETE FROM camera_frame WHERE received_at < %s", (frames_before,))
    conn.execute("DELETE FROM camera_view WHERE until < %s", (views_before,))
    conn.execute("SELECT forget_shows(%s)", (views_before,))
