"""What the rest of the edge needs of vision, besides the detector of the core."""

from __future__ import annotations

from typing import Protocol

from siaga_core.vision.image import Image
from siaga_edge.vision.water import WaterMap


class WaterSegmenter(Protocol):
    """Finds water; raises `LookError` when it cannot say."""

    def look(self, image: Image) -> WaterMap:
        """Return where the image shows water."""
