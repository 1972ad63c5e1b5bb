"""Makes the initial policy of a new city, which the city then changes as it decides."""

from __future__ import annotations

from typing import Any

from siaga_cloud.city.service.policy_file import PolicyFile
from siaga_cloud.operations.new_city.answers import Answers
from siaga_core.hazards import reported_only_categories


def initial_policy(answers: Answers) -> PolicyFile:
    """Return the policy with the city's time zone and office hours, and start values for everything else."""
    return PolicyFile.model_validate(initial_tables(answers))


def initial_tables(answers: Answers) -> dict[str, Any]:
    """Return the same as the tables of policy.toml."""
    office = answers.office
    hours = {day: [office.opens, office.closes] for day in office.days}
    return {
        "rule": _rules(),
        "calendar": {"zone": answers.timezone, **hours},
        "deadline": [
            _deadline(0.5, 1, 24, categories=["flooding"]),
            _deadline(6, 24, 72),
        ],
    }


def _rules() -> list[dict[str, Any]]:
    # What no camera or gauge detects rests on people's reports alone: one honest report is enough.
    reported = sorted(one.id for one in reported_only_categories())
    return [
        {"id": "severe-flood", "action": "task", "priority": 1, "categories": ["flooding"], "severities": ["severe"],
         "confidence_from": 0.5},
        {"id": "reported-sure", "action": "task", "categories": reported, "confidence_from": 0.25},
        {"id": "reported-doubtful", "action": "review", "categories": reported, "confidence_from": 0.2},
        {"id": "sure", "action": "task", "confidence_from": 0.55},
        {"id": "doubtful", "action": "review", "confidence_from": 0.3},
    ]  # fmt: skip


def _deadline(acknowledge: float, first: float, resolve: float, **more: Any) -> dict[str, Any]:
    return {**more, "acknowledge_hours": acknowledge, "first_action_hours": first, "resolve_hours": resolve}
