"""What speaks for a waterline at each level of a staff's strip: numbers that `staff_waterline` weighs.

A cue is one number for each row, high where the row looks like a dry staff. At a waterline cues step down, on several
scales at once; a wet rim, a shadow or dirt steps in brightness alone. Differences of light have no sign: water is
darker than a staff by day and may be brighter by night.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from siaga_edge.gauge.staff_strip import Floats, Strips

PERIOD_CM = 10.0  # staffs repeat their blocks each 10 cm
STEP_CM = (1.0, 4.0, 12.0)
SHADE_CM = (1.0, 4.0)
MIRROR_CM = (5.0, 15.0)
_WINDOW_CM = 4.0
_STAFF_CUES = ("repeats", "texture", "contrast", "steady", "rims", "dry")
_SHADE_CUES = ("light", "colour", "flank_light", "flank_colour")
NAMES = (
    *(f"{cue}_{scale:g}" for cue in _STAFF_CUES for scale in STEP_CM),
    *(f"{cue}_all" for cue in _STAFF_CUES),
    *(f"{cue}_{scale:g}" for cue in _SHADE_CUES for scale in SHADE_CM),
    *(f"mirror_{scale:g}" for scale in MIRROR_CM),
)
WHOLE_NAMES = ("one", "repeats", "repeats_low", "repeats_high", "rims", "steady", "dry", "mirror")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """`at` (rows, NAMES) for a waterline at each row; `above` and `below` (WHOLE_NAMES) for none on the strip."""

    at: NDArray[np.float64]
    whole: NDArray[np.float64]
    levels_cm: Floats
    pixel_cm: Floats


def evidence(strips: Strips, wet: Floats | None = None) -> Evidence:
    """`wet` is how surely the water model sees water beside each row, 0..1; None where it was not asked."""
    step_cm = float(strips.levels_cm[0] - strips.levels_cm[1])
    staff, flanks = strips.staff.mean(0), strips.flanks.mean(0)
    cues = _staff_cues(strips, staff, flanks, wet, step_cm)
    shades = (_light(staff), _colour(staff), _light(flanks), _colour(flanks))
    columns = [_stepped(cue, scale, step_cm) for cue in cues for scale in STEP_CM]
    columns += [_split(cue) for cue in cues]
    columns += [_shaded(shade, scale, step_cm) for shade in shades for scale in SHADE_CM]
    mirror = [_mirrored(staff, scale, step_cm) for scale in MIRROR_CM]
    return Evidence(
        at=np.stack([*columns, *mirror], axis=1).astype(np.float64),
        whole=_whole(cues, mirror),
        levels_cm=strips.levels_cm,
        pixel_cm=strips.pixel_cm,
    )


def _staff_cues(
    strips: Strips, staff: Floats, flanks: Floats, wet: Floats | None, step_cm: float
) -> tuple[Floats, ...]:
    grey = staff.mean(-1)
    fine = max(1, round(1.0 / step_cm))
    texture = _smooth(np.abs(np.diff(grey, axis=1)).mean(1) + _drop(grey), fine)
    contrast = _smooth(np.linalg.norm(staff.mean(1) - flanks.mean(1), axis=-1), fine)
    return (
        _repeats(grey, step_cm),
        _relative(texture),
        _relative(contrast),
        _steady(strips),
        _relative(_smooth(_rims(staff, flanks), fine)),
        np.zeros(len(grey), np.float32) if wet is None else np.asarray(0.5 - wet, np.float32),
    )


def _drop(grey: Floats) -> Floats:
    down = np.abs(np.diff(grey, axis=0, prepend=grey[:1])).mean(1)
    return np.asarray(down, np.float32)


def _rims(staff: Floats, flanks: Floats) -> Floats:
    """How sharply the staff stands out at its two rims."""
    half = flanks.shape[1] // 2
    left = np.linalg.norm(staff[:, :4].mean(1) - flanks[:, half - 3 : half].mean(1), axis=-1)
    right = np.linalg.norm(staff[:, -4:].mean(1) - flanks[:, half : half + 3].mean(1), axis=-1)
    return np.asarray(np.minimum(left, right), np.float32)


def _steady(strips: Strips) -> Floats:
    if len(strips.staff) < 3:
        return np.zeros(strips.staff.shape[1], np.float32)
    noise = np.sqrt(np.maximum(strips.staff.mean(-1).var(0), 0.05)).mean(1)
    return -_relative(_smooth(np.asarray(noise, np.float32), 4))


def _repeats(grey: Floats, step_cm: float) -> Floats:
    """How alike each row's neighbourhood is to that one and two periods higher (at the top: lower), -1..1."""
    sharp = grey - _smooth_rows(grey, round(PERIOD_CM / step_cm))
    window = round(_WINDOW_CM / step_cm)
    found = np.zeros((2, len(grey)), np.float32)
    for number in (1, 2):
        shift = round(number * PERIOD_CM / step_cm)
        if shift >= len(grey) - window:
            continue
        alike = _alike(sharp[shift:], sharp[:-shift], window)
        found[number - 1, shift:] = alike
        found[number - 1, :shift] = alike[:shift] if len(alike) >= shift else 0
    return np.asarray(found.max(0), np.float32)


