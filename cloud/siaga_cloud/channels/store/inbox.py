"""Stores the messages that wait for an operator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from psycopg.types.json import Jsonb

from siaga_cloud.platform.db.connection import Connection

Status = Literal["waiting", "reported", "rejected"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Represents a message with what was guessed. `why` states what was unsure; `candidates` are places that it may
    mean.

    `report_id` is the report that was made of it, or until then the report that it is about.
    """

    id: UUID
    channel: str
    source_id: str
    sender: str
    body: str
    category: str | None
    category_confidence: float
    category_words: Sequence[str]
    why: str
    lat: float | None
    lon: float | None
    place_name: str | None
    place_confidence: float
    radius_m: float | None
    candidates: Sequence[dict[str, Any]]
    received_at: datetime
    status: Status = "waiting"
    reason: str = ""
    report_id: UUID | None = None
    decided_at: datetime | None = None
    decided_by: str | None = None


_COLUMNS = (
    "id, channel, source_id, sender, body, category, category_confidence, category_words, why, lat, lon, place_name,"
    " place_confidence, radius_m, candidates, received_at, status, reason, report_id, decided_at, decided_by"
)


def save(conn: Connection, item: Item) -> bool:
    """Stores an item; False where its channel has delivered it before."""
    done = conn.execute(
        "INSERT INTO inbox_item (id, channel, source_id, sender, body, category, category_confidence, category_words,"
        " why, lat, lon, place_name, place_confidence, radius_m, candidates, received_at,"
        " report_id) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (channel, source_id) DO NOTHING",
        (
            item.id,
            item.channel,
            item.source_id,
            item.sender,
            item.body,
            item.category,
            item.category_confidence,
            list(item.category_words),
            item.why,
            item.lat,
            item.lon,
            item.place_name,
            item.place_confidence,
            item.radius_m,
            Jsonb(list(item.candidates)),
            item.received_at,
            item.report_id,
        ),
    )
    return done.rowcount == 1


def listed(conn: Connection, *, status: Status, limit: int) -> list[Item]:
    """Items of a status, the oldest first where they wait, else the last decided first."""
    order = "received_at" if status == "waiting" else "decided_at DESC"
    rows = conn.execute(
        f"SELECT {_COLUMNS} FROM inbox_item WHERE status = %s ORDER BY {order}, id LIMIT %s",  # noqa: S608
        (status, limit),
    )
    return [Item(**row) for row in rows]


def locked(conn: Connection, item_id: UUID) -> Item | None:
    """Return an item, held against other operators until the transaction ends."""
    row = conn.execute(
        f"SELECT {_COLUMNS} FROM inbox_item WHERE id = %s FOR UPDATE",  # noqa: S608
        (item_id,),
    ).fetchone()
    return Item(**row) if row else None


def decide(
    conn: Connection, item_id: UUID, *, status: Status, by: str, now: datetime, report_id: UUID | None, reason: str
) -> None:
    """Writes down what an operator made of an item."""
    conn.execute(
        "UPDATE inbox_item SET status = %s, decided_by = %s, decided_at = %s, report_id = %s, reason = %s"
        " WHERE id = %s",
        (status, by, now, report_id, reason, item_id),
    )
