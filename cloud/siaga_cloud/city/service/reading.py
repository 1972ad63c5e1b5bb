"""Reads of the city that the APIs of other subjects share."""

from __future__ import annotations

from siaga_cloud.city.store.area_context import area_names, layer_counts, statistics_of
from siaga_cloud.city.store.map import Camera, area_name, area_path, cameras, zone_shapes
from siaga_cloud.city.store.policy import Team
from siaga_cloud.city.store.shelters import nearest as nearest_shelters

__all__ = [
    "Camera",
    "Team",
    "area_name",
    "area_names",
    "area_path",
    "cameras",
    "layer_counts",
    "nearest_shelters",
    "statistics_of",
    "zone_shapes",
]
