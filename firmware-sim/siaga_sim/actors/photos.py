"""Photos of places that exist only here: before, after, and what cheats make of them. The same for a seed."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

from siaga_core.rules.geometry import LatLon

WIDTH, HEIGHT = 560, 420
Frame: TypeAlias = NDArray[np.uint8]
_OBJECT = (130, 255, 300, 120)  # x, y, width, height of what is wrong


class Forgery(StrEnum):
    """How a proof is forged."""

    REUSED = "reused"  # the after photo of another task, saved again
    MIRRORED = "mirrored"  # the citizen's own photo, mirrored and cut
    EDITED = "edited"  # the citizen's photo with the trouble painted over
    SCREEN = "screen"  # an edited photo, photographed from a screen
    GENERATED = "generated"  # what a generator makes of the citizen's photo: the same place, clean
    UNRELATED = "unrelated"  # another place, with forged place and time


def scene(seed: int) -> Frame:
    """A place that looks like no other, without trouble."""
    chance = np.random.default_rng(seed)
    image = np.empty((HEIGHT, WIDTH, 3), np.uint8)
    top, low = chance.integers(120, 240, 3), chance.integers(60, 140, 3)
    image[:] = np.linspace(top, low, HEIGHT).astype(np.uint8)[:, None, :]
    x = 0
    while x < WIDTH:
        width = int(chance.integers(60, 150))
        _house(image, chance, x, width)
        x += width + int(chance.integers(0, 14))
    cv2.rectangle(image, (0, 270), (WIDTH, HEIGHT), [int(v) for v in chance.integers(70, 130, 3)], -1)
    for _ in range(60):  # patches and cracks of the ground
        at = (int(chance.integers(0, WIDTH)), int(chance.integers(272, HEIGHT)))
        to = (at[0] + int(chance.integers(-30, 30)), at[1] + int(chance.integers(-10, 10)))
        cv2.line(image, at, to, [int(v) for v in chance.integers(40, 190, 3)], int(chance.integers(1, 4)))
    for _ in range(4):  # poles with signs
        x = int(chance.integers(10, WIDTH - 10))
        cv2.line(image, (x, 100), (x, 330), (50, 50, 50), 4)
        word = "".join(chr(65 + int(v)) for v in chance.integers(0, 26, 4))
        cv2.putText(image, word, (max(0, x - 40), 130), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (240, 240, 240), 2)
    return _grain(image, chance, 4.0)


def _house(image: Frame, chance: np.random.Generator, x: int, width: int) -> None:
    height = int(chance.integers(90, 230))
    colour = [int(v) for v in chance.integers(80, 230, 3)]
    cv2.rectangle(image, (x, 280 - height), (x + width, 280), colour, -1)
    step = int(chance.integers(22, 38))
    for row in range(290 - height, 255, step):
        for column in range(x + 8, x + width - 12, step):
            shade = [int(v) for v in chance.integers(10, 200, 3)]
            cv2.rectangle(image, (column, row), (column + step // 2, row + step // 2), shade, -1)


def trouble(image: Frame, seed: int) -> Frame:
    """The same place with what a citizen complains of."""
    chance = np.random.default_rng(seed + 1)
    changed = image.copy()
    x, y, width, height = _OBJECT
    for _ in range(120):
        at = (int(x + chance.beta(2, 2) * width), int(y + chance.beta(2, 2) * height))
        colour = [int(v) for v in chance.integers(0, 255, 3)]
        cv2.ellipse(changed, at, (int(chance.integers(6, 30)), int(chance.integers(4, 18))), 0, 0, 360, colour, -1)
    return changed


def seen_again(image: Frame, seed: int) -> Frame:
    """The place as somebody else photographs it: from a step aside, in another light, with other grain."""
    chance = np.random.default_rng(seed + 2)
    corners = np.array([[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]], np.float32)
    moved = corners + chance.uniform(-16, 16, (4, 2)).astype(np.float32)
    warped = cv2.warpPerspective(
        image, cv2.getPerspectiveTransform(corners, moved), (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT
    )
    lit = np.clip(warped * chance.uniform(0.88, 1.12) + chance.uniform(-8, 8), 0, 255).astype(np.uint8)
    return _grain(lit, chance, 4.0)


def forged(kind: Forgery, seed: int, other_seed: int) -> Frame:
    """What a cheat sends for the place of `seed`. `other_seed`: a place whose honest photo he has seen before."""
    before = trouble(scene(seed), seed)
    match kind:
        case Forgery.REUSED:
            return seen_again(scene(other_seed), other_seed)
        case Forgery.MIRRORED:
            return np.ascontiguousarray(cv2.resize(before[18:-18, 18:-18, :][:, ::-1], (WIDTH, HEIGHT)), np.uint8)
        case Forgery.EDITED:
            return _painted_over(before)
        case Forgery.SCREEN:
            return _from_a_screen(_painted_over(before), seed)
        case Forgery.GENERATED:
            smooth = cv2.bilateralFilter(seen_again(scene(seed), seed + 5), 7, 35, 5)
            return np.asarray(np.clip(smooth.astype(np.float32) * (1.03, 1.0, 0.97), 0, 255), np.uint8)
        case Forgery.UNRELATED:
            return scene(seed + 7_000_003)


def _painted_over(before: Frame) -> Frame:
    x, y, width, _ = _OBJECT
    x, width = x - 30, width + 60
    patch = cv2.resize(before[HEIGHT - 40 : HEIGHT - 4, 4 : 4 + 120], (width, HEIGHT - y - 10))
    mask = np.full(patch.shape, 255, np.uint8)
    return np.asarray(cv2.seamlessClone(patch, before, mask, (x + width // 2, y + (HEIGHT - y) // 2), cv2.NORMAL_CLONE))


def _from_a_screen(image: Frame, seed: int) -> Frame:
    chance = np.random.default_rng(seed + 3)
    corners = np.array([[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]], np.float32)
    inner = corners * 0.88 + np.array([WIDTH, HEIGHT], np.float32) * 0.06
    moved = (inner + chance.uniform(-14, 14, (4, 2))).astype(np.float32)
    shown = cv2.warpPerspective(
        image, cv2.getPerspectiveTransform(corners, moved), (WIDTH, HEIGHT), borderValue=(18,) * 3
    )
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    moire = 7 * np.sin(rows * chance.uniform(1.7, 2.3) + columns * 0.11) + 5 * np.sin(
        columns * chance.uniform(1.8, 2.4)
    )
    lit = cv2.GaussianBlur(shown, (3, 3), 0).astype(np.float32) + moire[:, :, None]
    return _grain(np.clip(lit, 0, 255).astype(np.uint8), chance, 3.0)


def _grain(image: Frame, chance: np.random.Generator, strength: float) -> Frame:
    return np.clip(image + chance.normal(0, strength, image.shape), 0, 255).astype(np.uint8)


def jpeg(image: Frame, *, at: datetime | None = None, place: LatLon | None = None, software: str = "") -> bytes:
    """A JPEG; with a time it carries what a phone writes."""
    exif = Image.Exif()
    if at is not None:
        exif[ExifTags.Base.Make], exif[ExifTags.Base.Model] = "Phone", "P-1"
        local = at.astimezone(UTC) + timedelta(hours=7)
        details = exif.get_ifd(ExifTags.IFD.Exif)
        details.update({ExifTags.Base.ExposureTime: 0.01, ExifTags.Base.FNumber: 1.8})
        details[ExifTags.Base.DateTimeOriginal] = f"{local:%Y:%m:%d %H:%M:%S}"
        details[ExifTags.Base.OffsetTimeOriginal] = "+07:00"
    if software:
        exif[ExifTags.Base.Software] = software
    if place is not None:
        exif[ExifTags.IFD.GPSInfo] = _gps(place)
    out = io.BytesIO()
    Image.fromarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB)).save(out, "JPEG", quality=85, exif=exif)
    return out.getvalue()


def _gps(place: LatLon) -> dict[int, object]:
    return {
        ExifTags.GPS.GPSLatitudeRef: "N" if place.lat >= 0 else "S",
        ExifTags.GPS.GPSLatitude: _sexagesimal(abs(place.lat)),
        ExifTags.GPS.GPSLongitudeRef: "E" if place.lon >= 0 else "W",
        ExifTags.GPS.GPSLongitude: _sexagesimal(abs(place.lon)),
    }


def _sexagesimal(degrees: float) -> tuple[float, float, float]:
    minutes, seconds = divmod(round(degrees * 3600, 2), 60)
    whole, minutes = divmod(minutes, 60)
    return float(whole), float(minutes), seconds
