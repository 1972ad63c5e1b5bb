"""The evaluation command on the shipped weights and tiny folders: tables, JSON, report, exact refusals."""

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import evaluate
import numpy as np
import pytest
from workbench.folders import DataError, read_labels
from workbench.run_settings import SettingsError, read_settings
from workbench.weathering import WEATHERS, looks_like, weathered


def an_image(seed: int = 0) -> np.ndarray:
    chance = np.random.default_rng(seed)
    return cv2.resize(chance.integers(0, 255, (9, 16, 3)).astype(np.uint8), (320, 180))


@pytest.fixture
def nodes(tmp_path: Path) -> Path:
    for part in ("images", "labels"):
        (tmp_path / "data" / part).mkdir(parents=True)
    for number in range(3):
        cv2.imwrite(str(tmp_path / "data" / "images" / f"p{number}.png"), an_image(number))
        (tmp_path / "data" / "labels" / f"p{number}.txt").write_text("3 0.5 0.5 0.2 0.2\n")
    return tmp_path / "data"


@pytest.fixture
def waters(tmp_path: Path) -> Path:
    for part in ("images", "masks"):
        (tmp_path / "data" / part).mkdir(parents=True)
    for number in range(3):
        cv2.imwrite(str(tmp_path / "data" / "images" / f"p{number}.png"), an_image(number))
        cv2.imwrite(str(tmp_path / "data" / "masks" / f"p{number}.png"), np.zeros((180, 320), np.uint8))
    return tmp_path / "data"


def test_two_weights_stand_side_by_side(nodes: Path, models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    weights = [str(models / "weights" / name) for name in ("detector_416x256.onnx", "detector_640.onnx")]
    assert evaluate.main([str(nodes), "--weights", *weights, "--rounds", "10", "--json"]) == 0
    first, second = json.loads(capsys.readouterr().out)
    assert (first["input"], second["input"]) == ("416x256", "640x640")
    assert first["figures"]["classes"]["car"]["boxes"] == 3
    assert first["figures"]["classes"]["car"]["threshold"] == 0.425
    assert sum(first["confusion"][-1]) + first["confusion"][3][3] == 3


def test_water_folder_is_known_by_its_masks(waters: Path, models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate.main([str(waters), "--weights", str(models / "weights" / "water.onnx"), "--rounds", "5"]) == 0
    out = capsys.readouterr().out
    assert "false water on dry images" in out
    assert "water IoU (pixels of images with water) | –" in out


def test_report_lies_outside_of_the_repository(
    nodes: Path, models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [str(nodes), "--weights", str(models / "weights" / "detector_416x256.onnx"), "--rounds", "0", "--report"]
    assert evaluate.main([*command, str(models / "report")]) == 2
    assert "choose a folder outside of" in capsys.readouterr().err
    assert evaluate.main([*command, str(tmp_path / "report")]) == 0
    assert len(list((tmp_path / "report" / "images").iterdir())) == 3
    assert "<table>" in (tmp_path / "report" / "report.html").read_text()
    assert "missed" in (tmp_path / "report" / "report.md").read_text()


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        pytest.param(
            lambda d: (d / "labels" / "p1.txt").write_text("10 .5 .5 .1 .1"),
            "p1.txt:1: '10 .5 .5 .1 .1': expected",
            id="class",
        ),
        pytest.param(
            lambda d: (d / "labels" / "p1.txt").write_text("3 .5 x"), "p1.txt:1: '3 .5 x': expected", id="words"
        ),
        pytest.param(
            lambda d: (d / "images" / "p1.png").write_bytes(b"no"), "p1.png: the image cannot be read", id="image"
        ),
        pytest.param(lambda d: (d / "labels").rename(d / "boxes"), "expected a folder `labels`", id="folder"),
    ],
)
def test_bad_data_is_refused_exactly(
    nodes: Path, models: Path, capsys: pytest.CaptureFixture[str], spoil: Callable[[Path], object], complaint: str
) -> None:
    spoil(nodes)
    assert (
        evaluate.main([str(nodes), "--weights", str(models / "weights" / "detector_416x256.onnx"), "--rounds", "0"])
        == 2
    )
    assert complaint in capsys.readouterr().err


def test_absent_or_foreign_weights_are_refused(nodes: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert evaluate.main([str(nodes), "--weights", "nothing.onnx"]) == 2
    assert "nothing.onnx: no such file" in capsys.readouterr().err
    (tmp_path / "w.bin").write_bytes(b"")
    assert evaluate.main([str(nodes), "--weights", str(tmp_path / "w.bin")]) == 2
    assert "expected .onnx, .xml (OpenVINO) or .pt" in capsys.readouterr().err


def test_mask_of_another_size_is_refused(waters: Path, models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cv2.imwrite(str(waters / "masks" / "p0.png"), np.zeros((90, 320), np.uint8))
    assert evaluate.main([str(waters), "--weights", str(models / "weights" / "water.onnx")]) == 2
    assert "p0.png: got size (320, 90), expected that of its image, (320, 180)" in capsys.readouterr().err


def test_image_without_label_file_has_no_boxes(tmp_path: Path) -> None:
    assert read_labels(tmp_path / "absent.txt", classes=7).shape == (0, 5)
    (tmp_path / "flat.txt").write_text("0 0.5 0.5 0 0.1\n")
    with pytest.raises(DataError, match="expected `class x y width height`"):
        read_labels(tmp_path / "flat.txt", classes=7)


@pytest.mark.parametrize("name", sorted(WEATHERS))
def test_weather_changes_the_image_the_same_for_a_seed(name: str) -> None:
    image = an_image()
    first = WEATHERS[name](image, np.random.default_rng(3))
    second = WEATHERS[name](image, np.random.default_rng(3))
    assert first.shape == image.shape
    assert first.dtype == np.uint8
    assert np.array_equal(first, second)
    assert not np.array_equal(first, image)


def test_weather_states_its_condition() -> None:
    image = an_image()
    assert looks_like(image) == "day"
    assert looks_like(WEATHERS["night"](image, np.random.default_rng(1))) == "dark"
    assert looks_like(WEATHERS["infrared"](image, np.random.default_rng(1))) == "grey"


def test_no_weather_leaves_the_image_alone() -> None:
    assert np.array_equal(weathered(an_image(), np.random.default_rng(0), {}), an_image())


def test_shipped_settings_are_read_and_wrong_ones_named(models: Path, tmp_path: Path) -> None:
    import export

    assert read_settings(models / "settings" / "export.toml", export.ExportRun).opset == 17
    (tmp_path / "e.toml").write_text('opset = "new"\n')
    with pytest.raises(SettingsError, match="opset = 'new': expected int"):
        read_settings(tmp_path / "e.toml", export.ExportRun)
