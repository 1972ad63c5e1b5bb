"""Writes what a technician adds to node.toml of each node: its cameras with their addresses, and its gauges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from siaga_cloud.city.files.city import CameraTable, GaugeTable
from siaga_cloud.operations.new_city.toml_text import toml_text

_HEAD: Final = """\
# Cameras and gauges of the node {node}. Append this file to node.toml of the node, complete it and check it there:
#   siaga-edge check node.toml
#   siaga-edge doctor node.toml     # opens every camera and reads every gauge
# Addresses may hold passwords: keep this file as secret as they are, and delete it afterwards.
"""
_SOURCE: Final = '# source = { kind = "modbus_tcp", host = "...", port = 502, unit = 1 } # kinds: docs/gauges.md\n'


def node_files(
    gauges: Sequence[GaugeTable], cameras: Sequence[CameraTable], addresses: Mapping[str, str]
) -> dict[str, str]:
    """Return a file for each node that a gauge or camera names. A camera without an address waits as a comment."""
    named = {one.node for one in gauges} | {one.node for one in cameras}
    nodes = sorted(node for node in named if node is not None)
    return {
        f"nodes/{node}.toml": _HEAD.format(node=node)
        + "".join(_camera(one, addresses.get(one.id)) for one in cameras if one.node == node)
        + "".join(_gauge(one) for one in gauges if one.node == node)
        for node in nodes
    }


def _camera(camera: CameraTable, address: str | None) -> str:
    table: dict[str, Any] = {"id": camera.id, "url": address or "rtsp://...", "place": _place(camera)}
    text = toml_text({"camera": [table]})
    return f"\n{text}" if address else f"\n# The address of this camera is not known yet.\n{_commented(text)}"


def _gauge(gauge: GaugeTable) -> str:
    limits = {key: getattr(gauge, key) for key in ("s3_cm", "s2_cm", "s1_cm") if getattr(gauge, key) is not None}
    table = {"id": gauge.id, "place": _place(gauge), **({"limits": limits} if limits else {})}
    text = toml_text({"gauge": [table]})
    return f"\n# The source of this gauge is known at the site.\n{_commented(text)}{_SOURCE}"


def _commented(text: str) -> str:
    return "".join(f"# {line}\n" if line else "#\n" for line in text.splitlines())


def _place(device: CameraTable | GaugeTable) -> dict[str, float]:
    return {"lat": device.lat, "lon": device.lon}
