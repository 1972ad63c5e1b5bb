"""Logs the committed events and begins their traces."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime

from siaga_cloud.platform.observe import journey
from siaga_core.wire.messages import EventMessage
from siaga_core.wire.trace import revision_key

log = logging.getLogger(__name__)


def note_events(events: Iterable[tuple[EventMessage, datetime]], *, now: datetime) -> None:
    """Log each event and trace the steps of the node and the cloud; `events` hold when they were received."""
    for event, received_at in events:
        key = revision_key(event.event_id, event.revision)
        field_values = {
            "node": event.node,
            "source": event.source.id,
            "hazard": str(event.hazard),
            "message_id": str(event.id),
        }
        journey.past(
            "edge", event.event_id, key, began=event.measured_at, ended=event.sent_at, late=event.late, **field_values
        )
        with journey.step("ingest", event.event_id, key, after=("edge", key), began=received_at, **field_values):
            seconds = round((now - event.measured_at).total_seconds(), 3)
            log.info("event stored", extra={**field_values, "revision": event.revision, "seconds": seconds})
