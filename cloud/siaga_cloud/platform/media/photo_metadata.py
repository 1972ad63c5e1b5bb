"""Reads the metadata of an uploaded file from its headers before they are removed, without decoding a pixel.

The metadata decides nothing; the proof rules do. What cannot be read is left out and never guessed.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

from PIL import ExifTags, Image, JpegImagePlugin, UnidentifiedImageError

from siaga_cloud.platform.media.photo import gps_place
from siaga_cloud.platform.media.photo_hash import NotAnImageError, distance, is_plain, prints, small_grey
from siaga_cloud.platform.media.provenance import read_manifest
from siaga_core.rules.verification.checks import PhotoFacts

_FORMATS = ("JPEG", "PNG", "WEBP", "MPO")
_MAX_TEXT = 120
_MAX_THUMBNAIL_BYTES = 128 * 1024
# What a phone writes without its zone is read as Jakarta's time; the check then never results in "failed".
ASSUMED_ZONE: Final = timezone(timedelta(hours=7))

EDITORS: Final = (
    "photoshop", "gimp", "snapseed", "picsart", "lightroom", "canva", "pixelmator", "affinity", "paint.net", "facetune",
    "remini", "meitu", "photoroom", "lensa", "pixlr", "inshot", "photodirector", "beautyplus",
)  # fmt: skip
# Texts that generators write: PNG chunks of Stable Diffusion's programs, IPTC's source types, names in EXIF and XMP.
GENERATORS: Final[Mapping[bytes, str]] = {
    b"compositeWithTrainedAlgorithmicMedia": "AI-edited (IPTC)",
    b"trainedAlgorithmicMedia": "AI-made (IPTC)",
    b"Stable Diffusion": "Stable Diffusion",
    b"sd-metadata": "Stable Diffusion",
    b"Midjourney": "Midjourney",
    b"ComfyUI": "ComfyUI",
    b"DALL\xc2\xb7E": "DALL·E",
    b"Adobe Firefly": "Adobe Firefly",
    b"Made with Google AI": "Google AI",
    b"NovelAI": "NovelAI",
}
_GENERATORS_KEYS = {"parameters": "Stable Diffusion", "workflow": "ComfyUI", "prompt": "ComfyUI", "dream": "InvokeAI"}
_UNREADABLE = (
    UnidentifiedImageError,
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    OverflowError,
    struct.error,
    KeyError,
    Image.DecompressionBombError,
)


def read_facts(data: bytes, *, trust_anchors: str | None = None) -> PhotoFacts:
    """Return the facts of a file that was checked before (`clean_photo`); empty ones where it cannot be read.

    `trust_anchors`: PEM certificates of the signers of C2PA manifests whom the city trusts.
    """
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as opened:
            facts = _facts(opened, data)
            mime = Image.MIME.get(str(opened.format), "image/jpeg")
    except _UNREADABLE:
        return PhotoFacts()
    manifest = read_manifest(data, "image/jpeg" if mime == "image/mpo" else mime, trust_anchors=trust_anchors)
    if manifest is None:
        return facts
    return replace(facts, provenance=manifest.state, source_types=manifest.source_types, signer=manifest.signer)


def _facts(opened: Image.Image, data: bytes) -> PhotoFacts:
    exif = opened.getexif()
    details, gps = exif.get_ifd(ExifTags.IFD.Exif), exif.get_ifd(ExifTags.IFD.GPSInfo)
    software = _text(exif.get(ExifTags.Base.Software)) or _text(opened.info.get("Software"))
    taken_at, zone_known = _taken_at(details)
    return PhotoFacts(
        container=str(opened.format),
        exif_at=taken_at,
        zone_known=zone_known,
        gps_at=_gps_at(gps),
        place=gps_place(gps),
        place_error_m=_number(gps.get(ExifTags.GPS.GPSHPositioningError)),
        has_camera=bool(_text(exif.get(ExifTags.Base.Make)) or _text(exif.get(ExifTags.Base.Model))),
        has_exposure=ExifTags.Base.ExposureTime in details and ExifTags.Base.FNumber in details,
        software=software,
        editor=next((name for name in EDITORS if name in software.lower()), ""),
        generator=_generator(opened, data),
        has_provenance=b"jumb" in data and b"c2pa" in data,
        is_progressive=bool(opened.info.get("progressive")),
        quality=_quality(opened),
        thumbnail_distance=_thumbnail_distance(opened, data),
        size_differs=_size_differs(details, opened.size),
    )


def _text(value: Any) -> str:
    return (
        "".join(character for character in value if character.isprintable())[:_MAX_TEXT].strip()
        if isinstance(value, str)
        else ""
    )


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return number if 0 <= number < 1e6 else None


def _taken_at(details: Mapping[int, Any]) -> tuple[datetime | None, bool]:
    written = _text(details.get(ExifTags.Base.DateTimeOriginal))
    offset = _text(details.get(ExifTags.Base.OffsetTimeOriginal)) or _text(details.get(ExifTags.Base.OffsetTime))
    if offset:
        known = _parsed(f"{written} {offset}")
        if known is not None:
            return known.astimezone(UTC), True
    local = _parsed(f"{written} +0000")
    return (None if local is None else local.replace(tzinfo=ASSUMED_ZONE).astimezone(UTC)), False


def _parsed(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y:%m:%d %H:%M:%S %z")
    except ValueError:
        return None


def _gps_at(gps: Mapping[int, Any]) -> datetime | None:
    """Return the satellites' time, which is UTC and which no phone's clock can spoil."""
    try:
        hours, minutes, seconds = (float(part) for part in gps.get(ExifTags.GPS.GPSTimeStamp, ()))
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    day = _parsed(f"{_text(gps.get(ExifTags.GPS.GPSDateStamp))} 00:00:00 +0000")
    within = 0 <= hours < 24 and 0 <= minutes < 60 and 0 <= seconds < 61
    return day + timedelta(hours=hours, minutes=minutes, seconds=seconds) if day is not None and within else None


def _generator(opened: Image.Image, data: bytes) -> str:
    if opened.format == "PNG":
        for key, name in _GENERATORS_KEYS.items():
            if key in opened.info:
                return name
    return next((name for mark, name in GENERATORS.items() if mark in data), "")


def _quality(opened: Image.Image) -> int | None:
    """Return the IJG quality whose tables the file has exactly: programs save with those, most cameras have their
    own."""
    tables = opened.quantization if isinstance(opened, JpegImagePlugin.JpegImageFile) else None
    if not tables or 0 not in tables:
        return None
    held = sorted(tables[0])
    return next((quality for quality, table in _ijg_tables() if sorted(table) == held), None)


# Annex K of the JPEG standard, luminance.
_LUMINANCE = (
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51,
    87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101,
    72, 92, 95, 98, 112, 100, 103, 99,
)  # fmt: skip


def _ijg_tables() -> Iterator[tuple[int, list[int]]]:
    for quality in range(100, 0, -1):
        scale = 5000 // quality if quality < 50 else 200 - 2 * quality
        yield quality, [min(255, max(1, (value * scale + 50) // 100)) for value in _LUMINANCE]


def _size_differs(details: Mapping[int, Any], size: tuple[int, int]) -> bool:
    width, height = details.get(ExifTags.Base.ExifImageWidth), details.get(ExifTags.Base.ExifImageHeight)
    if not isinstance(width, int) or not isinstance(height, int) or min(width, height) < 1:
        return False
    return {width, height} != set(size)


def _thumbnail_distance(opened: Image.Image, data: bytes) -> int | None:
    """Bits between the small image inside EXIF and the large one; None where they cannot be compared."""
    thumbnail = _thumbnail(opened)
    if thumbnail is None:
        return None
    try:
        with Image.open(io.BytesIO(thumbnail), formats=("JPEG",)) as small:
            shape = small.width / small.height
        inside, outside = small_grey(thumbnail), small_grey(data)
    except (*_UNREADABLE, NotAnImageError, ZeroDivisionError):
        return None
    # Cameras put bars above and below where the thumbnail's shape is another one.
    if abs(shape - opened.width / opened.height) > 0.03 or is_plain(inside) or is_plain(outside):
        return None
    return distance(prints(inside).whole, prints(outside).whole)


def _thumbnail(opened: Image.Image) -> bytes | None:
    block = opened.info.get("exif")
    small = opened.getexif().get_ifd(ExifTags.IFD.IFD1)
    start, length = small.get(ExifTags.Base.JpegIFOffset), small.get(ExifTags.Base.JpegIFByteCount)
    if not isinstance(block, bytes) or not isinstance(start, int) or not isinstance(length, int):
        return None
    if not 0 < length <= _MAX_THUMBNAIL_BYTES:
        return None
    return block.removeprefix(b"Exif\0\0")[start : start + length] or None
