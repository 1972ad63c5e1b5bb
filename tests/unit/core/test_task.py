"""What may happen to a task."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga_core.rules.task import (
    FINISHED,
    MOVES,
    NEEDS_PHOTO,
    NEEDS_REASON,
    CreationPolicy,
    IllegalMoveError,
    NewTask,
    TaskState,
    Verb,
    legal_verbs,
    move,
    task_for,
)

# The table once more, written by hand as the agencies would read it: state -> what may be done -> and then.
BOOK = {
    "review": {"confirm": "open", "dismiss": "dismissed"},
    "open": {"assign": "assigned", "accept": "accepted", "dismiss": "dismissed"},
    "assigned": {"assign": "assigned", "accept": "accepted", "decline": "open", "dismiss": "dismissed"},
    "accepted": {
        "arrive": "on_site",
        "decline": "open",
        "pause": "paused",
        "resolve": "resolved",
        "dismiss": "dismissed",
    },
    "on_site": {"decline": "open", "pause": "paused", "resolve": "resolved", "dismiss": "dismissed"},
    "paused": {"resume": "accepted", "dismiss": "dismissed"},
    "resolved": {"verify": "verified", "reopen": "open"},
    "verified": {"reopen": "open"},
    "dismissed": {"reopen": "open"},
}


@pytest.mark.parametrize(("state", "verb"), list(itertools.product(TaskState, Verb)))
def test_every_move_is_in_the_book_or_refused(state: TaskState, verb: Verb) -> None:
    if verb in BOOK[state]:
        assert move(state, verb) is TaskState(BOOK[state][verb])
    else:
        with pytest.raises(IllegalMoveError) as refused:
            move(state, verb)
        assert (refused.value.state, refused.value.verb) == (state, verb)


def test_a_refusal_says_what_is_allowed() -> None:
    with pytest.raises(IllegalMoveError) as refused:
        move(TaskState.RESOLVED, Verb.ACCEPT)
    assert str(refused.value) == "a task that is resolved cannot accept; allowed: verify, reopen"


def test_a_state_without_moves_would_say_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("siaga_core.rules.task.MOVES", {})
    assert str(IllegalMoveError(TaskState.OPEN, Verb.ACCEPT)) == "a task that is open cannot accept; allowed: nothing"


@pytest.mark.parametrize("state", TaskState)
def test_legal_verbs_of(state: TaskState) -> None:
    assert set(legal_verbs(state)) == {Verb(verb) for verb in BOOK[state]}


def reachable(start: TaskState) -> set[TaskState]:
    found, ahead = set[TaskState](), {start}
    while ahead:
        found |= ahead
        ahead = {after for (before, _), after in MOVES.items() if before in ahead} - found
    return found


@pytest.mark.parametrize("start", [TaskState.REVIEW, TaskState.OPEN])
def test_every_state_can_be_reached(start: TaskState) -> None:
    assert reachable(start) | {TaskState.REVIEW} == set(TaskState)


@pytest.mark.parametrize("state", TaskState)
def test_there_is_no_dead_end(state: TaskState) -> None:
    assert {TaskState.VERIFIED, TaskState.DISMISSED, TaskState.OPEN} <= reachable(state)


@pytest.mark.parametrize("state", sorted(set(TaskState) - FINISHED))
def test_whatever_is_not_finished_can_be_dismissed_at_once(state: TaskState) -> None:
    assert move(state, Verb.DISMISS) is TaskState.DISMISSED


@pytest.mark.parametrize("state", sorted(FINISHED))
def test_whatever_is_finished_can_be_opened_again_but_not_be_worked_on(state: TaskState) -> None:
    assert move(state, Verb.REOPEN) is TaskState.OPEN
    assert set(legal_verbs(state)) <= {Verb.REOPEN, Verb.VERIFY}


def test_only_what_an_officer_resolved_can_be_verified() -> None:
    assert {before for (before, _), after in MOVES.items() if after is TaskState.VERIFIED} == {TaskState.RESOLVED}


def test_nothing_is_resolved_without_a_photo_and_nothing_turned_down_without_a_reason() -> None:
    assert {verb for (_, verb), after in MOVES.items() if after is TaskState.RESOLVED} == NEEDS_PHOTO
    assert {Verb.DECLINE, Verb.PAUSE, Verb.REOPEN, Verb.DISMISS} == NEEDS_REASON


@pytest.mark.parametrize(
    ("confidence", "severity", "expected"),
    [
        pytest.param(0.29, "severe", None, id="not believed enough to bother anyone"),
        pytest.param(0.30, "minor", (TaskState.REVIEW, 3), id="an operator looks first"),
        pytest.param(0.54, "moderate", (TaskState.REVIEW, 2), id="still"),
        pytest.param(0.55, "severe", (TaskState.OPEN, 1), id="believed"),
        pytest.param(1.00, "minor", (TaskState.OPEN, 3), id="certain but minor"),
        pytest.param(1.00, "unheard-of", (TaskState.OPEN, 4), id="of unknown severity: last"),
    ],
)
def test_an_incident_calls_for(confidence: float, severity: str, expected: tuple[TaskState, int] | None) -> None:
    wanted = NewTask(state=expected[0], priority=expected[1]) if expected else None
    assert task_for(confidence=confidence, severity=severity, policy=CreationPolicy()) == wanted


@given(st.floats(0, 1), st.floats(0, 1))
def test_more_confidence_never_calls_for_less(a: float, b: float) -> None:
    rank = {None: 0, TaskState.REVIEW: 1, TaskState.OPEN: 2}
    low, high = (task_for(confidence=c, severity="minor", policy=CreationPolicy()) for c in sorted((a, b)))
    assert rank[low.state if low else None] <= rank[high.state if high else None]


@pytest.mark.parametrize(("review", "task"), [(0.6, 0.5), (-0.1, 0.5), (0.5, 1.1)])
def test_thresholds_out_of_order_are_refused(review: float, task: float) -> None:
    with pytest.raises(ValueError, match=r"^expected 0 <= review_from <= task_from <= 1, got CreationPolicy"):
        CreationPolicy(review_from=review, task_from=task)


def test_equal_thresholds_leave_no_review() -> None:
    found = task_for(confidence=0.5, severity="minor", policy=CreationPolicy(review_from=0.5, task_from=0.5))
    assert found is not None
    assert found.state is TaskState.OPEN
