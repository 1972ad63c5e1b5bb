"""Public formats become one folder: mapped, split, deduplicated, with its provenance."""

import json
from pathlib import Path

import cv2
import numpy as np
import prepare
import pytest
from workbench.folders import CLASSES, detection_folder
from workbench.likeness import groups, print_of


def a_scene(seed: int) -> np.ndarray:
    chance = np.random.default_rng(seed)
    coarse = chance.integers(0, 255, (6, 8, 3)).astype(np.uint8)
    return cv2.resize(coarse, (160, 120), interpolation=cv2.INTER_CUBIC)


def put(path: Path, image: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), image)


def a_source(key: str, **more: object) -> str:
    keys: dict[str, object] = {
        "key": key,
        "format": "yolo",
        "images": f"{key}/images",
        "labels": f"{key}/labels",
        "licence": "CC BY 4.0",
        "address": f"example/{key}",
        "covers": ["car"],
        "classes": {"0": "car"},
        **more,
    }
    inline = {
        k: json.dumps(v) if not isinstance(v, dict) else "{ " + ", ".join(f'"{a}" = "{b}"' for a, b in v.items()) + " }"
        for k, v in keys.items()
    }
    return "[[source]]\n" + "".join(f"{k} = {v}\n" for k, v in inline.items())


def yolo_images(folder: Path, seeds: range, line: str = "0 0.5 0.5 0.25 0.25") -> None:
    for seed in seeds:
        put(folder / "images" / f"p{seed}.png", a_scene(seed))
        (folder / "labels").mkdir(exist_ok=True)
        (folder / "labels" / f"p{seed}.txt").write_text(line + "\n")


def prepared(tmp_path: Path, recipe: str) -> Path:
    (tmp_path / "recipe.toml").write_text(recipe)
    assert prepare.main([str(tmp_path / "recipe.toml"), "--out", str(tmp_path / "out")]) == 0
    return tmp_path / "out"


def test_every_format_gives_the_same_box(tmp_path: Path) -> None:
    for key in ("yolo", "coco", "voc"):
        put(tmp_path / key / "images" / "a.png", a_scene(len(key) + ord(key[0])))
    (tmp_path / "yolo" / "labels").mkdir()
    (tmp_path / "yolo" / "labels" / "a.txt").write_text("1 0.5 0.5 0.25 0.5\n")
    (tmp_path / "yolo" / "labels" / "classes.txt").write_text("dog\nauto\n")
    document = {
        "images": [{"id": 7, "file_name": "a.png", "width": 160, "height": 120}],
        "categories": [{"id": 3, "name": "auto"}],
        "annotations": [{"id": 1, "image_id": 7, "category_id": 3, "bbox": [60, 30, 40, 60]}],
    }
    (tmp_path / "coco" / "labels.json").write_text(json.dumps(document))
    (tmp_path / "voc" / "labels").mkdir()
    (tmp_path / "voc" / "labels" / "a.xml").write_text(
        "<annotation><size><width>160</width><height>120</height></size><object><name>auto</name>"
        "<bndbox><xmin>60</xmin><ymin>30</ymin><xmax>100</xmax><ymax>90</ymax></bndbox></object></annotation>"
    )
    classes = {"auto": "car"}
    recipe = a_source("yolo", classes=classes) + a_source("voc", format="voc", classes=classes)
    recipe += a_source("coco", format="coco", classes=classes, labels="coco/labels.json")
    out = prepared(tmp_path, "val_share = 0.0\ntest_share = 0.0\n" + recipe)
    labels = [p.read_text() for p in sorted((out / "labels" / "train").iterdir())]
    assert labels == ["3 0.500000 0.500000 0.250000 0.500000\n"] * 3


def test_class_that_the_recipe_does_not_name_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    yolo_images(tmp_path / "a", range(2), "4 0.5 0.5 0.25 0.25")
    (tmp_path / "recipe.toml").write_text(a_source("a"))
    assert prepare.main([str(tmp_path / "recipe.toml"), "--out", str(tmp_path / "out")]) == 2
    assert "source a: class '4' of" in capsys.readouterr().err


def test_unknown_target_class_and_key_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(a_source("a", classes={"0": "lorry"}))
    assert prepare.main([str(recipe), "--out", str(tmp_path / "out")]) == 2
    assert "class 'lorry': expected one of person" in capsys.readouterr().err
    recipe.write_text("speed = 3\n" + a_source("a"))
    assert prepare.main([str(recipe), "--out", str(tmp_path / "out")]) == 2
    assert "unknown key `speed`" in capsys.readouterr().err


