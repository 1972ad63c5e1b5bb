"""Defines the jobs that end the storage of personal data and key the hashes of reporters."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from procrastinate import App

from siaga_cloud.people.service import reporter_hashes, retention
from siaga_cloud.platform.db.connection import Database
from siaga_cloud.platform.jobs.periodic import SELDOM_RETRY, by_schedule
from siaga_cloud.platform.media.folder import MediaFolder
from siaga_cloud.settings import Settings


def register(app: App, database: Database, settings: Settings) -> None:
    """Register the jobs: contacts and photos end once a night, hashes that have no key yet get it every hour."""
    contacts, photos = (timedelta(days=n) for n in (settings.contacts_retention_days, settings.photos_retention_days))
    media = MediaFolder(settings.media_dir)

    def forget_contacts() -> int:
        return retention.forget_contacts(database, after=contacts, now=datetime.now(UTC))

    def forget_photos() -> int:
        return retention.forget_photos(database, media, after=photos, now=datetime.now(UTC))

    def rekey() -> int:
        return reporter_hashes.rekey(database)

    by_schedule(app, database, "forget_contacts", "23 19 * * *", forget_contacts, retry=SELDOM_RETRY)
    by_schedule(app, database, "forget_photos", "43 19 * * *", forget_photos, retry=SELDOM_RETRY)
    by_schedule(app, database, "rekey_reporters", "37 * * * *", rekey, retry=SELDOM_RETRY)
