"""Receives mySociety's POST servicerequestupdates from other systems and shows each update to an operator once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from siaga_cloud.channels.store import inbox
from siaga_cloud.channels.store.inbox import Item
from siaga_cloud.interop.open311 import store as read_open311
from siaga_cloud.interop.open311.filters import find_id, read_time
from siaga_cloud.interop.open311.post import CHANNEL, PostedRequest, bad, media_line
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.http.problem import Problem
from siaga_cloud.reports.form import MAX_TEXT
from siaga_core.wire.ids import uuid7

# The two of GeoReport v2 and those of mySociety's extension ("extended statuses").
_STATES: Final = (
    "open", "closed", "investigating", "in_progress", "action_scheduled", "internal_referral", "for_triage", "fixed",
    "duplicate", "no_further_action", "not_councils_responsibility",
)  # fmt: skip
# What a state of the work is called there. Work is `fixed` only once it was verified.
_EXTENDED: Final[Mapping[str, str]] = {
    "review": "investigating",
    "assigned": "action_scheduled",
    "accepted": "action_scheduled",
    "on_site": "in_progress",
    "resolved": "closed",
    "verified": "fixed",
    "dismissed": "no_further_action",
}
_CLOCKS_DIFFER_BY: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SentUpdate:
    """Holds a checked update. `text` may be empty where `status` is sufficient."""

    request_id: str
    update_id: str
    status: str
    text: str
    at: datetime


def read_update(posted: PostedRequest, *, now: datetime) -> SentUpdate:
    """Return the form of an update; raises Problem with all that is missing."""
    needed = ("service_request_id", "update_id", "updated_datetime")
    missing = [f"{name}: it is missing" for name in needed if not posted.get(name)]
    if missing:
        raise bad(*missing)
    at = read_time("updated_datetime", posted.get("updated_datetime"))
    if at is None or at > now + _CLOCKS_DIFFER_BY:
        raise bad(f"updated_datetime: got {posted.get('updated_datetime')[:60]!r}, expected a time that is past")
    status = posted.get("status").lower()
    if status and status not in _STATES:
        raise bad(f"status: got {status[:40]!r}, expected of {', '.join(_STATES)}")
    text = posted.fields.get("description", "").replace("\0", "").strip()
    if len(text) > MAX_TEXT:
        raise bad(f"description: got {len(text)} characters, expected at most {MAX_TEXT}")
    if not text and not status:
        raise bad("description: it is missing, and so is status")
    return SentUpdate(
        request_id=posted.get("service_request_id"),
        update_id=posted.get("update_id"),
        status=status,
        text="\n".join([*filter(None, [text]), *media_line(posted)])[:MAX_TEXT],
        at=at,
    )


def extended_status(state: str) -> str:
    """Return the status of mySociety's extension for a state of the work."""
    return _EXTENDED.get(state, "open")


def accept_update(conn: Connection, update: SentUpdate, *, sender: str, now: datetime) -> None:
    """Put an update into the inbox of the operators; raises Problem where there is no such request, or where it came
    before.
    """
    located = read_open311.located(conn, find_id(update.request_id))
    if located is None:
        detail = f"service_request_id: there is no {update.request_id[:60]!r}"
        raise Problem(404, "request-not-found", "There is no such request", detail)
    known_by = hashlib.sha256(repr((sender, update.update_id)).encode()).hexdigest()
    item = Item(
        id=uuid7(now),
        channel=CHANNEL,
        source_id=known_by,
        sender=sender,
        body=update.text,
        category=located.category,
        category_confidence=1.0,
        category_words=(),
        why=f"about report {located.id}" + (f", which is {update.status} there" if update.status else ""),
        lat=located.lat,
        lon=located.lon,
        place_name=None,
        place_confidence=1.0,
        radius_m=None,
        candidates=(),
        received_at=min(update.at, now),
        report_id=located.id,
    )
    if not inbox.save(conn, item):
        raise bad(f"update_id: {update.update_id[:60]!r} has come before")
