"""Every engine keeps the same promises: the contract test, run where all are installed, and eight bits made for it."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest

from siaga_core.vision.errors import ModelError
from siaga_core.vision.manifest import read_manifest
from siaga_edge.fleet.model_registry import ModelRegistry
from siaga_edge.settings import ModelsSettings
from siaga_edge.vision.models import open_vision_models
from siaga_sim.scene.script import parse
from siaga_sim.scene.street import Street

REPOSITORY = Path(__file__).resolve().parents[3]
MODELS = REPOSITORY / "models"
PYTHON = REPOSITORY / ".venv-train" / "bin" / "python"
CONTRACT = "tests/unit/edge_vision/test_models_contract.py"
SETTINGS = """
inputs = ["416x256"]
dynamic = false
calibration_images = 6
int8_map50_bound = 0.2
int8_iou_bound = 0.2
"""
# What a node asks of its models at its start, with the settings that its technician wrote.
START = """
import sys
from pathlib import Path
from siaga_edge.settings import ModelsSettings
from siaga_edge.vision.models import open_vision_models
from siaga_edge.vision.self_test import check_vision_models
models = ModelsSettings(backend="openvino", precision="int8", manifest=Path(sys.argv[1]))
detector, water = models.names
check_vision_models(open_vision_models(detector=detector, water=water, manifest=models.manifest, engine=models.backend))
print(detector, water)
"""

# The axis of the softmax that makes distances of the box head's logits; how many maps are split, and joined to larger.
VERIFIERS = """
import sys, onnx
nodes = onnx.load(sys.argv[1]).graph.node
print(*(node.attribute[0].i for node in nodes if node.name == "/model.23/dfl/Softmax"))
large = {name for node in nodes if node.op_type == "Resize" for name in node.output}
print(sum(node.op_type == "Split" and "attn" not in node.name for node in nodes))
print(sum(node.op_type == "Concat" and bool(large & set(node.input)) for node in nodes))
"""

pytestmark = [
    pytest.mark.skipif(not PYTHON.exists(), reason=".venv-train is not there; `make setup-train` makes it"),
    pytest.mark.proof,
    pytest.mark.timeout(400),
]


def begun(*arguments: object, **more: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "YOLO_OFFLINE": "true", **more}
    return subprocess.Popen(
        [str(PYTHON), *map(str, arguments)],
        cwd=REPOSITORY,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def message(process: subprocess.Popen[str]) -> str:
    out, errors = process.communicate(timeout=380)
    assert process.returncode == 0, out[-3000:] + errors[-3000:]
    return out


@pytest.fixture(scope="module")
def streets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Drawn streets, dry and flooded: masks are the truth, labels what the shipped detector sees."""
    folder = tmp_path_factory.mktemp("streets")
    for kind in ("images", "labels", "masks"):
        (folder / kind).mkdir()
    vision_models = open_vision_models(detector="detector_416", water="water")
    for layout in ("market", "arterial", "kampung"):
        street = Street(parse({"layout": layout, "seed": 5, "density": 2.0, "width": 640, "height": 360}))
        for level in (0.0, 30.0):
            name, image = f"{layout}_{level:.0f}", street.frame(11.0, level)
            cv2.imwrite(str(folder / "images" / f"{name}.png"), image)
            cv2.imwrite(str(folder / "masks" / f"{name}.png"), street.water_mask(11.0, level).astype(np.uint8) * 255)
            (folder / "labels" / f"{name}.txt").write_text(
                "".join(
                    f"{list(vision_models.detector.thresholds).index(one.label)} {(one.box.x1 + one.box.x2) / 1280}"
                    f" {(one.box.y1 + one.box.y2) / 720} {(one.box.x2 - one.box.x1) / 640}"
                    f" {(one.box.y2 - one.box.y1) / 360}\n"
                    for one in vision_models.detector.detect(image, floor=0.4)
                )
            )
    return folder