def _alike(one: Floats, other: Floats, window: int) -> Floats:
    """Correlation of two strips of the same rows, in windows along them."""
    both = _smooth((one * other).mean(1), window)
    size = np.sqrt(_smooth((one * one).mean(1), window) * _smooth((other * other).mean(1), window))
    return np.asarray(both / np.maximum(size, 1.0), np.float32)


def _mirrored(staff: Floats, reach_cm: float, step_cm: float) -> Floats:
    """How much what lies below each row is what lies above it, turned over: water mirrors the staff at its line."""
    grey = staff.mean(-1)
    sharp = grey - _smooth_rows(grey, round(PERIOD_CM / step_cm))
    reach = round(reach_cm / step_cm)
    padded = np.pad(sharp, ((reach, reach), (0, 0)))
    found = np.zeros(len(sharp), np.float32)
    for row in range(len(sharp)):
        above, below = padded[row : row + reach][::-1], padded[row + reach : row + 2 * reach]
        size = float(np.sqrt((above * above).sum() * (below * below).sum()))
        found[row] = float((above * below).sum()) / max(size, float(above.size))
    return found


def _light(part: Floats) -> Floats:
    return np.asarray(part.mean((1, 2))[:, None], np.float32)


def _colour(part: Floats) -> Floats:
    mean = part.mean(1)
    return np.asarray((mean - mean.mean(1, keepdims=True)), np.float32)


def _whole(cues: tuple[Floats, ...], mirror: list[Floats]) -> NDArray[np.float64]:
    repeats, _, _, steady, rims, dry = cues
    third = max(1, len(repeats) // 3)
    reported = (
        1.0,
        repeats.mean(),
        repeats[-third:].mean(),
        repeats[:third].mean(),
        rims.mean(),
        steady.mean(),
        dry.mean(),
    )
    return np.array([*reported, mirror[0].max()], np.float64)


# --- along the rows ------------------------------------------------------------------------------------------------


def _relative(values: Floats) -> Floats:
    """0..1, half at the strip's own middle strength, so that neither light nor paint matters."""
    middle = float(np.percentile(values, 60)) + 1e-3
    return np.asarray(values / (values + middle), np.float32)


def _smooth(values: Floats, window: int) -> Floats:
    size = max(1, window) | 1
    return np.asarray(cv2.blur(values[:, None], (1, size), borderType=cv2.BORDER_REPLICATE)[:, 0], np.float32)


def _smooth_rows(grey: Floats, window: int) -> Floats:
    return np.asarray(cv2.blur(grey, (1, max(1, window) | 1), borderType=cv2.BORDER_REPLICATE), np.float32)


def _means(values: Floats, window: int) -> tuple[Floats, Floats]:
    """Means of the rows above each row, and of it and those below, as far as the strip goes."""
    total = np.concatenate([np.zeros((1, values.shape[1]), np.float64), np.cumsum(values, 0, np.float64)])
    rows = np.arange(len(values))
    top, bottom = np.maximum(rows - window, 0), np.minimum(rows + window, len(values))
    above = (total[rows] - total[top]) / np.maximum(rows - top, 1)[:, None]
    below = (total[bottom] - total[rows]) / np.maximum(bottom - rows, 1)[:, None]
    above[0] = below[0]
    return above.astype(np.float32), below.astype(np.float32)


def _stepped(cue: Floats, scale_cm: float, step_cm: float) -> Floats:
    above, below = _means(cue[:, None], max(2, round(scale_cm / step_cm)))
    return np.asarray((above - below)[:, 0], np.float32)


def _split(cue: Floats) -> Floats:
    above, below = _means(cue[:, None], len(cue))
    return np.asarray((above - below)[:, 0], np.float32)


def _shaded(shade: Floats, scale_cm: float, step_cm: float) -> Floats:
    above, below = _means(shade, max(2, round(scale_cm / step_cm)))
    jump = np.linalg.norm(above - below, axis=1)
    return np.asarray(jump / (jump + float(np.percentile(jump, 80)) + 1.0), np.float32)
