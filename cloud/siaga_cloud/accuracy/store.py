"""Stores the sample that operators judge, the accuracy of each camera, and which cameras create no tasks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from psycopg.rows import class_row

from siaga_cloud.platform.db.connection import Connection
from siaga_core.rules.trust.accuracy import Rate
from siaga_core.wire.views import FrameMessage

_FORGET_AT_ONCE = 5_000
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SampledEvent:
    """Represents an event of a camera that may be drawn, with its best redacted image."""

    event_id: UUID
    camera_id: str
    hazard: str
    media_id: UUID
    taken_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AccuracyItem:
    """Represents an image for operators to judge. `present` is None while unanswered, and where it cannot be judged."""

    id: UUID
    camera_id: str
    camera_name: str
    taken_at: datetime
    hazards: list[str]
    drawn_at: datetime
    answered_at: datetime | None
    present: list[str] | None
    sha256: str | None
    jpeg: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccuracyCounts:
    """Holds what was judged of a camera and hazard."""

    camera_id: str
    hazard: str
    right: int
    judged: int
    noticed: int
    present: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAccuracy:
    """Represents the accuracy of a camera about a hazard as it is published."""

    camera_id: str
    hazard: str
    right_count: int
    judged_count: int
    precision_share: float | None
    precision_low: float
    precision_high: float
    noticed_count: int
    present_count: int
    recall_share: float | None
    recall_low: float
    recall_high: float
    computed_at: datetime
    suspended_since: datetime | None


def lock(conn: Connection) -> None:
    """Until the transaction ends nobody else draws or decides."""
    conn.execute("SELECT pg_advisory_xact_lock(hashtext('camera accuracy'))")


def secret(conn: Connection) -> bytes:
    """Return the key of the sample."""
    row = conn.execute("SELECT secret FROM accuracy_secret").fetchone()
    if row is None:
        raise LookupError("accuracy_secret holds one row, made by its migration")
    return str(row["secret"]).encode()


def drawn_since(conn: Connection, at: datetime) -> int:
    """Return how many items were drawn since then."""
    row = conn.execute("SELECT count(*) AS n FROM accuracy_item WHERE drawn_at > %s", (at,)).fetchone()
    return int(row["n"]) if row else 0


def undrawn_events(conn: Connection, *, since: datetime, until: datetime, limit: int) -> list[SampledEvent]:
    """Return events that were received in a span, have a redacted image and were not drawn, the oldest first."""
    return (
        conn.cursor(row_factory=class_row(SampledEvent))
        .execute(
            "SELECT event.id AS event_id, event.source_id AS camera_id, event.hazard, image.media_id, image.taken_at"
            " FROM event JOIN LATERAL (SELECT media.id AS media_id, evidence.taken_at FROM evidence"
            "  JOIN media ON media.id = evidence.media_id AND media.redacted WHERE evidence.event_id = event.id"
            "  ORDER BY evidence.role = 'threshold' DESC, evidence.number LIMIT 1) AS image ON true"
            " WHERE event.source_kind = 'camera' AND event.hazard <> 'view_lost'"
            " AND event.first_received_at >= %s AND event.first_received_at < %s"
            " AND NOT EXISTS (SELECT FROM accuracy_item AS item WHERE item.event_id = event.id)"
            " ORDER BY event.first_received_at LIMIT %s",
            (since, until, limit),
        )
        .fetchall()
    )


def insert_event(
    conn: Connection, event: SampledEvent, *, item_id: UUID, hazards: Sequence[str], now: datetime, expires_at: datetime
) -> bool:
    """Store a drawn event; return False where it is stored already."""
    done = conn.execute(
        "INSERT INTO accuracy_item (id, kind, camera_id, event_id, media_id, taken_at, hazards, drawn_at, expires_at)"
        " VALUES (%s, 'event', %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (item_id, event.camera_id, event.event_id, event.media_id, event.taken_at, list(hazards), now, expires_at),
    )
    return done.rowcount > 0


def insert_frame(
    conn: Connection, frame: FrameMessage, *, item_id: UUID, hazards: Sequence[str], now: datetime, expires_at: datetime
) -> bool:
    """Store a drawn frame that was requested, of a camera that is not masked; return whether it was stored."""
    head = frame.header
    done = conn.execute(
        "INSERT INTO accuracy_item (id, kind, camera_id, jpeg, taken_at, hazards, drawn_at, expires_at)"
        " SELECT %(id)s, 'frame', %(camera)s, %(jpeg)s, %(taken)s, %(hazards)s, %(now)s, %(expires)s"
        " FROM camera_view AS view WHERE view.id = %(view)s AND view.node_id = %(node)s"
        "  AND view.camera_id = %(camera)s AND NOT EXISTS (SELECT FROM camera_masked AS masked"
        "   WHERE masked.camera_id = %(camera)s) ON CONFLICT DO NOTHING",
        {
            "id": item_id,
            "camera": head.camera,
            "jpeg": frame.jpeg,
            "taken": head.taken_at,
            "hazards": list(hazards),
            "now": now,
            "expires": expires_at,
            "view": head.view_id,
            "node": head.node,
        },
    )
    return done.rowcount > 0


_ITEMS = (
    "SELECT item.id, item.camera_id, coalesce(nullif(camera.name, ''), item.camera_id) AS camera_name, item.taken_at,"
    " item.hazards, item.drawn_at, item.answered_at, item.present, media.sha256, {jpeg} AS jpeg"
    " FROM accuracy_item AS item LEFT JOIN camera ON camera.id = item.camera_id"
    " LEFT JOIN media ON media.id = item.media_id AND media.redacted"
    " WHERE item.expires_at > %(now)s AND NOT EXISTS (SELECT FROM camera_masked AS masked"
    "  WHERE masked.camera_id = item.camera_id)"
)


def waiting(conn: Connection, *, limit: int, now: datetime) -> list[AccuracyItem]:
    """Return items that nobody has answered, the oldest first."""
    query = _ITEMS.format(jpeg="NULL::bytea") + " AND item.answered_at IS NULL ORDER BY item.drawn_at, item.id"
    found = conn.cursor(row_factory=class_row(AccuracyItem)).execute(
        f"{query} LIMIT %(limit)s".encode(), {"now": now, "limit": limit}
    )
    return found.fetchall()


def get(conn: Connection, item_id: UUID, *, now: datetime) -> AccuracyItem | None:
    """Return an item with its image, None where there is none or it has expired."""
    query = _ITEMS.format(jpeg="item.jpeg") + " AND item.id = %(id)s FOR UPDATE OF item"
    found = conn.cursor(row_factory=class_row(AccuracyItem)).execute(query.encode(), {"now": now, "id": item_id})
    return found.fetchone()


def answer(conn: Connection, item_id: UUID, *, present: Sequence[str] | None, by: str, now: datetime) -> None:
    """Store what an operator sees in an item; None: it cannot be judged."""
    conn.execute(
        "UPDATE accuracy_item SET present = %s, answered_by = %s, answered_at = %s WHERE id = %s",
        (None if present is None else list(present), by, now, item_id),
    )


def counts(conn: Connection, *, since: datetime) -> list[AccuracyCounts]:
    """Return what was judged since then, of each camera and hazard with an event or a judged frame.

    A frame counts for recall where it shows the hazard; the camera noticed it where an event of it lasted then.
    """
    rows = conn.cursor(row_factory=class_row(AccuracyCounts)).execute(
        "WITH judged AS (SELECT camera_id, hazard, count(*) FILTER (WHERE is_right)::int AS is_right,"
        "  count(*)::int AS judged"
        "  FROM camera_judgement WHERE began_at > %(since)s GROUP BY 1, 2),"
        " seen AS (SELECT item.camera_id, hazard, count(*)::int AS present, count(*) FILTER (WHERE EXISTS ("
        "   SELECT FROM event WHERE event.source_kind = 'camera' AND event.source_id = item.camera_id"
        "   AND event.hazard = one.hazard AND event.began_at <= item.taken_at"
        "   AND coalesce(event.ended_at, item.taken_at) >= item.taken_at))::int AS noticed"
        "  FROM accuracy_item AS item CROSS JOIN LATERAL unnest(item.present) AS one (hazard)"
        "  WHERE item.kind = 'frame' AND item.taken_at > %(since)s GROUP BY 1, 2),"
        " acted AS (SELECT DISTINCT source_id AS camera_id, hazard FROM event WHERE source_kind = 'camera'"
        "  AND hazard <> 'view_lost' AND began_at > %(since)s)"
        ' SELECT camera_id, hazard, coalesce(judged.is_right, 0) AS "right", coalesce(judged.judged, 0) AS judged,'
        " coalesce(seen.noticed, 0) AS noticed, coalesce(seen.present, 0) AS present"
        " FROM acted FULL JOIN judged USING (camera_id, hazard) FULL JOIN seen USING (camera_id, hazard)"
        " ORDER BY camera_id, hazard",
        {"since": since},
    )
    return rows.fetchall()


def save(
    conn: Connection,
    held: AccuracyCounts,
    *,
    precision: Rate,
    precision_share: float | None,
    recall: Rate,
    recall_share: float | None,
    now: datetime,
) -> None:
    """Store the accuracy of a camera about a hazard."""
    conn.execute(
        "INSERT INTO camera_accuracy VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (camera_id, hazard) DO UPDATE SET right_count = excluded.right_count,"
        " judged_count = excluded.judged_count, precision_share = excluded.precision_share,"
        " precision_low = excluded.precision_low, precision_high = excluded.precision_high,"
        " noticed_count = excluded.noticed_count, present_count = excluded.present_count,"
        " recall_share = excluded.recall_share, recall_low = excluded.recall_low, recall_high = excluded.recall_high,"
        " computed_at = excluded.computed_at",
        (
            held.camera_id, held.hazard, precision.count, precision.of, precision_share, *precision.interval,
            recall.count, recall.of, recall_share, *recall.interval, now,
        ),
    )  # fmt: skip


def delete_others(conn: Connection, current: Iterable[tuple[str, str]]) -> None:
    """Delete the accuracy of cameras and hazards that are not among these."""
    pairs = list(current)
    conn.execute(
        "DELETE FROM camera_accuracy WHERE (camera_id, hazard) NOT IN (SELECT * FROM unnest(%s::text[], %s::text[]))",
        ([camera for camera, _ in pairs], [hazard for _, hazard in pairs]),
    )


def suspended(conn: Connection) -> frozenset[tuple[str, str]]:
    """Return the cameras and hazards about which these create no tasks by themselves."""
    rows = conn.execute("SELECT camera_id, hazard FROM camera_suspension WHERE ended_at IS NULL")
    return frozenset((row["camera_id"], row["hazard"]) for row in rows)


def suspend(conn: Connection, held: AccuracyCounts, *, floor: float, now: datetime) -> None:
    """Record that a camera creates no tasks about a hazard from now on."""
    conn.execute(
        "INSERT INTO camera_suspension (camera_id, hazard, began_at, right_count, judged_count, precision_floor)"
        " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (held.camera_id, held.hazard, now, held.right, held.judged, floor),
    )


def resume(conn: Connection, *, camera_id: str, hazard: str, now: datetime) -> None:
    """Record that a camera creates tasks about a hazard again."""
    conn.execute(
        "UPDATE camera_suspension SET ended_at = %s WHERE camera_id = %s AND hazard = %s AND ended_at IS NULL",
        (now, camera_id, hazard),
    )


def stored(conn: Connection, *, camera_id: str | None, limit: int) -> list[StoredAccuracy]:
    """Return the accuracy of all cameras or of one."""
    found = conn.cursor(row_factory=class_row(StoredAccuracy)).execute(
        "SELECT held.camera_id, held.hazard, held.right_count, held.judged_count, held.precision_share,"
        " held.precision_low, held.precision_high, held.noticed_count, held.present_count, held.recall_share,"
        " held.recall_low, held.recall_high, held.computed_at, suspension.began_at AS suspended_since"
        " FROM camera_accuracy AS held JOIN camera ON camera.id = held.camera_id AND camera.retired_at IS NULL"
        " LEFT JOIN camera_suspension AS suspension ON suspension.camera_id = held.camera_id"
        "  AND suspension.hazard = held.hazard AND suspension.ended_at IS NULL"
        " WHERE %(camera)s::text IS NULL OR held.camera_id = %(camera)s ORDER BY held.camera_id, held.hazard"
        " LIMIT %(limit)s",
        {"camera": camera_id, "limit": limit},
    )
    return found.fetchall()


def forget(conn: Connection, *, answered_before: datetime, now: datetime) -> None:
    """Delete expired images, items that nobody answered in time, and answers that count no more."""
    conn.execute("UPDATE accuracy_item SET jpeg = NULL WHERE jpeg IS NOT NULL AND expires_at <= %s", (now,))
    conn.execute(
        "DELETE FROM accuracy_item WHERE id IN (SELECT id FROM accuracy_item"
        " WHERE (answered_at IS NULL AND expires_at <= %s) OR answered_at < %s LIMIT %s)",
        (now, answered_before, _FORGET_AT_ONCE),
    )
