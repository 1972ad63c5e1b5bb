"""The trace of one event or report, from the node to the notification, named by the ids that are there (docs/adr/0016).

W3C Trace Context wants 16 bytes for a trace and 8 for each step of it. An event's id is 16 bytes, a UUIDv7 with 74 bits
of chance in it, and comes through every restart, outbox and queue; a step is named by a hash of what it is about. So
nothing has to be carried beside the message, and a node of any version takes part.
"""

from __future__ import annotations

import hashlib
from typing import Final, Literal, TypeAlias
from uuid import UUID

from siaga_core.wire.messages import EventMessage

Step: TypeAlias = Literal["edge", "ingest", "intake", "fuse", "task", "notify", "deliver"]

SAMPLED: Final = "01"


def trace_id(origin: UUID) -> str:
    """The trace of an event, a report or another signal, by its id: 32 hexadecimal digits."""
    return origin.hex


def span_id(step: Step, key: str) -> str:
    """A step of a trace, by what it is about: 16 hexadecimal digits, never all zero."""
    digest = hashlib.sha256(f"{step} {key}".encode()).hexdigest()[:16]
    return digest if int(digest, 16) else f"{1:016x}"


def revision_key(origin: UUID, revision: int) -> str:
    """What ingest and fusion of one revision of a signal are about."""
    return f"{origin} {revision}"


def traceparent(event: EventMessage) -> str:
    """The W3C header of an event message: what comes next is a child of the node's step."""
    step = span_id("edge", revision_key(event.event_id, event.revision))
    return f"00-{trace_id(event.event_id)}-{step}-{SAMPLED}"
