"""`[[camera_site]]` and `[[gauge_site]]` in what a box shall run: what is kept of its cameras and gauges."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from typing import Any, Final

import tomli_w

from siaga_cloud.fleet.store.sites import Order

CAMERA_KEY: Final = "camera_site"
GAUGE_KEY: Final = "gauge_site"

Table = dict[str, Any]


def with_sites(body: str, orders: Sequence[Order]) -> str:
    """A wanted configuration with these in place of those of before; `body` may be empty."""
    tables = {key: value for key, value in tomllib.loads(body).items() if key not in (CAMERA_KEY, GAUGE_KEY)}
    cameras = [_camera(one) for one in orders if one.kind == "camera"]
    gauges = [_gauge(one) for one in orders if one.kind == "gauge"]
    laid = {key: value for key, value in ((CAMERA_KEY, cameras), (GAUGE_KEY, gauges)) if value}
    return tomli_w.dumps({**tables, **laid})


def _camera(order: Order) -> Table:
    if order.is_off:
        return {"id": order.id, "off": True}
    return {"id": order.id, "place": _place(order), **({"url": order.url} if order.url else {})}


def _gauge(order: Order) -> Table:
    limits = {key: getattr(order, key) for key in ("s3_cm", "s2_cm", "s1_cm") if getattr(order, key) is not None}
    held = {"hysteresis_cm": order.hysteresis_cm, "limits": limits} if limits else {}
    return {"id": order.id, "place": _place(order), **held}


def _place(order: Order) -> Table:
    return {"lat": order.lat, "lon": order.lon}
