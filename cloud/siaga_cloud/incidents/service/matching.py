"""Matches signals to incidents and creates the tasks of incidents."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from siaga_cloud.city.service import policy as policies
from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.city.store import match_policies
from siaga_cloud.incidents.service import continuing, reliability
from siaga_cloud.incidents.store import incidents as db
from siaga_cloud.incidents.store import members
from siaga_cloud.incidents.store.incidents import IncidentRow
from siaga_cloud.incidents.store.members import Standing
from siaga_cloud.incidents.task_port import task_port
from siaga_cloud.platform.db import live
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.errors import ConflictError, NotFoundError
from siaga_cloud.platform.observe import journey
from siaga_cloud.signals import store as signals
from siaga_cloud.signals.store import SignalOrigin, SignalRow
from siaga_core.rules import incident as rules
from siaga_core.rules.incident import MatchPolicy
from siaga_core.rules.reliability import Belief
from siaga_core.rules.trust.certainty import Support, count_people
from siaga_core.rules.trust.independence import (
    IndependentSource,
    Origin,
    SourceGrade,
    SourcePolicy,
    independent_sources,
)
from siaga_core.wire.ids import uuid7
from siaga_core.wire.trace import Step, revision_key

Verdict = Literal["confirmed", "false_alarm"]
log = logging.getLogger(__name__)

_SEVERITIES = ("minor", "moderate", "severe")


def process_signal(conn: Connection, signal_id: UUID, *, areas: AreaLookup, now: datetime) -> UUID | None:
    """Takes a signal's newest revision into the incident it belongs to; the incident's id.

    None when there was nothing new to take, so that doing it twice changes nothing.
    """
    found = signals.whereabouts(conn, signal_id)
    if found is None:
        return None
    policy = found.policy or rules.match_policy(found.category)
    db.lock_cells(conn, found.category, rules.cells(found.place, policy))
    signal = signals.waiting(conn, signal_id)
    if signal is None:
        return None
    key = revision_key(signal.id, signal.revision)
    with journey.step("fuse", signal.id, key, after=_step_before(signal), category=signal.category) as span:
        incident = _apply_signal(conn, signal, policy=policy, areas=areas, now=now)
        span.set_attribute("siaga.incident", str(incident.id))
        log.info(
            "signal processed",
            extra={"incident": incident.id, "category": signal.category, "revision": signal.revision},
        )
    return incident.id


def _step_before(signal: SignalRow) -> tuple[Step, str] | None:
    match signal.kind:
        case "event":
            return "ingest", revision_key(signal.id, signal.revision)
        case "report":
            return "intake", str(signal.id)
        case _:
            return None


def _apply_signal(
    conn: Connection, signal: SignalRow, *, policy: MatchPolicy, areas: AreaLookup, now: datetime
) -> IncidentRow:
    held_id = members.incident_of(conn, signal.id) or _join(conn, signal, policy=policy, areas=areas, now=now)
    incident = recompute_confidence(conn, _locked(conn, held_id), now=now)
    if incident.state != "open":
        incident = continuing.reopened(conn, incident, signal, now=now)
    if incident.state == "open":
        called_for = task_port().sync_task(conn, incident, caused_at=signal.measured_at, now=now)
        if called_for is not None:
            task_port().note_cause(conn, called_for, signal.id)
        _close_if_nothing_is_left(conn, incident, now=now)
    signals.mark_processed(conn, signal)
    live.announce(conn, "incident", incident.id, signal.measured_at)
    return incident


def judge(conn: Connection, incident_id: UUID, verdict: Verdict, *, by: str, note: str, now: datetime) -> None:
    """Writes an operator's verdict; it moves the reliability of every source that was a member.

    A false alarm rejects the incident; its task, if any, must be dismissed as a move of its own (ConflictError).
    """
    incident = _locked(conn, incident_id)
    if incident.state == "merged":
        raise ConflictError(f"the incident was merged; judge {incident.merged_into}", code="incident_merged")
    if incident.verdict == verdict and incident.verdict_by == by:
        return
    if verdict == "false_alarm" and task_port().unfinished(conn, incident_id) is not None:
        raise ConflictError("the incident has a task under way; dismiss it first", code="task_active")
    reliability.settle(conn, incident_id, verdict, by=by, note=note, now=now)
    if verdict == "false_alarm" and incident.state == "open":
        db.set_state(conn, incident_id=incident_id, state="rejected", now=now)
    live.announce(conn, "incident", incident_id, now)


def withdraw_confirmation(conn: Connection, incident_id: UUID, *, now: datetime) -> bool:
    """Revert the confirmation of an operator with what it taught about the sources; False where there is none.

    A task that was passed on with it goes on. A false alarm is reverted by reopening the incident.
    """
    incident = _locked(conn, incident_id)
    if incident.verdict != "confirmed" or reliability.is_of_task(incident):
        return False
    reliability.settle(conn, incident_id, None, by=None, note="", now=now)
    live.announce(conn, "incident", incident_id, now)
    return True


def forget_old(conn: Connection, *, now: datetime, limit: int = 200) -> int:
    """Close open incidents that got no signal for their category's window and never became a task; return how many."""
    policies: Mapping[str, MatchPolicy] = {**rules.default_match(), **match_policies.all_set(conn)}
    known = sorted(policies)
    closed = 0
    for category in (*known, None):
        window = rules.match_policy(category or "", policies).window_seconds
        before = now - timedelta(seconds=window)
        for incident_id in db.forgotten(conn, category=category, known=known, before=before, limit=limit):
            db.set_state(conn, incident_id=incident_id, state="closed", now=now)
            live.announce(conn, "incident", incident_id, now)
            closed += 1
    return closed


