"""Fetches the clip of one object from Frigate's HTTP API by the object's id, and stores it redacted.

Frigate records nobody unrecognisable. The clip is therefore looked at frame by frame and encoded anew, without sound;
the original is never stored. A clip that cannot be redacted is no evidence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self
from uuid import UUID, uuid5

from siaga_cloud.cameras.store import clips as store
from siaga_cloud.feeds.fetch import FetchError
from siaga_cloud.feeds.frigate import api
from siaga_cloud.feeds.frigate.images import outbox_of
from siaga_cloud.feeds.service.polling import FeedContext
from siaga_cloud.feeds.store import feeds as db
from siaga_cloud.media.clip_redactor import ClipRedactor, RedactedClip
from siaga_cloud.platform.jobs.retries import JitteredRetry
from siaga_core.vision.video_files import ClipError
from siaga_core.wire.messages import EvidenceHeader, EvidenceRole

# Frigate sends fragments that can be played without the end of the file; thirty seconds at 8 Mbit/s are 30 MB.
MAX_READ_BYTES: Final = 32 * 1024 * 1024
# Few and soon: clips are fetched in turn, and one that waits to be tried again holds up the others.
RETRY: Final = JitteredRetry(most_attempts=3, first_seconds=5, most_seconds=15)
_NUMBER: Final = 1  # number 0 is the image


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipRequest:
    """Names the object whose clip is wanted; `began_at` is when it was first seen."""

    feed_id: str
    event_id: UUID
    frigate_id: str
    began_at: datetime

    @classmethod
    def of(cls, job: Mapping[str, str]) -> Self:
        """Return the request that a job's arguments describe."""
        return cls(
            feed_id=job["feed_id"],
            event_id=UUID(job["event_id"]),
            frigate_id=job["frigate_id"],
            began_at=datetime.fromisoformat(job["began_at"]),
        )


def fetch(context: FeedContext, redactor: ClipRedactor, wanted: ClipRequest) -> None:
    """Fetch, redact and store the beginning of one clip; raises FetchError where it is to be tried again."""
    options = api.options_of(context, wanted.feed_id)
    if options is None or options.api_url is None or not options.clips:
        return
    try:
        answer = api.get(context, options, wanted.frigate_id, "clip.mp4", max_bytes=MAX_READ_BYTES, cuts_at_limit=True)
        clip = redactor.redact(answer.body or b"")
    except FetchError as error:
        _record_error(context, wanted, error)
        raise
    except ClipError as error:
        _record_error(context, wanted, error)
        return
    _store(context, wanted, clip)


def _record_error(context: FeedContext, wanted: ClipRequest, error: Exception) -> None:
    api.record_error(context, wanted.feed_id, f"clip of {wanted.frigate_id[:60]}: {error}")


def _store(context: FeedContext, wanted: ClipRequest, clip: RedactedClip) -> None:
    """Store the clip of the arrival, once; staff alone may view it."""
    context.media.persist(clip.content)
    header = EvidenceHeader(
        id=uuid5(wanted.event_id, str(_NUMBER)),
        node=db.node_of(wanted.feed_id),
        outbox_id=outbox_of(wanted.feed_id),
        seq=1,
        measured_at=wanted.began_at,
        sent_at=wanted.began_at,
        event_id=wanted.event_id,
        number=_NUMBER,
        role=EvidenceRole.ARRIVAL,
        sha256=clip.sha256,
        mime="video/mp4",
        duration_seconds=clip.duration_seconds,
        width=clip.width,
        height=clip.height,
        redacted=True,
    )
    with context.database.transaction() as conn:
        store.insert(conn, [(header, len(clip.content))], now=context.clock())
