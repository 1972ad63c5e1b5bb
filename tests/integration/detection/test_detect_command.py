"""`siaga-edge detect` as its users run it, on files."""

from __future__ import annotations

import contextlib
import json
import shutil
import struct
import subprocess
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from siaga_core.vision.manifest import default_manifest, read_manifest
from siaga_edge.camera.offline.commands import detect
from siaga_edge.settings.node import ModelsSettings

STREET = 'layout = "arterial"\nseed = 3\nseconds = 20\ndensity = 2.0\nwidth = 960\nheight = 540\nfps = 4\n'


@dataclass(frozen=True)
class CommandResult:
    """What a run gave back."""

    returncode: int
    stdout: str
    stderr: str


def _detect(*arguments: str | Path, cwd: Path) -> CommandResult:
    """In this process, because loading everything anew is most of what a run costs."""
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(detect)
    with contextlib.chdir(cwd):
        result = CliRunner().invoke(app, [str(one) for one in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return CommandResult(result.exit_code, result.stdout, result.stderr)


def _detect_as_program(*arguments: str, cwd: Path) -> CommandResult:
    program = [sys.executable, "-m", "siaga_edge.main", "detect", *arguments]
    done = subprocess.run(program, cwd=cwd, capture_output=True, text=True, timeout=100, check=False)
    return CommandResult(done.returncode, done.stdout, done.stderr)


def _lines(done: CommandResult) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One frame of a drawn street, as a picture."""
    folder = tmp_path_factory.mktemp("street")
    (folder / "street.toml").write_text(STREET)
    arguments = ["render-snapshot", "street.toml", "--at", "12", "--out", "street.png"]
    subprocess.run([sys.executable, "-m", "siaga_sim.scene", *arguments], cwd=folder, check=True, timeout=60)
    return folder / "street.png"


def test_an_image_gives_one_json_line_with_boxes_in_its_own_pixels(street: Path) -> None:
    done = _detect(street.name, "--json", cwd=street.parent)
    assert done.returncode == 0, done.stderr
    (line,) = _lines(done)
    assert list(line) == ["source", "width", "height", "detections", "water_share", "water_unknown", "models"]
    shipped = ModelsSettings()
    assert line["models"] == {"detector": shipped.detector, "water": shipped.water}
    assert (line["source"], line["width"], line["height"]) == ("street.png", 960, 540)
    assert line["water_share"] < 0.02
    vehicles = [one for one in line["detections"] if one["label"] in ("car", "bus", "truck", "motorcycle")]
    assert len(vehicles) >= 3
    for found in line["detections"]:
        x1, y1, x2, y2 = found["box"]
        assert 0 <= x1 < x2 <= 960
        assert 0 <= y1 < y2 <= 540
        assert 0.3 < found["confidence"] <= 1


def test_water_is_unknown_in_an_infrared_image_and_not_nothing(street: Path, tmp_path: Path) -> None:
    grey = cv2.cvtColor(cv2.cvtColor(_image(street), cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    cv2.imwrite(str(tmp_path / "night.png"), grey)
    (line,) = _lines(_detect("night.png", "--json", cwd=tmp_path))
    assert (line["water_share"], line["water_unknown"]) == (None, "infrared")
    assert "water unknown (infrared)" in _detect("night.png", cwd=tmp_path).stdout


def test_a_higher_confidence_leaves_out_the_unsure(street: Path) -> None:
    many, few = (_lines(_detect(street, "--json", "--confidence", str(c), cwd=street.parent)) for c in (0.1, 0.6))
    assert len(many[0]["detections"]) > len(few[0]["detections"])
    assert all(found["confidence"] >= 0.6 for found in few[0]["detections"])


def test_the_table_is_for_people_and_images_are_saved(street: Path, tmp_path: Path) -> None:
    done = _detect(street, "--save", tmp_path / "drawn", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "street.png: " in done.stdout
    assert "water 0." in done.stdout
    drawn = _image(tmp_path / "drawn" / "street.jpg")
    assert drawn.shape == (540, 960, 3)
    assert np.abs(drawn.astype(int) - _image(street)).max() > 100


def _image(path: Path) -> np.ndarray:
    image = cv2.imread(str(path))
    assert image is not None
    return image


def _clip(path: Path, image: np.ndarray, *, seconds: int) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.height, stream.width, stream.pix_fmt = image.shape[0], image.shape[1], "yuv420p"
        for _ in range(seconds * 10):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(stream.encode(None))
    return path


def test_a_clip_is_sampled_on_its_own_time(street: Path, tmp_path: Path) -> None:
    clip = _clip(tmp_path / "street.mp4", _image(street), seconds=3)
    done = _detect(clip, "--json", "--every-seconds", "0.8", "--detector", "detector_416", cwd=tmp_path)
    assert [line["at_s"] for line in _lines(done)] == [0.0, 0.8, 1.6, 2.4]


def test_broken_files_are_named_and_the_others_are_checked_all_the_same(street: Path, tmp_path: Path) -> None:
    shutil.copy(street, tmp_path / "good.png")
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "text.mp4").write_text("no clip")
    (tmp_path / "cut.png").write_bytes(street.read_bytes()[:20_000])
    (tmp_path / "bomb.png").write_bytes(_png_with_declared_size(30_000, 30_000))
    files = ["empty.jpg", "text.mp4", "gone.jpg", "cut.png", "bomb.png", "good.png"]
    done = _detect_as_program(*files, "--json", "--detector", "detector_416", cwd=tmp_path)
    assert done.returncode == 1
    assert [line["source"] for line in _lines(done)] == ["good.png"]
    assert "empty.jpg: the file is empty, expected an image" in done.stderr
    assert "text.mp4: cannot be decoded, expected a video clip" in done.stderr
    assert "gone.jpg: cannot be read, expected an image: No such file" in done.stderr
    assert "cut.png: cannot be decoded, expected a JPEG, PNG" in done.stderr
    assert "bomb.png: too large, expected at most 150000000 pixels" in done.stderr
    assert "Traceback" not in done.stderr


def test_folders_are_searched_and_an_empty_one_is_a_complaint(street: Path, tmp_path: Path) -> None:
    (tmp_path / "some" / "below").mkdir(parents=True)
    (tmp_path / "none").mkdir()
    (tmp_path / "some" / "notes.txt").write_text("not a picture")
    shutil.copy(street, tmp_path / "some" / "below" / "a.png")
    found = _detect("some", "--json", "--detector", "detector_416", cwd=tmp_path)
    assert [line["source"] for line in _lines(found)] == ["some/below/a.png"]
    nothing = _detect("none", cwd=tmp_path)
    assert nothing.returncode == 1
    assert "the given folders contain no images or clips" in nothing.stderr


def test_other_weights_than_the_shipped_ones_are_refused(street: Path, tmp_path: Path) -> None:
    shutil.copytree(default_manifest().parent, tmp_path / "weights")
    file = read_manifest().rows[ModelsSettings().detector].file
    with (tmp_path / "weights" / file).open("ab") as weights:
        weights.write(b"\0")
    done = _detect(street, "--manifest", tmp_path / "weights" / "manifest.toml", cwd=tmp_path)
    assert done.returncode == 2
    assert f"{file}: got SHA-256" in done.stderr
    assert not done.stdout


def _png_with_declared_size(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )
