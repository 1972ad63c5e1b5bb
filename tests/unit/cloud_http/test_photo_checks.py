"""Photos from outside: what is refused, what is kept, what is read out before it is stripped."""

from __future__ import annotations

import io
import struct
import zlib
from datetime import UTC, datetime

import pytest
from PIL import ExifTags, Image
from tests.support.http_api import a_photo

from siaga_cloud.platform.input_errors import IntakeError
from siaga_cloud.platform.media import photo as photos
from siaga_cloud.platform.media.photo import MAX_PHOTO_BYTES, clean_photo, gps_place


def png_that_claims(width: int, height: int) -> bytes:
    """A PNG of a hundred bytes whose header promises a huge picture."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")
    )


def complaint(data: bytes) -> IntakeError:
    with pytest.raises(IntakeError) as caught:
        clean_photo(data)
    return caught.value


def test_exif_is_removed_and_its_place_and_time_are_offered() -> None:
    sent = a_photo(gps=(-6.2079, 106.84844), DateTimeOriginal="2026:01:02 08:00:00", OffsetTimeOriginal="+07:00")
    stored = clean_photo(sent)
    assert b"SecretPhone" in sent
    assert b"SecretPhone" not in stored.jpeg
    assert dict(Image.open(io.BytesIO(stored.jpeg)).getexif()) == {}
    assert stored.place is not None
    assert (stored.place.lat, stored.place.lon) == pytest.approx((-6.2079, 106.84844), abs=1e-5)
    assert stored.taken_at == datetime(2026, 1, 2, 1, 0, tzinfo=UTC)


def test_a_time_without_zone_is_not_believed() -> None:
    assert clean_photo(a_photo(DateTimeOriginal="2026:01:02 08:00:00")).taken_at is None


@pytest.mark.parametrize(
    "hidden",
    [
        pytest.param(b"<script>alert(1)</script>", id="a page after the picture"),
        pytest.param(b"PK\x03\x04 evil.zip", id="an archive after the picture"),
        pytest.param(b"<?php system($_GET[0]); ?>", id="a script after the picture"),
    ],
)
def test_what_hides_behind_an_image_does_not_survive(hidden: bytes) -> None:
    stored = clean_photo(a_photo() + hidden)
    assert hidden not in stored.jpeg


def test_a_comment_inside_an_image_does_not_survive() -> None:
    out = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(out, "JPEG", comment=b"<script>evil</script>")
    assert b"<script>" in out.getvalue()
    assert b"<script>" not in clean_photo(out.getvalue()).jpeg


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', id="svg"),
        pytest.param(b"GIF89a" + b"\0" * 200, id="gif"),
        pytest.param(b"%PDF-1.7 ...", id="pdf"),
        pytest.param(b"\xff\xd8\xff\xe0 not a jpeg at all", id="only the magic of a jpeg"),
        pytest.param(a_photo()[:600], id="cut off"),
        pytest.param(b"\0" * 5000, id="zeros"),
    ],
)
def test_a_file_that_is_no_image_is_refused(data: bytes) -> None:
    assert complaint(data).key == "photo_unreadable"


@pytest.mark.parametrize(("width", "height"), [(30000, 30000), (9000, 9000), (4200, 4000)])
def test_a_bomb_is_refused_before_it_is_decoded(width: int, height: int) -> None:
    assert complaint(png_that_claims(width, height)).key == "photo_too_many_pixels"


def test_an_empty_a_tiny_and_a_huge_file_are_refused_with_their_sizes() -> None:
    assert complaint(b"").key == "photo_empty"
    assert "16 x 200" in complaint(a_photo(size=(16, 200))).message("en")
    too_big = complaint(a_photo() + b"\0" * MAX_PHOTO_BYTES)
    assert too_big.message("en") == "The photo is too big: 12.0 MB, at most 12.0 MB."
    assert "paling banyak 12.0 MB" in too_big.message("id")


@pytest.mark.parametrize("fmt", ["JPEG", "PNG", "WEBP"])
def test_every_allowed_format_becomes_a_jpeg(fmt: str) -> None:
    stored = clean_photo(a_photo(fmt=fmt))
    assert Image.open(io.BytesIO(stored.jpeg)).format == "JPEG"
    assert (stored.width, stored.height) == (320, 240)


def test_a_large_image_is_made_smaller_and_retains_its_shape() -> None:
    stored = clean_photo(a_photo(size=(4000, 3000)))
    assert (stored.width, stored.height) == (2048, 1536)


def test_a_photo_made_sideways_is_turned_upright() -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    out = io.BytesIO()
    Image.new("RGB", (200, 100)).save(out, "JPEG", exif=exif)
    stored = clean_photo(out.getvalue())
    assert (stored.width, stored.height) == (100, 200)


def test_transparency_becomes_white() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (64, 64), (0, 0, 0, 0)).save(out, "PNG")
    pixel = Image.open(io.BytesIO(clean_photo(out.getvalue()).jpeg)).getpixel((5, 5))
    assert pixel == (255, 255, 255)


def test_an_animated_image_retains_its_first_frame() -> None:
    out = io.BytesIO()
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue")]
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:], lossless=True)
    pixel = Image.open(io.BytesIO(clean_photo(out.getvalue()).jpeg)).getpixel((5, 5))
    assert isinstance(pixel, tuple)
    assert pixel[0] > 200 > pixel[2]


def gps(lat: object, lon: object, messages: str = "SE") -> dict[int, object]:
    """A GPS directory as files hold it."""
    found: dict[int, object] = {ExifTags.GPS.GPSLatitude: lat, ExifTags.GPS.GPSLongitude: lon}
    if messages:
        found |= {ExifTags.GPS.GPSLatitudeRef: messages[0], ExifTags.GPS.GPSLongitudeRef: messages[1]}
    return found


@pytest.mark.parametrize(
    "directory",
    [
        pytest.param({}, id="none"),
        pytest.param(gps((0, 0, 0), (0, 0, 0)), id="zero"),
        pytest.param(gps((95, 0, 0), (1, 0, 0)), id="beyond the pole"),
        pytest.param(gps((6, 12), (106, 0, 0)), id="two numbers"),
        pytest.param(gps((float("nan"), 0, 0), (106, 0, 0)), id="nan"),
        pytest.param(gps(("x", "y", "z"), (106, 0, 0)), id="words"),
        pytest.param(gps((6, 0, 0), (106, 0, 0), ""), id="without letters"),
    ],
)
def test_a_place_that_cannot_be_right_is_not_offered(directory: dict[int, object]) -> None:
    assert gps_place(directory) is None


def test_the_limits_are_below_what_pillow_itself_warns_of() -> None:
    assert max(photos.MAX_PIXELS.values()) < (Image.MAX_IMAGE_PIXELS or 0)
