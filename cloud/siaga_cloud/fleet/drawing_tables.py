"""Writes the `[[drawing]]` tables of a node's configuration: the zones and masks that were drawn in the cloud."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from typing import Any, Final

import tomli_w

KEY: Final = "drawing"
# What is laid over the node's own tables instead of taking their place.
LAID: Final = (KEY, "camera_site", "gauge_site")

Table = dict[str, Any]


def with_drawing(body: str, camera_id: str, zones: Sequence[Mapping[str, Any]], masks: Sequence[object]) -> str:
    """Return a wanted configuration with this drawing in place of the camera's one of before; `body` may be empty."""
    tables = tomllib.loads(body)
    others = [each for each in tables.get(KEY, ()) if each.get("camera") != camera_id]
    mine = {"camera": camera_id, "mask": list(masks), "zone": [dict(zone) for zone in zones]}
    return tomli_w.dumps({**tables, KEY: [*others, mine]})


def with_those_of(before: str, body: str) -> str:
    """Return a configuration with what the one before laid over the node's own file, where it names none of it
    itself."""
    held, tables = tomllib.loads(before), tomllib.loads(body)
    carried = {key: held[key] for key in LAID if held.get(key) and key not in tables}
    return tomli_w.dumps({**tables, **carried}) if carried else body
