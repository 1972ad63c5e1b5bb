"""Reads and validates NODE.toml of a node and SITE.toml of a replay; the names below are for other packages."""

from __future__ import annotations

from siaga_core.vision.manifest import default_manifest
from siaga_edge.settings.cameras import CameraSettings, MarkSettings, ZoneSettings
from siaga_edge.settings.gauges import GaugeSettings
from siaga_edge.settings.kinds import PlaceSettings
from siaga_edge.settings.node import (
    BrokerSettings,
    ConfigError,
    ModelsSettings,
    NodeSettings,
    SiteSettings,
    load_node,
    load_site,
)

__all__ = [
    "BrokerSettings",
    "CameraSettings",
    "ConfigError",
    "GaugeSettings",
    "MarkSettings",
    "ModelsSettings",
    "NodeSettings",
    "PlaceSettings",
    "SiteSettings",
    "ZoneSettings",
    "default_manifest",
    "load_node",
    "load_site",
]
