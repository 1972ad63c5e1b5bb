"""Decides for every place whether an alert is raised, updated or ended, and records each decision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import Any

from siaga_cloud.alerts import texts as alert_texts
from siaga_cloud.alerts.store import alerts as db
from siaga_cloud.alerts.store.alerts import GaugeNow, HeldAlert, PlaceKind
from siaga_cloud.alerts.texts import AlertFacts
from siaga_cloud.city.service import policy as policies
from siaga_cloud.forecast import store as forecasts
from siaga_cloud.incidents.service import flood_states
from siaga_cloud.platform.db.connection import Connection
from siaga_core.rules import alert as rules
from siaga_core.rules.alert import AlertPolicy, Decision, ExpectedStage, GaugeState, Situation
from siaga_core.rules.flood_state import AlertableFlood
from siaga_core.rules.forecast import arrival
from siaga_core.rules.trust.certainty import Certainty, SourceCount
from siaga_core.wire.ids import uuid7

POLICY = AlertPolicy()
REACHED_BEFORE = timedelta(minutes=10)  # an alert follows the reading that raises it
_NO_FLOOD = AlertableFlood()
HOLDS = timedelta(hours=6)  # how long an alert may be believed if no revision follows (CAP's expires)


@dataclass(frozen=True, slots=True, kw_only=True)
class _KnownState:
    """Holds what is known of all places at one moment."""

    gauges: Mapping[str, GaugeNow]
    gauge_states: Mapping[str, GaugeState]
    warned: Mapping[str, Sequence[str]]
    floods: Mapping[str, AlertableFlood]
    names: Mapping[str, str]
    zone: tzinfo


def refresh(conn: Connection, *, now: datetime) -> int:
    """Decides every place anew; how many decisions people are notified of. One transaction, and one at a time."""
    if not db.lock(conn):
        return 0
    known, held = _known(conn, now=now), db.in_force(conn)
    places: set[tuple[PlaceKind, str]] = {*held}
    places |= {("area", area_id) for area_id in (*known.warned, *known.floods)}
    places |= {("gauge", gauge_id) for gauge_id in known.gauge_states}
    return sum(_decide(conn, place, held.get(place), known, now=now) for place in sorted(places))


def _known(conn: Connection, *, now: datetime) -> _KnownState:
    gauges = {one.id: one for one in db.gauges(conn, now=now)}
    return _KnownState(
        gauges=gauges,
        gauge_states={
            one.id: GaugeState(id=one.id, stage=one.stage, coming=_coming(conn, one)) for one in gauges.values()
        },
        warned=db.warned_by(conn),
        floods=flood_states.alertable(conn, now=now),
        names=db.area_names(conn),
        zone=policies.current(conn).zone,
    )


def _coming(conn: Connection, gauge: GaugeNow) -> tuple[ExpectedStage, ...]:
    """Return the stages that its forecast reaches; a band that only may reach one warns nobody."""
    if gauge.forecast_at is None:
        return ()
    points = forecasts.points_of(conn, gauge.id, gauge.forecast_at)
    found = []
    for stage, limit_cm in gauge.limits_cm.items():
        reached = arrival(points, limit_cm)
        if reached is not None and reached.at is not None:
            found.append(
                ExpectedStage(
                    gauge_id=gauge.id,
                    stage=stage,
                    at=reached.at,
                    earliest_at=reached.earliest_at,
                    latest_at=reached.latest_at,
                )
            )
    return tuple(found)


def _situation(place: tuple[PlaceKind, str], known: _KnownState, *, now: datetime) -> Situation:
    kind, place_id = place
    names = known.warned.get(place_id, ()) if kind == "area" else (place_id,)
    flood = known.floods.get(place_id, _NO_FLOOD) if kind == "area" else _NO_FLOOD
    return rules.assess(
        [known.gauge_states[name] for name in names if name in known.gauge_states],
        int(flood.state),
        POLICY,
        certainty=flood.certainty,
        now=now,
    )


def _decide(
    conn: Connection, place: tuple[PlaceKind, str], held: HeldAlert | None, known: _KnownState, *, now: datetime
) -> bool:
    seen = _situation(place, known, now=now)
    before = held.alert if held else None
    after, decision = rules.step(before, seen, POLICY, now=now)
    if held is None and after is None:
        return False
    stored = HeldAlert(
        id=held.id if held else uuid7(now),
        kind=place[0],
        place_id=place[1],
        # Only an alert that was in force can be over.
        alert=after or (before if before is not None else rules.Alert(raised_at=now, issued_at=now)),
        basis=_basis(place, held, seen, known, now=now),
    )
    number = stored.alert.revision
    if after is None:
        number += 1
        db.end(conn, stored.id, revision=number, now=now)
    elif after != before:
        db.save(conn, stored, seen)
    if decision is None:
        return False
    db.note(conn, stored.id, number, _revision(conn, stored, decision, seen, known, now=now))
    return True


def _basis(
    place: tuple[PlaceKind, str], held: HeldAlert | None, seen: Situation, known: _KnownState, *, now: datetime
) -> tuple[SourceCount, ...]:
    """Return the sources of what is known now, and those of earlier on that support it no more, with their times."""
    found = {one.kind: one for one in (*_gauge_sources(seen, known, now=now), *_flood_sources(place, known))}
    earlier = {one.kind: one for one in held.basis} if held else {}
    return tuple(
        replace(one, first_at=min(one.first_at, earlier[one.kind].first_at)) if one.kind in earlier else one
        for one in {**earlier, **found}.values()
    )


def _flood_sources(place: tuple[PlaceKind, str], known: _KnownState) -> Sequence[SourceCount]:
    kind, place_id = place
    return known.floods.get(place_id, _NO_FLOOD).sources if kind == "area" else ()


def _gauge_sources(seen: Situation, known: _KnownState, *, now: datetime) -> Iterator[SourceCount]:
    # What an authority published of a gauge was not measured by it; the text names the authority.
    alarming = (known.gauges[name] for name in seen.gauges)
    measured = [one for one in alarming if one.computed_stage in rules.STAGES_THAT_ALARM]
    if measured:
        times = [one.measured_at or now for one in measured]
        names = tuple(sorted(one.name for one in measured))
        yield SourceCount(kind="gauge", count=len(names), first_at=min(times), last_at=max(times), names=names)
    if seen.coming is not None:
        gauge = known.gauges[seen.coming.gauge_id]
        made_at = gauge.forecast_at or now
        yield SourceCount(kind="forecast", count=1, first_at=made_at, last_at=made_at, names=(gauge.name,))


def _alert_facts(
    conn: Connection, held: HeldAlert, decision: Decision, seen: Situation, known: _KnownState, *, now: datetime
) -> AlertFacts:
    over = decision.is_end
    lost = seen.silent if decision.kind == "all_clear" else rules.unknown_gauges(held.alert, seen)
    gauges = [known.gauges[name] for name in seen.gauges if name in known.gauges]
    is_area_flood = held.kind == "area" and held.alert.flood.value > 0 and not over
    return AlertFacts(
        place=_name(held, known),
        decision=decision,
        level=rules.AlertLevel.NONE if over else held.alert.level,
        stage=rules.NORMAL if over else rules.NORMAL - held.alert.stage.value,
        coming=None if over else seen.coming,
        flood=0 if over else held.alert.flood.value,
        unknown=[known.gauges[name] for name in lost if name in known.gauges],
        certainty=Certainty(held.alert.certainty.value),
        basis=held.basis,
        cameras_near=db.cameras_near_floods(conn, held.place_id) if is_area_flood else None,
        gauges=gauges,
        courses=db.courses(conn, [one.id for one in gauges], since=held.alert.raised_at - REACHED_BEFORE),
        names={one.id: one.name for one in known.gauges.values()},
        zone=known.zone,
        at=now,
    )


def _revision(
    conn: Connection, held: HeldAlert, decision: Decision, seen: Situation, known: _KnownState, *, now: datetime
) -> db.Revision:
    alert_facts = _alert_facts(conn, held, decision, seen, known, now=now)
    over = decision.is_end
    cap = alert_texts.cap(alert_facts)
    coming_stage = rules.NORMAL if over else rules.NORMAL - held.alert.coming.value
    return db.Revision(
        at=now,
        kind=decision.kind,
        why=decision.why,
        level=int(alert_facts.level),
        stage=min(alert_facts.stage, coming_stage),
        flood_state=alert_facts.flood,
        flood_certainty=alert_facts.certainty.cap if alert_facts.flood else None,
        severity=cap.severity,
        urgency=cap.urgency,
        certainty=cap.certainty,
        onset_at=alert_facts.coming.at if alert_facts.coming else held.alert.raised_at,
        expires_at=None if over else now + HOLDS,
        headline_id=alert_texts.headline(alert_facts, "id"),
        headline_en=alert_texts.headline(alert_facts, "en"),
        text_id=alert_texts.text(alert_facts, "id"),
        text_en=alert_texts.text(alert_facts, "en"),
        short_id=alert_texts.short(alert_facts, "id"),
        short_en=alert_texts.short(alert_facts, "en"),
        instruction_id=alert_texts.instruction(alert_facts, "id"),
        instruction_en=alert_texts.instruction(alert_facts, "en"),
        evidence=_evidence(seen, known, held),
        basis=held.basis,
    )


def _name(held: HeldAlert, known: _KnownState) -> str:
    if held.kind == "area":
        return known.names.get(held.place_id, held.place_id)
    return known.gauges[held.place_id].name if held.place_id in known.gauges else held.place_id


def _evidence(seen: Situation, known: _KnownState, held: HeldAlert) -> dict[str, Any]:
    """Return the evidence of the decision, for the record."""
    gauges = [known.gauges[name] for name in (*seen.gauges, *seen.silent) if name in known.gauges]
    coming = seen.coming
    return {
        "gauges": [
            {
                "id": one.id,
                "stage": one.stage,
                "computed_stage": one.computed_stage,
                "published_stage": one.published_stage,
                "published_by": one.published_by,
                "level_cm": one.level_cm,
                "measured_at": one.measured_at.isoformat() if one.measured_at else None,
                "unknown_since": one.unknown_since.isoformat() if one.unknown_since else None,
                "unknown_cause": one.unknown_cause,
            }
            for one in gauges[:50]
        ],
        "coming": None
        if coming is None
        else {
            "gauge_id": coming.gauge_id,
            "stage": coming.stage,
            "at": coming.at.isoformat(),
            "earliest_at": coming.earliest_at.isoformat(),
            "latest_at": coming.latest_at.isoformat() if coming.latest_at else None,
        },
        "flood_state": seen.flood,
        "certainty": seen.certainty.label,
        "in_force": {
            "level": int(held.alert.level),
            "raised_at": held.alert.raised_at.isoformat(),
        },
    }
