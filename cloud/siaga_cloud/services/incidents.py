"""Signals become members of incidents, and incidents become tasks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from siaga_cloud.db import incidents as db
from siaga_cloud.db import live, signals
from siaga_cloud.db import tasks as db_tasks
from siaga_cloud.db.connection import Connection
from siaga_cloud.db.incidents import Incident, Standing
from siaga_cloud.db.signals import KeptSignal
from siaga_cloud.services import reliability, tasks
from siaga_cloud.services.areas import AreaLookup
from siaga_cloud.services.errors import ConflictError, NotFoundError
from siaga_core.rules import incident as rules
from siaga_core.wire.ids import uuid7

Verdict = Literal["confirmed", "false_alarm"]
_SEVERITIES = ("minor", "moderate", "severe")


def take_signal(conn: Connection, signal_id: UUID, *, areas: AreaLookup, now: datetime) -> UUID | None:
    """Takes a signal's newest revision into the incident it belongs to; the incident's id.

    None when there was nothing new to take, so that doing it twice changes nothing.
    """
    category = signals.category_of(conn, signal_id)
    if category is None:
        return None
    db.lock_category(conn, category)
    signal = signals.waiting(conn, signal_id)
    if signal is None:
        return None
    incident_id = db.of_signal(conn, signal_id) or _join(conn, signal, areas=areas, now=now)
    incident = _reckon(conn, incident_id, now=now)
    if incident.state == "open":
        tasks.keep_up(conn, incident, caused_at=signal.measured_at, now=now)
        _close_if_nothing_is_left(conn, incident, now=now)
    signals.mark_taken(conn, signal)
    live.tell(conn, "incident", incident_id, signal.measured_at)
    return incident_id


def judge(conn: Connection, incident_id: UUID, verdict: Verdict, *, by: str, note: str, now: datetime) -> None:
    """Writes an operator's verdict; it moves the reliability of every source that was a member.

    A false alarm rejects the incident; its task, if any, must be dismissed as a move of its own (ConflictError).
    """
    incident = db.get(conn, incident_id)
    if incident is None:
        raise NotFoundError(f"there is no incident {incident_id}")
    before = db.verdict_of(conn, incident_id)
    if before == verdict:
        return
    if verdict == "false_alarm" and db_tasks.unfinished(conn, incident_id) is not None:
        raise ConflictError("the incident has a task under way; dismiss it first")
    sources = [member.source_key for member in db.members(conn, incident_id)]
    if before is not None:
        _count(conn, sources, before, -1, now=now)
    _count(conn, sources, verdict, 1, now=now)
    db.save_verdict(conn, incident_id=incident_id, verdict=verdict, by=by, note=note, now=now)
    if verdict == "false_alarm" and incident.state == "open":
        db.set_state(conn, incident_id=incident_id, state="rejected", now=now)
    live.tell(conn, "incident", incident_id, now)


def forget_old(conn: Connection, *, now: datetime, limit: int = 200) -> int:
    """Closes open incidents that nobody spoke of for their category's window and that never became a task."""
    known = sorted(rules.DEFAULT_MATCH)
    closed = 0
    for category in (*known, None):
        window = rules.match_policy(category or "").window_seconds
        before = now - timedelta(seconds=window)
        for incident_id in db.forgotten(conn, category=category, known=known, before=before, limit=limit):
            db.set_state(conn, incident_id=incident_id, state="closed", now=now)
            live.tell(conn, "incident", incident_id, now)
            closed += 1
    return closed


def standing(members: Sequence[KeptSignal]) -> Standing:
    """What members together make of an incident: the worst severity, and whether all that can end has ended.

    Only sensors say that something is over; a citizen who tells of it later says that it is not.
    """
    sensors = [member for member in members if member.is_sensor]
    ends = [member.ended_at for member in sensors if member.ended_at]
    over_at = max(ends) if ends and len(ends) == len(sensors) else None
    if over_at and any(member.last_at > over_at for member in members if not member.is_sensor):
        over_at = None
    return Standing(
        severity=max((member.severity for member in members), key=_SEVERITIES.index),
        mixed=bool(sensors) and any(member.source_key.startswith("citizen:") for member in members),
        began_at=min(member.began_at for member in members),
        last_signal_at=max(member.last_at for member in members),
        over_at=over_at,
    )


def _count(conn: Connection, sources: list[str], verdict: str, step: int, *, now: datetime) -> None:
    confirmed = step if verdict == "confirmed" else 0
    db.count_verdict(conn, source_keys=sources, confirmed=confirmed, refuted=step - confirmed, now=now)


def _join(conn: Connection, signal: KeptSignal, *, areas: AreaLookup, now: datetime) -> UUID:
    policy = rules.match_policy(signal.category)
    chosen = rules.choose(signal.for_rules(), db.open_near(conn, signal, policy), policy)
    incident_id = UUID(chosen.id) if chosen else uuid7(now)
    if chosen is None:
        area_id = areas.at(conn, lat=signal.lat, lon=signal.lon)
        db.create(conn, incident_id=incident_id, signal=signal, area_id=area_id, now=now)
    db.join(conn, incident_id=incident_id, signal=signal, now=now)
    return incident_id


def _reckon(conn: Connection, incident_id: UUID, *, now: datetime) -> Incident:
    """Reckons the ledger anew from all members, so that it never drifts from what they say."""
    members = db.members(conn, incident_id)
    keys = {member.source_key for member in members}
    believed = reliability.of_sources(keys, db.verdicts(conn, keys))
    ledger = rules.ledger((member.for_rules() for member in members), believed)
    stands = standing(members)
    db.save_ledger(conn, incident_id=incident_id, ledger=ledger, reliability=believed, standing=stands, now=now)
    incident = db.get(conn, incident_id)
    if incident is None:
        raise NotFoundError(f"there is no incident {incident_id}")
    return replace(incident, confidence=ledger.confidence)


def _close_if_nothing_is_left(conn: Connection, incident: Incident, *, now: datetime) -> None:
    if incident.over_at is not None and db_tasks.unfinished(conn, incident.id) is None:
        db.set_state(conn, incident_id=incident.id, state="closed", now=now)
