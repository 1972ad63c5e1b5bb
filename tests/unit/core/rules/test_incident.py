"""Signals that belong together, and how far they are believed together."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from siaga_core.rules.geometry import LatLon, distance_m
from siaga_core.rules.incident import (
    DEFAULT_RELIABILITY,
    OTHER_MATCH,
    Candidate,
    Ledger,
    MatchPolicy,
    Signal,
    cells,
    choose,
    continues,
    default_match,
    leads,
    match_policy,
    weight,
)
from siaga_core.rules.incident import ledger as ledger_of
from siaga_core.rules.trust.independence import (
    IndependentSource,
    Origin,
    independent_sources,
)

AT = datetime(2026, 1, 15, 8, tzinfo=UTC)
HERE = LatLon(-6.2079, 106.8484)
POLICY = MatchPolicy(radius_m=150, window_seconds=3600)
RELIABILITY = {"camera": 0.75, "gauge": 0.8, "citizen": 0.4}


def north_of(place: LatLon, metres: float) -> LatLon:
    return LatLon(place.lat + metres / 111_195, place.lon)


def a_signal(**changes: object) -> Signal:
    signal = Signal(id="s1", source="camera:c1", category="flooding", place=HERE, observed_at=AT, strength=1.0)
    return replace(signal, **changes)  # type: ignore[arg-type]


def sources_of(members: Iterable[Signal], *, are_proven: bool) -> tuple[IndependentSource, ...]:
    """Every name a source of its own, with a proven account or from a network of its own."""
    return independent_sources(
        Origin(
            signal_id=one.id,
            source=one.source,
            received_at=one.observed_at,
            account=one.source if are_proven else None,
            network=one.source,
        )
        for one in members
    )


def ledger(members: Iterable[Signal], reliability: Mapping[str, float] = DEFAULT_RELIABILITY) -> Ledger:
    """The account where everybody is proven."""
    held = list(members)
    return ledger_of(held, reliability, sources=sources_of(held, are_proven=True))


def an_incident(**changes: object) -> Candidate:
    return replace(Candidate(id="i1", category="flooding", place=HERE, last_signal_at=AT), **changes)  # type: ignore[arg-type]


# --- which incident ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("candidate", "belongs"),
    [
        pytest.param({}, True, id="same place and time"),
        pytest.param({"place": north_of(HERE, 149)}, True, id="inside the radius"),
        pytest.param({"place": north_of(HERE, 151)}, False, id="outside the radius"),
        pytest.param({"category": "trash"}, False, id="of another category"),
        pytest.param({"last_signal_at": AT - timedelta(hours=1)}, True, id="the whole window ago"),
        pytest.param({"last_signal_at": AT - timedelta(hours=1, seconds=1)}, False, id="longer than the window ago"),
        pytest.param({"last_signal_at": AT + timedelta(hours=1)}, True, id="a late signal from just before"),
        pytest.param(
            {"last_signal_at": AT + timedelta(hours=1, seconds=1)}, False, id="a late signal from long before"
        ),
        pytest.param(
            {"first_signal_at": AT - timedelta(hours=5), "last_signal_at": AT + timedelta(hours=5)},
            True,
            id="a late signal from the middle of a long incident",
        ),
        pytest.param(
            {"first_signal_at": AT + timedelta(hours=1), "last_signal_at": AT + timedelta(hours=5)},
            True,
            id="a late signal from a window before its first",
        ),
        pytest.param(
            {"first_signal_at": AT + timedelta(hours=1, seconds=1), "last_signal_at": AT + timedelta(hours=5)},
            False,
            id="a late signal from longer before its first",
        ),
    ],
)
def test_a_signal_belongs_to_an_incident(candidate: dict[str, object], belongs: bool) -> None:
    chosen = choose(a_signal(), [an_incident(**candidate)], POLICY)
    assert (chosen is not None) is belongs


def test_the_radius_itself_counts_as_near() -> None:
    there = north_of(HERE, 80)
    exactly = MatchPolicy(radius_m=distance_m(HERE, there), window_seconds=60)
    assert choose(a_signal(), [an_incident(place=there)], exactly) is not None


def test_where_there_is_no_incident_none_is_chosen() -> None:
    assert choose(a_signal(), [], POLICY) is None


@pytest.mark.parametrize("backwards", [False, True], ids=["in order", "the other way round"])
@pytest.mark.parametrize(
    ("others", "chosen"),
    [
        pytest.param(
            [{"id": "far", "place": north_of(HERE, 60)}, {"id": "near", "place": north_of(HERE, 40)}],
            "near",
            id="the nearest",
        ),
        pytest.param(
            [
                {"id": "far and new", "place": north_of(HERE, 60), "last_signal_at": AT},
                {"id": "near and old", "place": north_of(HERE, 40), "last_signal_at": AT - timedelta(minutes=50)},
            ],
            "near and old",
            id="nearness goes before age",
        ),
        pytest.param(
            [{"id": "old", "last_signal_at": AT - timedelta(minutes=5)}, {"id": "new", "last_signal_at": AT}],
            "new",
            id="the newest among equally near",
        ),
        pytest.param([{"id": "b"}, {"id": "a"}], "a", id="the first by id among equals, so that replicas agree"),
    ],
)
def test_of_several_incidents_it_joins(others: list[dict[str, object]], chosen: str, backwards: bool) -> None:
    candidates = [an_incident(**other) for other in (reversed(others) if backwards else others)]
    found = choose(a_signal(), candidates, POLICY)
    assert found is not None
    assert found.id == chosen


@pytest.mark.parametrize(
    ("category", "radius_m", "hours"),
    [("flooding", 150, 3), ("trash", 30, 72), ("illegal_parking", 25, 2), ("pothole", 15, 720), ("beggars", 50, 24)],
)
def test_radius_and_window_of(category: str, radius_m: float, hours: float) -> None:
    assert match_policy(category) == MatchPolicy(radius_m=radius_m, window_seconds=hours * 3600)


def test_a_city_may_set_its_own_radius() -> None:
    own = {"trash": POLICY}
    assert match_policy("trash", own) == POLICY
    assert match_policy("flooding", own) == OTHER_MATCH
    assert match_policy("trash") == default_match()["trash"]


# --- how far it is believed -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "strength", "reliability", "expected"),
    [
        pytest.param("camera:c1", 1.0, RELIABILITY, 0.75, id="as its kind"),
        pytest.param("camera:c1", 0.5, RELIABILITY, 0.375, id="half sure"),
        pytest.param("camera:c1", 1.0, {**RELIABILITY, "camera:c1": 0.1}, 0.1, id="a camera known to err"),
        pytest.param("camera:c2", 1.0, {**RELIABILITY, "camera:c1": 0.1}, 0.75, id="not the other camera's fault"),
        pytest.param("oracle:x", 1.0, RELIABILITY, 0.0, id="an unknown kind is not believed"),
        pytest.param("camera:c1", 7.0, RELIABILITY, 1.0, id="never above one"),
        pytest.param("camera:c1", -1.0, RELIABILITY, 0.0, id="never below zero"),
    ],
)
def test_weight_of(source: str, strength: float, reliability: dict[str, float], expected: float) -> None:
    assert weight(a_signal(source=source, strength=strength), reliability) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("sources", "confidence"),
    [
        pytest.param([], 0.0, id="nobody"),
        pytest.param(["camera:1"], 0.75, id="a camera"),
        pytest.param(["camera:1", "camera:1", "camera:1"], 0.75, id="a camera that says it three times"),
        pytest.param(["camera:1", "camera:2"], 0.9375, id="two cameras"),
        pytest.param(["camera:1", "citizen:a"], 0.85, id="a camera and a citizen"),
        pytest.param(["citizen:a", "citizen:b", "citizen:c"], 0.784, id="three citizens"),
        pytest.param(["citizen:a"] * 12, 0.4, id="one citizen twelve times"),
    ],
)
def test_confidence_of(sources: list[str], confidence: float) -> None:
    members = [a_signal(id=f"s{number}", source=source) for number, source in enumerate(sources)]
    assert ledger(members, RELIABILITY).confidence == pytest.approx(confidence)


def test_by_default_a_gauge_is_believed_more_than_a_camera_and_a_camera_more_than_a_citizen() -> None:
    kinds = [ledger([a_signal(source=f"{kind}:x")]).confidence for kind in ("gauge", "camera", "feed", "citizen")]
    assert kinds == pytest.approx([0.8, 0.75, 0.5, 0.4])


def test_of_a_source_that_repeats_itself_the_strongest_statement_counts() -> None:
    account = ledger([a_signal(id="a", strength=0.5), a_signal(id="b", strength=0.9), a_signal(id="c", strength=0.7)])
    assert [line.counts for line in account.lines] == [False, True, False]
    assert account.confidence == pytest.approx(0.75 * 0.9)


def test_and_the_earliest_among_equally_strong() -> None:
    later = a_signal(id="a", observed_at=AT + timedelta(minutes=1))
    account = ledger([later, a_signal(id="b")])
    assert [(line.signal_id, line.counts) for line in account.lines] == [("b", True), ("a", False)]


def test_the_same_signal_twice_counts_once() -> None:
    account = ledger([a_signal(), a_signal()])
    assert [line.counts for line in account.lines] == [True, False]
    assert account.confidence == pytest.approx(0.75)


def test_the_ledger_records_who_knew_how_long_before() -> None:
    account = ledger(
        [
            a_signal(id="late", source="citizen:a", observed_at=AT + timedelta(minutes=12)),
            a_signal(id="early", source="gauge:g", observed_at=AT),
            a_signal(id="middle", source="camera:c", observed_at=AT + timedelta(minutes=4)),
        ]
    )
    assert [(line.signal_id, line.source, line.lead_seconds) for line in account.lines] == [
        ("early", "gauge:g", 720),
        ("middle", "camera:c", 480),
        ("late", "citizen:a", 0),
    ]
    assert account.source_kinds == {"gauge", "camera", "citizen"}


signals = st.builds(
    Signal,
    id=st.uuids().map(str),
    source=st.sampled_from(["camera:1", "camera:2", "gauge:1", "citizen:a", "citizen:b", "oracle:x"]),
    category=st.just("flooding"),
    place=st.just(HERE),
    observed_at=st.integers(0, 3600).map(lambda seconds: AT + timedelta(seconds=seconds)),
    strength=st.floats(0, 1),
)
members = st.lists(signals, max_size=12, unique_by=lambda signal: signal.id)


@given(members, signals)
def test_one_more_member_never_lowers_the_confidence(before: list[Signal], another: Signal) -> None:
    assert ledger([*before, another]).confidence >= ledger(before).confidence - 1e-12


@given(members.flatmap(lambda held: st.tuples(st.just(held), st.permutations(held))))
def test_the_sequence_in_which_members_came_does_not_matter(commands: tuple[list[Signal], list[Signal]]) -> None:
    assert ledger(commands[0]) == ledger(commands[1])


@given(members)
def test_the_account_adds_up(held: list[Signal]) -> None:
    account = ledger(held)
    doubt = 1.0
    for line in account.lines:
        assert 0 <= line.weight <= 1
        assert line.lead_seconds >= 0
        if line.counts:
            doubt *= 1 - line.weight
    assert account.confidence == pytest.approx(1 - doubt)
    assert 0 <= account.confidence <= 1
    assert len(account.lines) == len(held)
    assert sum(line.counts for line in account.lines) == len({signal.source for signal in held})


# --- cells, leads, continuing -------------------------------------------------------------------------------------


@given(
    lat=st.floats(-70, 70),
    lon=st.floats(-179, 179),
    bearing=st.floats(0, 6.283),
    share=st.floats(0, 1),
    radius_m=st.floats(5, 2000),
)
def test_two_places_within_the_radius_share_a_cell(
    lat: float, lon: float, bearing: float, share: float, radius_m: float
) -> None:
    policy = MatchPolicy(radius_m=radius_m, window_seconds=60)
    north = share * radius_m * math.cos(bearing) / 111_195
    east = share * radius_m * math.sin(bearing) / (111_195 * math.cos(math.radians(lat)))
    here, there = LatLon(lat, lon), LatLon(lat + north, lon + east)
    assume(distance_m(here, there) <= radius_m)
    assert set(cells(here, policy)) & set(cells(there, policy))


def test_cells_are_few_and_far_places_share_none() -> None:
    assert 1 <= len(cells(HERE, POLICY)) <= 4
    assert not set(cells(HERE, POLICY)) & set(cells(north_of(HERE, 3000), POLICY))


@pytest.mark.parametrize(("radius_m", "window"), [(0, 60), (5001, 60), (50, 0), (50, 367 * 86_400)])
def test_a_policy_that_makes_no_sense_is_refused(radius_m: float, window: float) -> None:
    with pytest.raises(ValueError, match="expected a radius"):
        MatchPolicy(radius_m=radius_m, window_seconds=window)


def test_the_lead_of_each_source_is_over_the_first_other_and_over_the_task() -> None:
    reported = [
        ("citizen:a", AT + timedelta(minutes=9)),
        ("camera:c1", AT + timedelta(minutes=8)),
        ("camera:c1", AT),
        ("gauge:g", AT + timedelta(minutes=4)),
    ]
    found = leads(reported, task_at=AT + timedelta(minutes=5))
    assert [(one.source, one.over_others_seconds, one.over_task_seconds) for one in found] == [
        ("camera:c1", 240, 300),
        ("gauge:g", -240, 60),
        ("citizen:a", -540, -240),
    ]


def test_a_source_alone_leads_nobody() -> None:
    (only,) = leads([("camera:c1", AT)])
    assert (only.over_others_seconds, only.over_task_seconds) == (None, None)
    assert leads([]) == ()


@pytest.mark.parametrize(("minutes", "does"), [(9, False), (10, False), (11, True)])
def test_an_event_continues_when_it_is_seen_well_after_the_closing(minutes: int, does: bool) -> None:
    assert continues(closed_at=AT, seen_at=AT + timedelta(minutes=minutes)) is does


@pytest.mark.parametrize(("radius_m", "window"), [(1, 1), (0.5, 0.5), (5_000, 366 * 86_400)])
def test_policies_at_the_limits_are_accepted(radius_m: float, window: float) -> None:
    assert MatchPolicy(radius_m=radius_m, window_seconds=window).radius_m == radius_m


def test_a_window_longer_than_a_leap_year_is_refused() -> None:
    with pytest.raises(ValueError, match="a window of up to a year"):
        MatchPolicy(radius_m=10, window_seconds=366 * 86_400 + 1)


def test_each_lead_names_its_first_word_and_equals_are_sorted_by_name() -> None:
    found = leads([("b", AT), ("a", AT), ("a", AT + timedelta(minutes=1)), ("b", AT - timedelta(minutes=1))])
    assert [(one.source, one.first_at, one.over_others_seconds) for one in found] == [
        ("b", AT - timedelta(minutes=1), 60.0),
        ("a", AT, -60.0),
    ]
    assert [one.source for one in leads([("b", AT), ("a", AT)])] == ["a", "b"]
