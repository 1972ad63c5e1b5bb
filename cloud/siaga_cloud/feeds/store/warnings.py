"""Stores the warnings of other authorities and reads those in force."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from siaga_cloud.platform.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningRow:
    """Represents a stored message. `refers_to` holds "sender,identifier" of those that it updates or cancels."""

    id: UUID
    feed_id: str
    identifier: str
    sender: str
    sent_at: datetime
    status: str
    message_type: str
    refers_to: Sequence[str]
    event: str
    urgency: str
    severity: str
    certainty: str
    onset_at: datetime | None
    expires_at: datetime
    texts: Sequence[Mapping[str, Any]]
    areas: Sequence[Mapping[str, Any]]
    area_ids: Sequence[str]
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalWarning:
    """Represents a warning in force. `texts` has one entry for each language; `area_ids` are the kelurahan that it
    covers.
    """

    id: UUID
    feed_id: str
    sender: str
    identifier: str
    sent_at: datetime
    event: str
    urgency: str
    severity: str
    certainty: str
    onset_at: datetime | None
    expires_at: datetime
    texts: list[dict[str, str]]
    areas: list[dict[str, Any]]
    area_ids: list[str]


def key_of(sender: str, identifier: str) -> str:
    """Return how a message is referred to."""
    return f"{sender},{identifier}"


def save(conn: Connection, row: WarningRow) -> bool:
    """Stores a message; False where it came before."""
    values = {name: getattr(row, name) for name in WarningRow.__slots__}
    values |= {
        "refers_to": list(row.refers_to),
        "texts": Jsonb(list(row.texts)),
        "areas": Jsonb(list(row.areas)),
        "area_ids": list(row.area_ids),
    }
    names, places = ", ".join(values), ", ".join(f"%({name})s" for name in values)
    query = f"INSERT INTO feed_warning ({names}) VALUES ({places}) ON CONFLICT DO NOTHING"  # noqa: S608 - our names
    return conn.execute(query.encode(), values).rowcount == 1


def supersede(conn: Connection, row: WarningRow) -> list[str]:
    """Takes out of force what a message replaces, and the message itself where a later one that came before it does;
    the keys of those that are not in force any more."""
    rows = conn.execute(
        "UPDATE feed_warning AS held SET superseded_at = %(now)s WHERE feed_id = %(feed)s AND superseded_at IS NULL"
        " AND status = %(status)s AND ((sender || ',' || identifier = ANY(%(refers)s) AND sent_at <= %(sent)s)"
        "  OR (sender = %(sender)s AND identifier = %(identifier)s AND EXISTS (SELECT FROM feed_warning AS later"
        "   WHERE later.feed_id = %(feed)s AND %(key)s = ANY(later.refers_to) AND later.sent_at >= %(sent)s"
        "   AND later.status = held.status)))"
        " RETURNING sender || ',' || identifier AS key",
        {
            "now": row.received_at,
            "feed": row.feed_id,
            "refers": list(row.refers_to),
            "sent": row.sent_at,
            "status": row.status,
            "sender": row.sender,
            "identifier": row.identifier,
            "key": key_of(row.sender, row.identifier),
        },
    )
    return sorted(row["key"] for row in rows)


def in_force(conn: Connection, *, area_id: str | None, now: datetime, limit: int) -> list[ExternalWarning]:
    """Return the real warnings that hold now, the worst first; of an area, also those of an area over or in it."""
    return (
        conn.cursor(row_factory=class_row(ExternalWarning))
        .execute(
            "SELECT id, feed_id, sender, identifier, sent_at, event, urgency, severity, certainty, onset_at,"
            " expires_at, texts, areas, area_ids FROM feed_warning WHERE superseded_at IS NULL AND status = 'Actual'"
            " AND message_type IN ('Alert', 'Update') AND expires_at > %(now)s AND (%(area)s::text IS NULL OR EXISTS"
            "  (SELECT FROM unnest(area_ids) AS one WHERE one = %(area)s OR %(area)s = ANY (area_path(one))"
            "   OR one = ANY (area_path(%(area)s))))"
            " ORDER BY array_position(ARRAY['Extreme', 'Severe', 'Moderate', 'Minor', 'Unknown'], severity),"
            " sent_at DESC, id LIMIT %(limit)s",
            {"now": now, "area": area_id, "limit": limit},
        )
        .fetchall()
    )


def forget(conn: Connection, *, before: datetime) -> int:
    """Deletes messages that expired before a time."""
    return conn.execute(
        "DELETE FROM feed_warning WHERE id IN (SELECT id FROM feed_warning WHERE expires_at < %s LIMIT 1000)", (before,)
    ).rowcount
