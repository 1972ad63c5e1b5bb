"""Describes the evidence clips of events; incidents and tasks show them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from siaga_cloud.cameras.service.clips import ClipRow
from siaga_cloud.platform.http.models import ResponseModel


class EventClip(ResponseModel):
    """Describes a redacted clip of an event, served at /api/v1/media/<id>; for staff."""

    url: Annotated[str, Field(examples=["/api/v1/media/0192f0c1-…"])]
    role: Annotated[str, Field(description="threshold: when the event was reported; departure: when it ended")]
    camera_id: str
    began_at: Annotated[datetime, Field(description="the time of its first frame")]
    duration_seconds: float


def event_clip(one: ClipRow) -> EventClip:
    """Return a clip for staff."""
    return EventClip(
        url=f"/api/v1/media/{one.media_id}",
        role=one.role,
        camera_id=one.camera_id,
        began_at=one.began_at,
        duration_seconds=round(one.duration_seconds, 2),
    )
