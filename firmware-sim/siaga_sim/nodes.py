"""The edge nodes of a scenario, as the tables of their NODE.toml files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from siaga_sim.cameras.streets import zone_outlines
from siaga_sim.city import City, GaugeTable
from siaga_sim.devices import CLEARANCE_CM, firmware_settings
from siaga_sim.scenario import CameraTable, NodeTable, Scenario

NodeToml: TypeAlias = dict[str, Any]

POLL_SECONDS = 0.5
HYSTERESIS_CM = 5.0
# What a node on a real river takes for the fastest rise; a story's river is faster by its speed.
RIVER_CM_PER_MINUTE = 25.0
# How much the level may jump between two readings of a fast story before it looks like a fault.
STORY_SPIKE_CM = 150.0
STORY_SPREAD_CM = 40.0


def city_nodes(
    scenario: Scenario,
    city: City,
    *,
    camera_urls: Mapping[str, str],
    gauge_addresses: Mapping[str, tuple[str, int]],
) -> list[NodeToml]:
    """One NODE.toml as a dict for each node: `node.name`, `camera` and `gauge`.

    Whoever writes the file adds `node.data_dir` and `broker`. Devices without an address are left out.
    """
    return [_node(scenario, city, node, camera_urls, gauge_addresses) for node in scenario.node]


def _node(
    scenario: Scenario,
    city: City,
    node: NodeTable,
    camera_urls: Mapping[str, str],
    gauge_addresses: Mapping[str, tuple[str, int]],
) -> NodeToml:
    cameras = [scenario.camera_by_id(camera_id) for camera_id in node.cameras if camera_id in camera_urls]
    gauges = [city.gauge_by_id(gauge_id) for gauge_id in node.gauges if gauge_id in gauge_addresses]
    return {
        "node": {"name": node.name},
        "camera": [_camera(camera, node, camera_urls[camera.id]) for camera in cameras],
        "gauge": [_gauge(scenario, gauge, gauge_addresses[gauge.id]) for gauge in gauges],
    }


def _camera(camera: CameraTable, node: NodeTable, url: str) -> dict[str, Any]:
    outlines = zone_outlines(camera.street)
    return {
        "id": camera.id,
        "url": url,
        "place": camera.place.model_dump(),
        "fps": camera.street.fps,
        **node.watching.model_dump(),
        "zone": [{**zone.model_dump(exclude_none=True), "polygon": outlines[zone.kind]} for zone in camera.zone],
    }


def _gauge(scenario: Scenario, gauge: GaugeTable, address: tuple[str, int]) -> dict[str, Any]:
    host, port = address
    return {
        "id": gauge.id,
        "place": gauge.place.model_dump(),
        "limits": gauge.limits.model_dump(exclude_none=True),
        "hysteresis_cm": HYSTERESIS_CM,
        "poll_seconds": POLL_SECONDS,
        "stale_seconds": max(30.0, 4 * firmware_settings(scenario, gauge).calm_report_seconds),
        "quality": {
            "min_cm": min(gauge.bed_cm, 0.0) - 100.0,
            "max_cm": gauge.highest_cm + CLEARANCE_CM,
            "rate_cm_per_minute": RIVER_CM_PER_MINUTE * max(1.0, scenario.river_speed),
            "spike_cm": STORY_SPIKE_CM,
            "spread_cm": STORY_SPREAD_CM,
        },
        "source": {"kind": "modbus_tcp", "host": host, "port": port, "unit": 1},
    }