@pytest.fixture(scope="module")
def int8(streets: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The manifest that `export.py --int8` wrote for both models, and what it said."""
    out = tmp_path_factory.mktemp("weights")
    (out / "export.toml").write_text(SETTINGS)
    words = ""
    for task in ("detector", "water"):
        words += message(
            begun(
                MODELS / "export.py", task, MODELS / "starts" / f"{task}.pt", "--validate", streets, "--out", out,
                "--int8", streets / "images", "--settings", out / "export.toml",
            )
        )  # fmt: skip
    return out / "manifest.toml", words


def test_the_export_reports_what_eight_bits_cost_and_writes_rows_that_nodes_read(int8: tuple[Path, str]) -> None:
    manifest, words = int8
    reported = dict(
        re.findall(r"^(\w+_int8): \w+ [\d.]+ in eight bits, [\d.]+ in full: ([\d.]+) \w+ on 6", words, re.MULTILINE)
    )
    assert set(reported) == {"detector_416_int8", "water_int8"}
    rows = read_manifest(manifest)
    assert set(rows.rows) == {"detector_416", "water", *reported}
    assert abs(rows.rows["water_int8"].figures["iou_lost"]) == pytest.approx(float(reported["water_int8"]), abs=1e-4)
    assert len(rows.load("water_int8", "segment_water").second) > 1_000_000


def test_exported_files_agree_with_torch_and_eight_bits_are_much_smaller(int8: tuple[Path, str]) -> None:
    """torch / ONNX within 1e-3 of a score and 0.1 px; of what ONNX sees, eight bits see 80 % at least."""
    rows = read_manifest(int8[0]).rows
    plain, packed = rows["detector_416"], rows["detector_416_int8"]
    assert plain.figures["parity_scores"] < 1e-3
    assert plain.figures["parity_boxes_px"] < 0.1
    assert plain.figures["map50"] > 0.99
    assert packed.figures["map50"] > 0.8
    assert packed.weights_file is not None
    assert plain.bytes is not None
    assert message(begun("-c", VERIFIERS, int8[0].with_name(plain.file))).split() == [
        "-1",
        "0",
        "0",
    ]  # the quick way round
    assert int8[0].with_name(packed.weights_file).stat().st_size < 0.4 * plain.bytes


def test_a_node_with_precision_int8_starts_after_the_known_image(int8: tuple[Path, str]) -> None:
    assert message(begun("-c", START, int8[0])).split() == ["detector_416_int8", "water_int8"]


def test_eight_bits_that_were_damaged_or_want_another_backend_are_refused(int8: tuple[Path, str]) -> None:
    manifest = int8[0]
    with pytest.raises(ModelError, match="got backend onnxruntime for water_int8, expected backend openvino"):
        ModelRegistry(None).open(ModelsSettings(water="water_int8", detector="detector_416", manifest=manifest), {})
    weights = manifest.with_name("water_int8.bin")
    sound = weights.read_bytes()
    weights.write_bytes(sound[:-1] + bytes([sound[-1] ^ 1]))
    with pytest.raises(ModelError, match=r"water_int8\.bin: got SHA-256"):
        read_manifest(manifest).load("water_int8", "segment_water")
    weights.write_bytes(sound)


def test_every_engine_passes_the_same_contract(int8: tuple[Path, str]) -> None:
    words = message(
        begun(
            "-m", "pytest", CONTRACT, "-q", "-rA", "-W", "default", "-p", "no:cacheprovider", "--noconftest",
            SIAGA_TEST_INT8_MANIFEST=str(int8[0]),
        )
    )  # fmt: skip
    assert " skipped" not in words, words[-2000:]
    passed = re.findall(r"^PASSED .*::(test_\w+)(?:\[(.*)\])?$", words, re.MULTILINE)
    engines = {"onnx", "openvino", "openvino_int8", "ultralytics"}
    known = {engine for name, engine in passed if name == "test_every_installed_engine_recognises_the_known_image"}
    assert known == engines
    alike = {engine for name, engine in passed if name == "test_the_same_image_gives_the_same_answer"}
    assert alike == engines | {"fake"}
