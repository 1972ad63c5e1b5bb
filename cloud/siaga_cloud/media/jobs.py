"""Defines the job that redacts one photo, and the one that repeats lost jobs."""

from __future__ import annotations

from uuid import UUID

from procrastinate import App

from siaga_cloud.media import redaction, redaction_job
from siaga_cloud.media.redactor import PhotoRedactor
from siaga_cloud.platform.db.connection import Database
from siaga_cloud.platform.db.jobs import REDACT_PHOTO, REDACTION_QUEUE
from siaga_cloud.platform.jobs.periodic import every
from siaga_cloud.platform.jobs.retries import JitteredRetry
from siaga_cloud.platform.media.folder import MediaFolder

# More than a photo is attempted, because attempts without a detector or a database do not count.
_RETRY = JitteredRetry(most_attempts=redaction_job.MOST_ATTEMPTS + 3, first_seconds=5.0)


def register(app: App, database: Database, media: MediaFolder, redactor: PhotoRedactor | None = None) -> None:
    """Bind the jobs to an app; the detector is opened by the first photo."""
    used = redactor or PhotoRedactor()

    @app.task(name=REDACT_PHOTO, queue=REDACTION_QUEUE, retry=_RETRY)
    def redact_photo(media_id: str) -> None:
        redaction_job.redact_photo(database, media, used, UUID(media_id))

    every(app, database, "pick_up_redactions", "* * * * * */30", redaction.pick_up)
