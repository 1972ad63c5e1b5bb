"""The flood state of an area: CogniCity's four states, decided by evidence that expires, or by a person on record.

States (bands in cm of water on the street; below 10 cm there is none): caution (water is told of or expected, its
depth is not known), minor 10-70, moderate 71-150, severe above 150.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from siaga_core.rules.trust.certainty import BELIEVED_FROM, Certainty, SourceCount, joined

CAUTION_FROM = 0.3  # below it an incident is not shown as a state at all
SIGNAL_VALID_FOR = timedelta(hours=3)  # how long people's word of water holds
SENSOR_VALID_FOR = timedelta(hours=24)  # a sensor that has not said "over" and was not heard of since
GAUGE_VALID_FOR = timedelta(hours=3)
MAX_OVERRIDE = timedelta(hours=72)


class FloodState(IntEnum):
    """The flood state of an area; a higher number is worse."""

    NONE = 0
    CAUTION = 1
    MINOR = 2
    MODERATE = 3
    SEVERE = 4

    @property
    def label(self) -> str:
        """As the API names it."""
        return self.name.lower()


# PetaBencana's map; none has no colour.
COLOURS = {
    FloodState.NONE: None,
    FloodState.CAUTION: "#A0A9F7",
    FloodState.MINOR: "#FFFF00",
    FloodState.MODERATE: "#FF8300",
    FloodState.SEVERE: "#CC2A41",
}
# Where nobody measured the depth, one less than the severity would suggest: words are not centimetres.
# Who sees whether a street is wet. A gauge does not: beside it in an incident there is only what people report.
_SEE_STREETS = frozenset({"camera", "officer", "operator"})
_OF_SEVERITY = {"minor": FloodState.MINOR, "moderate": FloodState.MINOR, "severe": FloodState.MODERATE}


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentState:
    """An open flood incident of the area. `depth_cm`: the deepest that a member measured or reported, None if none did.

    `is_ongoing`: a sensor sees it and has not said that it is over. `sources`: who supports it, counted by kind.
    """

    id: str
    confidence: float
    severity: str
    depth_cm: float | None
    source_kinds: Collection[str]
    last_signal_at: datetime
    is_ongoing: bool
    certainty: Certainty
    sources: tuple[SourceCount, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GaugeStage:
    """A gauge of the area at its stage of record."""

    id: str
    stage: int
    measured_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One thing that a state rests on, until `expires_at`."""

    kind: str
    id: str
    state: FloodState
    observed_at: datetime
    expires_at: datetime
    why: str
    certainty: Certainty
    sources: tuple[SourceCount, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """What a person set. `state` NONE: it is dry, whatever the evidence says."""

    state: FloodState
    reason: str
    by: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaState:
    """The state in force, what the evidence alone would make it, and until when it holds without anything new."""

    state: FloodState
    computed: FloodState
    expires_at: datetime | None
    evidence: tuple[Evidence, ...]
    override: Override | None

    @property
    def certainty(self) -> Certainty:
        """How sure the state in force is: that of a person who set it, else the surest evidence of it."""
        if self.override is not None:
            return Certainty.LIKELY
        return max((one.certainty for one in self.evidence if one.state == self.state), default=Certainty.UNVERIFIED)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertableFlood:
    """The part of a state that may be published as an alert, and what that rests on."""

    state: FloodState = FloodState.NONE
    certainty: Certainty = Certainty.UNVERIFIED
    sources: tuple[SourceCount, ...] = ()


def state_of_depth(depth_cm: float) -> FloodState:
    """The band of a depth of water on the street."""
    if depth_cm < 10:
        return FloodState.NONE
    if depth_cm <= 70:
        return FloodState.MINOR
    return FloodState.MODERATE if depth_cm <= 150 else FloodState.SEVERE


def of_incident(incident: IncidentState) -> Evidence | None:
    """What an incident says of the streets; None where it says nothing (weak, or only a gauge, which speaks itself)."""
    if incident.confidence < CAUTION_FROM or not set(incident.source_kinds) - {"gauge", "rule"}:
        return None
    is_seen = not _SEE_STREETS.isdisjoint({*incident.source_kinds, *(one.kind for one in incident.sources)})
    certainty = incident.certainty if is_seen else min(incident.certainty, Certainty.POSSIBLE)
    if incident.confidence < BELIEVED_FROM and certainty < Certainty.LIKELY:
        state, why = FloodState.CAUTION, f"confidence {incident.confidence:.2f}, not yet believed"
    elif incident.depth_cm is not None:
        state = max(FloodState.CAUTION, state_of_depth(incident.depth_cm))
        why = f"confidence {incident.confidence:.2f}, {incident.depth_cm:.0f} cm deep"
    else:
        state = _OF_SEVERITY.get(incident.severity, FloodState.CAUTION)
        state = state if is_seen else min(state, FloodState.MINOR)  # the severity of a gauge is no depth of a street
        why = f"confidence {incident.confidence:.2f}, {incident.severity}, depth not known"
    valid_for = SENSOR_VALID_FOR if incident.is_ongoing else SIGNAL_VALID_FOR
    return Evidence(
        kind="incident",
        id=incident.id,
        state=state,
        observed_at=incident.last_signal_at,
        expires_at=incident.last_signal_at + valid_for,
        why=f"{why}, {certainty.label}",
        certainty=certainty,
        sources=incident.sources,
    )


def of_gauge(gauge: GaugeStage) -> Evidence | None:
    """What a gauge says of the streets beside it: Siaga 2 is caution, Siaga 1 minor; it does not measure them."""
    state = {1: FloodState.MINOR, 2: FloodState.CAUTION}.get(gauge.stage)
    if state is None:
        return None
    return Evidence(
        kind="gauge",
        id=gauge.id,
        state=state,
        observed_at=gauge.measured_at,
        expires_at=gauge.measured_at + GAUGE_VALID_FOR,
        why=f"Siaga {gauge.stage}",
        certainty=Certainty.OBSERVED,
    )


def decide(evidence: Iterable[Evidence], override: Override | None, *, now: datetime) -> AreaState:
    """The worst of what has not expired, unless a person's word is in force. Evidence: the worst and newest first."""
    held = tuple(
        sorted(
            (one for one in evidence if one.expires_at > now),
            key=lambda one: (-one.state, -one.observed_at.timestamp(), one.kind, one.id),
        )
    )
    computed = held[0].state if held else FloodState.NONE
    if override is not None and override.expires_at > now:
        return AreaState(
            state=override.state, computed=computed, expires_at=override.expires_at, evidence=held, override=override
        )
    expires_at = max((one.expires_at for one in held if one.state == computed), default=None)
    return AreaState(state=computed, computed=computed, expires_at=expires_at, evidence=held, override=None)


def alertable(held: AreaState, *, since: datetime, now: datetime) -> AlertableFlood:
    """What of a state may be published: nothing that is unverified, and no more than caution of what is possible."""
    if held.override is not None:
        person = SourceCount(kind="operator", count=1, first_at=since, last_at=since)
        return AlertableFlood(state=held.state, certainty=Certainty.LIKELY, sources=(person,))
    known = [one for one in held.evidence if one.expires_at > now and alertable_state(one) is not FloodState.NONE]
    state = max((alertable_state(one) for one in known), default=FloodState.NONE)
    return AlertableFlood(
        state=state,
        certainty=max((one.certainty for one in known if alertable_state(one) == state), default=Certainty.UNVERIFIED),
        sources=joined(source for one in known for source in one.sources),
    )


def alertable_state(evidence: Evidence) -> FloodState:
    """The state that a piece of evidence may be published with."""
    if evidence.certainty is Certainty.UNVERIFIED:
        return FloodState.NONE
    return min(evidence.state, FloodState.CAUTION) if evidence.certainty is Certainty.POSSIBLE else evidence.state
