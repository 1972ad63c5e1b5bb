"""Derives signals from the events of sensors, with their strength; the functions are pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from siaga_cloud.signals.store import SignalRow
from siaga_core.hazards import hazard
from siaga_core.rules.geometry import LatLon, distance_m
from siaga_core.wire.messages import EventMessage, EventState, Severity, SourceKind, Stage, StageDetails

# Siaga 3 is shown, it is not yet an incident; Siaga 2 may still pass by without water in the street.
_STAGE_STRENGTH = {Stage.SIAGA_2: 0.85, Stage.SIAGA_1: 1.0}
_STAGE_SEVERITY = {Stage.SIAGA_2: Severity.MODERATE, Stage.SIAGA_1: Severity.SEVERE}
_RANK = (Severity.MINOR, Severity.MODERATE, Severity.SEVERE)
# A node that does not know where a zone lies sends the place of its camera, which is good to some metres.
_SAME_PLACE_M = 5.0

ZonePlaces = Mapping[tuple[str, str], tuple[LatLon, LatLon]]


def signal_of(
    event: EventMessage, *, received_at: datetime, zone_places: ZonePlaces = MappingProxyType({})
) -> SignalRow | None:
    """Return the signal that an event is, None for one that is no hazard to the city (a lost view).

    A gauge below Siaga 2 gives a signal that has ended: it matters only where there was one before. `zone_places`: by
    (camera, zone), where the city says that the camera and the ground of the zone are.
    """
    place = _place(event, zone_places)
    category = hazard(event.hazard).category
    if category is None:
        return None
    strength, severity = _strength(event)
    return SignalRow(
        id=event.event_id,
        kind="event",
        category=category,
        source_key=f"{event.source.kind}:{event.source.id}",
        confidence=strength,
        severity=str(severity),
        lat=place.lat,
        lon=place.lon,
        began_at=event.began_at,
        last_at=event.measured_at,
        ended_at=_ended_at(event),
        measured_at=event.measured_at,
        received_at=received_at,
        note=_note(event),
        revision=event.revision,
        depth_cm=getattr(event.details, "depth_cm", None),
    )


def _place(event: EventMessage, zone_places: ZonePlaces) -> LatLon:
    """Return the place on the ground that the node reports, unless that is only the position of the camera."""
    reported = LatLon(event.place.lat, event.place.lon)
    known = zone_places.get((event.source.id, event.zone or ""))
    if known is None or event.source.kind is not SourceKind.CAMERA:
        return reported
    camera, zone = known
    return zone if distance_m(reported, camera) <= _SAME_PLACE_M else reported


def opens(event: EventMessage) -> bool:
    """Return whether an event is a signal even if none is held of it yet."""
    stage = _stage(event)
    return stage is None or stage in _STAGE_STRENGTH


def _stage(event: EventMessage) -> Stage | None:
    return event.details.stage if isinstance(event.details, StageDetails) else None


def _strength(event: EventMessage) -> tuple[float, Severity]:
    stage = _stage(event)
    if stage is None:
        return event.confidence, event.severity
    worst = max(event.severity, _STAGE_SEVERITY.get(stage, Severity.MINOR), key=_RANK.index)
    return event.confidence * _STAGE_STRENGTH.get(stage, 0.5), worst


def _ended_at(event: EventMessage) -> datetime | None:
    if event.state is EventState.ENDED:
        return event.ended_at or event.measured_at
    return None if opens(event) else event.measured_at


def _note(event: EventMessage) -> str:
    if isinstance(event.details, StageDetails):
        return f"Siaga {int(event.details.stage)} at {event.details.level_cm:.0f} cm"
    return event.zone or ""