def reevaluate_pending(conn: Connection, *, now: datetime, limit: int = 2000) -> int:
    """Apply the policy again to incidents that it let wait, and return how many got a task: the policy may decide
    otherwise by day than by night, or have changed.

    Without this an incident that gets no more signals would wait for ever.
    """
    waiting = {one.id: one for one in db.undecided(conn, limit=limit)}
    made = 0
    for incident_id in sorted(task_port().called_for(conn, waiting.values(), now=now)):
        incident = db.get(conn, incident_id)  # locked, in the order of their ids, as operators do
        if incident is not None and incident.state == "open" and incident.over_at is None:
            made += task_port().sync_task(conn, incident, caused_at=incident.last_signal_at, now=now) is not None
    return made


def standing(signal_rows: Sequence[SignalRow]) -> Standing:
    """Return what all members mean for an incident: the worst severity, and whether all that can end has ended.

    Only sensors say that something is over; a citizen who tells of it later says that it is not.
    """
    sensors = [member for member in signal_rows if member.is_sensor]
    ends = [member.ended_at for member in sensors if member.ended_at]
    over_at = max(ends) if ends and len(ends) == len(sensors) else None
    if over_at and any(member.last_at > over_at for member in signal_rows if not member.is_sensor):
        over_at = None
    return Standing(
        severity=max((member.severity for member in signal_rows), key=_SEVERITIES.index),
        mixed=bool(sensors) and any(member.source_key.startswith("citizen:") for member in signal_rows),
        began_at=min(member.began_at for member in signal_rows),
        last_signal_at=max(member.last_at for member in signal_rows),
        over_at=over_at,
    )


