"""Defines the jobs that fetch the photos which a message of a text channel only names."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

from procrastinate import App

from siaga_cloud.channels.conversation import photos as conversation_photos
from siaga_cloud.channels.gateways.photos import PhotoSource
from siaga_cloud.channels.store import photos as text_photos
from siaga_cloud.notifications.jobs import RETRY
from siaga_cloud.platform.db import jobs
from siaga_cloud.platform.db.connection import Connection, Database
from siaga_cloud.platform.db.jobs import FETCH_PHOTO, PHOTOS_QUEUE
from siaga_cloud.platform.delivery.ports import DeliveryError
from siaga_cloud.platform.input_errors import IntakeError
from siaga_cloud.platform.jobs.periodic import every
from siaga_cloud.platform.media.folder import MediaFolder
from siaga_cloud.platform.media.photo import clean_photo
from siaga_cloud.reports.store import keys as report_keys

GIVE_UP_AFTER = timedelta(hours=2)
LEFT_BEHIND_AFTER = timedelta(minutes=30)

log = logging.getLogger(__name__)


def register(app: App, database: Database, sources: Mapping[str, PhotoSource], media: MediaFolder) -> None:
    """Register the job that fetches one photo, and the one that repeats lost jobs."""

    @app.task(name=FETCH_PHOTO, queue=PHOTOS_QUEUE, retry=RETRY)
    def fetch_photo(photo_id: str) -> None:
        fetch(database, sources, media, UUID(photo_id))

    every(app, database, "pick_up_photos", "*/10 * * * *", _pick_up)


def _pick_up(conn: Connection, *, now: datetime) -> None:
    jobs.defer_photos(conn, text_photos.left_behind(conn, before=now - LEFT_BEHIND_AFTER, limit=200))


def fetch(database: Database, sources: Mapping[str, PhotoSource], media: MediaFolder, photo_id: UUID) -> None:
    """Fetches a photo once more; raises DeliveryError where it is to be tried again.

    The row stays locked while its host sends, so that two workers never fetch the same at the same time.
    """
    now = datetime.now(UTC)
    with database.transaction() as conn:
        wanted = text_photos.wanted(conn, photo_id)
        if wanted is None:
            return
        failed: Exception | None = None
        try:
            photo = clean_photo(_source(sources, wanted.channel).fetch(wanted.address))
        except (DeliveryError, IntakeError) as error:
            failed = error
            is_past_retry = text_photos.waits_since(conn, photo_id) < now - GIVE_UP_AFTER
            is_final = isinstance(error, IntakeError) or (isinstance(error, DeliveryError) and error.is_final)
            if is_final or is_past_retry:
                text_photos.end(conn, photo_id, media_id=None, error=str(error))
                failed = None
            outcome = "retrying" if failed else "giving up"
            log.warning(
                "photo %s of channel %s could not be fetched (%s); %s", photo_id, wanted.channel, error, outcome
            )
        else:
            report_keys.lock_key(conn, conversation_photos.turn_of(wanted.channel, wanted.sender))
            conversation_photos.store_fetched(conn, wanted, photo, media=media, now=now)
    if failed is not None:
        raise failed


def _source(sources: Mapping[str, PhotoSource], channel: str) -> PhotoSource:
    source = sources.get(channel)
    if source is None:
        raise DeliveryError(f"no photos of {channel} are fetched: it is not set up", is_final=True)
    return source
