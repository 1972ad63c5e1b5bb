"""Who has the last word on a resolved task: the camera, the reporter, an operator, or the findings alone."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from siaga_core.rules.verification.checks import Check, CheckResult, ProofLimits, Result


class VerificationMethod(StrEnum):
    """How a proof comes to its end."""

    CAMERA = "camera"
    REPORTER = "reporter"
    OPERATOR = "operator"
    CHECK_RESULTS = "checks"


# Missing metadata alone is what every chat program does to a photo; it is shown and does not stop a task.
HELD_BY_DEFAULT: Mapping[Check, frozenset[Result]] = {
    Check.CAPTURE_TIME: frozenset({Result.FAILED}),
    Check.CAPTURE_PLACE: frozenset({Result.FAILED, Result.DOUBTFUL}),
    Check.DUPLICATE: frozenset({Result.FAILED, Result.DOUBTFUL}),
    Check.EDITED: frozenset({Result.FAILED}),
    Check.SAME_SCENE: frozenset(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofPolicy:
    """What a city wants. `held`: results that an operator sees before a task is verified.

    `reporter_share`, `operator_share`: of tasks that no camera can answer for, chosen by chance.
    """

    limits: ProofLimits = field(default_factory=ProofLimits)
    held: Mapping[Check, frozenset[Result]] = field(default_factory=lambda: dict(HELD_BY_DEFAULT))
    reporter_share: float = 0.3
    operator_share: float = 0.1
    look_seconds: float = 120.0
    reporter_hours: float = 48.0
    seed: str = "siaga"

    def __post_init__(self) -> None:
        if min(self.reporter_share, self.operator_share) < 0 or self.reporter_share + self.operator_share > 1:
            raise ValueError(
                f"expected shares that are 0..1 together, got {self.reporter_share}, {self.operator_share}"
            )
        if not 10 <= self.look_seconds <= 3600:
            raise ValueError(f"expected look_seconds from 10 to 3600, got {self.look_seconds}")
        if not 0 < self.reporter_hours <= 24 * 30:
            raise ValueError(f"expected reporter_hours above 0 and at most 720, got {self.reporter_hours}")


def held_back(found: Sequence[CheckResult], policy: ProofPolicy) -> tuple[CheckResult, ...]:
    """The findings for which an operator has the last word."""
    return tuple(one for one in found if one.result in policy.held.get(one.check, frozenset()))


def method_of(
    task_id: str, found: Sequence[CheckResult], policy: ProofPolicy, *, has_camera: bool, has_reporter: bool
) -> VerificationMethod:
    """Who is asked. The same task always draws the same lot."""
    if has_camera:
        return VerificationMethod.CAMERA
    if held_back(found, policy):
        return VerificationMethod.OPERATOR
    draw = draw_of(task_id, policy.seed)
    if draw < policy.reporter_share:
        # A task that nobody reported (a camera's own) cannot be asked back; the operator looks in the reporter's place.
        return VerificationMethod.REPORTER if has_reporter else VerificationMethod.OPERATOR
    return (
        VerificationMethod.OPERATOR
        if draw < policy.reporter_share + policy.operator_share
        else VerificationMethod.CHECK_RESULTS
    )


def draw_of(task_id: str, seed: str) -> float:
    """A number in 0..1 that depends on task and seed alone, so that a choice can be checked later."""
    digest = hashlib.sha256(f"{seed}/{task_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
