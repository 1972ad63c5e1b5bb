"""What may happen to a task: one table of legal moves, and the policy that makes tasks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class TaskState(StrEnum):
    """Where a task stands."""

    REVIEW = "review"  # an operator looks first
    OPEN = "open"
    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    ON_SITE = "on_site"
    PAUSED = "paused"
    RESOLVED = "resolved"  # the officer says so, with a photo
    VERIFIED = "verified"  # and it was checked
    DISMISSED = "dismissed"


class Verb(StrEnum):
    """What someone does to a task."""

    CONFIRM = "confirm"
    ASSIGN = "assign"
    ACCEPT = "accept"
    DECLINE = "decline"
    ARRIVE = "arrive"
    PAUSE = "pause"
    RESUME = "resume"
    RESOLVE = "resolve"
    VERIFY = "verify"
    REOPEN = "reopen"
    DISMISS = "dismiss"


class IllegalMoveError(ValueError):
    """A move that the table does not allow; the message lists what is allowed."""

    def __init__(self, state: TaskState, verb: Verb) -> None:
        allowed = ", ".join(legal_verbs(state)) or "nothing"
        super().__init__(f"a task that is {state} cannot {verb}; allowed: {allowed}")
        self.state, self.verb = state, verb


MOVES: Mapping[tuple[TaskState, Verb], TaskState] = {
    (TaskState.REVIEW, Verb.CONFIRM): TaskState.OPEN,
    (TaskState.REVIEW, Verb.DISMISS): TaskState.DISMISSED,
    (TaskState.OPEN, Verb.ASSIGN): TaskState.ASSIGNED,
    (TaskState.OPEN, Verb.ACCEPT): TaskState.ACCEPTED,
    (TaskState.OPEN, Verb.DISMISS): TaskState.DISMISSED,
    (TaskState.ASSIGNED, Verb.ASSIGN): TaskState.ASSIGNED,
    (TaskState.ASSIGNED, Verb.ACCEPT): TaskState.ACCEPTED,
    (TaskState.ASSIGNED, Verb.DECLINE): TaskState.OPEN,
    (TaskState.ASSIGNED, Verb.DISMISS): TaskState.DISMISSED,
    (TaskState.ACCEPTED, Verb.ARRIVE): TaskState.ON_SITE,
    (TaskState.ACCEPTED, Verb.DECLINE): TaskState.OPEN,
    (TaskState.ACCEPTED, Verb.PAUSE): TaskState.PAUSED,
    (TaskState.ACCEPTED, Verb.RESOLVE): TaskState.RESOLVED,
    (TaskState.ACCEPTED, Verb.DISMISS): TaskState.DISMISSED,
    (TaskState.ON_SITE, Verb.DECLINE): TaskState.OPEN,
    (TaskState.ON_SITE, Verb.PAUSE): TaskState.PAUSED,
    (TaskState.ON_SITE, Verb.RESOLVE): TaskState.RESOLVED,
    (TaskState.ON_SITE, Verb.DISMISS): TaskState.DISMISSED,  # a false alarm is mostly found out on the spot
    (TaskState.PAUSED, Verb.RESUME): TaskState.ACCEPTED,
    (TaskState.PAUSED, Verb.DISMISS): TaskState.DISMISSED,
    (TaskState.RESOLVED, Verb.VERIFY): TaskState.VERIFIED,
    (TaskState.RESOLVED, Verb.REOPEN): TaskState.OPEN,
    (TaskState.VERIFIED, Verb.REOPEN): TaskState.OPEN,
    (TaskState.DISMISSED, Verb.REOPEN): TaskState.OPEN,
}

FINISHED = frozenset({TaskState.RESOLVED, TaskState.VERIFIED, TaskState.DISMISSED})
NEEDS_REASON = frozenset({Verb.DECLINE, Verb.PAUSE, Verb.REOPEN, Verb.DISMISS})
NEEDS_PHOTO = frozenset({Verb.RESOLVE})


def move(state: TaskState, verb: Verb) -> TaskState:
    """The state after a move; raises `IllegalMoveError`."""
    try:
        return MOVES[state, verb]
    except KeyError:
        raise IllegalMoveError(state, verb) from None


def legal_verbs(state: TaskState) -> tuple[Verb, ...]:
    """What may be done to a task in this state."""
    return tuple(verb for held, verb in MOVES if held is state)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreationPolicy:
    """From which confidence an incident of a category is looked at, and from which it becomes a task by itself."""

    review_from: float = 0.3
    task_from: float = 0.55

    def __post_init__(self) -> None:
        if not 0 <= self.review_from <= self.task_from <= 1:
            raise ValueError(f"expected 0 <= review_from <= task_from <= 1, got {self}")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTask:
    """What an incident calls for. `priority`: 1 first, 4 last."""

    state: TaskState
    priority: int


_PRIORITY_OF_SEVERITY = {"severe": 1, "moderate": 2, "minor": 3}


def task_for(*, confidence: float, severity: str, policy: CreationPolicy) -> NewTask | None:
    """Whether an incident calls for a task, one for review, or (None) for more evidence first."""
    if confidence < policy.review_from:
        return None
    state = TaskState.OPEN if confidence >= policy.task_from else TaskState.REVIEW
    return NewTask(state=state, priority=_PRIORITY_OF_SEVERITY.get(severity, 4))
