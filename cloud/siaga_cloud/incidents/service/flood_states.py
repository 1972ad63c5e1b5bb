"""Derives the flood state of every area from its evidence. A state that a person set takes precedence, and each change
is recorded.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from siaga_cloud.city.service import policy as policies
from siaga_cloud.incidents.store import flood_states as db
from siaga_cloud.incidents.store.flood_evidence import evidence_keys
from siaga_cloud.incidents.store.flood_states import StoredFloodState
from siaga_cloud.platform.db import live
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.errors import ConflictError, InvalidError, NotFoundError
from siaga_core.rules import flood_state as rules
from siaga_core.rules.flood_state import AlertableFlood, AreaState, Evidence, FloodState, Override

SYSTEM = "system"


def refresh(conn: Connection, *, now: datetime) -> int:
    """Decides every area anew, from its evidence as it is and as far as it has not expired; how many changed."""
    db.lock(conn)
    evidence = _evidence(conn)
    held = db.held(conn)
    changed = 0
    for area_id in sorted(evidence.keys() | held.keys()):
        before = held.get(area_id)
        override = before.override if before else None
        decided = rules.decide(evidence.get(area_id, ()), override, now=now)
        changed += _store_state(conn, area_id, before, decided, now=now)
    return changed


def alertable(conn: Connection, *, now: datetime) -> Mapping[str, AlertableFlood]:
    """Return what may be published of the flood state of every kelurahan that has one."""
    return {area_id: rules.alertable(held, since=since, now=now) for area_id, (held, since) in db.by_area(conn).items()}


def override(
    conn: Connection, area_id: str, state: FloodState, *, by: str, reason: str, lasting: timedelta, now: datetime
) -> None:
    """Set the state of an area by hand, for a while. Raises NotFoundError, InvalidError."""
    if not reason.strip():
        raise InvalidError("reason: expected why, for the record", code="reason_required")
    if not timedelta(0) < lasting <= rules.MAX_OVERRIDE:
        most = rules.MAX_OVERRIDE.total_seconds() / 3600
        raise InvalidError(
            f"hours: got {lasting.total_seconds() / 3600:g}, expected more than 0, up to {most:g}",
            code="invalid_hours",
            most=most,
        )
    new_override = Override(state=state, reason=reason.strip(), by=by, expires_at=now + lasting)
    _decide_with(conn, area_id, new_override, actor=by, reason=reason.strip(), now=now)


def lift(conn: Connection, area_id: str, *, by: str, reason: str, now: datetime) -> None:
    """End a state that was set by hand; the evidence decides again. Raises NotFoundError, InvalidError, ConflictError
    (none is).
    """
    if not reason.strip():
        raise InvalidError("reason: expected why, for the record", code="reason_required")
    db.lock(conn)
    before = db.held_of(conn, area_id)
    if before is None or before.override is None:
        if db.level_of(conn, area_id) is None:
            raise NotFoundError(f"there is no area {area_id}", code="area_not_found")
        raise ConflictError("nobody has set the state of this area by hand", code="state_not_set_manually")
    _decide_with(conn, area_id, None, actor=by, reason=reason.strip(), now=now)


def _decide_with(
    conn: Connection, area_id: str, new_override: Override | None, *, actor: str, reason: str, now: datetime
) -> None:
    level = db.level_of(conn, area_id)
    if level is None:
        raise NotFoundError(f"there is no area {area_id}", code="area_not_found")
    if level not in ("kelurahan", "rw"):
        raise InvalidError(f"area: got a {level}, expected a kelurahan or an RW", code="area_too_large")
    db.lock(conn)
    before = db.held_of(conn, area_id)
    decided = rules.decide(_evidence(conn).get(area_id, ()), new_override, now=now)
    _write(conn, area_id, before, decided, actor=actor, reason=reason, now=now)


def _evidence(conn: Connection) -> dict[str, list[Evidence]]:
    found: dict[str, list[Evidence]] = {}
    for area_id, incidents in db.incidents_by_area(conn, policies.current(conn).sources).items():
        found.setdefault(area_id, []).extend(one for one in map(rules.of_incident, incidents) if one)
    for area_id, gauges in db.gauges_by_area(conn).items():
        found.setdefault(area_id, []).extend(one for one in map(rules.of_gauge, gauges) if one)
    return found


def _store_state(
    conn: Connection, area_id: str, before: StoredFloodState | None, decided: AreaState, *, now: datetime
) -> bool:
    """Store the state where it is new; a change of the state is recorded, newer times of the same evidence are not."""
    if before is None and decided.state == FloodState.NONE:
        return False
    if before is not None and _is_same(before, decided):
        if before.expires_at != decided.expires_at:
            db.save(conn, area_id, decided, since=before.since, now=now)
        return False
    _write(conn, area_id, before, decided, actor=SYSTEM, reason=_why(before, decided), now=now)
    return True


def _is_same(before: StoredFloodState, decided: AreaState) -> bool:
    return (before.state, before.computed, before.override, before.evidence_keys) == (
        decided.state,
        decided.computed,
        decided.override,
        evidence_keys(decided.evidence),
    )


def _why(before: StoredFloodState | None, decided: AreaState) -> str:
    if before is not None and before.override is not None and decided.override is None:
        return f"what {before.override.by} set has expired"
    if not decided.evidence:
        return "no evidence is left that has not expired"
    return "; ".join(f"{one.kind} {one.id}: {one.why}" for one in decided.evidence[:3])


def _write(
    conn: Connection,
    area_id: str,
    before: StoredFloodState | None,
    decided: AreaState,
    *,
    actor: str,
    reason: str,
    now: datetime,
) -> None:
    previous = before.state if before else FloodState.NONE
    since = before.since if before is not None and previous == decided.state else now
    db.save(conn, area_id, decided, since=since, now=now)
    if actor != SYSTEM or previous != decided.state or (before is not None and before.override != decided.override):
        db.note(conn, area_id, previous=previous, decided=decided, actor=actor, reason=reason, now=now)
    live.announce(conn, "flood_state", area_id, now)
