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
MAX_PIXELS: Final = {"JPEG": 64_000_000, "PNG": 25_000_000, "WEBP": 25_000_000}
MIN_SIDE: Final = 32
STORED_SIDE: Final = 2048
JPEG_QUALITY: Final = 85

# What Pillow raises for files that are cut off, lie about themselves or are no images.
_UNREADABLE = (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, OverflowError, struct.error)

# Decoding takes up to 100 MB; a burst of uploads waits its turn instead of filling the memory.
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
            MemoryError,
        ) as error:
            raise IntakeError(field, "photo_unreadable") from error
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise IntakeError(field, "photo_too_many_pixels", got="> 89 M", expected=_pixels("JPEG")) from error


def _reencoded(data: bytes, field: str) -> Photo:
    with Image.open(io.BytesIO(data), formats=tuple(MAX_PIXELS)) as opened:
        _check_size(opened, field)
        exif = opened.getexif()
        place, taken_at = gps_place(exif.get_ifd(ExifTags.IFD.GPSInfo)), _taken_at(exif)
        opened.draft("RGB", (STORED_SIDE, STORED_SIDE))  # a large JPEG is scaled while it is decoded
        opened.thumbnail((STORED_SIDE, STORED_SIDE))
        upright = ImageOps.exif_transpose(opened)
        clean = _opaque(upright)
    # A new image, so that no text chunk, comment or profile of the old file is written along.
    bare = Image.new("RGB", clean.size)
    bare.paste(clean)
    out = io.BytesIO()
    bare.save(out, "JPEG", quality=JPEG_QUALITY, optimize=True)
    jpeg = out.getvalue()
    digest = hashlib.sha256(jpeg).hexdigest()
    return Photo(jpeg=jpeg, sha256=digest, width=bare.width, height=bare.height, place=place, taken_at=taken_at)


def _check_size(opened: Image.Image, field: str) -> None:
    """From the header alone, before a single pixel is decoded."""
    kind = str(opened.format)
    pixels = opened.width * opened.height
    if pixels > _allowed_pixels(kind):
        raise IntakeError(field, "photo_too_many_pixels", got=f"{pixels / 1e6:.0f} M", expected=_pixels(kind))
    if min(opened.size) < MIN_SIDE:
        got, expected = f"{opened.width} x {opened.height}", f"{MIN_SIDE} x {MIN_SIDE}"
        raise IntakeError(field, "photo_too_small", got=got, expected=expected)


def _opaque(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image.convert("RGB")
    layer = image.convert("RGBA")
    white = Image.new("RGBA", layer.size, "white")
    return Image.alpha_composite(white, layer).convert("RGB")


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


def _allowed_pixels(kind: str) -> int:
    # Phones' two-image JPEGs call themselves MPO.
    return MAX_PIXELS.get(kind, MAX_PIXELS["JPEG"])


def _pixels(kind: str) -> str:
    return f"{_allowed_pixels(kind) / 1e6:.0f} M"
