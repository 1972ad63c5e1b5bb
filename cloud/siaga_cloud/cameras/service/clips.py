"""Lists the evidence clips of incidents, and ends their storage by the retention of their hazard."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from siaga_cloud.cameras.store import clips
from siaga_cloud.cameras.store.clips import ClipRow
from siaga_cloud.platform.db.connection import Connection, Database
from siaga_cloud.platform.media.folder import MediaFolder

__all__ = ["ClipRetention", "ClipRow", "forget", "of_incident"]

BITE: Final = 500
MAX_BITES: Final = 200  # an hour; what is left is deleted in the next one

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipRetention:
    """For how many days clips are stored; `days_by_hazard` overrides `days`."""

    days: int
    days_by_hazard: Mapping[str, int] = field(default_factory=dict)


def of_incident(conn: Connection, incident_id: UUID) -> list[ClipRow]:
    """Return the clips of the events of an incident, as far as the caller may see them, the oldest first."""
    return clips.list_of_incident(conn, incident_id)


def forget(database: Database, media: MediaFolder, retention: ClipRetention, *, now: datetime) -> int:
    """Delete the clips whose retention is over and whose incident is not open; return how many."""
    total = 0
    for _ in range(MAX_BITES):
        with database.transaction() as conn:
            gone = clips.delete_old(
                conn, days=retention.days, days_by_hazard=retention.days_by_hazard, now=now, limit=BITE
            )
            unused = [sha256 for sha256 in gone if not clips.is_used(conn, sha256)]
        for sha256 in unused:
            media.discard(sha256)
        total += len(gone)
        if len(gone) < BITE:
            break
    if total:
        log.info("deleted %d clips whose retention is over", total)
    return total
