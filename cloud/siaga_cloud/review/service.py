"""Collects the review set: evidence images with the verdicts on them, stored for a while for the next training."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.errors import InvalidError, NotFoundError
from siaga_cloud.review import store as db
from siaga_cloud.review.store import ReviewItem
from siaga_core.wire.ids import uuid7

# The order is that of the label files; models/workbench has the same.
CLASSES: Final = ("person", "bicycle", "motorcycle", "car", "bus", "truck", "trash")
_LEAST_SIDE = 0.001


def collect(conn: Connection, incident_id: UUID, verdict: str, *, retention: timedelta, now: datetime) -> int:
    """Add the images of an incident's cameras to the review set; return how many.

    A confirmed one has the box that the camera drew, a false alarm has none: a hard negative.
    """
    found = db.judgeable(conn, incident_id)
    for one in found:
        seen = {"label": one.details.get("label", one.hazard), **one.details["box"]}
        item = ReviewItem(
            id=uuid7(now), event_id=one.event_id, incident_id=incident_id, camera_id=one.camera_id, hazard=one.hazard,
            verdict=verdict, media_id=one.media_id, sha256="", seen=seen,
            boxes=[seen] if verdict == "confirmed" else [], complete=False, rejected=False, edited_by=None,
            edited_at=None, collected_at=now, expires_at=now + retention,
        )  # fmt: skip
        db.collect(conn, item)
    return len(found)


def withdraw(conn: Connection, incident_id: UUID) -> None:
    """Exclude the images of an incident whose confirmation was withdrawn from the review set."""
    db.reject_confirmed(conn, incident_id)


def look(conn: Connection, *, by: str, verdict: str | None, limit: int, now: datetime) -> list[ReviewItem]:
    """Return the newest items; the look is on record."""
    found = db.items(conn, now=now, verdict=verdict, limit=limit)
    db.note_look(conn, actor=by, action="list", item_ids=[one.id for one in found], now=now)
    return found


def open_image(conn: Connection, item_id: UUID, *, by: str, now: datetime) -> ReviewItem:
    """Return the item whose image is looked at; the look is on record."""
    found = _item(conn, item_id, now)
    db.note_look(conn, actor=by, action="image", item_ids=[item_id], now=now)
    return found


def edit(
    conn: Connection,
    item_id: UUID,
    *,
    boxes: Sequence[dict[str, Any]],
    complete: bool,
    rejected: bool,
    by: str,
    now: datetime,
) -> ReviewItem:
    """Store what an operator sees in the image; raises `InvalidError` for an invalid bounding box."""
    _item(conn, item_id, now)
    for box in boxes:
        _check(box)
    db.edit(conn, item_id, boxes=boxes, complete=complete, rejected=rejected, by=by, now=now)
    db.note_look(conn, actor=by, action="edit", item_ids=[item_id], now=now)
    return _item(conn, item_id, now)


def _item(conn: Connection, item_id: UUID, now: datetime) -> ReviewItem:
    found = db.item(conn, item_id, now=now)
    if found is None:
        raise NotFoundError(f"there is no item {item_id} in the review set", code="review_item_not_found")
    return found


def _check(box: dict[str, Any]) -> None:
    if box["label"] not in CLASSES:
        raise InvalidError(f"label: got {box['label']!r}, expected one of {', '.join(CLASSES)}", code="label_unknown")
    if box["x2"] - box["x1"] < _LEAST_SIDE or box["y2"] - box["y1"] < _LEAST_SIDE:
        raise InvalidError(f"box: got {box}, expected x1 below x2 and y1 below y2", code="box_inverted")
