"""The moving image of README: frames of the demo become one small file, or a clear refusal."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.pages import moving
from PIL import Image


@pytest.fixture
def frames(tmp_path: Path) -> Path:
    for number, colour in enumerate(("#123456", "#654321", "#abcdef")):
        Image.new("RGB", (1280, 800), colour).save(tmp_path / f"{number:04}.png")
    return tmp_path


def test_frames_become_one_image_that_moves_for_ever(frames: Path) -> None:
    file = frames / "demo.webp"
    assert moving.animated(frames, file) == file.stat().st_size
    with Image.open(file) as made:
        assert (getattr(made, "n_frames", 0), made.size) == (3, (moving.WIDTH, 550))
        assert made.info["loop"] == 0


def test_what_is_too_large_or_was_never_recorded_is_refused(
    frames: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "MOST_BYTES", 10)
    with pytest.raises(ValueError, match="at most 10"):
        moving.animated(frames, frames / "demo.webp")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="no frame"):
        moving.animated(tmp_path / "empty", frames / "demo.webp")
