"""Which fault of a soak a word of the node belongs to, and when a device may be broken anew."""

from __future__ import annotations

import math

from benchmarks.gauges.soak import Fault, Told

from siaga_core.wire.messages import EventState

CAMERA = "cam-1"


def fault(kind: str = "killed", *, began: float, returned: float | None = None) -> Fault:
    return Fault(CAMERA, kind, began, returned=returned)


def test_an_end_that_comes_after_the_next_fault_began_is_of_the_first() -> None:
    told = Told(faults=[fault(began=0, returned=20)])
    told.note(CAMERA, EventState.BEGAN, 6)
    told.faults.append(fault(began=23, returned=40))
    told.note(CAMERA, EventState.ENDED, 24)
    told.note(CAMERA, EventState.BEGAN, 29)
    told.note(CAMERA, EventState.ENDED, 44)
    assert told.unknown_after() == [6, 6]
    assert told.back_after() == [4, 4]
    assert told.unexplained == []


def test_a_loss_that_is_over_within_the_promise_need_not_be_told_but_a_longer_one_must() -> None:
    assert Told(faults=[fault(began=0, returned=8)]).unknown_after() == []
    assert Told(faults=[fault(began=0, returned=11)]).unknown_after() == [math.inf]
    assert Told(faults=[fault(began=0)]).unknown_after() == [math.inf]


def test_nothing_is_broken_anew_before_its_return_was_told_or_need_no_longer_be() -> None:
    told = Told(faults=[fault(began=0, returned=20)])
    assert not told.is_settled(CAMERA, 25)
    assert told.is_settled(CAMERA, 30)
    told.note(CAMERA, EventState.BEGAN, 6)
    assert not told.is_settled(CAMERA, 35)
    assert told.is_settled(CAMERA, 40)
    told.note(CAMERA, EventState.ENDED, 22)
    assert told.is_settled(CAMERA, 23)
    assert told.is_settled("cam-2", 0)


def test_a_word_without_a_fault_is_unexplained() -> None:
    told = Told()
    told.note(CAMERA, EventState.BEGAN, 7, began=5)
    assert told.unexplained == [(CAMERA, 2)]
