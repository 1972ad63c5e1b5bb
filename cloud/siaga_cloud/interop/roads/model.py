"""Represents a road that a camera sees under water, and decides whether it is impassable.

The place is the camera's, the extent what the camera sees; nothing is drawn beyond that. A depth is at least so much:
the height of the highest mark in the view that is under water.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from siaga_cloud.basemap.streets import Street
from siaga_cloud.platform.language import Language
from siaga_core.rules.trust.certainty import Certainty

_TEXTS: Final = {
    "id": (
        "Jalan tergenang di {place}",
        "sedikitnya {depth} cm",
        "kedalaman tidak diketahui",
        "kamera kini tidak melihat",
    ),
    "en": ("Flooded road at {place}", "at least {depth} cm deep", "depth not known", "the camera does not see now"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FloodedRoad:
    """Represents a road under water. `seen_at` is when the camera last confirmed it; `is_seen_now` is false once the
    camera itself is unknown. `street` is None where the map has none there.
    """

    event_id: UUID
    incident_id: UUID
    camera_name: str
    lat: float
    lon: float
    radius_m: float
    area_name: str | None
    severity: str
    certainty: Certainty
    depth_cm: float | None
    began_at: datetime
    seen_at: datetime
    is_seen_now: bool
    street: Street | None = None

    @property
    def place_name(self) -> str:
        """The street by the map, else how the city calls the place of the camera."""
        return self.street.name if self.street else self.camera_name

    def is_impassable(self, limit_cm: float) -> bool:
        """Return whether a camera that sees now measures so much water on the road. An unknown depth is not enough."""
        return self.is_seen_now and self.depth_cm is not None and self.depth_cm >= limit_cm

    def text(self, language: Language) -> str:
        """Return what is known, in a sentence."""
        place, deep, unknown, blind = _TEXTS[language]
        depth = unknown if self.depth_cm is None else deep.format(depth=int(self.depth_cm))
        facts = [depth] if self.is_seen_now else [depth, blind]
        return f"{place.format(place=self.place_name)}: {', '.join(facts)}"
