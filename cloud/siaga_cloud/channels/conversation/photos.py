"""Stores the photos of conversations with the first message and adds them to the report whenever they arrive."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Final
from uuid import UUID

from siaga_cloud.channels.conversation.understanding import TextMessage
from siaga_cloud.channels.store import photos as text_photos
from siaga_cloud.channels.store.photos import PendingPhoto
from siaga_cloud.platform.db import jobs
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.media.folder import MediaFolder
from siaga_cloud.platform.media.photo import MAX_PHOTOS, Photo
from siaga_cloud.reports.service.intake import save_photo, store_photo
from siaga_core.wire.ids import uuid7

MAX_ADDRESS: Final = 2000


def persist(conn: Connection, message: TextMessage, *, source_id: str, media: MediaFolder, now: datetime) -> int:
    """Stores a message's photos under its conversation (`source_id`: of the conversation's first message); how many
    were taken.

    Those that must be fetched are requested once this transaction commits. More than a report holds are left out.
    """
    room = MAX_PHOTOS - text_photos.count(conn, channel=message.channel, source_id=source_id)
    came = message.photos[: max(0, room)]
    for photo in came:
        held = store_photo(photo, "report", media=media, by=None, now=now)
        save_photo(conn, held, now=now)
        text_photos.save(conn, _row(message, source_id, "", now), media_id=held.id, now=now)
        text_photos.attach(conn, channel=message.channel, source_id=source_id, media_id=held.id, most=MAX_PHOTOS)
    rows = [_row(message, source_id, address, now) for address in message.wanted[: max(0, room - len(came))]]
    for row in rows:
        text_photos.save(conn, row, media_id=None, now=now)
    jobs.defer_photos(conn, [row.id for row in rows])
    return len(came) + len(rows)


def store_fetched(conn: Connection, wanted: PendingPhoto, photo: Photo, *, media: MediaFolder, now: datetime) -> UUID:
    """Stores a photo that was fetched, and adds it to the report of its conversation where there is one; its media
    id."""
    held = store_photo(photo, "report", media=media, by=None, now=now)
    save_photo(conn, held, now=now)
    text_photos.end(conn, wanted.id, media_id=held.id, error="")
    text_photos.attach(conn, channel=wanted.channel, source_id=wanted.source_id, media_id=held.id, most=MAX_PHOTOS)
    return held.id


def turn_of(channel: str, sender: str) -> UUID:
    """Return the key of a lock that lets one message of a sender be worked on at a time."""
    return UUID(bytes=hashlib.sha256(f"talk {channel} {sender}".encode()).digest()[:16])


def _row(message: TextMessage, source_id: str, address: str, now: datetime) -> PendingPhoto:
    return PendingPhoto(
        id=uuid7(now),
        channel=message.channel,
        source_id=source_id,
        sender=message.sender,
        address=address[:MAX_ADDRESS],
    )
