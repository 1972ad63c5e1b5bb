"""The shipped models on drawn frames: parked car, trash and flood are seen; dry and wet roads are not flooded."""

from pathlib import Path

import pytest

from siaga_sim.scene.recognition import Detector, SceneDetection, WaterSegmenter, overlap, share_inside
from siaga_sim.scene.script import parse
from siaga_sim.scene.street import Street

WEIGHTS = Path(__file__).parents[3] / "models/weights"
TIMES = (12.0, 16.5, 21.0, 25.5, 30.0)


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector(WEIGHTS / "detector_640.onnx")


@pytest.fixture(scope="module")
def water() -> WaterSegmenter:
    return WaterSegmenter(WEIGHTS / "water.onnx")


@pytest.fixture(scope="module")
def street() -> Street:
    return Street(
        parse(
            {
                "layout": "kampung",
                "width": 640,
                "height": 360,
                "seed": 3,
                "density": 0.5,
                "parkers": [{"enters_at": 0, "stops_at": 5, "colour": "#9a9ca0"}],
                "trash": [{"at": 0, "size": 0.7, "brought": False}],
            }
        )
    )


def times_seen(street: Street, detector: Detector, name: str) -> int:
    return sum(_is_detected(street, at, detector.see(street.frame(at)), name) for at in TIMES)


def _is_detected(street: Street, at: float, seen: list[SceneDetection], name: str) -> bool:
    thing = next(t for t in street.truth(at) if t.name == name)
    return any(s.label == thing.label and overlap(s.box, thing.box) > 0.5 for s in seen)


def test_a_parked_car_is_seen_as_a_car(street: Street, detector: Detector) -> None:
    assert times_seen(street, detector, "parker0") >= 4


def test_trash_items_are_detected_as_trash(street: Street, detector: Detector) -> None:
    assert times_seen(street, detector, "trash0") >= 4


def test_a_street_without_trash_items_shows_no_trash(detector: Detector) -> None:
    clean = Street(parse({"layout": "kampung", "width": 640, "height": 360, "seed": 3, "density": 0.5}))
    assert sum(s.label == "trash" for at in TIMES for s in detector.see(clean.frame(at))) == 0


def road_share(street: Street, water: WaterSegmenter, at: float, level_cm: float) -> float:
    return share_inside(water.mask(street.frame(at, level_cm)), street.zones()["road"])


def test_a_flooded_road_is_seen_as_flooded(street: Street, water: WaterSegmenter) -> None:
    assert min(road_share(street, water, at, 25.0) for at in TIMES) > 0.5


def test_a_dry_road_is_not(street: Street, water: WaterSegmenter) -> None:
    assert max(road_share(street, water, at, 0.0) for at in TIMES) < 0.02


def test_a_wet_road_is_not(water: WaterSegmenter) -> None:
    wet = Street(parse({"layout": "canal", "width": 640, "height": 360, "seed": 4, "wet_road": True, "rain": 0.3}))
    assert max(road_share(wet, water, at, 0.0) for at in TIMES) < 0.02
