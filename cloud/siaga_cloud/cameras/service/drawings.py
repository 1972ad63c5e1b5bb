"""Checks and stores the zones and masks that administrators draw, and adds them to the configuration of the camera's
node.

The API stores a drawing and queues a job for the worker, which holds the signing key (ADR 0014). The node validates and
tries the configuration; the recorded zones change once it runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from siaga_cloud.cameras.store import drawings as db
from siaga_cloud.cameras.store.drawings import Canvas, Drawing
from siaga_cloud.fleet.drawing_tables import with_drawing
from siaga_cloud.fleet.service.commands import make_config, wanted_body
from siaga_cloud.fleet.store import commands as fleet
from siaga_cloud.platform.db import audit, jobs
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.errors import InvalidError, NotFoundError
from siaga_core.rules.outline import problem_with
from siaga_core.wire.codec import encode
from siaga_core.wire.topics import DownStream, down

AT_ONCE: Final = 100
State = Literal["none", "no_box", "waiting", "problem", "sent", "trial", "applied", "refused", "rolled_back"]


def canvas(conn: Connection, camera_id: str) -> Canvas:
    """Return a camera to draw on; raises NotFoundError."""
    found = db.canvas(conn, camera_id)
    if found is None:
        raise NotFoundError(f"there is no camera {camera_id!r}", code="camera_not_found")
    return found


def save(
    conn: Connection,
    camera_id: str,
    *,
    zones: Sequence[Mapping[str, Any]],
    masks: Sequence[Sequence[Sequence[float]]],
    by: str,
    now: datetime,
) -> Drawing:
    """Stores a drawing and requests it to be sent; raises InvalidError with the field, NotFoundError."""
    where = canvas(conn, camera_id)
    _check(zones, masks)
    version = db.save(conn, camera_id, zones=zones, masks=masks, node_id=where.node_id, by=by, now=now)
    if where.node_id is not None:
        jobs.defer_drawing(conn, camera_id)
    details = {"version": version, "zones": [zone["id"] for zone in zones], "masks": len(masks), "node": where.node_id}
    audit.record(conn, actor=by, action="draw_zones", kind="camera", object_id=camera_id, details=details, now=now)
    return held(conn, camera_id)


def held(conn: Connection, camera_id: str) -> Drawing:
    """Return a drawing that is there."""
    found = db.get(conn, camera_id)
    if found is None:
        raise NotFoundError(f"nothing was drawn for camera {camera_id!r}", code="drawing_not_found")
    return found


def build_config(
    conn: Connection, camera_id: str, key: Ed25519PrivateKey, *, now: datetime
) -> tuple[str, bytes] | None:
    """Topic and signed configuration with a drawing that was not sent yet, noted as sent; None for any other.

    The caller hands it to the broker before it commits: what did not get out is not noted.
    """
    db.lock(conn, camera_id)
    drawing = db.get(conn, camera_id)
    if drawing is None or drawing.node_id is None or drawing.config_version is not None:
        return None
    fleet.lock_node(conn, drawing.node_id)
    body = with_drawing(wanted_body(conn, drawing.node_id), camera_id, drawing.zones, drawing.masks)
    message = make_config(conn, key, drawing.node_id, body, now=now, by=drawing.drawn_by)
    db.note_ordered(conn, camera_id, config_version=message.version, now=now)
    return down(drawing.node_id, DownStream.CONFIG), encode(message)


def follow(conn: Connection, *, now: datetime) -> int:
    """Writes drawings that proved themselves on their nodes into the record of zones; how many."""
    proven = db.proven(conn, limit=AT_ONCE)
    for drawing in proven:
        db.take_over(conn, drawing, now=now)
    return len(proven)


def state_of(drawing: Drawing | None) -> State:
    """Return how far a drawing has come. A later configuration has the drawing too, so that its answer counts as
    well."""
    if drawing is None:
        return "none"
    if drawing.adopted_at is not None:
        return "applied"
    if drawing.node_id is None:
        return "no_box"
    if drawing.config_version is None:
        return "problem" if drawing.problem else "waiting"
    if drawing.answered_version is None or drawing.answered_version < drawing.config_version:
        return "sent"
    known: dict[str, State] = {
        "trial": "trial", "good": "applied", "refused": "refused", "rolled_back": "rolled_back",
    }  # fmt: skip
    return known.get(drawing.answered_state or "", "sent")


def _check(zones: Sequence[Mapping[str, Any]], masks: Sequence[Sequence[Sequence[float]]]) -> None:
    ids = [zone["id"] for zone in zones]
    for number, zone in enumerate(zones):
        if ids.index(zone["id"]) != number:
            raise InvalidError(
                f"zones.{number}.id: got {zone['id']} twice, expected an id of its own", code="duplicate_id"
            )
        _check_outline(f"zones.{number}.polygon", zone["polygon"])
    for number, mask in enumerate(masks):
        _check_outline(f"masks.{number}", mask)


def _check_outline(where: str, points: Sequence[Sequence[float]]) -> None:
    problem = problem_with([(point[0], point[1]) for point in points])
    if problem is not None:
        raise InvalidError(f"{where}: {problem}", code="invalid_outline")
