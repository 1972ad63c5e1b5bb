"""Manages live views, snapshot requests, camera looks and camera masking.

The node redacts images before it sends them. Live views, looks and masks are recorded in the audit log; a requested
snapshot is stored for 30 days together with who requested it. A masked camera is shown to nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from siaga_cloud.cameras.store import masks as camera_masks
from siaga_cloud.cameras.store import public as public_cameras
from siaga_cloud.cameras.store import rechecks as camera_looks
from siaga_cloud.cameras.store import views as camera_views
from siaga_cloud.cameras.store.rechecks import LookRequest
from siaga_cloud.cameras.store.views import CameraReach, View
from siaga_cloud.fleet.service.commands import make_command
from siaga_cloud.platform.db import audit, jobs, live
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.errors import ConflictError, NotFoundError
from siaga_core.wire.codec import encode
from siaga_core.wire.fleet import CommandBody
from siaga_core.wire.ids import uuid7
from siaga_core.wire.looks import RecheckCamera
from siaga_core.wire.messages import Hazard
from siaga_core.wire.topics import DownStream, down
from siaga_core.wire.views import ShowCamera

MOST_SECONDS: Final = 60
MOST_LIVE: Final = 20
MOST_LIVE_OF_NODE: Final = 2
LIVE_EVERY_SECONDS: Final = 0.5
JOIN_WHILE: Final = timedelta(seconds=10)
SNAPSHOT_EVERY: Final = timedelta(seconds=60)
SNAPSHOT_VALID_FOR: Final = timedelta(seconds=30)
SNAPSHOT_SIDE_PX: Final = 480
PUBLICATION: Final = "siaga-publication"
"""Who requests the snapshots that everybody sees."""
LIVE_SIDE_PX: Final = 800
LOOK_WITHIN: Final = timedelta(seconds=60)
FORGET_FRAMES_AFTER: Final = timedelta(hours=1)
FORGET_VIEWS_AFTER: Final = timedelta(days=30)

SignedCommand = tuple[str, bytes]


def watch(conn: Connection, camera_id: str, *, by: str, seconds: int, now: datetime) -> View:
    """Has a camera shown live; whoever comes while somebody watches joins in. On record either way.

    Raises `NotFoundError`, or `ConflictError` where the camera is masked or cut off, or too many are watched.
    """
    reach = _reachable(conn, camera_id)
    running = camera_views.running(conn, now=now)
    audit.record(
        conn, actor=by, action="look_through_camera", kind="camera", object_id=camera_id,
        details={"seconds": seconds}, now=now,
    )  # fmt: skip
    shared = [one for one in running if one.camera_id == camera_id and one.until > now + JOIN_WHILE]
    if shared:
        return shared[-1]
    others = [one for one in running if one.camera_id != camera_id]
    if len(others) >= MOST_LIVE or sum(one.node_id == reach.node_id for one in others) >= MOST_LIVE_OF_NODE:
        raise ConflictError(
            "too many cameras are watched live; wait until one of them ends", code="too_many_live_views"
        )
    until = now + timedelta(seconds=min(seconds, MOST_SECONDS))
    view = _view(reach, "live", by=by, until=until, most_frames=int(MOST_SECONDS / LIVE_EVERY_SECONDS), now=now)
    camera_views.save(conn, view)
    jobs.defer_views(conn, [view.id])
    return view


def request_snapshots(conn: Connection, camera_ids: Sequence[str], *, by: str, now: datetime) -> int:
    """Request a new snapshot of each camera whose newest is older than a minute; return how many were requested."""
    due = [
        one
        for one in camera_views.reach(conn, camera_ids)
        if one.is_online and not one.is_masked and (one.snapshot_at is None or one.snapshot_at <= now - SNAPSHOT_EVERY)
    ]
    views = [_view(one, "snapshot", by=by, until=now + SNAPSHOT_VALID_FOR, most_frames=1, now=now) for one in due]
    for view in views:
        camera_views.save(conn, view)
    jobs.defer_views(conn, [view.id for view in views])
    return len(views)


def request_public_snapshots(conn: Connection, *, now: datetime) -> int:
    """Request a new snapshot of each camera whose snapshot is public; return how many were requested."""
    return request_snapshots(conn, public_cameras.camera_ids(conn), by=PUBLICATION, now=now)


def request_look(
    conn: Connection, camera_id: str, hazard: Hazard, *, incident_id: UUID | None, by: str, now: datetime
) -> LookRequest:
    """Requests a camera to look for some seconds and to answer; raises as `watch` does, and while it owes an answer."""
    reach = _reachable(conn, camera_id)
    if camera_looks.is_waiting(conn, camera_id, now=now):
        raise ConflictError("the camera was asked just now; wait for its answer", code="requested_recently")
    look = LookRequest(
        id=uuid7(now), camera_id=camera_id, node_id=reach.node_id or "", hazard=str(hazard), incident_id=incident_id,
        requested_by=by, requested_at=now, deadline=now + LOOK_WITHIN,
    )  # fmt: skip
    camera_looks.save(conn, look)
    details = {"hazard": str(hazard), "incident": str(incident_id) if incident_id else None}
    audit.record(
        conn, actor=by, action="request_camera_look", kind="camera", object_id=camera_id, details=details, now=now
    )
    jobs.defer_look_request(conn, look.id)
    return look


def mask(conn: Connection, camera_id: str, *, on: bool, by: str, reason: str, now: datetime) -> None:
    """Takes a camera out of what is believed and shown, or puts it back; raises `ConflictError` where it is so."""
    if not camera_views.reach(conn, [camera_id]):
        raise NotFoundError(f"there is no camera {camera_id}", code="camera_not_found")
    change = camera_masks.begin if on else camera_masks.end
    if not change(conn, camera_id, by=by, reason=reason, now=now):
        raise ConflictError(f"camera {camera_id} is {'masked already' if on else 'not masked'}", code="mask_unchanged")
    action = "mask_camera" if on else "unmask_camera"
    audit.record(conn, actor=by, action=action, kind="camera", object_id=camera_id, why=reason, now=now)
    live.announce(conn, "camera", camera_id, now)


def send_view_command(
    conn: Connection, view_id: UUID, key: Ed25519PrivateKey, *, now: datetime
) -> SignedCommand | None:
    """Topic and signed command of a series that is still of use, noted as sent; None for any other."""
    view = camera_views.get(conn, view_id)
    if view is None or view.sent_at is not None or view.until <= now:
        return None
    is_live = view.kind == "live"
    body = ShowCamera(
        view_id=view.id,
        camera=view.camera_id,
        until=view.until,
        every_seconds=LIVE_EVERY_SECONDS,
        most_frames=view.most_frames,
        max_side_px=LIVE_SIDE_PX if is_live else SNAPSHOT_SIDE_PX,
    )
    camera_views.note_sent(conn, view_id, now=now)
    return _command(conn, key, view.node_id, body, by=view.requested_by, until=view.until, now=now)


def send_look_command(
    conn: Connection, look_id: UUID, key: Ed25519PrivateKey, *, now: datetime
) -> SignedCommand | None:
    """Topic and signed command of a look that is still of use, noted as sent; None for any other."""
    look = camera_looks.get(conn, look_id)
    if look is None or look.sent_at is not None or look.deadline <= now:
        return None
    body = RecheckCamera(look_id=look.id, camera=look.camera_id, hazard=Hazard(look.hazard), deadline=look.deadline)
    camera_looks.note_sent(conn, look_id, now=now)
    return _command(conn, key, look.node_id, body, by=look.requested_by, until=look.deadline, now=now)


def forget(conn: Connection, *, now: datetime) -> None:
    """Images after an hour, the record of who looked through a camera after 30 days (the audit trail keeps it)."""
    camera_views.forget(conn, frames_before=now - FORGET_FRAMES_AFTER, views_before=now - FORGET_VIEWS_AFTER)


def _command(
    conn: Connection,
    key: Ed25519PrivateKey,
    node_id: str,
    body: CommandBody,
    *,
    by: str,
    until: datetime,
    now: datetime,
) -> SignedCommand:
    message = make_command(conn, key, node_id, body, now=now, by=by, expires_at=until)
    return down(node_id, DownStream.COMMAND), encode(message)


def _reachable(conn: Connection, camera_id: str) -> CameraReach:
    found = camera_views.reach(conn, [camera_id])
    if not found:
        raise NotFoundError(f"there is no camera {camera_id}", code="camera_not_found")
    (reach,) = found
    if reach.is_masked:
        raise ConflictError(f"camera {camera_id} is masked", code="camera_masked")
    if not reach.is_online:
        raise ConflictError(f"the box of camera {camera_id} is not connected", code="node_not_connected")
    return reach


def _view(reach: CameraReach, kind: str, *, by: str, until: datetime, most_frames: int, now: datetime) -> View:
    return View(
        id=uuid7(now), camera_id=reach.camera_id, node_id=reach.node_id or "", kind=kind, requested_by=by,
        requested_at=now,
        until=until, most_frames=most_frames, sent_at=None, frames=0, last_frame_at=None,
    )  # fmt: skip
