"""Writes the `[[camera_site]]` and `[[gauge_site]]` tables of a node's configuration."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from typing import Any, Final

import tomli_w

from siaga_cloud.fleet.store.sites import SiteConfig

CAMERA_KEY: Final = "camera_site"
GAUGE_KEY: Final = "gauge_site"

Table = dict[str, Any]


def with_sites(body: str, site_configs: Sequence[SiteConfig]) -> str:
    """Return a wanted configuration with these in place of those of before; `body` may be empty."""
    tables = {key: value for key, value in tomllib.loads(body).items() if key not in (CAMERA_KEY, GAUGE_KEY)}
    cameras = [_camera(one) for one in site_configs if one.kind == "camera"]
    gauges = [_gauge(one) for one in site_configs if one.kind == "gauge"]
    laid = {key: value for key, value in ((CAMERA_KEY, cameras), (GAUGE_KEY, gauges)) if value}
    return tomli_w.dumps({**tables, **laid})


def _camera(site_config: SiteConfig) -> Table:
    if site_config.is_off:
        return {"id": site_config.id, "off": True}
    return {"id": site_config.id, "place": _place(site_config), **({"url": site_config.url} if site_config.url else {})}


def _gauge(site_config: SiteConfig) -> Table:
    limits = {
        key: getattr(site_config, key) for key in ("s3_cm", "s2_cm", "s1_cm") if getattr(site_config, key) is not None
    }
    held = {"hysteresis_cm": site_config.hysteresis_cm, "limits": limits} if limits else {}
    return {"id": site_config.id, "place": _place(site_config), **held}


def _place(site_config: SiteConfig) -> Table:
    return {"lat": site_config.lat, "lon": site_config.lon}
