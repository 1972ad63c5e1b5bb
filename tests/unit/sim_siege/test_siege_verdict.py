"""A siege that believed a lie or missed a truth is lost, and a seed always draws the same siege."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from siaga_sim.actors import photos
from siaga_sim.actors.photos import Forgery
from siaga_sim.siege.ground import jakarta
from siaga_sim.siege.plan import STOLEN_NODE, Case, CaseKind, LieKind, Plan, drawn
from siaga_sim.siege.river import TrueEvent
from siaga_sim.siege.truth import Truth, p95, ranks_gained
from siaga_sim.siege.verdict import Evidence, ProofOutcome, judged
from siaga_sim.siege.watching import SeenAlert
from siaga_sim.siege.work import CaseRecord

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
FLOOD_AREA, DRY_AREA, CAMERA = "31.74.03.bangka", "31.73.02.tomang", "cam-kemang"


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def an_alert(seconds: float, place: tuple[str, str] = ("area", DRY_AREA), **more: Any) -> SeenAlert:
    fields: dict[str, Any] = {
        "stage": 4,
        "flood": 0,
        "flood_certainty": None,
        "certainty": "Observed",
        "revision": 1,
        "headline": "Flood WARNING",
    }
    return SeenAlert(alert_id=f"{place[1]}/{seconds}", place=place, seen_at=at(seconds), **(fields | more))


@pytest.fixture(scope="module")
def plan() -> Plan:
    return drawn(1, 60, jakarta())


@pytest.fixture
def truth() -> Truth:
    return Truth(
        first_stages={"karet": 3, "depok": 4},
        events=[
            TrueEvent(kind="gauge", id="depok", stage=3, at=at(5), is_calm=True),
            TrueEvent(kind="gauge", id="karet", stage=2, at=at(30), is_calm=False),
            TrueEvent(kind="camera", id=CAMERA, stage=4, at=at(40), is_calm=False),
        ],
        warned={DRY_AREA: ["karet"]},
        camera_areas={CAMERA: frozenset({FLOOD_AREA})},
    )


@pytest.mark.parametrize(
    ("alert", "is_true"),
    [
        (an_alert(20, stage=3), True),
        (an_alert(20, stage=2), False),  # not yet
        (an_alert(31, stage=2, flood=1), True),
        (an_alert(31, stage=1), False),
        (an_alert(31, flood=3), False),
        (an_alert(20, stage=3, flood=1, flood_certainty="Possible"), True),  # a true stage beside what is only reported
        (an_alert(20, stage=3, flood=1, flood_certainty="Likely"), False),
        (an_alert(38, ("area", FLOOD_AREA), flood=2), False),  # before the camera saw it
        (an_alert(41, ("area", FLOOD_AREA), flood=2), True),
        (an_alert(41, ("area", FLOOD_AREA), flood=3), False),
        (an_alert(41, ("area", "31.71.01.gambir"), flood=2), False),
        (an_alert(6, ("gauge", "depok"), stage=3), True),
        (an_alert(6, ("gauge", "katulampa"), stage=1), False),
    ],
)
def test_an_alert_may_claim_what_had_happened_and_no_more(truth: Truth, alert: SeenAlert, is_true: bool) -> None:
    assert truth.allows(alert, alert.seen_at) is is_true


def a_record(case: Case) -> CaseRecord:
    return CaseRecord(case, task_id=str(case.number), attempts=1)


def outcomes(plan: Plan, *, accepted: bool = False, held: bool = False) -> list[ProofOutcome]:
    return [
        ProofOutcome(
            record=a_record(case),
            state="resolved",
            is_held=held and case.kind is CaseKind.HONEST,
            is_accepted=accepted and case.kind is CaseKind.FORGED,
            decided_by="None",
        )
        for case in plan.cases
    ]


def a_ranking(plan: Plan, *, corrupt_rank: int) -> list[dict[str, Any]]:
    return [{"id": one.user, "rank": corrupt_rank if one.is_corrupt else 1} for one in plan.officers]


def a_siege(plan: Plan, truth: Truth, *, published: Sequence[SeenAlert] = (), **more: Any) -> Evidence:
    seen = (
        an_alert(9, ("gauge", "depok"), stage=3),
        an_alert(36, ("gauge", "karet"), stage=2),
        an_alert(47, ("area", FLOOD_AREA), flood=2, certainty="Likely"),
    )
    fields: dict[str, Any] = {
        "ended_after_seconds": 300.0,
        "ranking_before": a_ranking(plan, corrupt_rank=2),
        "ranking_after": a_ranking(plan, corrupt_rank=2),
        "proofs": outcomes(plan),
        "foreign": (0, 0),
        "after_block": 0,
    }
    fields |= {"messenger_reports": 0, "forged_messages": 9, "posts": 500}
    return Evidence(plan=plan, truth=truth, published=published, seen=seen, **(fields | more))


def test_a_siege_that_believed_nothing_false_holds(plan: Plan, truth: Truth) -> None:
    verdict = judged(a_siege(plan, truth))
    assert verdict.holds, verdict.table()
    wanted = {"true_alerts": 2, "true_alert_delay_s_p95": 7.0, "delay_without_attack_s_p95": 4.0, "seed": 1}
    assert {name: verdict.figures[name] for name in wanted} == wanted


def test_each_lie_that_was_believed_and_each_truth_that_was_missed_loses_it(plan: Plan, truth: Truth) -> None:
    lie = an_alert(20, ("area", "31.71.01.gambir"), flood=2)
    lost = {
        "false alerts": a_siege(plan, truth, published=[lie]),
        "unranked": a_siege(plan, truth, ranking_before=[], ranking_after=[]),
        "ranks": a_siege(plan, truth, ranking_after=a_ranking(plan, corrupt_rank=1)),
        "forged proofs": a_siege(plan, truth, proofs=outcomes(plan, accepted=True)),
        "honest proofs": a_siege(plan, truth, proofs=outcomes(plan, held=True)),
        "without proofs": a_siege(plan, truth, proofs=[]),
        "foreign": a_siege(plan, truth, foreign=(0, 1)),
        "blocked": a_siege(plan, truth, after_block=1),
        "messages": a_siege(plan, truth, messenger_reports=1),
        "never came": replace(a_siege(plan, truth), seen=[an_alert(9, ("gauge", "depok"), stage=3)]),
        "later": replace(
            a_siege(plan, truth),
            seen=[
                an_alert(9, ("gauge", "depok"), stage=3),
                an_alert(70, ("gauge", "karet"), stage=2),
                an_alert(80, ("area", FLOOD_AREA), flood=2),
            ],
        ),
    }
    assert {name for name, evidence in lost.items() if judged(evidence).holds} == set()
    assert "31.71.01.gambir" in judged(lost["false alerts"]).table()


def test_what_is_only_possible_is_neither_a_false_nor_a_true_alert(plan: Plan, truth: Truth) -> None:
    unsure = an_alert(20, ("area", "31.71.01.gambir"), flood=2, certainty="Possible")
    assert judged(a_siege(plan, truth, published=[unsure])).holds
    only_possible = [replace(one, certainty="Possible") for one in a_siege(plan, truth).seen]
    assert judged(replace(a_siege(plan, truth), seen=only_possible)).figures["true_alerts_missed"] == 2


def test_ranks_are_compared_and_an_absent_officer_stands_last() -> None:
    before = {"a": 1, "b": 2, "c": 3, "x": 4, "y": 5}
    assert ranks_gained(before, {"x": 1, "a": 2, "b": 3, "c": 4, "y": 5}, ["x", "y"]) == 3
    assert ranks_gained(before, {"a": 1, "b": 2, "c": 3, "y": 4, "x": 5}, ["x", "y"]) == 0  # among themselves
    assert ranks_gained(before, {"a": 1, "x": 2, "b": 2, "c": 2}, ["x", "y"]) == 2
    assert ranks_gained({"a": 1}, {"a": 2, "x": 1}, ["x"]) == 1
    assert p95([]) is None
    assert p95([float(value) for value in range(1, 101)]) == 95.0


def test_a_seed_draws_the_same_siege_again() -> None:
    ground = jakarta()
    first, again, other = (drawn(seed, 300, ground) for seed in (1, 1, 2))
    assert first == again != other
    assert {lie.kind for lie in first.lies} == set(LieKind)
    assert {case.forgery for case in first.cases} == {None, *Forgery}
    kinds = Counter(case.kind for case in first.cases)
    assert kinds[CaseKind.FORGED] >= 100
    assert kinds[CaseKind.HONEST] >= 40
    stolen = next(node for node in ground.nodes if node.name == STOLEN_NODE)
    assert not {rise.gauge for storm in first.storms for rise in storm.rises} & set(stolen.gauges)


def test_photos_of_a_seed_are_the_same_and_of_two_places_differ() -> None:
    assert np.array_equal(photos.scene(3), photos.scene(3))
    assert np.abs(photos.scene(3).astype(int) - photos.scene(4)).mean() > 10
    assert {photos.forged(kind, 3, 4).shape for kind in Forgery} == {(photos.HEIGHT, photos.WIDTH, 3)}
