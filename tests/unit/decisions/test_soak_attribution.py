"""Which fault of a soak a word of the node belongs to, and when a device may be broken anew."""

from __future__ import annotations

import math

from benchmarks.gauges.soak import Fault, SoakResult

from siaga_core.wire.messages import EventState

CAMERA = "cam-1"


def fault(kind: str = "killed", *, began: float, returned: float | None = None) -> Fault:
    return Fault(CAMERA, kind, began, returned=returned)


def test_an_end_that_comes_after_the_next_fault_began_is_of_the_first() -> None:
    reported = SoakResult(faults=[fault(began=0, returned=20)])
    reported.note(CAMERA, EventState.BEGAN, 6)
    reported.faults.append(fault(began=23, returned=40))
    reported.note(CAMERA, EventState.ENDED, 24)
    reported.note(CAMERA, EventState.BEGAN, 29)
    reported.note(CAMERA, EventState.ENDED, 44)
    assert reported.unknown_after() == [6, 6]
    assert reported.back_after() == [4, 4]
    assert reported.unexplained == []


def test_a_loss_within_the_promise_need_not_be_reported_but_a_longer_one_must() -> None:
    assert SoakResult(faults=[fault(began=0, returned=8)]).unknown_after() == []
    assert SoakResult(faults=[fault(began=0, returned=11)]).unknown_after() == [math.inf]
    assert SoakResult(faults=[fault(began=0)]).unknown_after() == [math.inf]


def test_nothing_is_broken_anew_before_its_return_was_reported_or_need_no_longer_be() -> None:
    reported = SoakResult(faults=[fault(began=0, returned=20)])
    assert not reported.is_settled(CAMERA, 25)
    assert reported.is_settled(CAMERA, 30)
    reported.note(CAMERA, EventState.BEGAN, 6)
    assert not reported.is_settled(CAMERA, 35)
    assert reported.is_settled(CAMERA, 40)
    reported.note(CAMERA, EventState.ENDED, 22)
    assert reported.is_settled(CAMERA, 23)
    assert reported.is_settled("cam-2", 0)


def test_a_word_without_a_fault_is_unexplained() -> None:
    reported = SoakResult()
    reported.note(CAMERA, EventState.BEGAN, 7, began=5)
    assert reported.unexplained == [(CAMERA, 2)]
