"""Fetches the image of one object from Frigate's HTTP API by the object's id, as the evidence image of its event.

The snapshots that Frigate publishes over MQTT name a camera and a label, not an object, and are retained: the image of
another object, or of yesterday, would become evidence. They are therefore not used.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Self
from uuid import UUID, uuid5

from siaga_cloud.cameras.store import events
from siaga_cloud.feeds.fetch import FetchError
from siaga_cloud.feeds.frigate import api
from siaga_cloud.feeds.service.polling import FeedContext
from siaga_cloud.feeds.store import feeds as db
from siaga_cloud.platform.input_errors import IntakeError
from siaga_cloud.platform.jobs.retries import JitteredRetry
from siaga_cloud.platform.media.photo import Photo, clean_photo
from siaga_core.wire.messages import EvidenceHeader, EvidenceRole

MAX_IMAGE_BYTES: Final = 12 * 1024 * 1024
# Frigate writes the snapshot of an object when the object ends, and shows that of a tracked one from memory.
RETRY: Final = JitteredRetry(most_attempts=5, first_seconds=10, most_seconds=300)
_OUTBOXES: Final = UUID("6c8a3c92-0a5e-4c2e-9a9e-4f4d7c1b8a10")
_QUERY: Final = "bbox=0&timestamp=0&crop=0"
_SAME_MOMENT: Final = timedelta(seconds=30)
_MOST_AHEAD: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRequest:
    """Names the object whose image is wanted. `frame_at` is the time of its snapshot by the message of the event, and
    `seen_at` that at which the event began to count.
    """

    feed_id: str
    event_id: UUID
    frigate_id: str
    frame_at: datetime
    seen_at: datetime

    @classmethod
    def of(cls, job: Mapping[str, str]) -> Self:
        """Return the request that a job's arguments describe."""
        return cls(
            feed_id=job["feed_id"],
            event_id=UUID(job["event_id"]),
            frigate_id=job["frigate_id"],
            frame_at=datetime.fromisoformat(job["frame_at"]),
            seen_at=datetime.fromisoformat(job["seen_at"]),
        )


def outbox_of(feed_id: str) -> UUID:
    """Return the id that stands for the outbox of a Frigate server."""
    return uuid5(_OUTBOXES, feed_id)


def fetch(context: FeedContext, wanted: ImageRequest) -> None:
    """Fetch and store one image; raises FetchError where it is to be tried again."""
    options = api.options_of(context, wanted.feed_id)
    if options is None or options.api_url is None:
        return
    try:
        answer = api.get(context, options, wanted.frigate_id, f"snapshot.jpg?{_QUERY}", max_bytes=MAX_IMAGE_BYTES)
        photo = clean_photo(answer.body or b"")
    except FetchError as error:
        api.record_error(context, wanted.feed_id, f"image of {wanted.frigate_id[:60]}: {error}")
        raise
    except IntakeError as error:
        api.record_error(context, wanted.feed_id, f"image of {wanted.frigate_id[:60]}: {error}")
        return
    _store(context, wanted, photo, frame_time(answer.frame_time, wanted.frame_at, now=context.clock()))


def frame_time(header: str | None, stated_at: datetime, *, now: datetime) -> datetime:
    """Return when the frame of an image was captured: by the answer's own header, else by the event's message."""
    try:
        seconds = float(header or "")
    except ValueError:
        return stated_at
    if not math.isfinite(seconds) or not 946_684_800 <= seconds <= (now + _MOST_AHEAD).timestamp():
        return stated_at
    return datetime.fromtimestamp(seconds, UTC)


def role_of(captured_at: datetime, seen_at: datetime) -> EvidenceRole:
    """Return what an image shows. Frigate stores the best frame of an object, which may be one of its arrival."""
    return EvidenceRole.THRESHOLD if captured_at >= seen_at - _SAME_MOMENT else EvidenceRole.ARRIVAL


def _store(context: FeedContext, wanted: ImageRequest, photo: Photo, captured_at: datetime) -> None:
    """Store the image for the beginning of the event, once; it is not redacted, so never public."""
    context.media.persist(photo.jpeg)
    header = EvidenceHeader(
        id=uuid5(wanted.event_id, "0"),
        node=db.node_of(wanted.feed_id),
        outbox_id=outbox_of(wanted.feed_id),
        seq=1,
        measured_at=captured_at,
        sent_at=captured_at,
        event_id=wanted.event_id,
        number=0,
        role=role_of(captured_at, wanted.seen_at),
        sha256=photo.sha256,
        width=photo.width,
        height=photo.height,
        redacted=False,
    )
    with context.database.transaction() as conn:
        events.save_evidence(conn, [(header, len(photo.jpeg))], now=context.clock())
