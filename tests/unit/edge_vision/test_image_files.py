from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from tests.unit.edge_vision.fake_models import street

from siaga_core.vision.errors import ImageError
from siaga_core.vision.image_files import encode_jpeg, read_image


def _saved(path: Path, image: np.ndarray) -> Path:
    assert cv2.imwrite(str(path), image)
    return path


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.bmp", "a.tiff"])
def test_common_kinds_are_read(tmp_path: Path, name: str) -> None:
    image = read_image(_saved(tmp_path / name, street()))
    assert image.shape == (180, 320, 3)
    assert abs(float(image.mean()) - float(street().mean())) < 3


@pytest.mark.parametrize(
    "image",
    [
        pytest.param(street()[:, :, 0], id="grey"),
        pytest.param(street().astype(np.uint16) * 257, id="16 bit"),
        pytest.param(np.dstack([street(), np.full((180, 320), 255, np.uint8)]), id="with alpha"),
    ],
)
def test_other_depths_become_8_bit_colour(tmp_path: Path, image: np.ndarray) -> None:
    read = read_image(_saved(tmp_path / "a.png", image))
    assert (read.dtype, read.shape) == (np.dtype(np.uint8), (180, 320, 3))


@pytest.mark.parametrize(("orientation", "back"), [(3, 180), (6, 90), (8, 270)])
def test_an_image_is_read_upright_as_its_exif_states(tmp_path: Path, orientation: int, back: int) -> None:
    upright = Image.fromarray(street()[:, :, ::-1])
    exif = Image.Exif()
    exif[0x0112] = orientation
    upright.rotate(back, expand=True).save(tmp_path / "turned.jpg", exif=exif, quality=95)
    read = read_image(tmp_path / "turned.jpg")
    assert read.shape == (180, 320, 3)
    assert abs(read[:60].mean() - street()[:60].mean()) < 3


def _halved_jpeg() -> bytes:
    whole = encode_jpeg(street())
    return whole[: len(whole) // 2]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        pytest.param(b"", "the file is empty, expected an image", id="empty"),
        pytest.param(b"not a picture at all", "cannot be decoded, expected a JPEG", id="text"),
        pytest.param(_halved_jpeg(), "cannot be decoded, expected a JPEG", id="cut off"),
    ],
)
def test_broken_files_are_refused_by_name(tmp_path: Path, content: bytes, complaint: str) -> None:
    path = tmp_path / "broken.jpg"
    path.write_bytes(content)
    with pytest.raises(ImageError, match=rf"broken\.jpg: {complaint}"):
        read_image(path)


def test_missing_and_tiny_files_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"gone\.jpg: cannot be read, expected an image: No such file"):
        read_image(tmp_path / "gone.jpg")
    with pytest.raises(ImageError, match=r"8 x 8 pixels, expected at least 16"):
        read_image(_saved(tmp_path / "tiny.png", street()[:8, :8]))


def test_written_jpegs_carry_no_metadata() -> None:
    assert not Image.open(io.BytesIO(encode_jpeg(street()))).getexif()
