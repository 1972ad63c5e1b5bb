"""Changes the policy from the pages: it is written out, previewed, adopted under a new number and restored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from siaga_cloud.city.service import policy as policies
from siaga_cloud.city.service.policy_file import DeadlineTable, PolicyFile, RuleTable
from siaga_cloud.city.store import policy as db
from siaga_cloud.city.store.policy import PolicyVersion
from siaga_cloud.people.store import accounts as people
from siaga_cloud.platform.db import audit
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.errors import InvalidError, NotFoundError
from siaga_core.rules.policy import CreationRule, decide
from siaga_core.rules.sla import HOUR_SECONDS, DeadlineRule

BUILT_IN_VERSION: Final = "0"
_SHOWN: Final = 20
_MINUTES_AN_HOUR: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Holds the policy in force without personal addresses."""

    version: str
    document: PolicyFile
    used_at: datetime | None
    history: list[PolicyVersion]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyPreview:
    """Describes what a policy decides about an incident. `rule` is the deciding one, `no rule` where none matches."""

    action: str
    priority: int
    rule: str
    acknowledge_hours: float
    first_action_hours: float
    resolve_hours: float
    in_working_hours: bool


def lock(conn: Connection) -> None:
    """One change of the policy at a time."""
    db.lock(conn)


def draft(conn: Connection) -> Draft:
    """Return the policy that decides, to be changed."""
    history = db.history(conn, limit=_SHOWN)
    document = policies.document(conn)
    file = PolicyFile.model_validate({**document, "target": ()}) if document is not None else built_in()
    return Draft(
        version=str(history[0].number) if history else BUILT_IN_VERSION,
        document=file,
        used_at=history[0].used_at if history else None,
        history=history,
    )


def change(conn: Connection, file: PolicyFile, *, by: str, now: datetime) -> int:
    """Adopt a policy; its further addresses (`target`) stay as they were. Raises InvalidError with the field."""
    crew = file.routing.crew_agency
    if crew is not None and not people.exists_in(conn, "agency", crew):
        raise InvalidError(f"routing.crew_agency: there is no agency {crew!r}", code="agency_unknown")
    before = policies.document(conn)
    targets = PolicyFile.model_validate(before).target if before is not None else ()
    was = draft(conn).version
    number = policies.adopt(conn, file.model_copy(update={"target": targets}), now=now)
    _note(conn, by, "change_policy", number, was, now)
    return number


def restore_version(conn: Connection, number: int, *, by: str, now: datetime) -> None:
    """An earlier policy decides again; raises NotFoundError."""
    was = draft(conn).version
    if not db.restore_version(conn, number, now=now):
        raise NotFoundError(f"there is no policy {number}", code="policy_not_found")
    _note(conn, by, "restore_policy_version", number, was, now)


def preview(file: PolicyFile, *, category: str, severity: str, confidence: float, at: datetime) -> PolicyPreview:
    """Return what a policy would decide, and the deadlines of the task."""
    policy = policies.from_file(file)
    decision = decide(
        policy.rules, category=category, confidence=confidence, severity=severity, at=at, zone=policy.zone
    )
    deadlines = policy.sla(category, severity)
    return PolicyPreview(
        action=str(decision.action),
        priority=decision.priority,
        rule=decision.rule,
        acknowledge_hours=deadlines.acknowledge_seconds / HOUR_SECONDS,
        first_action_hours=deadlines.first_action_seconds / HOUR_SECONDS,
        resolve_hours=deadlines.resolve_seconds / HOUR_SECONDS,
        in_working_hours=deadlines.in_working_hours,
    )


def built_in() -> PolicyFile:
    """Return the built-in policy, as it would be written down."""
    policy = policies.CityPolicy()
    rules = tuple(_rule(one) for one in policy.rules)
    return PolicyFile(rule=rules, deadline=tuple(_deadline(one) for one in policy.deadlines))


def _rule(one: CreationRule) -> RuleTable:
    return RuleTable.model_validate(
        {
            "id": one.name,
            "action": str(one.action),
            "priority": one.priority,
            "categories": sorted(one.categories),
            "severities": sorted(one.severities),
            "confidence_from": one.confidence_from,
            "from_hour": _deadline_of(one.from_minute),
            "until_hour": _deadline_of(one.until_minute),
        }
    )


def _deadline(one: DeadlineRule) -> DeadlineTable:
    return DeadlineTable.model_validate(
        {
            "categories": sorted(one.categories),
            "severities": sorted(one.severities),
            "acknowledge_hours": one.policy.acknowledge_seconds / HOUR_SECONDS,
            "first_action_hours": one.policy.first_action_seconds / HOUR_SECONDS,
            "resolve_hours": one.policy.resolve_seconds / HOUR_SECONDS,
            "remind_at_share": one.policy.remind_at_share,
            "escalate_at_shares": one.policy.escalate_at_shares,
        }
    )


def _deadline_of(minute: int) -> str:
    return f"{minute // _MINUTES_AN_HOUR:02}:{minute % _MINUTES_AN_HOUR:02}"


def _note(conn: Connection, by: str, action: str, number: int, was: str, now: datetime) -> None:
    details = {"before": was}
    audit.record(conn, actor=by, action=action, kind="policy", object_id=str(number), details=details, now=now)
