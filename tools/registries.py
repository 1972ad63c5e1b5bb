"""Prints the registries of hazards, channels and search words as TypeScript, which the pages read."""

from __future__ import annotations

import json
import sys

from siaga_cloud.channels.registry import all_channels
from siaga_core.hazards import Names, all_categories, all_hazards, hazard, rechecked_hazards
from siaga_core.rules.incident import OTHER_MATCH
from siaga_core.rules.text.search import SEARCH_WORDS

_HEAD = "// Written by tools/registries.py from the registries of hazards and channels; do not edit.\n\n"
_LIST, _TEXTS = "readonly string[]", "Readonly<Record<string, string>>"
_NUMBERS = "Readonly<Record<string, number>>"
_NAMES = "Readonly<Record<string, readonly [id: string, en: string]>>"


def typescript() -> str:
    """Return the module that the pages import."""
    constants = (
        _constant("HAZARD_NAMES", _NAMES, {one.id: _pair(one.name) for one in all_hazards()}),
        _constant("HAZARD_ICONS", _TEXTS, {one.id: one.icon for one in all_hazards()}),
        _constant("URGENCIES", _NUMBERS, {one.id: one.urgency for one in all_categories()}),
        _constant("CATEGORIES", _LIST, [one.id for one in all_categories()]),
        _constant("RECHECKED_HAZARDS", _LIST, [one.id for one in rechecked_hazards()]),
        _constant("FLOOD_REACH_M", "number", _flood_reach_m()),
        _constant("SEARCH_WORDS", _TEXTS, dict(SEARCH_WORDS)),
        _constant("CHANNEL_NAMES", _NAMES, {one.id: _pair(one.name) for one in all_channels()}),
    )
    return _HEAD + "".join(constants)


def _flood_reach_m() -> float:
    """Return how far signals of one flood may lie apart: as near to a report the water may stand."""
    flooding = hazard("flooding").match
    return flooding.radius_m if flooding else OTHER_MATCH.radius_m


def _pair(names: Names) -> tuple[str, str]:
    return names.indonesian, names.english


def _constant(name: str, kind: str, value: object) -> str:
    return f"export const {name}: {kind} = {json.dumps(value, ensure_ascii=False, indent=2)};\n"


if __name__ == "__main__":
    sys.stdout.write(typescript())
