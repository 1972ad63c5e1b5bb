"""Derives the CAP messages of an alert: one for each revision, and renewals while it lasts.

The messages are not stored. They follow from the append-only ledger of the alert, so that identifier, time and
references never change. A message that would expire while its alert continues is renewed by an Update half an hour
before, because readers of CAP consider an expired alert ended.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from siaga_cloud.interop.cap.store import Revision

RENEW_BEFORE: Final = timedelta(minutes=30)
# For revisions that do not state it, an all-clear above all.
HOLDS: Final = timedelta(hours=6)
_SHORTEST: Final = timedelta(minutes=15)
_MOST_RENEWALS: Final = 500
_KINDS: Final = {"raise": "Alert", "update": "Update", "all_clear": "Cancel"}
_NAME: Final = re.compile(r"siaga-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-[0-9]{1,9}-[0-9]{1,3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Represents a CAP message. `renewal` 0 is the revision itself; `earlier` are all messages before it, the oldest
    first.
    """

    latest: Revision
    renewal: int
    sent_at: datetime
    expires_at: datetime
    earlier: tuple[tuple[str, datetime], ...]

    @property
    def identifier(self) -> str:
        """Return the same for ever, and no other message's."""
        return name(self.latest.alert_id, self.latest.revision, self.renewal)

    @property
    def kind(self) -> str:
        """Alert, Update or Cancel."""
        return "Update" if self.renewal or (self.earlier and self.latest.kind == "raise") else _KINDS[self.latest.kind]


def name(alert_id: UUID, revision: int, renewal: int) -> str:
    """Return the identifier of a message."""
    return f"siaga-{alert_id}-{revision}-{renewal}"


def alert_of(identifier: str) -> UUID | None:
    """Return the alert that a message belongs to; None for what is no identifier of ours."""
    found = _NAME.fullmatch(identifier)
    return UUID(found[1]) if found else None


def messages(latest: Sequence[Revision], *, now: datetime) -> list[Message]:
    """Return all messages of an alert until `now`, from its revisions in order."""
    made: list[Message] = []
    for number, revision in enumerate(latest):
        until = latest[number + 1].at if number + 1 < len(latest) else now
        lasts = (revision.expires_at - revision.at) if revision.expires_at else HOLDS
        for renewal, sent_at in enumerate(_times(revision, lasts, until=until)):
            made.append(
                Message(
                    latest=revision,
                    renewal=renewal,
                    sent_at=sent_at,
                    expires_at=sent_at + lasts,
                    earlier=tuple((one.identifier, one.sent_at) for one in made),
                )
            )
    return made


def _times(revision: Revision, lasts: timedelta, *, until: datetime) -> list[datetime]:
    if revision.kind == "all_clear" or revision.why == "lapsed":
        return [revision.at]
    every = max(lasts - RENEW_BEFORE, _SHORTEST)
    times = [revision.at]
    while times[-1] + every < until and len(times) <= _MOST_RENEWALS:
        times.append(times[-1] + every)
    return times
