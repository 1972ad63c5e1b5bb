"""Boxes, polygons and distances, against shapely where it knows the answer."""

from __future__ import annotations

import math

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from siaga_core.rules.geometry import (
    Box,
    LatLon,
    Point,
    contains,
    distance_m,
    iou,
    polygon_area,
    share_of_box_in,
)

# On a grid of thousandths, because shapely itself loses its way among numbers like 5e-324.
coordinate = st.integers(0, 1000).map(lambda thousandths: thousandths / 1000)
SQUARE = (Point(0, 0), Point(1, 0), Point(1, 1), Point(0, 1))
# A U: two legs and a floor. A box across the legs cuts it into two pieces.
U_SHAPE = tuple(Point(x, y) for x, y in [(0, 0), (0.3, 0), (0.3, 0.7), (0.7, 0.7), (0.7, 0), (1, 0), (1, 1), (0, 1)])


@st.composite
def nodes(draw: st.DrawFn) -> Box:
    x1, x2 = sorted((draw(coordinate), draw(coordinate)))
    y1, y2 = sorted((draw(coordinate), draw(coordinate)))
    return Box(x1, y1, x2, y2)


@st.composite
def stars(draw: st.DrawFn) -> tuple[Point, ...]:
    """Polygons around (0.5, 0.5) that never cross themselves, mostly concave."""
    count = draw(st.integers(3, 12))
    radii = draw(st.lists(st.integers(50, 700).map(lambda r: r / 1000), min_size=count, max_size=count))
    angles = [2 * math.pi * number / count for number in range(count)]
    return tuple(Point(0.5 + r * math.cos(a), 0.5 + r * math.sin(a)) for r, a in zip(radii, angles, strict=True))


def as_shapely(polygon: tuple[Point, ...]) -> shapely.Polygon:
    return shapely.Polygon([(point.x, point.y) for point in polygon])


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        pytest.param(Box(0, 0, 1, 1), Box(0, 0, 1, 1), 1.0, id="the same"),
        pytest.param(Box(0, 0, 1, 1), Box(0.5, 0, 1.5, 1), 1 / 3, id="half over"),
        pytest.param(Box(0, 0, 1, 1), Box(0, 0.5, 1, 1), 0.5, id="one inside the other"),
        pytest.param(Box(0, 0, 1, 1), Box(1, 0, 2, 1), 0.0, id="side by side"),
        pytest.param(Box(0, 0, 1, 1), Box(2, 2, 3, 3), 0.0, id="apart on both axes"),
        pytest.param(Box(0, 0, 1, 1), Box(0.2, 3, 0.8, 4), 0.0, id="one below the other"),
        pytest.param(Box(1, 1, 1, 1), Box(1, 1, 1, 1), 0.0, id="two empty boxes"),
    ],
)
def test_iou_of(a: Box, b: Box, expected: float) -> None:
    assert iou(a, b) == pytest.approx(expected)


@given(nodes(), nodes())
def test_iou_is_symmetric_and_a_share(a: Box, b: Box) -> None:
    assert 0 <= iou(a, b) <= 1
    assert iou(a, b) == iou(b, a)


@given(nodes())
def test_iou_of_a_box_with_itself_is_one_unless_it_is_empty(a: Box) -> None:
    assert iou(a, a) == (1.0 if a.area > 0 else 0.0)


def test_a_bounding_box_knows_its_area_its_corners_and_where_it_stands() -> None:
    box = Box(0.1, 0.2, 0.5, 0.8)
    assert box.area == pytest.approx(0.24)
    assert box.bottom_centre == Point(0.3, 0.8)
    assert box.corners() == (Point(0.1, 0.2), Point(0.5, 0.2), Point(0.5, 0.8), Point(0.1, 0.8))


@pytest.mark.parametrize(
    "box", [pytest.param(Box(1, 0, 0, 1), id="left of itself"), pytest.param(Box(0, 1, 1, 0), id="above itself")]
)
def test_a_box_that_is_inside_out_has_no_area(box: Box) -> None:
    assert box.area == 0


@pytest.mark.parametrize(
    ("point", "inside"),
    [
        pytest.param(Point(0.15, 0.2), True, id="left leg"),
        pytest.param(Point(0.5, 0.2), False, id="between the legs"),
        pytest.param(Point(0.85, 0.2), True, id="right leg"),
        pytest.param(Point(0.5, 0.9), True, id="floor"),
        pytest.param(Point(1.2, 0.9), False, id="right of it"),
        pytest.param(Point(-0.2, 0.9), False, id="left of it"),
        pytest.param(Point(0.5, 1.1), False, id="below it"),
    ],
)
def test_a_concave_polygon_contains(point: Point, inside: bool) -> None:
    assert contains(U_SHAPE, point) is inside
    assert contains(U_SHAPE[::-1], point) is inside


