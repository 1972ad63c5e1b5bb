"""Stores the events of sensors at their highest revision, with the signals derived from them.

Events of a masked camera are stored too, but give no signals.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from siaga_cloud.cameras.store import events
from siaga_cloud.cameras.store import masks as camera_masks
from siaga_cloud.fleet.store import nodes
from siaga_cloud.ingest import event_signals as sensing
from siaga_cloud.platform.db import jobs, live
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.signals import store as signals
from siaga_core.wire.messages import EventMessage, Hazard, SourceKind


def persist(conn: Connection, new_events: Sequence[tuple[EventMessage, datetime]]) -> tuple[int, int]:
    """Store (event, when it was received), one of each id; return how many were new, and how many are signals."""
    changed = [(event, at) for event, at in new_events if events.save(conn, event, received_at=at)]
    for event, _ in changed:
        _store_view(conn, event)
    return len(changed), _signal(conn, changed)


def _store_view(conn: Connection, event: EventMessage) -> None:
    if event.hazard is Hazard.VIEW_LOST and event.source.kind is SourceKind.CAMERA:
        since = None if event.ended_at else event.began_at
        nodes.save_view(conn, camera_id=event.source.id, node_id=event.node, unknown_since=since, at=event.measured_at)
        live.announce(conn, "camera", event.source.id, event.measured_at)


def _signal(conn: Connection, changed: Sequence[tuple[EventMessage, datetime]]) -> int:
    places = nodes.zone_places(conn, [event.source.id for event, _ in changed if event.zone])
    found = [(event, sensing.signal_of(event, received_at=at, zone_places=places)) for event, at in changed]
    candidates = [(event, signal) for event, signal in found if signal is not None]
    known = signals.known(conn, [signal.id for _, signal in candidates]) if candidates else frozenset()
    masked = camera_masks.masked(conn, [event.source.id for event, _ in candidates])
    wanted = [
        signal
        for event, signal in candidates
        if (signal.id in known or sensing.opens(event)) and _is_believed(event, masked)
    ]
    signals.save(conn, wanted)
    jobs.defer_signals(conn, [signal.id for signal in wanted], priority=jobs.ALARM_PRIORITY)
    return len(wanted)


def _is_believed(event: EventMessage, masked: frozenset[str]) -> bool:
    # That something is over is believed even then: nothing may stay open for ever because its camera was masked.
    return event.source.kind is not SourceKind.CAMERA or event.source.id not in masked or event.ended_at is not None
