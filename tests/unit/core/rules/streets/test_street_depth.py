"""How deep a street is: by evidence that is written out here, and what holds for any evidence."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga_core.rules.forecast import ForecastPoint
from siaga_core.rules.streets.depth import (
    DepthAnswer,
    GaugeLevel,
    StreetDepth,
    depths_ahead,
    join,
    street_depth,
)
from siaga_core.rules.streets.evidence import (
    DEEPEST_CM,
    NINE_OF_TEN,
    VALID_FOR,
    Estimate,
    Evidence,
    EvidenceKind,
    estimate_of,
    expires_at,
)
from siaga_core.rules.streets.relation import Pair, Relation, learn, level_error_cm

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
ROAD = Relation(road_cm=830)


def piece(
    kind: str, depth_cm: float | None, *, ago: float = 5, source: str = "a", proven: bool = False, metres: float = 0
) -> Evidence:
    return Evidence(
        kind=EvidenceKind(kind),
        source=source,
        observed_at=NOW - timedelta(minutes=ago),
        depth_cm=depth_cm,
        distance_m=metres,
        is_proven=proven,
    )


def gauge(level_cm: float, *, ago: float = 5, relation: Relation = ROAD) -> GaugeLevel:
    return GaugeLevel(
        gauge_id="manggarai", level_cm=level_cm, measured_at=NOW - timedelta(minutes=ago), relation=relation
    )


def known(found: StreetDepth) -> Estimate:
    assert found.answer is DepthAnswer.KNOWN
    assert found.estimate is not None
    return found.estimate


# --- what is known ------------------------------------------------------------------------------------------------


def test_without_evidence_the_depth_is_unknown_and_not_nought() -> None:
    assert street_depth([], None, now=NOW) == StreetDepth(answer=DepthAnswer.UNKNOWN)


@pytest.mark.parametrize("kind", ["camera", "report"])
def test_each_kind_of_evidence_expires_at_its_own_age(kind: str) -> None:
    one = piece(kind, 45, ago=0, proven=True)
    last = expires_at(one)
    assert street_depth([one], None, now=last).answer is DepthAnswer.KNOWN
    assert street_depth([one], None, now=last + timedelta(seconds=1)).answer is DepthAnswer.UNKNOWN
    assert street_depth([one], None, now=NOW).valid_until == last == NOW + VALID_FOR[EvidenceKind(kind)]


def test_a_level_expires_and_what_is_dated_ahead_has_no_meaning() -> None:
    assert street_depth([], gauge(870, ago=45), now=NOW).answer is DepthAnswer.KNOWN
    assert street_depth([], gauge(870, ago=45.1), now=NOW).answer is DepthAnswer.UNKNOWN
    assert street_depth([piece("camera", 30, ago=-1)], gauge(870, ago=-1), now=NOW).answer is DepthAnswer.UNKNOWN


def test_water_that_a_camera_sees_without_a_mark_has_no_depth() -> None:
    found = street_depth([piece("camera", None)], None, now=NOW)
    assert (found.answer, found.estimate) == (DepthAnswer.WET, None)
    assert [(one.kind, one.count) for one in found.basis] == [(EvidenceKind.CAMERA, 1)]
    assert estimate_of(piece("camera", None), now=NOW) is None


def test_a_stated_depth_makes_water_without_a_depth_superfluous() -> None:
    found = street_depth([piece("camera", None), piece("report", 45, proven=True)], None, now=NOW)
    assert [one.kind for one in found.basis] == [EvidenceKind.REPORT]


def test_a_river_below_the_road_knows_nothing_of_the_rain_on_it() -> None:
    assert street_depth([], gauge(700), now=NOW).answer is DepthAnswer.UNKNOWN
    with_camera = street_depth([piece("camera", 20)], gauge(700), now=NOW)
    assert [one.kind for one in with_camera.basis] == [EvidenceKind.CAMERA]


def test_a_level_over_the_road_is_a_depth() -> None:
    found = known(street_depth([], gauge(870), now=NOW))
    assert found.depth_cm == pytest.approx(40)
    assert found.low_cm < 25 < 55 < found.high_cm


def test_what_one_person_reports_needs_support() -> None:
    alone = [piece("report", 90)]
    assert street_depth(alone, None, now=NOW).answer is DepthAnswer.UNKNOWN
    assert street_depth([*alone, piece("report", 90, ago=9)], None, now=NOW).answer is DepthAnswer.UNKNOWN  # the same
    assert street_depth([*alone, piece("report", 90, source="b")], None, now=NOW).answer is DepthAnswer.KNOWN
    assert street_depth([*alone, piece("camera", None)], None, now=NOW).answer is DepthAnswer.KNOWN
    assert street_depth(alone, gauge(880), now=NOW).answer is DepthAnswer.KNOWN
    assert street_depth([piece("report", 90, proven=True)], None, now=NOW).answer is DepthAnswer.KNOWN


def test_one_person_does_not_outvote_a_camera_that_sees_the_end() -> None:
    found = street_depth([piece("report", 90), piece("camera", 0, source="c")], None, now=NOW)
    assert [one.kind for one in found.basis] == [EvidenceKind.CAMERA]
    assert known(found).high_cm < 10


def test_of_one_source_the_newest_counts_and_the_basis_states_who_and_when() -> None:
    pieces = [
        piece("report", 45, ago=12),
        piece("report", 90, ago=3, source="b"),
        piece("report", 15, ago=40),  # of "a" again, earlier
        piece("camera", 45, ago=2, source="cam-kemang"),
    ]
    found = street_depth(pieces, gauge(880, ago=8), now=NOW)
    camera, report, level = found.basis
    assert (camera.count, camera.names) == (1, ("cam-kemang",))
    assert (report.count, report.names) == (2, ())
    assert (report.first_at, report.last_at) == (NOW - timedelta(minutes=12), NOW - timedelta(minutes=3))
    assert (level.names, level.last_at) == (("manggarai",), NOW - timedelta(minutes=8))


def test_pieces_that_contradict_each_other_widen_the_interval() -> None:
    agree = known(street_depth([piece("camera", 40), piece("report", 45)], None, now=NOW))
    differ = known(street_depth([piece("camera", 15), piece("report", 120)], None, now=NOW))
    assert differ.error_cm > 1.4 * agree.error_cm


def test_nothing_joins_to_nothing() -> None:
    with pytest.raises(ValueError, match="at least one"):
        join([])


# --- what holds for any evidence ----------------------------------------------------------------------------------

depths = st.floats(0, 300)
pieces_of = st.lists(
    st.builds(
        piece,
        st.sampled_from(["camera", "report"]),
        st.one_of(st.none(), depths),
        ago=st.floats(0, 120),
        source=st.sampled_from("abcd"),
        proven=st.booleans(),
        metres=st.floats(-5, 80),
    ),
    max_size=6,
)
levels = st.one_of(st.none(), st.builds(gauge, st.floats(600, 1200), ago=st.floats(0, 60)))


@given(pieces_of, levels)
def test_a_depth_lies_on_the_road_and_states_what_it_follows_from(
    pieces: list[Evidence], level: GaugeLevel | None
) -> None:
    found = street_depth(pieces, level, now=NOW)
    assert (found.estimate is None) == (found.answer is not DepthAnswer.KNOWN)
    assert bool(found.basis) == (found.answer is not DepthAnswer.UNKNOWN) == (found.valid_until is not None)
    if found.estimate is not None:
        assert 0 <= found.estimate.low_cm <= found.estimate.shown_cm <= found.estimate.high_cm <= DEEPEST_CM


@given(pieces_of)
def test_a_depth_is_never_more_certain_than_the_best_of_what_was_seen(pieces: list[Evidence]) -> None:
    found = street_depth(pieces, None, now=NOW)
    if found.estimate is not None:
        alone = [one for each in pieces if (one := estimate_of(each, now=NOW)) is not None]
        assert found.estimate.error_cm >= min(one.error_cm for one in alone) - 1e-9


@given(pieces_of, st.floats(831, 1200), st.floats(0, 45))
def test_a_gauge_adds_no_more_certainty_than_it_has_itself(pieces: list[Evidence], level_cm: float, ago: float) -> None:
    level = gauge(level_cm, ago=ago)
    with_gauge = known(street_depth(pieces, level, now=NOW))
    seen = [one for each in pieces if (one := estimate_of(each, now=NOW)) is not None]
    by_gauge = level.relation.depth_at(level_cm, age=NOW - level.measured_at)
    best = [by_gauge, *([min(seen, key=lambda one: one.error_cm)] if seen else [])]
    assert with_gauge.error_cm >= sum(one.error_cm**-2 for one in best) ** -0.5 - 1e-9


@given(st.sampled_from(["camera", "report"]), depths, st.floats(0, 40), st.floats(0, 40))
def test_evidence_grows_less_certain_with_age(kind: str, depth: float, ago: float, more: float) -> None:
    young = estimate_of(piece(kind, depth, ago=ago), now=NOW)
    old = estimate_of(piece(kind, depth, ago=ago + more), now=NOW)
    assert young is not None
    assert old is not None
    assert old.error_cm >= young.error_cm


@given(pieces_of, levels, st.integers(0, 10))
def test_evidence_may_come_in_any_sequence(pieces: list[Evidence], level: GaugeLevel | None, turn: int) -> None:
    turned = pieces[turn:] + pieces[:turn]
    one, other = street_depth(pieces, level, now=NOW), street_depth(turned, level, now=NOW)
    assert one.answer is other.answer
    assert [(basis.kind, basis.count) for basis in one.basis] == [(basis.kind, basis.count) for basis in other.basis]


def test_evidence_at_a_distance_from_the_street_is_less_certain() -> None:
    near, far = (estimate_of(piece("camera", 30, metres=metres), now=NOW) for metres in (0, 60))
    assert near is not None
    assert far is not None
    assert far.error_cm > near.error_cm


# --- ahead --------------------------------------------------------------------------------------------------------


def points(*levels_cm: float, band: float = 20) -> list[ForecastPoint]:
    return [
        ForecastPoint(at=NOW + timedelta(hours=hour), level_cm=one, low_cm=one - band, high_cm=one + band)
        for hour, one in enumerate(levels_cm)
    ]


def test_the_forecast_at_the_gauge_brings_the_water_to_the_street() -> None:
    level = gauge(800)
    now_known = street_depth([], level, now=NOW)
    found = depths_ahead(now_known, level, points(800, 820, 860, 900), now=NOW)
    assert [one.at for one in found] == [NOW + timedelta(hours=2), NOW + timedelta(hours=3)]
    assert [round(one.estimate.depth_cm) for one in found] == [30, 70]
    assert found[1].estimate.error_cm > level_error_cm(-20, 20)


def test_what_is_seen_on_the_street_moves_with_the_forecast() -> None:
    level = gauge(870)
    now_known = street_depth([piece("camera", 15, ago=0), piece("report", 15, ago=0)], level, now=NOW)
    rises, falls = (depths_ahead(now_known, level, points(870, to), now=NOW) for to in (900, 700))
    assert rises[0].estimate.depth_cm == pytest.approx(known(now_known).depth_cm + 30)
    assert rises[0].estimate.error_cm > known(now_known).error_cm
    assert falls == ()


def test_without_a_gauge_nothing_is_foreseen() -> None:
    assert depths_ahead(street_depth([piece("camera", 30)], None, now=NOW), None, points(900), now=NOW) == ()


# --- what history teaches -----------------------------------------------------------------------------------------


def pairs(*given_: tuple[float, float], floods: int = 2) -> list[Pair]:
    """Levels and depths, dealt in turn to floods that are a day apart."""
    return [
        Pair(NOW - timedelta(days=index % floods, minutes=index), level, depth)
        for index, (level, depth) in enumerate(given_)
    ]


def test_history_shows_from_which_level_a_street_is_reached() -> None:
    found = learn(pairs((850, 21), (860, 28), (870, 40), (880, 51)))
    assert found is not None
    assert found.road_cm == pytest.approx(830, abs=3)
    assert (found.slope, found.pairs) == (1.0, 4)
    assert found.error_cm > 10


def test_history_of_a_wide_span_shows_the_slope() -> None:
    found = learn(pairs(*((830 + over, 0.4 * over) for over in range(10, 110, 10))))
    assert found is not None
    assert found.road_cm == pytest.approx(830)
    assert found.slope == pytest.approx(0.4)
    assert found.depth_at(880).depth_cm == pytest.approx(20)


@pytest.mark.parametrize(
    "history",
    [
        pairs((850, 20), (860, 30), (870, 40)),
        pairs((850, 20), (860, 30), (870, 40), (880, 50), floods=1),
        pairs((850, 20), (860, 30), (870, 40), (880, 0)),
    ],
    ids=["three", "one flood", "a dry one"],
)
def test_too_little_history_teaches_nothing(history: list[Pair]) -> None:
    assert learn(history) is None


def test_a_street_falls_with_its_river_at_least_a_little() -> None:
    found = learn(pairs(*((830 + over, 100 - 0.3 * over) for over in range(10, 110, 10))))
    assert found is not None
    assert found.slope == 0.2


@given(st.floats(600, 900), st.floats(0.3, 1.1), st.integers(8, 20))
def test_history_that_is_a_line_is_learned(road: float, slope: float, count: int) -> None:
    history = pairs(*((road + 10 * number, slope * 10 * number) for number in range(1, count)))
    found = learn(history)
    assert found is not None
    if len(history) >= 8:
        assert found.depth_at(road + 50).depth_cm == pytest.approx(slope * 50, abs=0.01)


def test_the_band_of_a_level_holds_nine_of_ten() -> None:
    assert level_error_cm(100 - NINE_OF_TEN * 7, 100 + NINE_OF_TEN * 7) == pytest.approx(7)
    assert level_error_cm(10, 0) == 0
    assert replace(ROAD, error_cm=0).depth_at(830, level_error_cm=7).error_cm == pytest.approx(7)
