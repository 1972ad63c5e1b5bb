"""Chooses one alert for each flood: a gauge and the areas that it warns have alerts of their own, about the same water.

A reader asks for the alerts by gauge or by area. An alert of the other kind is left out only where one that is listed
covers the same place with at least the same level, so that nothing is lost.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias
from uuid import UUID

By: TypeAlias = Literal["gauge", "area"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FloodAlert:
    """Represents an alert in force with its level and the areas that it is about."""

    id: UUID
    is_gauge: bool
    level: int
    areas: Collection[str]


def left_out(alerts: Sequence[FloodAlert], by: By) -> frozenset[UUID]:
    """Return the alerts that another one of the requested kind stands for."""
    levels: dict[str, int] = {}
    for one in alerts:
        if one.is_gauge == (by == "gauge"):
            for area in one.areas:
                levels[area] = max(levels.get(area, 0), one.level)
    others = (one for one in alerts if one.is_gauge != (by == "gauge"))
    return frozenset(one.id for one in others if _is_covered(one, levels))


def _is_covered(one: FloodAlert, levels: Mapping[str, int]) -> bool:
    """Every area of an alert is covered by its level; an alert without areas is never left out."""
    return bool(one.areas) and all(levels.get(area, -1) >= one.level for area in one.areas)
