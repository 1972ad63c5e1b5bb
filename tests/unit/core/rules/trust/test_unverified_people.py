"""People of whom nothing is proven: together they never reach what a public alert needs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from tests.unit.core.rules.test_incident import AT, a_signal, ledger, members, sources_of

from siaga_core.rules.incident import Signal
from siaga_core.rules.incident import ledger as ledger_of
from siaga_core.rules.trust.independence import Origin, SourceGrade, SourcePolicy, independent_sources

minutes_apart = [
    a_signal(id=f"s{number}", source=f"citizen:{number}", observed_at=AT + timedelta(minutes=number))
    for number in range(40)
]


@pytest.mark.parametrize(
    ("count", "confidence"),
    [(0, 0.0), (1, 0.4), (2, 0.49), (3, 0.49), (40, 0.49)],
)
def test_unverified_people_are_capped_together(count: int, confidence: float) -> None:
    held = minutes_apart[:count]
    account = ledger_of(held, sources=sources_of(held, are_proven=False))
    assert account.confidence == pytest.approx(confidence)
    assert account.unverified_confidence == pytest.approx(confidence)
    assert {line.grade for line in account.lines} <= {SourceGrade.UNVERIFIED}


def test_the_weights_of_capped_sources_explain_the_confidence() -> None:
    sure = [a_signal(id="sure", source="citizen:sure", strength=9.0, observed_at=AT - timedelta(hours=1))]
    held = [*minutes_apart[:5], *sure]
    account = ledger_of(held, {"citizen": 0.4, "citizen:sure": 1.0}, sources=sources_of(held, are_proven=False))
    doubt = 1.0
    for line in account.lines:
        assert 0 < line.weight < 0.49
        doubt *= 1 - line.weight
    assert 1 - doubt == pytest.approx(0.49)
    assert account.confidence == pytest.approx(0.49)


def test_the_cap_leaves_sensors_and_proven_people_as_they_are() -> None:
    held = [a_signal(id="camera"), *minutes_apart[:9]]
    account = ledger_of(held, sources=sources_of(held, are_proven=False))
    assert account.confidence == pytest.approx(1 - 0.25 * 0.51)
    assert ledger(minutes_apart[:3]).confidence == pytest.approx(0.784)


def test_a_city_may_set_its_own_cap() -> None:
    held = minutes_apart[:9]
    sources = sources_of(held, are_proven=False)
    assert ledger_of(held, sources=sources, policy=SourcePolicy(unverified_cap=0.2)).confidence == pytest.approx(0.2)


def test_signals_of_one_source_count_once_under_whatever_name() -> None:
    held = [a_signal(id=str(number), source=f"citizen:{number}") for number in range(30)]
    one_network = [
        Origin(signal_id=one.id, source=one.source, received_at=one.observed_at, network="n") for one in held
    ]
    account = ledger_of(held, sources=independent_sources(one_network))
    assert sum(line.counts for line in account.lines) == 1
    assert {line.independent_key for line in account.lines} == {"citizen:0"}
    assert account.confidence == pytest.approx(0.4)


def test_a_signal_whose_source_is_not_known_is_unverified() -> None:
    account = ledger_of([a_signal()], sources=())
    (line,) = account.lines
    assert (line.grade, line.independent_key) == (SourceGrade.UNVERIFIED, "camera:c1")
    assert account.confidence == pytest.approx(0.49)


@given(members)
def test_people_alone_never_exceed_the_cap(held: list[Signal]) -> None:
    people = [one for one in held if one.source.startswith("citizen:")]
    account = ledger_of(people, sources=sources_of(people, are_proven=False))
    assert account.confidence <= SourcePolicy().unverified_cap + 1e-12
