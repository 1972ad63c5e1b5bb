"""Lays a wanted configuration over the node's own NODE.toml, and says what differs between two of them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from siaga_core.wire import toml
from siaga_edge.settings import CameraSettings, ConfigError, GaugeSettings, NodeSettings, load_node

# What ties the node to its cloud stays with the node: a slip there would cut it off for good. So does the leave to keep
# originals: who holds the node answers for it. And what hardware a node has is known where it stands.
LOCAL: Final = ("node", "broker", "fleet", "status", "originals", "home_assistant", "runtime", "decode")

_HOT_CAMERA: Final = frozenset(
    {
        *("place", "zones", "detect_every_seconds", "water_every_seconds", "unknown_after_seconds"),
        *("thresholds", "evidence_marks", "follow_view"),
    }
)
_HOT_GAUGE: Final = frozenset({"place", "limits", "hysteresis_cm", "stale_seconds", "datum_cm", "quality"})


def settings_for(node_file: Path, body: str | None, environment: Mapping[str, str]) -> NodeSettings:
    """Settings of NODE.toml with the tables of `body` in place of its own.

    Raises `ConfigError`; a complaint about the wanted tables begins with `config: `.
    """
    if body is None:
        return load_node(node_file, environment=environment)
    try:
        wanted = toml.parsed(body)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError((f"config: not valid TOML: {error}",)) from None
    refused = [
        f"config: {key}: only NODE.toml may contain this table; expected no such table"
        for key in LOCAL
        if key in wanted
    ]
    if refused:
        raise ConfigError(tuple(refused))
    try:
        return load_node(node_file, environment=environment, instead=wanted)
    except ConfigError as error:
        prefix = f"{node_file}: "
        raise ConfigError(tuple(f"config: {text.removeprefix(prefix)}" for text in error.complaints)) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Ids of what a new configuration does to cameras and gauges: updated, rebuilt or removed."""

    updated_cameras: frozenset[str]
    made_cameras: frozenset[str]
    gone_cameras: frozenset[str]
    updated_gauges: frozenset[str]
    made_gauges: frozenset[str]
    gone_gauges: frozenset[str]
    models: bool

    @property
    def touched(self) -> tuple[str, ...]:
        """What must prove itself, as `camera x` and `gauge y`."""
        cameras = sorted(self.updated_cameras | self.made_cameras)
        gauges = sorted(self.updated_gauges | self.made_gauges)
        return (*(f"camera {name}" for name in cameras), *(f"gauge {name}" for name in gauges))


def changes(old: NodeSettings, new: NodeSettings, *, models: bool = False) -> Changes:
    """What it takes to come from one to the other; `models` where other model files shall run as well."""
    models = models or old.models != new.models
    updated_cameras, made_cameras, gone_cameras = _sorted(old.cameras, new.cameras, _HOT_CAMERA)
    updated_gauges, made_gauges, gone_gauges = _sorted(old.gauges, new.gauges, _HOT_GAUGE)
    if models:
        updated_cameras = frozenset(camera.id for camera in new.cameras) - made_cameras
    return Changes(
        updated_cameras=updated_cameras,
        made_cameras=made_cameras,
        gone_cameras=gone_cameras,
        updated_gauges=updated_gauges,
        made_gauges=made_gauges,
        gone_gauges=gone_gauges,
        models=models,
    )


def _sorted(
    old: Sequence[CameraSettings] | Sequence[GaugeSettings],
    new: Sequence[CameraSettings] | Sequence[GaugeSettings],
    hot: frozenset[str],
) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    before, after = {each.id: each for each in old}, {each.id: each for each in new}
    both = before.keys() & after.keys()
    differing = {name: _differing(before[name], after[name]) for name in both}
    reported = frozenset(name for name, keys in differing.items() if keys and keys <= hot)
    made = frozenset(name for name, keys in differing.items() if not keys <= hot) | (after.keys() - before.keys())
    return reported, made, frozenset(before.keys() - after.keys())


def _differing(old: CameraSettings | GaugeSettings, new: CameraSettings | GaugeSettings) -> set[str]:
    found = {name for name in type(old).model_fields if getattr(old, name) != getattr(new, name)}
    if isinstance(old, CameraSettings) and isinstance(new, CameraSettings):
        # What a camera's zones are for decides which frames are decoded at all.
        found |= {"decoding"} if old.decodes_keyframes_only != new.decodes_keyframes_only else set()
    return found
