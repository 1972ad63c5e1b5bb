"""What a drawn staff gauge comes to: where its levels lie along the line, and how well its points agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

from pydantic import ValidationError

from siaga_core.vision.image import Image, size_of
from siaga_edge.gauge.staff_look import look_at_staff, wet_beside
from siaga_edge.gauge.staff_scale import StaffScale
from siaga_edge.gauge.staff_strip import StaffPlace, cut
from siaga_edge.settings.errors import complaints_of
from siaga_edge.settings.staff_gauges import CameraSource, StaffSettings
from siaga_edge.vision.water import WaterMap

_STEPS_CM = (5, 10, 20, 50, 100, 200, 500, 1000)
_MOST_TICKS = 12
_MAX_UNCERTAINTY_CM: float = CameraSource.model_fields["max_uncertainty_cm"].default


def staff_found(values: Mapping[str, Any]) -> dict[str, Any]:
    """Ticks at round levels and the points' mean error, or the first complaint."""
    staff = _settings(values)
    if isinstance(staff, str):
        return {"complaint": staff}
    scale = staff.scale()
    return {
        "residual_cm": round(scale.residual_cm, 2),
        "span_cm": [round(level, 1) for level in scale.span_cm],
        "ticks": [{"level_cm": level, "at": _place(staff, scale, level)} for level in _levels(scale)],
    }


def level_found(values: Mapping[str, Any], images: Sequence[Image], water: WaterMap | None) -> dict[str, Any]:
    """What the agent would read on a drawn staff in images that are a moment apart."""
    staff = _settings(values)
    if isinstance(staff, str):
        return {"complaint": staff}
    place = StaffPlace(line=staff.line, width=staff.width, scale=staff.scale())
    strips = cut(images, place)
    width, height = size_of(images[0])
    wet = None if water is None else wet_beside(water, place, strips.levels_cm, width=width, height=height)
    reported = look_at_staff(strips, place, max_uncertainty_cm=_MAX_UNCERTAINTY_CM, wet=wet).reading
    at = None if reported.level_cm is None else _place(staff, place.scale, reported.level_cm)
    return {
        "level_cm": reported.level_cm,
        "uncertainty_cm": reported.uncertainty_cm,
        "flags": list(reported.flags),
        "at": at,
    }


def _settings(values: Mapping[str, Any]) -> StaffSettings | str:
    """The staff, or the first complaint about it."""
    known = {key: values[key] for key in ("line", "width", "points") if key in values}
    try:
        return StaffSettings.model_validate(known)
    except ValidationError as error:
        return next(complaints_of(error, StaffSettings, known), "")


def _levels(scale: StaffScale) -> list[int]:
    low, high = scale.span_cm
    step = next((each for each in _STEPS_CM if (high - low) / each <= _MOST_TICKS), _STEPS_CM[-1])
    first = ceil(low / step) * step
    return list(range(first, int(high) + 1, step))[: 2 * _MOST_TICKS]


def _place(staff: StaffSettings, scale: StaffScale, level: float) -> list[float]:
    (x1, y1), (x2, y2) = staff.line
    along = scale.along(level)
    return [round(x1 + along * (x2 - x1), 4), round(y1 + along * (y2 - y1), 4)]
