"""What may happen to a task: one table of legal moves."""

from __future__ import annotations

from collections.abc import Mapping
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
    FOLLOWING = "following"  # its incident was merged; what becomes of the parent's task becomes of it


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
    KOORDINASI = "koordinasi"  # another agency is asked to join; the task stays where it is
    DISPOSISI = "disposisi"  # passed down or over to another agency, with an instruction
    NOT_MINE = "not_mine"  # passed on by an agency that it does not belong to, which names the one it does
    REFER = "refer"  # back to the operators, because agencies pass it round
    FOLLOW = "follow"
    UNFOLLOW = "unfollow"


class IllegalMoveError(ValueError):
    """A move that the table does not allow; the message lists what is allowed."""

    def __init__(self, state: TaskState, verb: Verb) -> None:
        allowed = ", ".join(legal_verbs(state)) or "nothing"
        super().__init__(f"a task that is {state} cannot {verb}; allowed: {allowed}")
        self.state, self.verb = state, verb


_IN_PROGRESS = (TaskState.OPEN, TaskState.ASSIGNED, TaskState.ACCEPTED, TaskState.ON_SITE, TaskState.PAUSED)

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
    (TaskState.REVIEW, Verb.DISPOSISI): TaskState.OPEN,
    (TaskState.REVIEW, Verb.FOLLOW): TaskState.FOLLOWING,
    **{(state, Verb.KOORDINASI): state for state in _IN_PROGRESS},
    **{(state, Verb.DISPOSISI): TaskState.OPEN for state in _IN_PROGRESS},
    **{(state, Verb.NOT_MINE): TaskState.OPEN for state in _IN_PROGRESS},
    **{(state, Verb.FOLLOW): TaskState.FOLLOWING for state in _IN_PROGRESS},
    (TaskState.OPEN, Verb.REFER): TaskState.REVIEW,
    (TaskState.FOLLOWING, Verb.UNFOLLOW): TaskState.OPEN,  # or back to the state that it had: `back`
}

FINISHED = frozenset({TaskState.RESOLVED, TaskState.VERIFIED, TaskState.DISMISSED, TaskState.FOLLOWING})
NEEDS_REASON = frozenset(
    {Verb.DECLINE, Verb.PAUSE, Verb.REOPEN, Verb.DISMISS, Verb.KOORDINASI, Verb.DISPOSISI, Verb.NOT_MINE}
)
NEEDS_PHOTO = frozenset({Verb.RESOLVE})
NEEDS_TARGET = frozenset({Verb.ASSIGN, Verb.KOORDINASI, Verb.DISPOSISI, Verb.NOT_MINE})
# Nobody does these to a task by hand: they follow from something else.
BY_ITSELF = frozenset({Verb.REFER, Verb.FOLLOW, Verb.UNFOLLOW})


def move(state: TaskState, verb: Verb) -> TaskState:
    """The state after a move; raises `IllegalMoveError`."""
    try:
        return MOVES[state, verb]
    except KeyError:
        raise IllegalMoveError(state, verb) from None


def legal_verbs(state: TaskState) -> tuple[Verb, ...]:
    """What someone may do to a task in this state."""
    return tuple(verb for held, verb in MOVES if held is state and verb not in BY_ITSELF)


def back(before: TaskState) -> TaskState:
    """Where a task that follows no more goes on: as it was, but a finished one is open again."""
    return TaskState.OPEN if before in FINISHED else before
