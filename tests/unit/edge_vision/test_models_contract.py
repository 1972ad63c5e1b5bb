"""What every detector and segmenter promises: the shipped ones, and the fakes that other tests trust."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from tests.unit.edge_vision.fake_models import FakeModels, bag, car, street

from siaga_core.rules.geometry import Box, Point
from siaga_core.vision.detections import above
from siaga_core.vision.errors import ModelError
from siaga_core.vision.image import size_of
from siaga_core.vision.manifest import default_manifest
from siaga_edge.vision.models import VisionModels, open_vision_models
from siaga_edge.vision.self_test import check_vision_models
from siaga_edge.vision.ultralytics_models import UltralyticsDetector

ENGINES = ("onnx", "openvino", "openvino_int8", "ultralytics")
INT8_MANIFEST = "SIAGA_TEST_INT8_MANIFEST"


@pytest.fixture(scope="module")
def onnx_models() -> VisionModels:
    return open_vision_models(detector="detector_416", water="water")


@pytest.fixture(scope="module")
def openvino_models() -> VisionModels:
    pytest.importorskip("openvino", reason="the extra `openvino` is not installed", exc_type=ImportError)
    return open_vision_models(detector="detector_416", water="water", engine="openvino")


@pytest.fixture(scope="module")
def ultralytics_models(onnx_models: VisionModels) -> VisionModels:
    pytest.importorskip("ultralytics", reason="ultralytics is not installed", exc_type=ImportError)
    weights = default_manifest().with_name("detector_640.onnx")
    return VisionModels(detector=UltralyticsDetector(weights), water=onnx_models.water)


@pytest.fixture(scope="module")
def openvino_int8_models() -> VisionModels:
    """Made by `models/export.py --int8`; none are shipped, so a test that has made some says where."""
    made = os.environ.get(INT8_MANIFEST)
    if made is None:
        pytest.skip(f"no models in eight bits: {INT8_MANIFEST} names none")
    return open_vision_models(detector="detector_416_int8", water="water_int8", manifest=Path(made), engine="openvino")


@pytest.fixture(params=["fake", *ENGINES])
def vision_models(request: pytest.FixtureRequest) -> VisionModels:
    if request.param != "fake":
        shipped: VisionModels = request.getfixturevalue(f"{request.param}_models")
        return shipped
    fake = FakeModels()
    fake.see(car(), bag(score=0.3), car(0.1, 0.1, score=0.95))
    fake.water.surface = 0.5
    return fake.vision_models()


@pytest.mark.parametrize("shape", [(180, 320), (320, 180), (1080, 1920), (64, 64)])
def test_detections_are_inside_the_image_best_first_and_of_known_labels(
    vision_models: VisionModels, shape: tuple[int, int]
) -> None:
    image = street(1, height=shape[0], width=shape[1])
    found = vision_models.detector.detect(image, floor=0.01)
    width, height = size_of(image)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    for one in found:
        assert one.label in vision_models.detector.thresholds
        assert 0.01 <= one.score <= 1
        assert 0 <= one.box.x1 < one.box.x2 <= width
        assert 0 <= one.box.y1 < one.box.y2 <= height


def test_a_higher_floor_only_leaves_things_out(vision_models: VisionModels) -> None:
    image = street(2)
    many, few = vision_models.detector.detect(image, floor=0.01), vision_models.detector.detect(image, floor=0.5)
    assert set(few) <= set(many)
    assert above(many, dict.fromkeys(vision_models.detector.thresholds, 0.5)) == few


def test_the_same_image_gives_the_same_answer(vision_models: VisionModels) -> None:
    image = street(3)
    assert vision_models.detector.detect(image, floor=0.05) == vision_models.detector.detect(image, floor=0.05)
    assert np.array_equal(vision_models.water.look(image).probability, vision_models.water.look(image).probability)


def test_shares_of_water_are_shares(vision_models: VisionModels) -> None:
    water = vision_models.water.look(street(4))
    everything = [Point(0, 0), Point(1, 0), Point(1, 1), Point(0, 1)]
    assert 0 <= water.share() <= 1
    assert water.share_in(everything) == pytest.approx(water.share(), abs=0.02)
    assert 0 <= water.certainty_in(everything) <= 1
    assert water.at_size(width=77, height=55).shape == (55, 77)


def test_a_thing_in_front_of_the_road_is_left_out_of_its_share_of_water() -> None:
    fake = FakeModels()
    fake.water.surface = 0.5
    water = fake.water.look(street())
    lower = [Point(0, 0.4), Point(1, 0.4), Point(1, 0.6), Point(0, 0.6)]
    assert water.share_in(lower) == pytest.approx(0.5, abs=0.06)
    assert water.share_in(lower, hidden_by=[Box(0, 0.3, 1, 0.5)]) == pytest.approx(1.0, abs=0.06)
    hidden_wholly = water.share_in(lower, hidden_by=[Box(0, 0, 1, 1)])
    assert hidden_wholly == pytest.approx(0.5, abs=0.06)


@pytest.mark.parametrize("backend", ENGINES)
def test_every_installed_engine_recognises_the_known_image(backend: str, request: pytest.FixtureRequest) -> None:
    check_vision_models(request.getfixturevalue(f"{backend}_models"))


def test_openvino_sees_what_onnx_runtime_sees(onnx_models: VisionModels, openvino_models: VisionModels) -> None:
    image = street(6, width=640, height=360)
    ours, theirs = (
        vision_models.detector.detect(image, floor=0.05) for vision_models in (onnx_models, openvino_models)
    )
    assert [(one.label, round(one.score, 2)) for one in ours] == [(one.label, round(one.score, 2)) for one in theirs]
    apart = np.abs(onnx_models.water.look(image).probability - openvino_models.water.look(image).probability)
    assert apart.max() < 0.01


def test_eight_bits_see_nearly_what_full_precision_sees(
    onnx_models: VisionModels, openvino_int8_models: VisionModels
) -> None:
    for image in (street(6, width=640, height=360), street(7, width=640, height=200)):
        ours, theirs = (
            vision_models.water.look(image).probability for vision_models in (onnx_models, openvino_int8_models)
        )
        assert ours.shape == theirs.shape
        assert np.abs(ours - theirs).mean() < 0.1


def test_weights_of_another_kind_of_file_are_refused() -> None:
    with pytest.raises(ModelError, match=r"expected a file that ends in \.pt, \.onnx, \.engine"):
        UltralyticsDetector(default_manifest())
