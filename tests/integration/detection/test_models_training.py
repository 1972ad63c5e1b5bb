"""Training lowers the loss and exported files say what torch says; skipped only without .venv-train."""

import csv
import json
import os
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
MODELS = REPOSITORY / "models"
CLASSES = ("person", "bicycle", "motorcycle", "car", "bus", "truck", "trash")


# An environment of its own, because ultralytics' OpenCV clashes with the boxes' headless one.
PYTHON = REPOSITORY / ".venv-train" / "bin" / "python"

pytestmark = [
    pytest.mark.skipif(not PYTHON.exists(), reason=".venv-train is not there; `make setup-train` makes it"),
    pytest.mark.proof,
    pytest.mark.timeout(400),
]


def script(name: str, *arguments: object, expect: int = 0) -> str:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "YOLO_OFFLINE": "true"}
    done = subprocess.run(
        [str(PYTHON), str(MODELS / name), *map(str, arguments)],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        timeout=390,
        check=False,
    )
    assert done.returncode == expect, done.stdout[-2000:] + done.stderr[-4000:]
    return done.stdout


def a_car(image: np.ndarray, chance: np.random.Generator) -> str:
    """Paint a plain drawn car and give its label line."""
    size = image.shape[0]
    w, h = chance.uniform(0.19, 0.38) * size, chance.uniform(0.12, 0.22) * size
    x, y = chance.uniform(w / 2, size - w / 2), chance.uniform(0.38 * size + h / 2, size - h / 2)
    left, top, right, bottom = (int(v) for v in (x - w / 2, y - h / 2, x + w / 2, y + h / 2))
    cv2.rectangle(image, (left, top), (right, bottom), tuple(int(v) for v in chance.integers(20, 255, 3)), -1)
    cv2.rectangle(image, (left + 5, top + 3), (right - 5, int(y)), (40, 40, 30), -1)
    for share in (0.25, 0.75):
        cv2.circle(image, (int(left + w * share), bottom), size // 32, (15, 15, 15), -1)
    return f"3 {x / size:.5f} {y / size:.5f} {w / size:.5f} {h / size:.5f}\n"


@pytest.fixture(scope="module")
def cars(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, chance = tmp_path_factory.mktemp("cars"), np.random.default_rng(0)
    for part, count in (("train", 24), ("val", 8)):
        for kind in ("images", "labels"):
            (folder / kind / part).mkdir(parents=True)
        for number in range(count):
            image = np.full((160, 160, 3), 95, np.uint8)
            image[:50] = (210, 190, 160)
            lines = "".join(a_car(image, chance) for _ in range(int(chance.integers(1, 4))))
            cv2.imwrite(str(folder / "images" / part / f"car_{number}.png"), image)
            (folder / "labels" / part / f"car_{number}.txt").write_text(lines)
    names = "".join(f"  {i}: {name}\n" for i, name in enumerate(CLASSES))
    (folder / "data.yaml").write_text(f"path: {folder}\ntrain: images/train\nval: images/val\nnames:\n{names}")
    return folder


@pytest.fixture(scope="module")
def floods(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, chance = tmp_path_factory.mktemp("floods"), np.random.default_rng(0)
    for part, count in (("train", 12), ("val", 4)):
        for kind in ("images", "masks"):
            (folder / kind / part).mkdir(parents=True)
        for number in range(count):
            image, mask = np.full((96, 128, 3), 90, np.uint8), np.zeros((96, 128), np.uint8)
            image[:40] = (200, 180, 150)
            if number % 3:
                line = int(chance.integers(50, 80))
                image[line:], mask[line:] = (90, 120, 140), 255
            noisy = np.clip(image + chance.normal(0, 8, image.shape), 0, 255).astype(np.uint8)
            cv2.imwrite(str(folder / "images" / part / f"flood_{number}.png"), noisy)
            cv2.imwrite(str(folder / "masks" / part / f"flood_{number}.png"), mask)
    return folder


def measured(data: Path, *arguments: object) -> list[dict[str, Any]]:
    answer: list[dict[str, Any]] = json.loads(script("evaluate.py", data, "--json", "--rounds", 0, *arguments))
    return answer


def test_detector_training_lowers_the_loss_and_finds_the_drawn_cars(cars: Path, tmp_path: Path) -> None:
    script("train_detector.py", MODELS / "settings" / "detector_smoke.toml", "--data", cars, "--out", tmp_path)
    with (tmp_path / "run" / "results.csv").open() as file:
        losses = [float(row["train/cls_loss"]) + float(row["train/box_loss"]) for row in csv.DictReader(file)]
    assert losses[-1] < 0.6 * losses[0]
    weights = [MODELS / "starts" / "detector.pt", tmp_path / "best.pt"]
    before, after = measured(cars, "--part", "val", "--size", "160x160", "--weights", *weights)
    assert before["figures"]["map50"][0] < 0.4
    assert after["figures"]["map50"][0] > 0.8


def test_retraining_offers_a_better_detector_and_continues_where_it_was_interrupted(cars: Path, tmp_path: Path) -> None:
    """The shipped detector does not know these drawn cars; the retrained file is ready for a node."""
    settings, out = tmp_path / "short.toml", tmp_path / "retrained"
    text = (MODELS / "settings" / "detector_smoke.toml").read_text()
    settings.write_text(text.replace("epochs = 4", "epochs = 8"))
    arguments = (cars, "--out", out, "--settings", settings, "--drawn", 6)
    printed = script("retrain.py", *arguments)
    assert "| vehicles | recall |" in printed
    account = json.loads((out / "comparison.json").read_text())
    assert account["is_better"] is True
    ((name, row),) = tomllib.loads((out / "model" / "manifest.toml").read_text()).items()
    assert account["candidate"] == {"name": name, "file": row["file"], "sha256": row["sha256"]}
    assert f"--row {out}/model/manifest.toml:{name}" in printed
    script("retrain.py", *arguments, expect=2)  # the folder has files in it
    assert "draw streets" not in script("retrain.py", *arguments, "--resume")


def test_water_training_finds_the_drawn_flood(floods: Path, tmp_path: Path) -> None:
    settings = tmp_path / "longer.toml"
    text = (MODELS / "settings" / "water_smoke.toml").read_text()
    settings.write_text(text)
    script("train_water.py", settings, "--data", floods, "--out", tmp_path)
    losses = [float(row[1]) for row in csv.reader((tmp_path / "losses.csv").read_text().splitlines())]
    assert np.mean(losses[16:]) < 0.8 * np.mean(losses[:8])
    weights = [MODELS / "starts" / "water.pt", tmp_path / "best.pt"]
    before, after = measured(floods, "--part", "val", "--size", "128x96", "--weights", *weights)
    assert after["figures"]["iou"][0] > before["figures"]["iou"][0] + 0.2
    assert after["figures"]["iou"][0] > 0.75
    # Going on with more steps starts where the first run ended.
    settings.write_text(text.replace("steps = 24", "steps = 28"))
    script("train_water.py", settings, "--data", floods, "--out", tmp_path, "--resume")
    steps = [int(row[0]) for row in csv.reader((tmp_path / "losses.csv").read_text().splitlines())]
    assert steps == list(range(1, 29))


def test_wrong_settings_and_absent_start_weights_are_named(cars: Path, tmp_path: Path) -> None:
    settings = tmp_path / "wrong.toml"
    settings.write_text('start = "absent.pt"\nepochs = 1\n')
    script("train_detector.py", settings, "--data", cars, "--out", tmp_path, expect=2)
    settings.write_text('start = "absent.pt"\nepochs = "many"\n')
    script("train_detector.py", settings, "--data", cars, "--out", tmp_path, expect=2)


def test_shipped_files_are_the_start_weights_exported(cars: Path, floods: Path) -> None:
    """ONNX and torch agree: same figures to the fourth digit, on the sizes that are shipped."""
    for size, file in (("640x640", "detector_640.onnx"), ("416x256", "detector_416x256.onnx")):
        weights = [MODELS / "starts" / "detector.pt", MODELS / "weights" / file]
        one, other = measured(cars, "--part", "val", "--size", size, "--weights", *weights)
        assert one["figures"]["map50"][0] == pytest.approx(other["figures"]["map50"][0], abs=1e-4)
    weights = [MODELS / "starts" / "water.pt", MODELS / "weights" / "water.onnx"]
    one, other = measured(floods, "--part", "val", "--weights", *weights)
    assert one["figures"]["iou"][0] == pytest.approx(other["figures"]["iou"][0], abs=2e-3)


def test_water_export_remains_within_its_bounds(floods: Path, tmp_path: Path) -> None:
    arguments = ("water", MODELS / "starts" / "water.pt", "--validate", floods, "--part", "val", "--out", tmp_path)
    script("export.py", *arguments)
    row = tomllib.loads((tmp_path / "manifest.toml").read_text())["water"]
    assert 0 < row["figures"]["parity"] < 0.05
    assert row["figures"]["parity_flips"] < 0.002
    assert row["bytes"] == (tmp_path / "water.onnx").stat().st_size < 7_000_000


def test_broken_bound_stops_the_export_without_a_manifest(floods: Path, tmp_path: Path) -> None:
    settings = tmp_path / "strict.toml"
    settings.write_text("water_bound = 1e-12\n")
    arguments = ("water", MODELS / "starts" / "water.pt", "--validate", floods, "--part", "val")
    script("export.py", *arguments, "--out", tmp_path, "--settings", settings, expect=1)
    assert not (tmp_path / "manifest.toml").exists()


def test_class_outputs_alone_learn_and_places_remain(cars: Path, tmp_path: Path) -> None:
    """The quick training for a busy CPU lowers the loss; interrupted, it goes on from the remembered views."""
    text = (MODELS / "settings" / "detector_small.toml").read_text()
    for was, now in (("width = 416", "width = 160"), ("height = 256", "height = 160"), ("0.0006", "0.004")):
        text = text.replace(was, now)
    settings = tmp_path / "small.toml"
    settings.write_text(text.replace("tuned_share = 0.75", "tuned_share = 1.0"))
    script("train_detector.py", settings, "--data", cars, "--out", tmp_path)
    rows = csv.DictReader((tmp_path / "run" / "losses.csv").read_text().splitlines())
    losses = [float(row["class_loss"]) for row in rows]
    assert len(losses) == 8
    assert losses[-1] < 0.9 * losses[0]
    views = (tmp_path / "run" / "views.pt").stat().st_mtime_ns
    script("train_detector.py", settings, "--data", cars, "--out", tmp_path, "--resume")
    assert (tmp_path / "run" / "views.pt").stat().st_mtime_ns == views
    weights = [MODELS / "starts" / "detector.pt", tmp_path / "best.pt"]
    before, after = measured(cars, "--part", "val", "--size", "160x160", "--weights", *weights)
    assert after["figures"]["map50"][0] > before["figures"]["map50"][0]
    assert after["classes"][7:] == ["three_wheeler", "bin", "overfull_bin"]
