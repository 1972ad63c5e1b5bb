from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from siaga_core.vision.errors import ModelError
from siaga_core.vision.manifest import default_manifest, read_manifest
from siaga_edge.vision.models import open_vision_models


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    shutil.copytree(default_manifest().parent, tmp_path / "weights")
    return tmp_path / "weights" / "manifest.toml"


def test_every_shipped_model_is_what_its_row_states() -> None:
    manifest = read_manifest()
    assert set(manifest.rows) >= {"detector_640", "detector_416", "water"}
    for name, row in manifest.rows.items():
        assert manifest.load(name, row.task).weights


def test_weights_with_one_changed_byte_are_refused(copied: Path) -> None:
    weights = copied.parent / "water.onnx"
    changed = bytearray(weights.read_bytes())
    changed[1000] ^= 1
    weights.write_bytes(changed)
    with pytest.raises(ModelError, match=r"water\.onnx: got SHA-256 [0-9a-f]{64}, expected 183da2"):
        open_vision_models(detector="detector_416", water="water", manifest=copied)


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        pytest.param('task = "detect"', 'task = "guess"', r"detector_640\.task: .*'detect'", id="unknown task"),
        pytest.param("nms_iou = 0.6", "nms_iuo = 0.6", r"detector_640\.nms_iuo: Extra inputs", id="unknown key"),
        pytest.param("trash = 0.375 }", "rubbish = 0.375 }", r"differs by rubbish, trash", id="threshold"),
        pytest.param("width = 640", "width = 650", r"input\.width: .*multiple of 32", id="odd width"),
        pytest.param("[water]", "[water", r"expected TOML", id="not TOML"),
    ],
)
def test_a_wrong_manifest_reports_what_is_wrong(copied: Path, before: str, after: str, complaint: str) -> None:
    copied.write_text(copied.read_text().replace(before, after, 1))
    with pytest.raises(ModelError, match=complaint):
        read_manifest(copied)


def test_a_model_of_another_task_is_not_accepted() -> None:
    with pytest.raises(ModelError, match="got model 'water', expected one for detect: detector_416, detector_640"):
        read_manifest().load("water", "detect")


def test_missing_files_are_named(copied: Path) -> None:
    (copied.parent / "water.onnx").unlink()
    with pytest.raises(ModelError, match=r"water\.onnx: expected the weights of water: No such file"):
        read_manifest(copied).load("water", "segment_water")
    with pytest.raises(ModelError, match=r"nowhere\.toml: expected a manifest"):
        read_manifest(copied.parent / "nowhere.toml")