def test_similar_images_never_lie_in_two_parts(tmp_path: Path) -> None:
    yolo_images(tmp_path / "seen", range(12))
    for seed in range(12):
        like = cv2.resize(a_scene(seed)[:, ::-1], (320, 240))
        put(tmp_path / "unseen" / "images" / f"q{seed}.jpg", like)
    recipe = a_source("seen", only_part="train") + a_source("unseen", only_part="test")
    out = prepared(tmp_path, recipe)
    assert len(list((out / "images" / "test").iterdir())) == 12
    assert not (out / "images" / "train").exists()
    assert "0/0/12" in (out / "PROVENANCE.md").read_text()
    assert "| 12 | " in (out / "PROVENANCE.md").read_text()


def test_split_does_not_change_when_images_are_added(tmp_path: Path) -> None:
    yolo_images(tmp_path / "a", range(30))
    head = "val_share = 0.3\ntest_share = 0.2\n"
    before = prepared(tmp_path, head + a_source("a"))
    first = {p.stem: p.parent.name for p in before.glob("images/*/*")}
    yolo_images(tmp_path / "b", range(100, 120))
    after = prepared(tmp_path, head + a_source("a") + a_source("b"))
    second = {p.stem: p.parent.name for p in after.glob("images/*/*")}
    assert {k: second[k] for k in first} == first
    assert set(first.values()) == {"train", "val", "test"}


def test_output_is_a_folder_that_evaluate_reads(tmp_path: Path) -> None:
    yolo_images(tmp_path / "a", range(6))
    out = prepared(tmp_path, "val_share = 0.0\ntest_share = 0.0\n" + a_source("a"))
    labelled = detection_folder(out, CLASSES, part="train")
    assert len(labelled) == 6
    assert all(one.covered == {CLASSES.index("car")} and one.source == "a" for one in labelled)


def test_masks_are_fitted_and_dry_images_get_an_empty_one(tmp_path: Path) -> None:
    put(tmp_path / "w" / "images" / "wet.png", a_scene(1))
    put(tmp_path / "w" / "images" / "dry.png", a_scene(2))
    mask = np.zeros((120, 160), np.uint8)
    mask[60:] = 1
    put(tmp_path / "w" / "labels" / "wet.png", mask)
    out = prepared(
        tmp_path,
        "longest_side = 80\nval_share = 0.0\ntest_share = 0.0\n" + a_source("w", format="mask", classes={}, covers=[]),
    )
    shares = sorted(_share_of_water(p) for p in (out / "masks" / "train").iterdir())
    assert shares == [0.0, 0.5]


def test_teacher_adds_only_what_the_source_does_not_label(tmp_path: Path, models: Path) -> None:
    from workbench.formats import SourceImage
    from workbench.runtimes import Detector

    def run(tensor: np.ndarray) -> np.ndarray:
        out = np.zeros((1, 11, 3), np.float32)
        for column, (x, label) in enumerate([(20, 3), (60, 0), (100, 0)]):
            out[0, :4, column] = (x, 48, 16, 32)
            out[0, 4 + label, column] = 0.9
        return out

    teacher = Detector(name="t", classes=CLASSES, width=128, height=96, run=run)
    source = prepare.Source(key="a", format="yolo", images="", labels="", licence="", address="", covers=("car",))
    # A rider of the source's own lies where the teacher sees the second person.
    one = prepare.SelectedImage(
        source=source,
        found=SourceImage(image=tmp_path),
        boxes=(("motorcycle", 100 / 128, 0.5, 0.125, 1 / 3),),
        name="a",
    )
    added = prepare.taught(teacher, np.zeros((96, 128, 3), np.uint8), one, 0.5)
    assert [(b[0], round(b[1], 3)) for b in added] == [("person", round(60 / 128, 3))]


def _share_of_water(mask: Path) -> float:
    drawn = cv2.imread(str(mask), cv2.IMREAD_GRAYSCALE)
    assert drawn is not None
    return float(np.mean(drawn > 0))


def test_likeness_holds_for_packing_and_size_but_not_for_another_scene() -> None:
    first, second = a_scene(1), a_scene(2)
    packed = cv2.imdecode(
        cv2.imencode(".jpg", cv2.resize(first, (90, 70)), [cv2.IMWRITE_JPEG_QUALITY, 40])[1], cv2.IMREAD_COLOR
    )
    assert packed is not None
    images = (first, second, packed.astype(np.uint8))
    prints = [(print_of(p), print_of(np.ascontiguousarray(p[:, ::-1]))) for p in images]
    found = groups(prints)
    assert found[0] == found[2] != found[1]
