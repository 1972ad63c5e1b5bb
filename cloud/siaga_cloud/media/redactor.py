"""Makes people and plates on a stored photo unrecognisable, with the detector that nodes have, in bounded memory.

One photo is decoded at a time. The detector always gets five images of its own input size at most, so that a photo
takes a bounded time, whatever it shows.
"""

from __future__ import annotations

import io
import struct
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from PIL import Image as Pillow
from PIL import UnidentifiedImageError

from siaga_cloud.platform.media.photo import MAX_PHOTO_BYTES, STORED_SIDE
from siaga_core.vision.anonymise import PHOTO_FLOOR, photo_detections, redacted
from siaga_core.vision.detector import OnnxDetector
from siaga_core.vision.image import Image, size_of
from siaga_core.vision.image_files import encode_jpeg
from siaga_core.vision.manifest import read_manifest
from siaga_core.vision.ports import Detector
from siaga_core.vision.self_test import check_detector

MODEL: Final = "detector_640"
JPEG_QUALITY: Final = 85
# What Pillow raises for files that are cut off, lie about themselves or are no images.
_UNREADABLE: Final = (
    UnidentifiedImageError,
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    OverflowError,
    struct.error,
    Pillow.DecompressionBombError,
    Pillow.DecompressionBombWarning,
)


class UnreadablePhotoError(Exception):
    """The bytes are not a photo as the intake stores it: a JPEG of bounded size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactedPhoto:
    """Holds a JPEG on which nobody can be recognised; `regions` counts the parts that were covered."""

    jpeg: bytes
    width: int
    height: int
    regions: int


class PhotoRedactor:
    """Redacts photos; the weights are read, checked and tried on a known image before the first one."""

    def __init__(self, manifest: Path | None = None) -> None:
        self._manifest = manifest
        self._detector: Detector | None = None
        self._turn = threading.Lock()

    def redact(self, jpeg: bytes) -> RedactedPhoto:
        """Raises `UnreadablePhotoError` for the photo, `ModelError` for the weights, `LookError` for the detector."""
        with self._turn:
            detector = self._opened()
            image = decode_stored(jpeg)
            found = photo_detections(image, detector)
            width, height = size_of(image)
            return RedactedPhoto(
                jpeg=encode_jpeg(redacted(image, found, floor=PHOTO_FLOOR), quality=JPEG_QUALITY),
                width=width,
                height=height,
                regions=len(found),
            )

    def _opened(self) -> Detector:
        if self._detector is None:
            self._detector = open_detector(self._manifest)
        return self._detector


def open_detector(manifest: Path | None) -> Detector:
    """Return the shipped detector, tried on a known image; raises `ModelError` or `LookError`."""
    cv2.setNumThreads(1)
    detector = OnnxDetector(read_manifest(manifest).load(MODEL, "detect"), threads=1)
    check_detector(detector)  # one that finds nothing would make every photo public as it is
    return detector


def decode_stored(jpeg: bytes) -> Image:
    """Return the pixels of a stored photo; its size is checked from the header, before any is decoded."""
    if len(jpeg) > MAX_PHOTO_BYTES:
        raise UnreadablePhotoError(f"got {len(jpeg)} bytes, expected at most {MAX_PHOTO_BYTES}")
    try:
        with Pillow.open(io.BytesIO(jpeg), formats=("JPEG",)) as opened:
            if max(opened.size) > STORED_SIDE:
                raise UnreadablePhotoError(
                    f"got {opened.width} x {opened.height}, expected at most {STORED_SIDE} pixels"
                )
            pixels = np.asarray(opened.convert("RGB"))
    except _UNREADABLE as error:
        raise UnreadablePhotoError(str(error)) from error
    return np.ascontiguousarray(pixels[:, :, ::-1])
