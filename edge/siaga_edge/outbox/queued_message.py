"""A message as it lies in the outbox, and the bytes that it becomes when it is sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from siaga_edge.outbox.parcels import Lane

# Longer in the node than this and the cloud must know that it was not sent as it happened.
LATE_AFTER_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedMessage:
    """`body` is the message's JSON without `sent_at` and `late`, which belong to the sending."""

    seq: int
    lane: Lane
    topic: str
    body: bytes = field(repr=False)
    blob: bytes | None = field(repr=False)
    stored_at: float

    def is_late(self, now: datetime, *, sent_before: bool) -> bool:
        """Whether this sending is a replay."""
        return sent_before or now.timestamp() - self.stored_at > LATE_AFTER_SECONDS

    def payload(self, *, sent_at: datetime, late: bool) -> bytes:
        """The wire's bytes: the two keys first, because the stored object is spliced and not parsed again."""
        stamp = f'{{"sent_at":"{sent_at.astimezone(UTC).isoformat()}","late":{"true" if late else "false"},'
        line = stamp.encode() + self.body[1:]
        return line if self.blob is None else line + b"\n" + self.blob
