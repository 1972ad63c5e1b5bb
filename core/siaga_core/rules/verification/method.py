"""Who has the last word on a resolved task: the camera, the reporter, an operator, or nobody.

Where only the proof checks have looked, the task stays reported as done.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from siaga_core.rules.verification.capture import CaptureGrade
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
_BLIND_TOGETHER = frozenset({Check.DUPLICATE, Check.SAME_SCENE})
_RAISE_SHARE = frozenset({Check.EDITED, Check.SAME_SCENE})
_DOUBTS = frozenset({Result.DOUBTFUL, Result.FAILED})


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
    """The check results for which an operator has the last word.

    Where neither an earlier use nor the place can be checked, nothing is known of the photo: both are held.
    """
    held = tuple(one for one in found if one.result in policy.held.get(one.check, frozenset()))
    blind = tuple(one for one in found if one.check in _BLIND_TOGETHER and one.result is Result.UNKNOWN)
    return held + tuple(one for one in blind if one not in held) if len(blind) == len(_BLIND_TOGETHER) else held


def sampled_share(
    found: Sequence[CheckResult], policy: ProofPolicy, *, capture: CaptureGrade, is_severe: bool
) -> float:
    """The share of such tasks that a person verifies: all severe ones, all whose photo was not captured on a challenge
    of the server, and all whose checks raise a doubt about the scene or the file; of the rest, that of the policy.
    """
    is_doubtful = any(one.check in _RAISE_SHARE and one.result in _DOUBTS for one in found)
    if is_severe or is_doubtful or capture is not CaptureGrade.CHALLENGED:
        return 1.0
    return policy.reporter_share + policy.operator_share


def method_of(
    found: Sequence[CheckResult],
    policy: ProofPolicy,
    *,
    draw: float,
    share: float,
    has_camera: bool,
    has_reporter: bool,
) -> VerificationMethod:
    """Who verifies. `draw` (0..1) is below `share` for the sample; the policy divides it among reporters and operators.

    `has_reporter`: somebody reported it who can be asked. Nobody can be asked about what only a camera saw, so an
    operator looks in the place of the reporter.
    """
    if has_camera:
        return VerificationMethod.CAMERA
    if held_back(found, policy):
        return VerificationMethod.OPERATOR
    if draw >= share:
        return VerificationMethod.CHECK_RESULTS
    drawn_share = policy.reporter_share + policy.operator_share
    to_reporters = share * policy.reporter_share / drawn_share if drawn_share else 0.0
    return VerificationMethod.REPORTER if has_reporter and draw < to_reporters else VerificationMethod.OPERATOR
