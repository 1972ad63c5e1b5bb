"""The flood state of an area: bands of depth, evidence that expires, a person's word above it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga_core.rules.flood_state import (
    COLOURS,
    GAUGE_VALID_FOR,
    SENSOR_VALID_FOR,
    SIGNAL_VALID_FOR,
    AlertableFlood,
    AreaState,
    Evidence,
    FloodState,
    GaugeStage,
    IncidentState,
    Override,
    alertable,
    decide,
    of_gauge,
    of_incident,
    state_of_depth,
)
from siaga_core.rules.trust.certainty import Certainty, SourceCount

AT = datetime(2026, 1, 15, 8, tzinfo=UTC)


def an_incident(**changes: object) -> IncidentState:
    incident = IncidentState(
        id="i1", confidence=0.8, severity="moderate", depth_cm=None, source_kinds=("camera", "citizen"),
        last_signal_at=AT, is_ongoing=False, certainty=Certainty.POSSIBLE,
    )  # fmt: skip
    return replace(incident, **changes)  # type: ignore[arg-type]


def evidence(
    state: FloodState,
    *,
    minutes: float = 60,
    at: datetime = AT,
    name: str = "i1",
    certainty: Certainty = Certainty.OBSERVED,
    sources: tuple[SourceCount, ...] = (),
) -> Evidence:
    return Evidence(
        kind="incident", id=name, state=state, observed_at=at, expires_at=at + timedelta(minutes=minutes), why="",
        certainty=certainty, sources=sources,
    )  # fmt: skip


def test_the_four_states_have_the_colours_of_cognicity() -> None:
    assert [COLOURS[state] for state in FloodState] == [None, "#A0A9F7", "#FFFF00", "#FF8300", "#CC2A41"]
    assert FloodState.SEVERE.label == "severe"


@pytest.mark.parametrize(
    ("depth_cm", "state"),
    [(0, "NONE"), (9.9, "NONE"), (10, "MINOR"), (70, "MINOR"), (71, "MODERATE"), (150, "MODERATE"), (151, "SEVERE")],
)
def test_the_band_of_a_depth(depth_cm: float, state: str) -> None:
    assert state_of_depth(depth_cm) is FloodState[state]


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        pytest.param({"confidence": 0.29}, None, id="too weak to be shown"),
        pytest.param({"confidence": 0.3}, "CAUTION", id="told of, not believed"),
        pytest.param({"confidence": 0.54, "depth_cm": 200.0}, "CAUTION", id="not believed, however deep"),
        pytest.param(
            {"confidence": 0.49, "certainty": Certainty.POSSIBLE, "depth_cm": 90.0},
            "CAUTION",
            id="people without proof",
        ),
        pytest.param({"confidence": 0.4, "certainty": Certainty.LIKELY}, "MINOR", id="confirmed by an operator"),
        pytest.param({"severity": "minor"}, "MINOR", id="minor, depth unknown"),
        pytest.param({"severity": "moderate"}, "MINOR", id="moderate without a depth is held one lower"),
        pytest.param({"severity": "severe"}, "MODERATE", id="severe without a depth is held one lower"),
        pytest.param({"severity": "unheard"}, "CAUTION", id="a severity that nobody knows"),
        pytest.param({"severity": "minor", "depth_cm": 160.0}, "SEVERE", id="a depth beats the severity"),
        pytest.param({"depth_cm": 5.0}, "CAUTION", id="a puddle that is believed"),
        pytest.param({"source_kinds": ("gauge",)}, None, id="a gauge alone does not say that the street is wet"),
        pytest.param({"source_kinds": ("gauge", "rule")}, None, id="nor does a gauge with the rule that doubts it"),
        pytest.param({"confidence": 0.55, "depth_cm": 200.0}, "SEVERE", id="just believed"),
        pytest.param({"source_kinds": ("gauge", "citizen")}, "MINOR", id="a citizen beside the gauge does"),
        pytest.param(
            {"source_kinds": ("gauge", "citizen"), "severity": "severe"}, "MINOR", id="Siaga 1 is no depth of a street"
        ),
    ],
)
def test_what_an_incident_shows(changes: dict[str, object], state: str | None) -> None:
    found = of_incident(an_incident(**changes))
    assert (found and found.state.name) == state


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"confidence": 0.5}, "confidence 0.50, not yet believed, possible"),
        ({"depth_cm": 44.6}, "confidence 0.80, 45 cm deep, possible"),
        (
            {"confidence": 0.4, "certainty": Certainty.LIKELY},
            "confidence 0.40, moderate, depth not known, likely",
        ),
        ({}, "confidence 0.80, moderate, depth not known, possible"),
    ],
)
def test_the_evidence_of_an_incident_names_it_and_the_reason(changes: dict[str, object], why: str) -> None:
    found = of_incident(an_incident(**changes))
    assert found is not None
    assert (found.kind, found.id, found.observed_at, found.why) == ("incident", "i1", AT, why)


@pytest.mark.parametrize(
    ("kinds", "person", "certainty"),
    [
        (("gauge", "citizen"), None, Certainty.POSSIBLE),
        (("gauge", "feed", "citizen"), None, Certainty.POSSIBLE),
        (("gauge", "camera", "citizen"), None, Certainty.OBSERVED),
        (("gauge", "citizen"), "operator", Certainty.OBSERVED),
        (("citizen",), "officer", Certainty.OBSERVED),
    ],
)
def test_a_gauge_makes_no_report_of_a_wet_street_more_than_possible(
    kinds: tuple[str, ...], person: Literal["operator", "officer"] | None, certainty: Certainty
) -> None:
    sources = (SourceCount(kind=person, count=1, first_at=AT, last_at=AT),) if person else ()
    found = of_incident(an_incident(source_kinds=kinds, sources=sources, certainty=Certainty.OBSERVED))
    assert found is not None
    assert (found.certainty, found.why.endswith(certainty.label)) == (certainty, True)


@pytest.mark.parametrize(("ongoing", "retains"), [(False, SIGNAL_VALID_FOR), (True, SENSOR_VALID_FOR)])
def test_how_long_an_incident_is_evidence(ongoing: bool, retains: timedelta) -> None:
    found = of_incident(an_incident(is_ongoing=ongoing))
    assert found is not None
    assert found.expires_at == AT + retains


@pytest.mark.parametrize(("stage", "state"), [(4, None), (3, None), (2, "CAUTION"), (1, "MINOR")])
def test_what_a_gauge_reports(stage: int, state: str | None) -> None:
    found = of_gauge(GaugeStage(id="depok", stage=stage, measured_at=AT))
    assert (found and (found.state.name, found.expires_at)) == (state and (state, AT + GAUGE_VALID_FOR))
    assert found is None or (found.kind, found.id, found.observed_at, found.why) == (
        "gauge", "depok", AT, f"Siaga {stage}",
    )  # fmt: skip


def test_the_worst_that_has_not_expired_holds_until_the_last_of_its_kind_expires() -> None:
    held = [
        evidence(FloodState.SEVERE, minutes=10, name="old"),
        evidence(FloodState.MINOR, minutes=30, name="a"),
        evidence(FloodState.MINOR, minutes=50, name="b"),
        evidence(FloodState.CAUTION, minutes=90, name="c"),
    ]
    now = AT + timedelta(minutes=20)
    found = decide(held, None, now=now)
    assert (found.state, found.expires_at) == (FloodState.MINOR, AT + timedelta(minutes=50))
    assert [one.id for one in found.evidence] == ["a", "b", "c"]
    nothing = decide(held, None, now=AT + timedelta(minutes=90))
    assert (nothing.state, nothing.evidence, nothing.expires_at) == (FloodState.NONE, (), None)


@pytest.mark.parametrize("message", [FloodState.NONE, FloodState.SEVERE])
def test_a_persons_word_holds_above_the_evidence_until_it_expires(message: FloodState) -> None:
    word = Override(state=message, reason="seen", by="op", expires_at=AT + timedelta(minutes=30))
    held = [evidence(FloodState.MINOR)]
    now_ = decide(held, word, now=AT)
    assert (now_.state, now_.computed, now_.expires_at, now_.override) == (
        message, FloodState.MINOR, word.expires_at, word,
    )  # fmt: skip
    later = decide(held, word, now=word.expires_at)
    assert (later.state, later.override) == (FloodState.MINOR, None)


@given(st.lists(st.tuples(st.sampled_from(list(FloodState)[1:]), st.integers(1, 300))), st.integers(0, 300))
def test_more_evidence_never_makes_it_better(held: list[tuple[FloodState, int]], minutes: int) -> None:
    now = AT + timedelta(minutes=minutes)
    all_of_it = [evidence(state, minutes=retains, name=str(n)) for n, (state, retains) in enumerate(held)]
    whole = decide(all_of_it, None, now=now)
    assert whole == decide(reversed(all_of_it), None, now=now), "the order does not matter"
    assert all(decide(all_of_it[:n], None, now=now).state <= whole.state for n in range(len(held)))
    assert all(one.expires_at > now for one in whole.evidence)


def people(count: int, minute: int) -> SourceCount:
    at = AT + timedelta(minutes=minute)
    return SourceCount(kind="unverified_citizen", count=count, first_at=at, last_at=at)


@pytest.mark.parametrize(
    ("state", "certainty", "published"),
    [
        (FloodState.SEVERE, Certainty.UNVERIFIED, FloodState.NONE),
        (FloodState.CAUTION, Certainty.UNVERIFIED, FloodState.NONE),
        (FloodState.SEVERE, Certainty.POSSIBLE, FloodState.CAUTION),
        (FloodState.CAUTION, Certainty.POSSIBLE, FloodState.CAUTION),
        (FloodState.MODERATE, Certainty.LIKELY, FloodState.MODERATE),
        (FloodState.SEVERE, Certainty.OBSERVED, FloodState.SEVERE),
    ],
)
def test_what_may_be_published(state: FloodState, certainty: Certainty, published: FloodState) -> None:
    held = decide([evidence(state, certainty=certainty)], None, now=AT)
    found = alertable(held, since=AT, now=AT)
    assert found.state is published
    assert found.certainty is (certainty if published else Certainty.UNVERIFIED)


def test_the_sources_of_all_that_may_be_published_are_counted_together() -> None:
    held = decide(
        [
            evidence(FloodState.MINOR, name="a", certainty=Certainty.POSSIBLE, sources=(people(3, 2),)),
            evidence(FloodState.CAUTION, name="b", certainty=Certainty.OBSERVED, sources=(people(1, 9),)),
            evidence(FloodState.CAUTION, name="c", certainty=Certainty.UNVERIFIED, sources=(people(50, 0),)),
        ],
        None,
        now=AT,
    )
    assert alertable(held, since=AT, now=AT) == AlertableFlood(
        state=FloodState.CAUTION,
        certainty=Certainty.OBSERVED,
        sources=(
            SourceCount(
                kind="unverified_citizen",
                count=3,
                first_at=AT + timedelta(minutes=2),
                last_at=AT + timedelta(minutes=9),
            ),
        ),
    )


def test_what_has_expired_is_not_published() -> None:
    held = AreaState(
        state=FloodState.MINOR,
        computed=FloodState.MINOR,
        expires_at=AT,
        evidence=(evidence(FloodState.MINOR, minutes=1),),
        override=None,
    )
    assert alertable(held, since=AT, now=AT + timedelta(minutes=1)) == AlertableFlood()
    assert alertable(held, since=AT, now=AT).state is FloodState.MINOR


def test_what_a_person_set_is_likely_and_names_an_operator() -> None:
    word = Override(state=FloodState.MODERATE, reason="radio", by="op", expires_at=AT + timedelta(hours=1))
    held = decide([], word, now=AT)
    assert held.certainty is Certainty.LIKELY
    found = alertable(held, since=AT, now=AT)
    assert (found.state, found.certainty) == (FloodState.MODERATE, Certainty.LIKELY)
    assert [(one.kind, one.count, one.first_at) for one in found.sources] == [("operator", 1, AT)]


def test_a_state_is_as_sure_as_the_surest_evidence_of_it() -> None:
    weak = evidence(FloodState.MINOR, certainty=Certainty.POSSIBLE)
    sure = evidence(FloodState.CAUTION, name="b")
    assert decide([weak, sure], None, now=AT).certainty is Certainty.POSSIBLE
    assert decide([weak, evidence(FloodState.MINOR, name="c")], None, now=AT).certainty is Certainty.OBSERVED
    assert decide([], None, now=AT).certainty is Certainty.UNVERIFIED
