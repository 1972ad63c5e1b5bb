"""The models are asked about a picture whose truth is known before a node starts with them."""

from __future__ import annotations

import numpy as np
import pytest
from tests.unit.edge_vision.fake_models import FakeModels, FakeWater

from siaga_core.rules.geometry import Box
from siaga_core.vision.errors import ModelError
from siaga_core.vision.image import Image
from siaga_core.vision.self_test import check_detector
from siaga_edge.fleet.model_registry import ModelRegistry
from siaga_edge.settings import ModelsSettings
from siaga_edge.vision.models import VisionModels, open_vision_models
from siaga_edge.vision.self_test import check_vision_models, check_water
from siaga_edge.vision.water import WaterMap


@pytest.mark.parametrize("detector", ["detector_416", "detector_640"])
def test_the_shipped_models_answer_as_they_should(detector: str) -> None:
    check_vision_models(open_vision_models(detector=detector, water="water"))


def _vehicle(x1: float, y1: float, x2: float, y2: float) -> tuple[str, float, Box]:
    return ("car", 0.9, Box(x1 / 640, y1 / 360, x2 / 640, y2 / 360))


TRUE = (_vehicle(378, 101, 466, 176), _vehicle(278, 89, 328, 138))


@pytest.mark.parametrize(
    ("seen", "reported"),
    [
        pytest.param((), "got no vehicle, expected vehicles at (378 101 466 176)", id="blind"),
        pytest.param(TRUE[:1], "got car 0.90 at (378 101 466 176)", id="half blind"),
        pytest.param(
            (*TRUE, *[_vehicle(10 * n, 200, 10 * n + 9, 250) for n in range(3)]), "at most 2", id="sees ghosts"
        ),
        pytest.param(tuple(_vehicle(10, 10, 60, 60) for _ in range(2)), "expected vehicles at", id="elsewhere"),
    ],
)
def test_a_detector_that_answers_otherwise_is_refused(seen: tuple[tuple[str, float, Box], ...], reported: str) -> None:
    fake = FakeModels()
    fake.see(*seen)
    with pytest.raises(ModelError) as refused:
        check_detector(fake.vision_models().detector)
    assert reported in str(refused.value)


def test_a_water_model_that_answers_otherwise_is_refused() -> None:
    check_water(FakeWater(surface=0.485))
    with pytest.raises(ModelError, match=r"got 0\.000 of it under water, expected 0\.515 \+- 0\.1"):
        check_water(FakeWater(surface=1.0))


def test_a_detector_of_other_things_need_only_answer() -> None:
    fake = FakeModels()

    class BoatModels:
        detect = fake.detector.detect

        @property
        def thresholds(self) -> dict[str, float]:
            return {"boat": 0.4}

    check_detector(BoatModels())


def test_a_node_refuses_to_start_with_models_that_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    registry = ModelRegistry(None)

    def dry(_: object, image: Image) -> WaterMap:
        return WaterMap(np.zeros((10, 10), np.float32), 0.5)

    monkeypatch.setattr("siaga_edge.vision.water.OnnxWater.look", dry)
    with pytest.raises(ModelError, match="the water model fails on the reference image"):
        registry.open(ModelsSettings(), {})


def test_the_detector_and_water_models_are_checked_as_a_pair() -> None:
    fake = FakeModels()
    fake.see(*TRUE)
    fake.water.surface = 0.485
    check_vision_models(VisionModels(detector=fake.detector, water=fake.water))
