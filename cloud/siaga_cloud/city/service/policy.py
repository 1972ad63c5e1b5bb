"""Loads the policy of the city for the rules: imported ones by number, the built-in one where there is none."""

from __future__ import annotations

import hashlib
import json
import zoneinfo
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import Any

from siaga_cloud.city.service.policy_file import DAYS, DeadlineTable, PolicyFile, RuleTable, TemplateTable, minute_of
from siaga_cloud.city.store import policy as db
from siaga_cloud.platform.db.connection import Connection
from siaga_core.rules.notifications import Pace, StormPolicy
from siaga_core.rules.policy import Action, CreationRule, Routing, default_rules
from siaga_core.rules.sla import HOUR_SECONDS, DeadlineRule, PausePolicy, SlaPolicy, default_deadlines, sla_policy
from siaga_core.rules.trust.accuracy import AccuracyPolicy
from siaga_core.rules.trust.independence import SourcePolicy
from siaga_core.rules.working_time import Calendar

_CACHED = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class CityPolicy:
    """Holds what a city has decided. `id` is its number, None for the built-in one."""

    id: int | None = None
    zone: tzinfo = UTC
    rules: tuple[CreationRule, ...] = field(default_factory=default_rules)
    deadlines: tuple[DeadlineRule, ...] = field(default_factory=default_deadlines)
    calendar: Calendar | None = None
    pauses: PausePolicy = field(default_factory=PausePolicy)
    routing: Routing = field(default_factory=Routing)
    pace: Pace = field(default_factory=Pace)
    storm: StormPolicy = field(default_factory=StormPolicy)
    sources: SourcePolicy = field(default_factory=SourcePolicy)
    templates: tuple[TemplateTable, ...] = ()
    accuracy: AccuracyPolicy = field(default_factory=AccuracyPolicy)

    def sla(self, category: str, severity: str) -> SlaPolicy:
        """Return the deadlines of a category and severity."""
        return sla_policy(self.deadlines, category=category, severity=severity)

    def template(self, category: str) -> TemplateTable | None:
        """Return what is to be done for a category."""
        return next((one for one in self.templates if one.category == category), None)


def current(conn: Connection) -> CityPolicy:
    """Return the policy that decides now."""
    return _ready(conn, db.current(conn))


def of_task(conn: Connection, policy_id: int | None) -> CityPolicy:
    """Return the policy that a task was made under."""
    return CityPolicy() if policy_id is None else _ready(conn, db.by_id(conn, policy_id))


def document(conn: Connection) -> dict[str, Any] | None:
    """Return the policy that decides, as it was written; None for the built-in one."""
    held = db.current(conn)
    return db.document(conn, held.id) if held else None


def adopt(conn: Connection, file: PolicyFile, *, now: datetime) -> int:
    """Makes a policy the one that decides from now on; its number. Tasks retain the deadlines that they were made
    under.
    """
    document = file.model_dump(mode="json")
    sha256 = hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
    for target in file.target:
        kind, _, key = target.to.partition(":")
        db.set_target(conn, kind=kind, key=key, channel=target.channel, address=target.address)
    return db.save(conn, sha256=sha256, document=document, now=now)


def _ready(conn: Connection, held: db.StoredPolicy | None) -> CityPolicy:
    if held is None:
        return CityPolicy()
    key = (held.id, held.sha256)
    if key not in _texts:
        if len(_texts) >= _CACHED:
            _texts.pop(next(iter(_texts)), None)
        _texts[key] = json.dumps(db.document(conn, held.id))
    return _parsed(held.id, _texts[key])


# By number and checksum: documents never change, so that what was read once stays true.
_texts: dict[tuple[int, str], str] = {}


@lru_cache(maxsize=_CACHED)
def _parsed(policy_id: int, text: str) -> CityPolicy:
    return from_file(PolicyFile.model_validate_json(text), policy_id=policy_id)


def from_file(file: PolicyFile, *, policy_id: int | None = None) -> CityPolicy:
    """Return a written policy as the rules want it."""
    zone = zoneinfo.ZoneInfo(file.calendar.zone if file.calendar else "Asia/Jakarta")
    calendar = None
    if file.calendar is not None:
        calendar = Calendar(zone=zone, hours=file.calendar.hours(), holidays=frozenset(file.calendar.holidays))
    reasons = frozenset(one.id for one in file.pause_reason if one.pauses_deadlines) if file.pause_reason else None
    routing, pacing = file.routing, file.notifications
    return CityPolicy(
        id=policy_id,
        zone=zone,
        rules=tuple(_rule(one) for one in file.rule),
        deadlines=tuple(_deadline(one) for one in file.deadline) or default_deadlines(),
        calendar=calendar,
        pauses=PausePolicy(stopping=reasons),
        routing=Routing(
            crew_agency=routing.crew_agency, crew_first=frozenset(routing.crew_first), max_hops=routing.max_hops
        ),
        pace=Pace(
            burst=pacing.burst, refill_seconds=pacing.refill_seconds, storm_refill_seconds=pacing.storm_refill_seconds
        ),
        storm=StormPolicy(
            window_seconds=pacing.window_seconds,
            begins_at=pacing.begins_at,
            ends_below=pacing.ends_below,
            calm_seconds=pacing.calm_seconds,
            hold_seconds=pacing.hold_seconds,
        ),
        sources=SourcePolicy(**file.sources.model_dump()),
        templates=file.template,
        accuracy=AccuracyPolicy(precision_floor=file.accuracy.precision_floor, min_judged=file.accuracy.min_judged),
    )


def _rule(table: RuleTable) -> CreationRule:
    return CreationRule(
        name=table.id,
        action=Action(table.action),
        priority=table.priority,
        categories=frozenset(table.categories),
        severities=frozenset(table.severities),
        confidence_from=table.confidence_from,
        weekdays=frozenset(DAYS.index(day) for day in table.days),
        from_minute=minute_of(table.from_hour),
        until_minute=minute_of(table.until_hour),
    )


def _deadline(table: DeadlineTable) -> DeadlineRule:
    policy = SlaPolicy(
        acknowledge_seconds=table.acknowledge_hours * HOUR_SECONDS,
        first_action_seconds=table.first_action_hours * HOUR_SECONDS,
        resolve_seconds=table.resolve_hours * HOUR_SECONDS,
        remind_at_share=table.remind_at_share,
        escalate_at_shares=table.escalate_at_shares,
        in_working_hours=table.hours == "working",
    )
    return DeadlineRule(categories=frozenset(table.categories), severities=frozenset(table.severities), policy=policy)
