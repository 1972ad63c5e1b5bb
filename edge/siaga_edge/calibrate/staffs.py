"""What a drawn staff gauge comes to: where its levels lie along the line, and how well its points agree."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Any

from pydantic import ValidationError

from siaga_edge.complaints import complaints_of
from siaga_edge.gauge.staff_scale import StaffScale
from siaga_edge.staff_settings import StaffSettings

_STEPS_CM = (5, 10, 20, 50, 100, 200, 500, 1000)
_MOST_TICKS = 12


def staff_found(values: Mapping[str, Any]) -> dict[str, Any]:
    """Ticks at round levels and the points' mean error, or the first complaint."""
    known = {key: values[key] for key in ("line", "width", "points") if key in values}
    try:
        staff = StaffSettings.model_validate(known)
    except ValidationError as error:
        return {"complaint": next(complaints_of(error, StaffSettings, known), "")}
    scale = staff.scale()
    return {
        "residual_cm": round(scale.residual_cm, 2),
        "span_cm": [round(level, 1) for level in scale.span_cm],
        "ticks": [{"level_cm": level, "at": _place(staff, scale, level)} for level in _levels(scale)],
    }


def _levels(scale: StaffScale) -> list[int]:
    low, high = scale.span_cm
    step = next((each for each in _STEPS_CM if (high - low) / each <= _MOST_TICKS), _STEPS_CM[-1])
    first = ceil(low / step) * step
    return list(range(first, int(high) + 1, step))[: 2 * _MOST_TICKS]


def _place(staff: StaffSettings, scale: StaffScale, level: float) -> list[float]:
    (x1, y1), (x2, y2) = staff.line
    along = scale.along(level)
    return [round(x1 + along * (x2 - x1), 4), round(y1 + along * (y2 - y1), 4)]
