"""How far a source is believed: the prior of its kind, moved by verdicts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga_core.rules.incident import DEFAULT_RELIABILITY
from siaga_core.rules.reliability import DEFAULT_PRIORS, BetaPrior, belief

counts = st.integers(0, 500)


@pytest.mark.parametrize("kind", sorted(DEFAULT_RELIABILITY))
def test_without_verdicts_a_source_is_believed_as_its_kind(kind: str) -> None:
    assert belief(f"{kind}:x").mean == pytest.approx(DEFAULT_RELIABILITY[kind])


@pytest.mark.parametrize(
    ("confirmed", "refuted", "mean"),
    [(1, 0, 8.5 / 11), (0, 1, 7.5 / 11), (10, 0, 17.5 / 20), (0, 90, 7.5 / 100)],
)
def test_verdicts_move_it(confirmed: int, refuted: int, mean: float) -> None:
    assert belief("camera:c", confirmed=confirmed, refuted=refuted).mean == pytest.approx(mean)


def test_a_city_may_set_its_own_prior_and_an_unknown_kind_is_not_believed() -> None:
    own = {**DEFAULT_PRIORS, "citizen": BetaPrior(mean=0.9, strength=2)}
    assert belief("citizen:a", refuted=2, priors=own).mean == pytest.approx(1.8 / 4)
    assert belief("oracle:a").mean == 0


@pytest.mark.parametrize(("mean", "strength"), [(-0.1, 1), (1.1, 1), (0.5, 0), (0.5, 10_001)])
def test_a_prior_that_makes_no_sense_is_refused(mean: float, strength: float) -> None:
    with pytest.raises(ValueError, match="expected a mean"):
        BetaPrior(mean=mean, strength=strength)


@given(confirmed=counts, refuted=counts)
def test_it_is_between_nothing_and_all_and_verdicts_move_it(confirmed: int, refuted: int) -> None:
    now = belief("camera:c", confirmed=confirmed, refuted=refuted)
    better = belief("camera:c", confirmed=confirmed + 1, refuted=refuted)
    worse = belief("camera:c", confirmed=confirmed, refuted=refuted + 1)
    assert 0 < worse.mean < now.mean < better.mean < 1
    assert 0 < now.deviation < 0.5


def test_more_verdicts_leave_less_open() -> None:
    assert belief("camera:c", confirmed=75, refuted=25).deviation < belief("camera:c").deviation


@pytest.mark.parametrize(("mean", "strength"), [(0, 1), (1, 1), (0.5, 0.5), (0.5, 10_000)])
def test_priors_at_the_limits_are_accepted(mean: float, strength: float) -> None:
    assert BetaPrior(mean=mean, strength=strength).mean == mean


def test_the_kind_of_a_source_is_what_stands_before_the_first_colon() -> None:
    assert belief("citizen:phone:62").mean == belief("citizen:x").mean
