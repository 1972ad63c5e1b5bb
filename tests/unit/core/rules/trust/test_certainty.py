"""How sure an incident is: by what supports it, and not by how many say so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga_core.rules.trust.certainty import Certainty, SourceCount, Support, certainty_of, count_people, joined
from siaga_core.rules.trust.independence import Origin, SourcePolicy, independent_sources

AT = datetime(2026, 1, 15, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("support", "certainty"),
    [
        pytest.param({}, "UNVERIFIED", id="nobody"),
        pytest.param({"people": 1}, "UNVERIFIED", id="one person"),
        pytest.param({"people": 2}, "UNVERIFIED", id="two"),
        pytest.param({"people": 3}, "POSSIBLE", id="three"),
        pytest.param({"people": 10_000, "confidence": 0.999}, "POSSIBLE", id="people alone are never more"),
        pytest.param({"people": 2, "partners": 1}, "POSSIBLE", id="a feed beside two people"),
        pytest.param({"people": 1, "partners": 1}, "UNVERIFIED", id="a feed beside one"),
        pytest.param({"is_confirmed": True}, "LIKELY", id="an operator"),
        pytest.param({"sensor_confidence": 0.2, "confidence": 0.55}, "LIKELY", id="a weak sensor with others"),
        pytest.param({"sensor_confidence": 0.2, "confidence": 0.54}, "UNVERIFIED", id="a weak sensor"),
        pytest.param({"sensor_confidence": 0.0, "confidence": 0.9}, "UNVERIFIED", id="no sensor"),
        pytest.param({"sensor_confidence": 0.49, "people": 3}, "POSSIBLE", id="a weak sensor and people"),
        pytest.param({"sensor_confidence": 0.5}, "OBSERVED", id="a sensor that is sure by itself"),
        pytest.param({"has_officer": True}, "OBSERVED", id="an officer at the place"),
        pytest.param({"has_officer": True, "is_confirmed": True}, "OBSERVED", id="the surest counts"),
    ],
)
def test_how_sure(support: dict[str, object], certainty: str) -> None:
    assert certainty_of(Support(**{"confidence": 0.4, **support})) is Certainty[certainty]  # type: ignore[arg-type]


@given(st.integers(0, 10_000), st.integers(0, 100), st.floats(0, 1))
def test_people_and_partners_alone_are_at_most_possible(people: int, partners: int, confidence: float) -> None:
    found = certainty_of(Support(confidence=confidence, people=people, partners=partners))
    assert found <= Certainty.POSSIBLE


def test_a_city_may_demand_more_sources() -> None:
    assert certainty_of(Support(confidence=0.4, people=4), SourcePolicy(possible_from=5)) is Certainty.UNVERIFIED


def test_its_words() -> None:
    assert [(one.label, one.cap) for one in Certainty] == [
        ("unverified", "Unknown"),
        ("possible", "Possible"),
        ("likely", "Likely"),
        ("observed", "Observed"),
    ]


def test_people_are_counted_apart_from_sensors_and_partners() -> None:
    origins = [
        Origin(signal_id="1", source="camera:c", received_at=AT),
        Origin(signal_id="2", source="feed:waze", received_at=AT),
        Origin(signal_id="3", source="citizen:a", received_at=AT, account="a"),
        Origin(signal_id="4", source="citizen:b", received_at=AT, network="n"),
    ]
    assert count_people(independent_sources(origins)) == 2


def test_counts_of_a_kind_are_joined_with_their_times_and_names_and_people_may_be_the_same() -> None:
    later = AT + timedelta(minutes=5)
    found = joined(
        [
            SourceCount(kind="unverified_citizen", count=2, first_at=later, last_at=later),
            SourceCount(kind="camera", count=1, first_at=later, last_at=later, names=("B",)),
            SourceCount(kind="camera", count=1, first_at=AT, last_at=AT, names=("A",)),
            SourceCount(kind="camera", count=1, first_at=AT, last_at=AT, names=("A",)),
            SourceCount(kind="unverified_citizen", count=1, first_at=AT, last_at=AT),
        ]
    )
    assert found == (
        SourceCount(kind="camera", count=2, first_at=AT, last_at=later, names=("A", "B")),
        SourceCount(kind="unverified_citizen", count=2, first_at=AT, last_at=later),
    )
