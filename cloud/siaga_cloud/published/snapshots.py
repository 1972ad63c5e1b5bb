"""Publishes the newest redacted snapshots of the cameras that the city marked as public."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Final

from pydantic import Field

from siaga_cloud.cameras.store import public
from siaga_cloud.cameras.store.public import PublicCamera
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.http.models import ResponseModel

SHOWN_FOR: Final = timedelta(hours=1)
"""A snapshot older than this is not published: nodes' frames are deleted after an hour."""
MOST_NEAR: Final = 3
WITHIN_M: Final = 5_000.0


class Snapshot(ResponseModel):
    """Describes a snapshot. The JPEG is in the file itself, so that every front door serves it like the rest."""

    camera_id: str
    taken_at: datetime
    jpeg: Annotated[str, Field(description="the image in Base64; faces and plates that the node found are hidden")]


class NearCamera(ResponseModel):
    """Describes the nearest public camera that has a snapshot now."""

    id: str
    name: str
    name_en: str
    distance_m: Annotated[float, Field(description="in a straight line from the middle of the area")]
    taken_at: datetime


def times(conn: Connection, *, at: datetime) -> Mapping[str, datetime]:
    """Return when the snapshot of each public camera was captured; those that are too old are left out."""
    return {one: taken_at for one, taken_at in public.snapshot_times(conn).items() if at - taken_at <= SHOWN_FOR}


def read_snapshot(conn: Connection, camera_id: str) -> Snapshot | None:
    """Return the snapshot of a public camera."""
    found = public.snapshot(conn, camera_id)
    if found is None:
        return None
    return Snapshot(camera_id=camera_id, taken_at=found.taken_at, jpeg=base64.b64encode(found.jpeg).decode())


def cameras_near(conn: Connection, area_id: str) -> list[PublicCamera]:
    """Return the public cameras near an area, the nearest first."""
    return public.nearest(conn, area_id, within_m=WITHIN_M, most=MOST_NEAR)


def nearest_with_snapshot(near: Sequence[PublicCamera], captured: Mapping[str, datetime]) -> NearCamera | None:
    """Return the nearest of these that has a snapshot."""
    found = next((one for one in near if one.id in captured), None)
    if found is None:
        return None
    return NearCamera(
        id=found.id, name=found.name, name_en=found.name_en, distance_m=found.distance_m, taken_at=captured[found.id]
    )
