"""What may happen to a task."""

from __future__ import annotations

import itertools

import pytest

from siaga_core.rules.task import (
    BY_ITSELF,
    FINISHED,
    MOVES,
    NEEDS_PHOTO,
    NEEDS_REASON,
    NEEDS_TARGET,
    IllegalMoveError,
    TaskState,
    Verb,
    back,
    legal_verbs,
    move,
)

# The table once more, written by hand as the agencies would read it: state -> what may be done -> and then.
PASSED_ON = {"disposisi": "open", "not_mine": "open", "follow": "following"}
SITE_REGISTRY = {
    "review": {"confirm": "open", "dismiss": "dismissed", "disposisi": "open", "follow": "following"},
    "open": {
        "assign": "assigned",
        "accept": "accepted",
        "dismiss": "dismissed",
        "koordinasi": "open",
        "refer": "review",
        **PASSED_ON,
    },
    "assigned": {
        "assign": "assigned",
        "accept": "accepted",
        "decline": "open",
        "dismiss": "dismissed",
        "koordinasi": "assigned",
        **PASSED_ON,
    },
    "accepted": {
        "arrive": "on_site",
        "decline": "open",
        "pause": "paused",
        "resolve": "resolved",
        "dismiss": "dismissed",
        "koordinasi": "accepted",
        **PASSED_ON,
    },
    "on_site": {
        "decline": "open",
        "pause": "paused",
        "resolve": "resolved",
        "dismiss": "dismissed",
        "koordinasi": "on_site",
        **PASSED_ON,
    },
    "paused": {"resume": "accepted", "dismiss": "dismissed", "koordinasi": "paused", **PASSED_ON},
    "resolved": {"verify": "verified", "reopen": "open"},
    "verified": {"reopen": "open"},
    "dismissed": {"reopen": "open"},
    "following": {"unfollow": "open"},
}


@pytest.mark.parametrize(("state", "verb"), list(itertools.product(TaskState, Verb)))
def test_every_move_is_in_the_table_or_refused(state: TaskState, verb: Verb) -> None:
    if verb in SITE_REGISTRY[state]:
        assert move(state, verb) is TaskState(SITE_REGISTRY[state][verb])
    else:
        with pytest.raises(IllegalMoveError) as refused:
            move(state, verb)
        assert (refused.value.state, refused.value.verb) == (state, verb)


def test_a_refusal_states_what_is_allowed() -> None:
    with pytest.raises(IllegalMoveError) as refused:
        move(TaskState.RESOLVED, Verb.ACCEPT)
    assert str(refused.value) == "a task that is resolved cannot accept; allowed: verify, reopen"


def test_a_state_without_moves_would_reveal_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("siaga_core.rules.task.MOVES", {})
    assert str(IllegalMoveError(TaskState.OPEN, Verb.ACCEPT)) == "a task that is open cannot accept; allowed: nothing"


@pytest.mark.parametrize("state", TaskState)
def test_legal_verbs_of(state: TaskState) -> None:
    assert set(legal_verbs(state)) == {Verb(verb) for verb in SITE_REGISTRY[state]} - BY_ITSELF


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


@pytest.mark.parametrize("state", sorted(FINISHED - {TaskState.FOLLOWING}))
def test_whatever_is_finished_can_be_opened_again_but_not_be_worked_on(state: TaskState) -> None:
    assert move(state, Verb.REOPEN) is TaskState.OPEN
    assert set(legal_verbs(state)) <= {Verb.REOPEN, Verb.VERIFY}


def test_only_what_an_officer_resolved_can_be_verified() -> None:
    assert {before for (before, _), after in MOVES.items() if after is TaskState.VERIFIED} == {TaskState.RESOLVED}


def test_nothing_is_resolved_without_a_photo_and_nothing_turned_down_without_a_reason() -> None:
    assert {verb for (_, verb), after in MOVES.items() if after is TaskState.RESOLVED} == NEEDS_PHOTO
    assert {Verb.DECLINE, Verb.PAUSE, Verb.REOPEN, Verb.DISMISS} | HAND_OVER == NEEDS_REASON


HAND_OVER = {Verb.KOORDINASI, Verb.DISPOSISI, Verb.NOT_MINE}


def test_a_hand_over_names_whom_it_goes_to() -> None:
    assert HAND_OVER | {Verb.ASSIGN} == NEEDS_TARGET


def test_a_request_to_another_agency_to_join_changes_nothing_else() -> None:
    assert all(after is before for (before, verb), after in MOVES.items() if verb is Verb.KOORDINASI)


def test_a_task_that_follows_is_left_alone_until_it_is_separated() -> None:
    assert legal_verbs(TaskState.FOLLOWING) == ()
    assert move(TaskState.FOLLOWING, Verb.UNFOLLOW) is TaskState.OPEN


@pytest.mark.parametrize("before", TaskState)
def test_a_task_that_follows_no_more_goes_on_where_it_was(before: TaskState) -> None:
    assert back(before) is (TaskState.OPEN if before in FINISHED else before)