def recompute_confidence(conn: Connection, incident: IncidentRow, *, now: datetime) -> IncidentRow:
    """Computes the ledger anew from all members, so that it never drifts from what they say; the incident then.

    The incident must be locked, or what another one adds at this moment is not seen.
    """
    signal_rows = members.of(conn, incident.id)
    if not signal_rows:
        return incident
    believed = reliability.of_sources(conn, (member.source_key for member in signal_rows))
    policy = policies.current(conn).sources
    sources = _sources(conn, signal_rows, believed, policy)
    means = {source: one.mean for source, one in believed.items()}
    ledger = rules.ledger((member.for_rules() for member in signal_rows), means, sources=sources, policy=policy)
    watching = [member.for_rules() for member in signal_rows if member.is_sensor and member.ended_at is None]
    support = Support(
        confidence=ledger.confidence,
        sensor_confidence=rules.ledger(watching, means, sources=sources, policy=policy).confidence,
        people=count_people(sources),
        partners=sum(one.grade is SourceGrade.PARTNER for one in sources),
    )
    stands = standing(signal_rows)
    members.save_ledger(
        conn, incident_id=incident.id, ledger=ledger, believed=believed, standing=stands, support=support, now=now
    )
    return replace(
        incident,
        confidence=ledger.confidence,
        severity=stands.severity,
        began_at=stands.began_at,
        last_signal_at=stands.last_signal_at,
        over_at=stands.over_at,
    )


def confidence_without(conn: Connection, incident_id: UUID, source_keys: frozenset[str]) -> float:
    """Return the confidence that an incident has by its other sources."""
    signal_rows = [member for member in members.of(conn, incident_id) if member.source_key not in source_keys]
    if not signal_rows:
        return 0.0
    believed = reliability.of_sources(conn, (member.source_key for member in signal_rows))
    policy = policies.current(conn).sources
    sources = _sources(conn, signal_rows, believed, policy)
    means = {source: one.mean for source, one in believed.items()}
    return rules.ledger(
        (member.for_rules() for member in signal_rows), means, sources=sources, policy=policy
    ).confidence


def _sources(
    conn: Connection, signal_rows: Sequence[SignalRow], believed: Mapping[str, Belief], policy: SourcePolicy
) -> tuple[IndependentSource, ...]:
    """Return the independent sources of the members, by the evidence that is stored about their senders."""
    people = [one.id for one in signal_rows if one.source_key.startswith("citizen:")]
    evidence = signals.origins(conn, people) if people else {}
    return independent_sources(
        (_origin(one, evidence.get(one.id, SignalOrigin()), believed[one.source_key]) for one in signal_rows), policy
    )


def _origin(signal: SignalRow, evidence: SignalOrigin, belief: Belief) -> Origin:
    return Origin(
        signal_id=str(signal.id),
        source=signal.source_key,
        received_at=signal.received_at,
        account=signal.source_key if evidence.is_account else None,
        device=evidence.device_key,
        confirmations=belief.confirmed - belief.refuted,
        network=evidence.network,
        photos=evidence.photos,
    )


def _join(conn: Connection, signal: SignalRow, *, policy: MatchPolicy, areas: AreaLookup, now: datetime) -> UUID:
    incident_id = _chosen(conn, signal, policy)
    if incident_id is None:
        incident_id, area_id = uuid7(now), areas.at(conn, lat=signal.lat, lon=signal.lon)
        db.create(conn, incident_id=incident_id, signal=signal, area_id=area_id, now=now)
    members.join(conn, incident_id=incident_id, signal=signal, now=now)
    return incident_id


def _chosen(conn: Connection, signal: SignalRow, policy: MatchPolicy) -> UUID | None:
    """Return the open incident that a signal belongs to, locked. One that is closed at this very moment is not
    chosen."""
    for look in (db.open_near, db.merged_near):
        candidates = look(conn, signal, policy)
        while chosen := rules.choose(signal.for_rules(), candidates, policy):
            incident = db.get(conn, UUID(chosen.id))
            if incident is not None and incident.state == "open":
                return incident.id
            candidates = [one for one in candidates if one.id != chosen.id]
    return None


def _locked(conn: Connection, incident_id: UUID) -> IncidentRow:
    incident = db.get(conn, incident_id)
    if incident is None:
        raise NotFoundError(f"there is no incident {incident_id}", code="incident_not_found")
    return incident


def _close_if_nothing_is_left(conn: Connection, incident: IncidentRow, *, now: datetime) -> None:
    if incident.over_at is not None and task_port().unfinished(conn, incident.id) is None:
        db.set_state(conn, incident_id=incident.id, state="closed", now=now)
