"""Converts the events of Frigate (`<prefix>/events`) into events of our cameras; the functions are pure.

The `before`/`after` pair of Frigate comes as `new`, `update` (at least once a minute) and `end`. An object that remains
is one event of a camera, identified by Frigate's own id. Its revision is the object's age, so that repeated or delayed
messages change nothing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid5

from siaga_cloud.feeds import fields
from siaga_cloud.feeds.items import ItemError
from siaga_cloud.feeds.options import FrigateLink, FrigateTable
from siaga_core.hazards import hazard
from siaga_core.wire.ids import uuid7
from siaga_core.wire.messages import (
    Box,
    Details,
    EventMessage,
    EventState,
    FloodingDetails,
    Hazard,
    ParkingDetails,
    Place,
    Severity,
    Source,
    SourceKind,
    TrashDetails,
)

_IDS: Final = UUID("0d7d0f50-4c1d-4b6f-9f0e-2f6a1f5f7c33")
_EPOCH_SECONDS: Final = (946_684_800, 4_102_444_800)
MAX_ID: Final = 200
MAX_REVIEWED: Final = 1000
_NO_NAME: Final = re.compile(r"[^a-z0-9-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """Describes what a message states of one object. `persists` means that the object now meets the conditions of the
    link; `snapshot_at` is the time of the frame that Frigate stores as its snapshot; `has_clip` that it records a clip.
    """

    link: FrigateLink
    frigate_id: str
    event_id: UUID
    revision: int
    label: str
    began_at: datetime
    seen_at: datetime
    snapshot_at: datetime
    has_clip: bool
    persists: bool
    dwell_seconds: float
    score: float
    zone: str | None
    box: tuple[float, float, float, float]


def read(payload: bytes, options: FrigateTable, *, now: datetime) -> Sighting | None:
    """Return a message; None for cameras and objects that no link requests. Raises ItemError."""
    root = fields.item_of(payload)
    kind, after = root.get("type"), root.get("after")
    if kind not in ("new", "update", "end"):
        raise ItemError(f"type: got {fields.shown(kind)}, expected new, update or end")
    if not isinstance(after, dict):
        raise ItemError(f"after: got {fields.shown(after)}, expected an object")
    camera, label = fields.text(after, "camera"), fields.text(after, "label", most=32)
    link = next((link for link in options.camera if link.name == camera and label in link.labels), None)
    return None if link is None else _sighting(after, link, label, options, is_end=kind == "end", now=now)


def _sighting(
    after: Mapping[str, Any], link: FrigateLink, label: str, options: FrigateTable, *, is_end: bool, now: datetime
) -> Sighting:
    own = fields.identifier(after, "id", most=MAX_ID)
    began_at, seen_at = _time(after, "start_time", now), _time(after, "frame_time", now)
    if is_end and after.get("end_time") is not None:
        seen_at = max(seen_at, _time(after, "end_time", now))
    score = fields.number(after, "top_score" if after.get("top_score") else "score", least=0, most=1, default=0)
    dwell = fields.number(after, "motionless_count", least=0, most=1e9, default=0) / link.detect_fps
    zones = [str(zone) for zone in after.get("current_zones") or ()]
    zone = next((zone for zone in zones if zone in link.zones), None)
    persists = (
        not is_end
        and not fields.is_true(after.get("false_positive"))
        and score >= link.score_from
        and (zone is not None or not link.zones)
        and (link.persists_seconds == 0 or (fields.is_true(after.get("stationary")) and dwell >= link.persists_seconds))
    )
    age = max(0.0, (seen_at - began_at).total_seconds())
    return Sighting(
        link=link,
        frigate_id=own,
        event_id=uuid5(_IDS, f"{options.id}\n{own}"),
        revision=min(2**31 - 2, 2 + math.floor(age * 10) + is_end),
        label=label,
        began_at=began_at,
        seen_at=max(seen_at, began_at),
        snapshot_at=_snapshot_time(after, seen_at, now),
        has_clip=fields.is_true(after.get("has_clip")),
        persists=persists,
        dwell_seconds=dwell,
        score=score,
        zone=_zone_name(zone),
        box=_box(after, link),
    )


def alerted_ids(payload: bytes) -> tuple[str, ...]:
    """Return the objects of a message of `reviews` whose review has the severity `alert`. Raises ItemError."""
    after = fields.item_of(payload).get("after")
    if not isinstance(after, dict):
        raise ItemError(f"after: got {fields.shown(after)}, expected an object")
    data = after.get("data")
    named = data.get("detections") if isinstance(data, dict) else None
    if after.get("severity") != "alert" or not isinstance(named, list):
        return ()
    return tuple(one for one in named[:MAX_REVIEWED] if isinstance(one, str) and len(one) <= MAX_ID)


def event_of(seen: Sighting, *, node: str, place: tuple[float, float], is_known: bool, outbox_id: UUID) -> EventMessage:
    """Return the event of an object that stays, or that has stayed and does not any more."""
    state = (EventState.UPDATED if is_known else EventState.BEGAN) if seen.persists else EventState.ENDED
    return EventMessage(
        id=uuid7(seen.seen_at),
        node=node,
        outbox_id=outbox_id,
        seq=1,
        measured_at=seen.seen_at,
        sent_at=seen.seen_at,
        event_id=seen.event_id,
        revision=seen.revision,
        state=state,
        hazard=Hazard(seen.link.hazard),
        source=Source(kind=SourceKind.CAMERA, id=seen.link.camera),
        zone=seen.zone,
        place=Place(lat=place[0], lon=place[1]),
        began_at=seen.began_at,
        ended_at=seen.seen_at if state is EventState.ENDED else None,
        confidence=seen.score,
        severity=Severity(hazard(seen.link.hazard).severity),
        details=_details(seen),
    )


def _details(seen: Sighting) -> Details:
    x1, y1, x2, y2 = seen.box
    box = Box(x1=x1, y1=y1, x2=x2, y2=y2)
    allowed, area = seen.link.persists_seconds, (x2 - x1) * (y2 - y1)
    match hazard(seen.link.hazard).details:
        case "illegal_parking":
            dwell = seen.dwell_seconds
            return ParkingDetails(label=seen.label, dwell_seconds=dwell, allowed_seconds=allowed, box=box)
        case "trash":
            return TrashDetails(dwell_seconds=seen.dwell_seconds, allowed_seconds=allowed, area_share=area, box=box)
        case _:
            return FloodingDetails(water_share=area)


def _time(after: Mapping[str, Any], key: str, now: datetime) -> datetime:
    """Seconds since 1970 with a fraction."""
    seconds = fields.number(after, key, least=_EPOCH_SECONDS[0], most=_EPOCH_SECONDS[1])
    return fields.not_ahead(datetime.fromtimestamp(seconds, UTC), key, now=now)


def _snapshot_time(after: Mapping[str, Any], seen_at: datetime, now: datetime) -> datetime:
    """Return `snapshot.frame_time`, in older versions `snapshot_time`, else the time of the message."""
    held = after.get("snapshot")
    if isinstance(held, dict) and held.get("frame_time"):
        return _time(held, "frame_time", now)
    return _time(after, "snapshot_time", now) if after.get("snapshot_time") else seen_at


def _box(after: Mapping[str, Any], link: FrigateLink) -> tuple[float, float, float, float]:
    """[x1, y1, x2, y2] in pixels of the detect stream, as shares; raises ItemError."""
    held = after.get("box")
    if not isinstance(held, list) or len(held) != 4:
        raise ItemError(f"box: got {fields.shown(held)}, expected [x1, y1, x2, y2]")
    sides = (link.width, link.height, link.width, link.height)
    shares = [
        min(1.0, fields.checked_number(edge, "box", least=0, most=20_000) / side)
        for edge, side in zip(held, sides, strict=True)
    ]
    if not (shares[0] < shares[2] and shares[1] < shares[3]):
        raise ItemError(f"box: got {fields.shown(held)}, expected x1 < x2 and y1 < y2 within {sides[0]} x {sides[1]}")
    return shares[0], shares[1], shares[2], shares[3]


def _zone_name(zone: str | None) -> str | None:
    """Return a zone as our wire names it; without one that it can name, the whole view."""
    found = _NO_NAME.sub("-", (zone or "").lower()).strip("-")[:48]
    return found if len(found) > 1 else None
