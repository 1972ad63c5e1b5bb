"""What nodes and the cloud share about images: reading them, the detector, and making people unrecognisable.

It needs numpy, OpenCV and ONNX Runtime, which the extras `edge` and `cloud` bring.
"""

from __future__ import annotations

import os

# OpenCV reads the limit while it is loaded, so it must stand here; without it a small file may ask for gigabytes.
MAX_PIXELS = 150_000_000
os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(MAX_PIXELS))
