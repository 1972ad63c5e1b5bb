"""Ends the storage of reporters' contacts and photos after the days that the city has set."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Final

from siaga_cloud.people.service.personal_data import blank_image
from siaga_cloud.people.store import personal_data as db
from siaga_cloud.platform.db.connection import Database
from siaga_cloud.platform.media.folder import MediaFolder

BITE: Final = 500
MAX_BITES: Final = 200  # a day; what is left comes the next day

log = logging.getLogger(__name__)


def forget_contacts(database: Database, *, after: timedelta, now: datetime) -> int:
    """Erase names, addresses and numbers of reporters whose report is older and over; return how many reports."""
    total = 0
    for _ in range(MAX_BITES):
        with database.transaction() as conn:
            count = db.forget_contacts(conn, before=now - after, limit=BITE)
        total += count
        if count < BITE:
            break
    log.info("erased the contacts of %d reports that are older than %d days", total, after.days)
    return total


def forget_photos(database: Database, media: MediaFolder, *, after: timedelta, now: datetime) -> int:
    """Erase photos of reporters whose report was over so long ago; return how many images.

    The redacted copy takes the place of an original; where there is none, a blank image does.
    """
    blank = blank_image()
    sha256, total = media.persist(blank), 0
    for _ in range(MAX_BITES):
        with database.transaction() as conn:
            shown = db.forget_photos(conn, before=now - after, blank_sha256=sha256, blank_bytes=len(blank), limit=BITE)
            unused = [one for one in shown if not db.is_used(conn, one)]
        for one in unused:
            media.discard(one)
        total += len(shown)
        if len(shown) < BITE:
            break
    log.info("erased %d photos of reports that were over for more than %d days", total, after.days)
    return total
