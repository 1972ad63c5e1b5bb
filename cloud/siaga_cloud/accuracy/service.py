"""Draws the sample, takes the judgements of operators, and decides which cameras create no tasks by themselves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from siaga_cloud.accuracy import store as db
from siaga_cloud.accuracy.store import AccuracyCounts, AccuracyItem
from siaga_cloud.city.service import policy as policies
from siaga_cloud.platform.db import audit, live
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.errors import ConflictError, InvalidError, NotFoundError
from siaga_core.hazards import by_category, camera_hazards
from siaga_core.rules.trust import accuracy as rules
from siaga_core.rules.trust.accuracy import AccuracyPolicy, Rate
from siaga_core.wire.ids import uuid7
from siaga_core.wire.views import FrameMessage

POLICY: Final = AccuracyPolicy()
ACTOR: Final = "siaga"
IMAGE_RETENTION: Final = timedelta(days=30)
# Evidence images arrive after their event.
_IMAGE_WAIT: Final = timedelta(minutes=10)
_LOOK_BACK: Final = timedelta(hours=6)
_MOST_EVENTS: Final = 5_000


def draw_frames(
    conn: Connection, frames: Sequence[FrameMessage], *, now: datetime, share: float = POLICY.sample_share
) -> int:
    """Draw from frames that nodes sent, whether an event lasts or not; return how many were drawn."""
    if not frames:
        return 0
    key = db.secret(conn)
    drawn = [
        one for one in frames if rules.is_sampled(key, f"{one.header.camera}/{one.header.taken_at.isoformat()}", share)
    ]
    room = _room(conn, now=now) if drawn else 0
    hazards = [one.id for one in camera_hazards() if one.recheck in ("zone", "water")]  # visible in a single frame
    return sum(
        db.insert_frame(conn, one, item_id=uuid7(now), hazards=hazards, now=now, expires_at=now + IMAGE_RETENTION)
        for one in drawn[:room]
    )


def draw_events(conn: Connection, *, now: datetime, share: float = POLICY.sample_share) -> int:
    """Draw from the events of cameras that were received some minutes ago; return how many were drawn."""
    db.lock(conn)
    key, room = db.secret(conn), _room(conn, now=now)
    events = db.undrawn_events(conn, since=now - _LOOK_BACK, until=now - _IMAGE_WAIT, limit=_MOST_EVENTS)
    drawn = [one for one in events if rules.is_sampled(key, str(one.event_id), share)]
    hazards = [one.id for one in camera_hazards()]
    return sum(
        db.insert_event(conn, one, item_id=uuid7(now), hazards=hazards, now=now, expires_at=now + IMAGE_RETENTION)
        for one in drawn[:room]
    )


def answer(conn: Connection, item_id: UUID, *, present: Sequence[str] | None, by: str, now: datetime) -> None:
    """Store what an operator sees in an item; None: it cannot be judged. On record.

    Raises `NotFoundError`, `ConflictError` where somebody answered, and `InvalidError` for a hazard not asked about.
    """
    item = find(conn, item_id, now=now)
    if item.answered_at is not None:
        raise ConflictError("somebody has judged this image already", code="accuracy_item_answered")
    foreign = sorted(set(present or ()) - set(item.hazards))
    if foreign:
        raise InvalidError(f"present: got {foreign[0]!r}, expected some of {item.hazards}", code="hazard_unknown")
    db.answer(conn, item_id, present=None if present is None else sorted(set(present)), by=by, now=now)
    audit.record(
        conn, actor=by, action="judge_accuracy_item", kind="camera", object_id=item.camera_id,
        details={"item": str(item_id), "present": None if present is None else sorted(set(present))}, now=now,
    )  # fmt: skip


def find(conn: Connection, item_id: UUID, *, now: datetime) -> AccuracyItem:
    """Return an item with its image; raises `NotFoundError`."""
    found = db.get(conn, item_id, now=now)
    if found is None:
        raise NotFoundError(f"there is no image {item_id} to judge", code="accuracy_item_not_found")
    return found


def refresh(conn: Connection, *, now: datetime) -> int:
    """Compute the accuracy of every camera anew; return how many were suspended or resumed."""
    db.lock(conn)
    policy = policies.current(conn).accuracy
    held, suspended = db.counts(conn, since=now - policy.window), db.suspended(conn)
    for one in held:
        precision, recall = _precision(one), Rate(count=one.noticed, of=one.present)
        db.save(
            conn, one, precision=precision, precision_share=precision.share(policy), recall=recall,
            recall_share=recall.share(policy), now=now,
        )  # fmt: skip
    db.delete_others(conn, ((one.camera_id, one.hazard) for one in held))
    return sum(_decide(conn, one, was=(one.camera_id, one.hazard) in suspended, policy=policy, now=now) for one in held)


def suspended_sources(conn: Connection, category: str) -> frozenset[str]:
    """Return the keys of the cameras that create no tasks of a category by themselves."""
    hazards = {one.id for one in by_category(category)}
    return frozenset(f"camera:{camera}" for camera, hazard in db.suspended(conn) if hazard in hazards)


def forget(conn: Connection, *, now: datetime) -> None:
    """Delete expired images, and answers older than the window."""
    db.forget(conn, answered_before=now - POLICY.window, now=now)


def _room(conn: Connection, *, now: datetime) -> int:
    return max(0, POLICY.most_a_day - db.drawn_since(conn, now - db.DAY))


def _precision(held: AccuracyCounts) -> Rate:
    return Rate(count=held.right, of=held.judged)


def _decide(conn: Connection, held: AccuracyCounts, *, was: bool, policy: AccuracyPolicy, now: datetime) -> bool:
    precision = _precision(held)
    is_suspended = rules.is_suspended(was, precision, policy)
    if is_suspended == was:
        return False
    if is_suspended:
        db.suspend(conn, held, floor=policy.precision_floor, now=now)
    else:
        db.resume(conn, camera_id=held.camera_id, hazard=held.hazard, now=now)
    low, high = precision.interval
    audit.record(
        conn, actor=ACTOR, action="suspend_camera_tasks" if is_suspended else "resume_camera_tasks", kind="camera",
        object_id=held.camera_id,
        details={
            "hazard": held.hazard, "right": held.right, "judged": held.judged, "low": round(low, 3),
            "high": round(high, 3), "floor": policy.precision_floor,
        },
        now=now,
    )  # fmt: skip
    live.announce(conn, "camera", held.camera_id, now)
    return True
