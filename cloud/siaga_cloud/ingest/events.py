"""Stores the events of sensors at their highest revision, with the signals derived from them.

Events of a masked camera are stored too, but give no signals.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from siaga_cloud.cameras.store import events
from siaga_cloud.cameras.store import masks as camera_masks
from siaga_cloud.fleet.store import nodes
from siaga_cloud.gauges.service import knowledge, stage_signals
from siaga_cloud.gauges.store import readings as gauges
from siaga_cloud.ingest import event_signals as sensing
from siaga_cloud.ingest.plausible_levels import LevelCheck
from siaga_cloud.ingest.policy import IngestPolicy
from siaga_cloud.platform.db import jobs, live
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.signals import store as signals
from siaga_core.wire.messages import EventMessage, Hazard, SourceKind, Stage, StageDetails

_DEFAULTS = IngestPolicy()


def persist(
    conn: Connection,
    new_events: Sequence[tuple[EventMessage, datetime]],
    *,
    policy: IngestPolicy = _DEFAULTS,
    now: datetime,
) -> tuple[int, int]:
    """Store (event, when it was received), one of each id; return how many were new, and how many are signals.

    Readings of the same batch must be stored before.
    """
    changed = [(event, at) for event, at in new_events if events.save(conn, event, received_at=at)]
    for event, _ in changed:
        _store_view(conn, event)
    doubted = _doubted(conn, [event for event, _ in changed], policy)
    stages = [event for event, _ in changed if _is_stage(event)]
    events.set_doubted(conn, {event.event_id: event.event_id in doubted for event in stages}, now=now)
    signalled = _signal(conn, [(event, at) for event, at in changed if event.event_id not in doubted])
    if doubted:
        # The record may have reached the stage already, by readings that came before the event.
        gauge_ids = {event.source.id for event in stages if event.event_id in doubted}
        stage_signals.follow(conn, sorted(gauge_ids), now=now)
    return len(changed), signalled


def _is_stage(event: EventMessage) -> bool:
    return event.source.kind is SourceKind.GAUGE and isinstance(event.details, StageDetails)


def _alarm_cm(event: EventMessage) -> float | None:
    """Return the level of a gauge's alarm that would be a signal."""
    if not _is_stage(event) or not isinstance(event.details, StageDetails) or event.ended_at is not None:
        return None
    return event.details.level_cm if event.details.stage < Stage.SIAGA_3 else None


def _doubted(conn: Connection, changed: Sequence[EventMessage], policy: IngestPolicy) -> frozenset[UUID]:
    """Return the alarms of gauges whose level the gauge cannot read, or that no second reading confirms."""
    alarms = [(event, level_cm) for event in changed if (level_cm := _alarm_cm(event)) is not None]
    if not alarms:
        return frozenset()
    check = LevelCheck(conn=conn, held=gauges.known(conn, (event.source.id for event, _ in alarms)), policy=policy)
    return frozenset(
        event.event_id
        for event, level_cm in alarms
        if not check.is_possible(event.source.id, level_cm)
        or not check.confirms(event.source.id, event.measured_at, level_cm)
    )


def _store_view(conn: Connection, event: EventMessage) -> None:
    if event.hazard is not Hazard.VIEW_LOST:
        return
    since = None if event.ended_at else event.began_at
    if event.source.kind is SourceKind.GAUGE:
        knowledge.note_view(
            conn, gauge_id=event.source.id, node_id=event.node, unknown_since=since, at=event.measured_at
        )
    else:
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
