"""Fingerprints of pictures, the same scene again, and what a file says of itself."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import cv2
import numpy as np
import pytest
from PIL import Image, PngImagePlugin
from tests.support.proof_photos import ImageArray, a_scene, as_photo

from siaga_cloud.platform.media.photo_hash import (
    MIDDLE,
    WHOLE,
    NotAnImageError,
    distance,
    is_plain,
    prints,
    probes,
    small_grey,
)
from siaga_cloud.platform.media.photo_metadata import read_facts
from siaga_cloud.platform.media.same_scene import matched
from siaga_core.rules.geometry import LatLon

AT = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


def cut(left: float, top: float, right: float, bottom: float) -> Callable[[ImageArray], ImageArray]:
    def change(image: ImageArray) -> ImageArray:
        height, width = image.shape[:2]
        rows = slice(round(top * height), round((1 - bottom) * height))
        return image[rows, round(left * width) : round((1 - right) * width)]

    return change


def nearest(changed: bytes, stored: bytes) -> int:
    """The least distance of what is asked for a picture to what is kept of another."""
    held = prints(small_grey(stored))
    wanted = {WHOLE: held.whole, MIDDLE: held.middle}
    return min(distance(probe.hash, wanted[probe.part]) for probe in probes(small_grey(changed)))


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda image: image, id="saved again"),
        pytest.param(lambda image: cv2.resize(image, (300, 225)), id="resized"),
        pytest.param(lambda image: cv2.convertScaleAbs(image, alpha=0.7, beta=10), id="darker"),
        pytest.param(lambda image: np.ascontiguousarray(image[:, ::-1]), id="mirrored"),
        pytest.param(cut(0.05, 0.05, 0.05, 0.05), id="cut all round"),
        pytest.param(cut(0, 0, 0.08, 0), id="cut on one side"),
        pytest.param(cut(0.06, 0.06, 0, 0), id="cut in a corner"),
    ],
)
def test_a_changed_image_remains_near_its_original(change: Callable[[ImageArray], ImageArray], seed: int) -> None:
    image = a_scene(seed)
    assert nearest(as_photo(change(image), quality=60), as_photo(image)) <= 7


def test_other_images_are_far() -> None:
    photos = [as_photo(a_scene(seed)) for seed in range(20, 26)]
    assert min(nearest(one, other) for one in photos for other in photos if one is not other) > 7


def test_a_plain_surface_cannot_be_compared_and_text_is_no_image() -> None:
    assert is_plain(small_grey(as_photo(np.full((120, 160, 3), 128, np.uint8))))
    with pytest.raises(NotAnImageError):
        small_grey(b"not a picture")


def test_the_same_place_from_a_little_to_the_side_is_the_same_scene() -> None:
    image = a_scene(5)
    height, width = image.shape[:2]
    turned = cv2.getPerspectiveTransform(
        np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32),
        np.array([[25, 15], [width - 5, 0], [width, height - 20], [10, height]], np.float32),
    )
    seen = cv2.warpPerspective(image, turned, (width, height))
    assert matched(as_photo(image), as_photo(seen)).inliers > 60
    assert matched(as_photo(image), as_photo(a_scene(6))).inliers < 18
    assert matched(as_photo(np.full((90, 120, 3), 9, np.uint8)), as_photo(image)).inliers == 0


def test_what_a_camera_wrote_is_read() -> None:
    facts = read_facts(as_photo(a_scene(1), at=AT, place=(-6.2, 106.8), Software="PhoneOS 9"))
    assert (facts.exif_at, facts.zone_known) == (AT, True)
    assert (facts.has_camera, facts.has_exposure, facts.software, facts.editor) == (True, True, "PhoneOS 9", "")
    assert facts.place == LatLon(-6.2, 106.8)
    assert facts.quality == 90


def test_a_time_without_zone_is_read_as_the_citys_and_marked_so() -> None:
    photo = Image.open(io.BytesIO(as_photo(a_scene(1))))
    exif = photo.getexif()
    exif.get_ifd(0x8769)[0x9003] = "2026:11:20 15:00:00"
    out = io.BytesIO()
    photo.save(out, "JPEG", exif=exif)
    facts = read_facts(out.getvalue())
    assert (facts.exif_at, facts.zone_known) == (AT, False)


def test_the_satellites_time_is_read_as_utc() -> None:
    photo = Image.open(io.BytesIO(as_photo(a_scene(1), place=(-6.2, 106.8))))
    exif = photo.getexif()
    exif.get_ifd(0x8825).update({0x1D: "2026:11:20", 0x07: (8.0, 0.0, 30.0)})
    out = io.BytesIO()
    photo.save(out, "JPEG", exif=exif)
    assert read_facts(out.getvalue()).gps_at == AT + timedelta(seconds=30)


def test_a_generators_note_in_a_png_is_found() -> None:
    note = PngImagePlugin.PngInfo()
    note.add_text("parameters", "a clean street, Steps: 20, Sampler: Euler")
    out = io.BytesIO()
    Image.new("RGB", (64, 64)).save(out, "PNG", pnginfo=note)
    assert read_facts(out.getvalue()).generator == "Stable Diffusion"


@pytest.mark.parametrize("data", [b"", b"\xff\xd8\xff", b"GIF89a"])
def test_an_unreadable_photo_has_no_facts(data: bytes) -> None:
    assert read_facts(data) == read_facts(b"")
