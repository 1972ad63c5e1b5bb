"""Accepts photos from outside only after decoding them, and stores a new JPEG without the metadata of the old file.

The image is decoded and encoded again, so that nothing hidden in the file (scripts, a second format, EXIF with the
reporter's phone and place) survives. The GPS position and time are read first and offered to the sender.
"""

from __future__ import annotations

import hashlib
import io
import math
import struct
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from siaga_cloud.platform.input_errors import IntakeError
from siaga_core.rules.geometry import LatLon

MAX_PHOTOS: Final = 3  # of a report or a message
MAX_PHOTO_BYTES: Final = 12 * 1024 * 1024
# What one takes in memory: a JPEG is scaled while it is decoded, a WebP needs 20 bytes a pixel.
MAX_PIXELS: Final = {"JPEG": 64_000_000, "PNG": 8_400_000, "WEBP": 4_200_000}
MAX_PROGRESSIVE_PIXELS: Final = 16_000_000
LIGHT_PIXELS: Final = 4_000_000  # of anything but a JPEG that is decoded row by row
MIN_SIDE: Final = 32
STORED_SIDE: Final = 2048
JPEG_QUALITY: Final = 85

# What Pillow raises for files that are cut off, lie about themselves or are no images.
_UNREADABLE = (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, OverflowError, struct.error)

_SCALED: Final = ("JPEG", "MPO")  # phones' two-image JPEGs call themselves MPO

# For programs that read photos one by one; the API has processes for them (photo_pool.py).
_DECODING = threading.BoundedSemaphore(2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """Holds a clean JPEG, and what its EXIF stated before it was removed."""

    jpeg: bytes
    sha256: str
    width: int
    height: int
    place: LatLon | None
    taken_at: datetime | None


def clean_photo(data: bytes, *, field: str = "photo") -> Photo:
    """Checks and re-encodes an uploaded photo; raises `IntakeError` naming what is wrong."""
    if not data:
        raise IntakeError(field, "photo_empty")
    if len(data) > MAX_PHOTO_BYTES:
        raise IntakeError(field, "photo_too_large", got=_megabytes(len(data)), expected=_megabytes(MAX_PHOTO_BYTES))
    with _DECODING:
        try:
            return _reencoded(data, field)
        except (
            UnidentifiedImageError,
            OSError,
            ValueError,
            SyntaxError,
            EOFError,
            OverflowError,
        ) as error:
            raise IntakeError(field, "photo_unreadable") from error
        except MemoryError as error:
            raise IntakeError(field, "photo_too_complex") from error
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise IntakeError(
                field, "photo_too_many_pixels", got="> 89 M", expected=_millions(MAX_PIXELS["JPEG"])
            ) from error


def is_heavy(data: bytes) -> bool:
    """Return whether a file takes much memory to decode, by its header; False for what cannot be read at all."""
    try:
        with Image.open(io.BytesIO(data), formats=tuple(MAX_PIXELS)) as opened:
            is_jpeg = opened.format in _SCALED
            return opened.width * opened.height > LIGHT_PIXELS and not (is_jpeg and not _is_progressive(opened))
    except (*_UNREADABLE, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return False


def _is_progressive(opened: Image.Image) -> bool:
    return bool(opened.info.get("progressive"))


def _reencoded(data: bytes, field: str) -> Photo:
    upright, place, taken_at = _decoded(data, field)
    # A new image, so that no text chunk, comment or profile of the old file is written along.
    bare = Image.new("RGB", upright.size, "white")
    bare.paste(upright, mask=upright if upright.mode == "RGBA" else None)
    del upright
    out = io.BytesIO()
    bare.save(out, "JPEG", quality=JPEG_QUALITY, optimize=True)
    jpeg = out.getvalue()
    digest = hashlib.sha256(jpeg).hexdigest()
    return Photo(jpeg=jpeg, sha256=digest, width=bare.width, height=bare.height, place=place, taken_at=taken_at)


def _decoded(data: bytes, field: str) -> tuple[Image.Image, LatLon | None, datetime | None]:
    """Return the scaled image in RGB or RGBA, and what its EXIF states. Decoder and full image end with the call."""
    with Image.open(io.BytesIO(data), formats=tuple(MAX_PIXELS)) as opened:
        _check_size(opened, field)
        exif = opened.getexif()
        place, taken_at = gps_place(exif.get_ifd(ExifTags.IFD.GPSInfo)), _taken_at(exif)
        opened.draft("RGB", (STORED_SIDE, STORED_SIDE))  # a large JPEG is scaled while it is decoded
        opened.thumbnail((STORED_SIDE, STORED_SIDE))
        upright = ImageOps.exif_transpose(opened)
    return upright.convert("RGBA" if upright.has_transparency_data else "RGB"), place, taken_at


def _check_size(opened: Image.Image, field: str) -> None:
    """From the header alone, before a single pixel is decoded."""
    kind = str(opened.format)
    pixels = opened.width * opened.height
    allowed = _allowed_pixels(kind, is_progressive=_is_progressive(opened))
    if pixels > allowed:
        raise IntakeError(field, "photo_too_many_pixels", got=_millions(pixels), expected=_millions(allowed))
    if min(opened.size) < MIN_SIDE:
        got, expected = f"{opened.width} x {opened.height}", f"{MIN_SIDE} x {MIN_SIDE}"
        raise IntakeError(field, "photo_too_small", got=got, expected=expected)


def gps_place(gps: Mapping[int, Any]) -> LatLon | None:
    """Return the position in an EXIF GPS directory; None when there is none or it cannot be right."""
    lat = _degrees(gps.get(ExifTags.GPS.GPSLatitude), gps.get(ExifTags.GPS.GPSLatitudeRef), "S")
    lon = _degrees(gps.get(ExifTags.GPS.GPSLongitude), gps.get(ExifTags.GPS.GPSLongitudeRef), "W")
    if lat is None or lon is None or not (abs(lat) <= 90 and abs(lon) <= 180):
        return None
    if lat == 0 and lon == 0:  # what phones write when they did not know
        return None
    return LatLon(lat=round(lat, 6), lon=round(lon, 6))


def _degrees(parts: Any, hemisphere: Any, negative: str) -> float | None:
    try:
        degrees, minutes, seconds = (float(part) for part in parts)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    value = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(value) or not isinstance(hemisphere, str):
        return None
    return -value if hemisphere.strip("\0 ").upper() == negative else value


def _taken_at(exif: Image.Exif) -> datetime | None:
    """Return when it was captured, only where EXIF states the zone; a bare local time could be off by half a day."""
    details = exif.get_ifd(ExifTags.IFD.Exif)
    written, offset = details.get(ExifTags.Base.DateTimeOriginal), details.get(ExifTags.Base.OffsetTimeOriginal)
    if not isinstance(written, str) or not isinstance(offset, str):
        return None
    try:
        local = datetime.strptime(f"{written.strip()} {offset.strip()}", "%Y:%m:%d %H:%M:%S %z")
    except ValueError:
        return None
    return local.astimezone(UTC)


def _megabytes(size: int) -> str:
    return f"{size / 1024 / 1024:.1f} MB"


def _allowed_pixels(kind: str, *, is_progressive: bool) -> int:
    allowed = MAX_PIXELS.get(kind, MAX_PIXELS["JPEG"])
    return min(allowed, MAX_PROGRESSIVE_PIXELS) if is_progressive else allowed


def _millions(pixels: int) -> str:
    return f"{pixels / 1e6:.0f} M"
