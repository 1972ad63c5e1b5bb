"""A retrained detector takes over only where it is better on the same images, beyond what chance explains."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import retrain
from workbench.comparison import Comparison, compared, effect_of
from workbench.detection_figures import JudgedImage
from workbench.folders import CLASSES

PLACE, ELSEWHERE = (0.1, 0.1, 0.4, 0.4), (0.6, 0.6, 0.9, 0.9)
SURE = dict.fromkeys(CLASSES, 0.4)


def images(*found: dict[str, int]) -> list[JudgedImage]:
    """Each image has one car and one piece of trash; `found` counts what is found right, and false trash."""
    out = []
    for number, one in enumerate(found):
        boxes = [(*PLACE, 0.9, CLASSES.index("car"))] * one.get("car", 0)
        boxes += [(*ELSEWHERE, 0.9, CLASSES.index("trash"))] * one.get("trash", 0)
        boxes += [(*PLACE, 0.9, CLASSES.index("trash"))] * one.get("false_trash", 0)
        truth = [(*PLACE, CLASSES.index("car")), (*ELSEWHERE, CLASSES.index("trash"))]
        covered = frozenset({CLASSES.index("car"), CLASSES.index("trash")})
        found_boxes = np.array(boxes, float).reshape(-1, 6)
        out.append(JudgedImage(name=f"p{number}", truth=np.array(truth), found=found_boxes, covered=covered))
    return out


BLIND = images(*[{"car": 1}] * 20)
SEEING = images(*[{"car": 1, "trash": 1}] * 20)


def effects(result: Comparison) -> dict[tuple[str, str], str]:
    return {(row.group, row.figure): row.effect for row in result.rows}


@pytest.mark.parametrize(
    ("running", "candidate", "expected"),
    [
        pytest.param(BLIND, SEEING, True, id="more is seen"),
        pytest.param(SEEING, SEEING, False, id="the same"),
        pytest.param(SEEING, BLIND, False, id="less is seen"),
        pytest.param(
            images(*[{"car": 1}] * 20), images(*[{"trash": 1}] * 20), False, id="trash is gained and cars are lost"
        ),
        pytest.param(
            images(*[{"car": 1, "trash": 1}] * 10, *[{"car": 1}] * 10),
            images(*[{"car": 1, "trash": 1, "false_trash": 1}] * 20),
            False,
            id="all trash is seen, and as much where there is none",
        ),
        pytest.param(BLIND, images({"car": 1, "trash": 1}, *[{"car": 1}] * 19), False, id="one more is chance"),
    ],
)
def test_only_a_better_detector_may_replace_the_running_one(
    running: list[JudgedImage], candidate: list[JudgedImage], expected: bool
) -> None:
    assert compared(running, candidate, CLASSES, SURE).is_better is expected


def test_each_figure_states_both_values_and_a_group_without_objects_is_not_measured() -> None:
    result = compared(BLIND, SEEING, CLASSES, SURE)
    found = effects(result)
    assert found["trash", "recall"] == "better"
    assert found["vehicles", "recall"] == "no difference shown"
    assert found["people", "recall"] == found["trash", "precision"] == "not measured"
    assert "| trash | recall | 20 | 0.000 | 1.000 | 1.000 [1.00, 1.00] | better |" in result.markdown()


@pytest.mark.parametrize(
    ("difference", "low", "high", "expected"),
    [
        (0.2, 0.05, 0.3, "better"),
        (0.2, -0.05, 0.3, "no difference shown"),
        (-0.2, -0.3, -0.05, "worse"),
        (-0.2, -0.3, 0.05, "no difference shown"),
        (-0.005, -0.008, -0.001, "no difference shown"),
        (0.2, float("nan"), 0.3, "not measured"),
    ],
)
def test_effect_follows_from_the_whole_interval(difference: float, low: float, high: float, expected: str) -> None:
    assert effect_of(difference, low, high) == expected


def test_conclusion_names_what_is_worse_or_how_to_offer_the_model(tmp_path: Path) -> None:
    file = tmp_path / "detector.onnx"
    file.write_bytes(b"weights")
    better = retrain.conclusion("new", file, compared(BLIND, SEEING, CLASSES, SURE))
    worse = retrain.conclusion("new", file, compared(SEEING, BLIND, CLASSES, SURE))
    assert f"fleet model NODE detector {file} --row {tmp_path}/manifest.toml:new" in better
    assert "worse: recall of trash" in worse
    assert "NODE" not in worse


def test_pack_without_images_for_validation_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "pack" / "images" / "train").mkdir(parents=True)
    cv2.imwrite(str(tmp_path / "pack" / "images" / "train" / "a.png"), np.zeros((8, 8, 3), np.uint8))
    assert retrain.main([str(tmp_path / "pack"), "--out", str(tmp_path / "run")]) == 2
    assert "images/val: expected a folder with images" in capsys.readouterr().err


def test_running_detector_must_know_the_classes_of_the_product(
    tmp_path: Path, models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seven = models / "weights" / "detector_640.onnx"
    assert retrain.main([str(tmp_path), "--out", str(tmp_path / "run"), "--running", str(seven)]) == 2
    assert "expected ['person', 'bicycle'" in capsys.readouterr().err
