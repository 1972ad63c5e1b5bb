"""Makes the redacted copy of one photo, and records why there is none."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from siaga_cloud.media import store
from siaga_cloud.media.redactor import PhotoRedactor, RedactedPhoto, UnreadablePhotoError
from siaga_cloud.media.store import RedactedCopy, WaitingPhoto
from siaga_cloud.platform.db.connection import Connection, Database
from siaga_cloud.platform.media.folder import MediaFolder
from siaga_core.vision.errors import ImageError, LookError, ModelError
from siaga_core.wire.ids import uuid7

MOST_ATTEMPTS: Final = 5

# Why a photo has no copy; the pages put these into words.
FILE_MISSING, UNREADABLE, DETECTOR_UNAVAILABLE, DETECTOR_FAILED, STORAGE_FAILED = (
    "file_missing",
    "unreadable",
    "detector_unavailable",
    "detector_failed",
    "storage_failed",
)
_FINAL: Final = frozenset({FILE_MISSING, UNREADABLE})

log = logging.getLogger(__name__)


class RedactionError(Exception):
    """A photo could not be redacted now; the job is to run again."""


def redact_photo(database: Database, media: MediaFolder, redactor: PhotoRedactor, media_id: UUID) -> None:
    """Makes the redacted copy of one photo; raises `RedactionError` where another attempt may succeed."""
    with database.transaction() as conn:
        photo = store.waiting(conn, media_id)
    if photo is None:
        return
    try:
        result = redactor.redact(media.read(photo.sha256))
        with database.transaction() as conn:
            _save(conn, photo, result, media)
    except ModelError as error:
        with database.transaction() as conn:
            store.update_reason(conn, media_id, DETECTOR_UNAVAILABLE)
        raise RedactionError(f"photo {media_id} waits: {error}") from error
    except (FileNotFoundError, UnreadablePhotoError, ImageError, LookError, MemoryError, OSError) as error:
        _record_failure(database, photo, error)


def _save(conn: Connection, photo: WaitingPhoto, result: RedactedPhoto, media: MediaFolder) -> None:
    """Stores the copy, unless the original was erased or redacted meanwhile."""
    now, held = datetime.now(UTC), store.waiting(conn, photo.media_id)
    if held is None or held.sha256 != photo.sha256:
        log.info("photo %s was erased or redacted meanwhile; its copy is not stored", photo.media_id)
        return
    copy = RedactedCopy(
        id=uuid7(now),
        sha256=media.persist(result.jpeg),
        size_bytes=len(result.jpeg),
        width=result.width,
        height=result.height,
        regions=result.regions,
    )
    store.insert_copy(conn, photo.media_id, copy, now=now)


def _record_failure(database: Database, photo: WaitingPhoto, error: Exception) -> None:
    reason = _reason_of(error)
    is_final = reason in _FINAL or photo.attempts + 1 >= MOST_ATTEMPTS
    with database.transaction() as conn:
        store.update_failed(conn, photo, reason, is_final=is_final, now=datetime.now(UTC))
    outcome = "it stays hidden" if is_final else "retrying"
    log.warning("photo %s could not be redacted (%s: %s); %s", photo.media_id, reason, error, outcome)
    if not is_final:
        raise RedactionError(f"photo {photo.media_id} could not be redacted: {reason}") from error


def _reason_of(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return FILE_MISSING
    if isinstance(error, UnreadablePhotoError):
        return UNREADABLE
    return STORAGE_FAILED if isinstance(error, OSError) else DETECTOR_FAILED