@given(stars(), coordinate, coordinate)
def test_contains_agrees_with_shapely_away_from_the_outline(star: tuple[Point, ...], x: float, y: float) -> None:
    theirs = as_shapely(star)
    if theirs.exterior.distance(shapely.Point(x, y)) > 1e-9:
        assert contains(star, Point(x, y)) == theirs.contains(shapely.Point(x, y))


@pytest.mark.parametrize(
    ("polygon", "area"),
    [
        pytest.param((), 0.0, id="nothing"),
        pytest.param(SQUARE, 1.0, id="square"),
        pytest.param(SQUARE[::-1], 1.0, id="square the other way round"),
        pytest.param(U_SHAPE, 0.72, id="U"),
        pytest.param(
            tuple(Point(1e8 + p.x, -1e8 + p.y) for p in SQUARE), 1.0, id="far from the origin, rounding must not win"
        ),
    ],
)
def test_polygon_area_of(polygon: tuple[Point, ...], area: float) -> None:
    assert polygon_area(polygon) == pytest.approx(area)


@pytest.mark.parametrize(
    ("polygon", "box", "share"),
    [
        pytest.param(SQUARE, Box(0.2, 0.2, 0.4, 0.4), 1.0, id="wholly inside"),
        pytest.param(SQUARE, Box(-0.5, 0, 0.5, 1), 0.5, id="half out on the left"),
        pytest.param(SQUARE, Box(0.75, 0, 1.75, 1), 0.25, id="mostly out on the right"),
        pytest.param(SQUARE, Box(0, -0.9, 1, 0.1), 0.1, id="out at the top"),
        pytest.param(SQUARE, Box(0, 0.4, 1, 1.4), 0.6, id="out at the bottom"),
        pytest.param(SQUARE, Box(2, 2, 3, 3), 0.0, id="elsewhere"),
        pytest.param(SQUARE, Box(0.5, 0.5, 0.5, 0.9), 0.0, id="an empty box"),
        pytest.param(U_SHAPE, Box(0, 0, 1, 0.5), 0.6, id="a U that falls into two pieces"),
    ],
)
def test_share_of_box_in(polygon: tuple[Point, ...], box: Box, share: float) -> None:
    assert share_of_box_in(polygon, box) == pytest.approx(share)
    assert share_of_box_in(polygon[::-1], box) == pytest.approx(share)


@given(stars(), nodes())
def test_share_of_box_in_matches_shapely(star: tuple[Point, ...], box: Box) -> None:
    share = share_of_box_in(star, box)
    assert 0 <= share <= 1
    if box.area > 1e-9:
        theirs = as_shapely(star).intersection(shapely.box(box.x1, box.y1, box.x2, box.y2)).area / box.area
        assert share == pytest.approx(theirs, abs=1e-6)


@pytest.mark.parametrize(
    ("a", "b", "metres", "tolerance_m"),
    [
        pytest.param(LatLon(-6.2, 106.8), LatLon(-6.2, 106.8), 0, 0, id="the same spot"),
        pytest.param(LatLon(0, 0), LatLon(1, 0), 111_195, 1, id="a degree of latitude"),
        pytest.param(LatLon(60, 0), LatLon(60, 1), 55_597, 10, id="a degree of longitude at 60 north is half as long"),
        pytest.param(LatLon(0, 179.5), LatLon(0, -179.5), 111_195, 1, id="across the date line"),
        pytest.param(LatLon(90, 0), LatLon(-90, 0), 20_015_115, 1, id="pole to pole"),
        # Manggarai gate to Karet gate, measured on a map
        pytest.param(LatLon(-6.20790, 106.84844), LatLon(-6.19837, 106.80982), 4_400, 50, id="Manggarai to Karet"),
    ],
)
def test_distance_m(a: LatLon, b: LatLon, metres: float, tolerance_m: float) -> None:
    assert distance_m(a, b) == pytest.approx(metres, abs=tolerance_m)
    assert distance_m(b, a) == distance_m(a, b)


def test_the_lower_half_of_a_box_is_the_one_nearer_to_the_ground() -> None:
    assert Box(1, 2, 5, 8).lower_half == Box(1, 5, 5, 8)
