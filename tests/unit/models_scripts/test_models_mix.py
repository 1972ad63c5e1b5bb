"""Folders are mixed by weight, and teachers add nothing that an operator refuted."""

import json
from pathlib import Path

import cv2
import mix
import numpy as np
import prepare
import pytest
from workbench.folders import CLASSES, detection_folder
from workbench.formats import SourceImage
from workbench.runtimes import Detector


def a_folder(where: Path, **all_images: int) -> Path:
    for part, count in all_images.items():
        for kind in ("images", "labels"):
            (where / kind / part).mkdir(parents=True)
        for number in range(count):
            cv2.imwrite(str(where / "images" / part / f"p{number}.png"), np.full((24, 32, 3), number, np.uint8))
            (where / "labels" / part / f"p{number}.txt").write_text("3 0.5 0.5 0.2 0.2\n")
    (where / "manifest.json").write_text(json.dumps({"p0": {"source": where.name, "annotated_classes": ["car"]}}))
    return where


def test_training_images_count_as_often_as_configured_and_validation_ones_once(tmp_path: Path) -> None:
    drawn, real = a_folder(tmp_path / "drawn", train=4, val=2), a_folder(tmp_path / "real", train=3, val=1)
    assert mix.main([str(drawn), f"{real}=12", "--out", str(tmp_path / "out")]) == 0
    train = detection_folder(tmp_path / "out", CLASSES, part="train")
    assert len(train) == 4 + 3 * 12
    assert len(detection_folder(tmp_path / "out", CLASSES, part="val")) == 3
    assert all(len(one.boxes) == 1 for one in train)
    covered = [one for one in train if one.covered == {CLASSES.index("car")}]
    assert sorted({one.source for one in covered}) == ["drawn", "real"]
    assert len(covered) == 1 + 12


def test_wrong_folders_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert mix.main([str(tmp_path / "absent"), "--out", str(tmp_path / "out")]) == 2
    assert "absent: expected images/train or images/val" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        mix.main([f"{tmp_path}=many", "--out", str(tmp_path / "out")])
    assert "TIMES from 1 to 100" in capsys.readouterr().err
    a_folder(tmp_path / "full", train=1)
    assert mix.main([str(tmp_path / "full"), "--out", str(tmp_path / "full")]) == 2


def test_a_teacher_does_not_put_back_what_an_operator_refuted(tmp_path: Path) -> None:
    def run(tensor: np.ndarray) -> np.ndarray:
        out = np.zeros((1, 11, 2), np.float32)
        for column, x in enumerate((32, 96)):
            out[0, :4, column] = (x, 48, 24, 32)
            out[0, 4 + CLASSES.index("car"), column] = 0.9
        return out

    teacher = Detector(name="t", classes=CLASSES, width=128, height=96, run=run)
    source = prepare.Source(key="a", format="yolo", images="", labels="", licence="", address="")
    wrong = ("car", 32 / 128, 0.5, 24 / 128, 1 / 3)
    one = prepare.SelectedImage(source=source, found=SourceImage(image=tmp_path), boxes=(), name="a", refuted=(wrong,))
    added = prepare.taught(teacher, np.zeros((96, 128, 3), np.uint8), one, 0.5)
    assert [round(node[1], 3) for node in added] == [0.75]
