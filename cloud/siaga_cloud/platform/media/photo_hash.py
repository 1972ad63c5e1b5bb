"""Computes fingerprints of images by their coarse shapes: similar images differ in few of 64 bits, others in about
half.

A DCT hash (pHash) survives saving again, resizing and other brightness, but not cropping. So each image has two hashes,
of the whole and of its middle four fifths. A new image is compared with the windows in which that middle would lie if
3, 6 or 9 % had been cut off some of its sides, each of them as it is and mirrored.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]

WHOLE, MIDDLE = 0, 1
BITS: Final = 64
_SIDE, _COARSE = 256, 32
# Half the size is decoded in a quarter of the time; the kept images stand upright already.
_DECODING = cv2.IMREAD_REDUCED_GRAYSCALE_2 | cv2.IMREAD_IGNORE_ORIENTATION
_MARGIN = 0.1
_CUTS = (0.03, 0.06, 0.09)
_PLAIN_SPREAD = 3.0
Window = tuple[float, float, float, float]  # left, top, right, bottom in shares of the side


class NotAnImageError(ValueError):
    """The bytes cannot be decoded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prints:
    """Holds the two stored hashes as signed 64-bit numbers."""

    whole: int
    middle: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """Represents a hash to search for. `part` is the stored hash that it is compared with; `near` also searches with
    one bit of a band changed.
    """

    hash: int
    part: int
    near: bool
    is_mirrored: bool
    is_cropped: bool


def small_grey(jpeg: bytes) -> Grey:
    """Return an image as a small grey square; raises `NotAnImageError`."""
    try:
        grey = cv2.imdecode(np.frombuffer(jpeg, np.uint8), _DECODING)
    except cv2.error as error:
        raise NotAnImageError(str(error)) from error
    if grey is None:
        raise NotAnImageError("not a picture")
    return np.asarray(cv2.resize(grey, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA), np.uint8)


def is_plain(grey: Grey) -> bool:
    """Return whether there is too little in an image for a hash to distinguish it: a wall, the night, a colour."""
    coarse = cv2.resize(grey, (_COARSE, _COARSE), interpolation=cv2.INTER_AREA)
    return float(coarse.std()) < _PLAIN_SPREAD


def prints(grey: Grey) -> Prints:
    """Return what is stored of an image."""
    return Prints(whole=_hash(grey), middle=_hash(_cut(grey, _window((0, 0, 0, 0)))))


def fingerprint(jpeg: bytes) -> int:
    """Return a hash for telling re-used photos: of the shapes of an image, of the bytes where it has none."""
    try:
        grey = small_grey(jpeg)
    except NotAnImageError:
        return _hash_of_bytes(jpeg)
    return _hash_of_bytes(jpeg) if is_plain(grey) else prints(grey).whole


def _hash_of_bytes(data: bytes) -> int:
    return int.from_bytes(hashlib.sha256(data).digest()[:8], "big", signed=True)


def probes(grey: Grey) -> list[Probe]:
    """Return the hashes to search for, each once."""
    found: dict[tuple[int, int], Probe] = {}
    for is_mirrored in (False, True):
        image = np.ascontiguousarray(grey[:, ::-1]) if is_mirrored else grey
        for probe in _probes(image, is_mirrored=is_mirrored):
            found.setdefault((probe.hash, probe.part), probe)
    return list(found.values())


def distance(one: int, other: int) -> int:
    """Differing bits of two hashes."""
    differing = (one ^ other) & ((1 << BITS) - 1)
    return differing.bit_count()


def _probes(image: Grey, *, is_mirrored: bool) -> Iterator[Probe]:
    yield Probe(hash=_hash(image), part=WHOLE, near=True, is_mirrored=is_mirrored, is_cropped=False)
    for number, window in enumerate(_windows()):
        cropped = number > 0
        hashed = _hash(_cut(image, window))
        yield Probe(hash=hashed, part=MIDDLE, near=False, is_mirrored=is_mirrored, is_cropped=cropped)


@lru_cache(maxsize=1)
def _windows() -> tuple[Window, ...]:
    """First the middle itself, then where it lies in an image whose sides were cut."""
    sides = ("l", "t", "r", "b", "lt", "tr", "rb", "lb", "ltrb")
    cuts = [(0.0, 0.0, 0.0, 0.0)]
    cuts += [tuple(cut if side in which else 0.0 for side in "ltrb") for cut, which in product(_CUTS, sides)]  # type: ignore[misc]
    return tuple(_window(cut) for cut in cuts)


def _window(cut: Window) -> Window:
    left, top, right, bottom = cut
    width, height = 1 - left - right, 1 - top - bottom
    low, high = _MARGIN, 1 - _MARGIN
    return (low - left) / width, (low - top) / height, (high - left) / width, (high - top) / height


def _cut(grey: Grey, window: Window) -> Grey:
    height, width = grey.shape
    left, top, right, bottom = (min(1.0, max(0.0, share)) for share in window)
    return grey[round(top * height) : round(bottom * height), round(left * width) : round(right * width)]


def _hash(grey: Grey) -> int:
    coarse = cv2.resize(grey, (_COARSE, _COARSE), interpolation=cv2.INTER_AREA).astype(np.float32)
    shapes = cv2.dct(coarse)[:8, :8].ravel()
    bits = shapes > np.median(shapes[1:])
    return int.from_bytes(np.packbits(bits).tobytes(), "big", signed=True)
