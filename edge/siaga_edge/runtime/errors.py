"""Why a node cannot start."""

from __future__ import annotations

from typing import Final

from siaga_core.vision.errors import VisionError

CANNOT: Final[tuple[type[Exception], ...]] = (VisionError, OSError)
"""What making cameras, gauges and models may raise."""


class CannotStartError(RuntimeError):
    """Something that a node needs is not available; the text says what."""
