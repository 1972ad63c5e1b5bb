"""Whether a vehicle stands in a zone or beside it, by its bounding box."""

from __future__ import annotations

import pytest

from siaga_core.rules.geometry import Box, Point
from siaga_edge.camera.zones.dwell_zones import stands_in

KERB = (Point(0.0, 0.6), Point(0.5, 0.6), Point(0.5, 1.0), Point(0.0, 1.0))


@pytest.mark.parametrize(
    ("vehicle", "label", "expected"),
    [
        pytest.param(Box(0.1, 0.5, 0.4, 0.9), "car", True, id="a car in it"),
        pytest.param(Box(0.3, 0.5, 0.8, 0.9), "car", False, id="a car beside it"),
        pytest.param(Box(0.2, 0.2, 0.75, 0.9), "truck", True, id="a lorry at an angle, its box wider than the zone"),
        pytest.param(Box(0.2, 0.2, 0.75, 0.9), "car", False, id="no car is that long"),
        pytest.param(Box(0.3, 0.2, 0.8, 0.9), "bus", False, id="a bus whose middle is beside it"),
        pytest.param(Box(0.1, 0.1, 0.4, 0.61), "bus", False, id="a bus behind it, its lowest edge inside"),
    ],
)
def test_a_vehicle_stands_in_a_zone(vehicle: Box, label: str, *, expected: bool) -> None:
    assert stands_in(KERB, vehicle, label) == expected
