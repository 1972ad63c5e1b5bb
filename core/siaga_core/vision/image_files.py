"""Reads and writes image files."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from siaga_core.vision import MAX_PIXELS
from siaga_core.vision.errors import ImageError
from siaga_core.vision.image import Image

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".jp2", ".avif", ".ppm"})
MAX_FILE_BYTES = 200_000_000
MIN_SIDE = 16


def read_image(path: Path) -> Image:
    """An image file upright as its EXIF says, grey and 16-bit ones included; raises `ImageError`."""
    return decode_image(_bytes_of(path), name=str(path))


def decode_image(encoded: bytes, *, name: str) -> Image:
    """Decode an image from bytes, with the same checks as `read_image`."""
    if not encoded:
        raise ImageError(f"{name}: the file is empty, expected an image")
    try:
        image = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_COLOR_BGR)
    except cv2.error as error:
        image = None
        if "PIXELS" in str(error):
            raise ImageError(f"{name}: too large, expected at most {MAX_PIXELS} pixels") from None
    if image is None:
        raise ImageError(f"{name}: cannot be decoded, expected a JPEG, PNG, WebP, BMP or TIFF image")
    height, width = image.shape[:2]
    if min(height, width) < MIN_SIDE:
        raise ImageError(f"{name}: {width} x {height} pixels, expected at least {MIN_SIDE} on each side")
    return np.asarray(image, np.uint8)


def encode_jpeg(image: Image, *, quality: int = 85) -> bytes:
    """The image as a JPEG without metadata."""
    done, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ImageError(f"an image of shape {image.shape} cannot be written as JPEG")
    return encoded.tobytes()


def _bytes_of(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise ImageError(f"{path}: too large, expected at most {MAX_FILE_BYTES} bytes")
        return path.read_bytes()
    except OSError as error:
        raise ImageError(f"{path}: cannot be read, expected an image: {error.strerror}") from None
