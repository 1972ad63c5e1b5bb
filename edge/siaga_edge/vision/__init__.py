"""What an image shows: models, boxes, water, drawing, and making people unrecognisable."""

from __future__ import annotations

import os

# OpenCV reads the limit while it is loaded, so it must stand here; without it a small file may ask for gigabytes.
MAX_PIXELS = 150_000_000
os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(MAX_PIXELS))
