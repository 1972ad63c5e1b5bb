"""Queues the redaction of citizens' and officers' photos.

The public sees the redacted copy only. A photo without one stays with those who may see the original: while it waits,
and for good where its redaction failed. The detector is loaded by the worker alone (`redaction_job`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from siaga_cloud.media import store
from siaga_cloud.platform.db import jobs
from siaga_cloud.platform.db.connection import Connection

LOST_AFTER: Final = timedelta(hours=1)
PICKED_UP_AT_ONCE: Final = 100


def request(conn: Connection, media_ids: Iterable[UUID], *, now: datetime) -> None:
    """Queues the redaction of photos, in the transaction that stores them."""
    photos = list(media_ids)
    if not photos:
        return
    wanted = store.update_queued(conn, photos, before=now - LOST_AFTER, now=now)
    jobs.defer_redactions(conn, wanted)


def pick_up(conn: Connection, *, now: datetime) -> None:
    """Queues photos whose job was lost or never queued: of earlier versions, or stored before the redaction."""
    found = store.list_unqueued(conn, before=now - LOST_AFTER, limit=PICKED_UP_AT_ONCE)
    if found:
        request(conn, found, now=now)
