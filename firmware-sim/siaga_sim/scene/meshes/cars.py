"""Passenger cars as meshes: hatchback, sedan, mpv, suv, minivan. Forward is +y, the road is z = 0, metres."""

from dataclasses import dataclass, replace

import numpy as np

from siaga_sim.scene.meshes.fittings import BLACK, GLASS, HEADLAMP, PLATE, TAILLAMP, face_plate, wheels
from siaga_sim.scene.meshes.mesh import Colour, FloatArray, Mesh, box, joined, loft, plate


@dataclass(frozen=True)
class Profile:
    """A car's shape: pairs (metres from the middle along the car, metres) for belt line and roof line."""

    length: float
    width: float
    belt: tuple[tuple[float, float], ...]
    roof: tuple[tuple[float, float], ...]
    cabin: tuple[float, float]
    pillars: tuple[float, ...]
    wheelbase: float
    wheel: float = 0.30
    clearance: float = 0.22
    roof_narrow: float = 0.80


HATCHBACK = Profile(
    length=3.7,
    width=1.66,
    belt=((-1.85, 0.92), (-0.6, 0.95), (0.85, 0.93), (1.6, 0.76), (1.85, 0.62)),
    roof=(
        (-1.85, 0.93),
        (-1.80, 1.05),
        (-1.35, 1.44),
        (-0.7, 1.51),
        (0.1, 1.48),
        (0.98, 0.93),
        (1.6, 0.77),
        (1.85, 0.62),
    ),
    cabin=(-1.80, 0.98),
    pillars=(-1.22, -0.28, 0.62),
    wheelbase=2.42,
)
SEDAN = Profile(
    length=4.5,
    width=1.76,
    belt=((-2.25, 0.88), (-1.4, 0.97), (0.95, 0.92), (1.9, 0.76), (2.25, 0.60)),
    roof=(
        (-2.25, 0.88),
        (-1.75, 1.0),
        (-1.05, 1.38),
        (-0.5, 1.46),
        (0.15, 1.44),
        (1.1, 0.93),
        (1.9, 0.77),
        (2.25, 0.60),
    ),
    cabin=(-1.72, 1.08),
    pillars=(-0.98, -0.12, 0.72),
    wheelbase=2.62,
)
MPV = Profile(
    length=4.25,
    width=1.68,
    belt=((-2.12, 1.0), (-0.6, 1.0), (1.15, 0.98), (1.85, 0.84), (2.12, 0.66)),
    roof=(
        (-2.12, 1.0),
        (-2.08, 1.12),
        (-1.85, 1.58),
        (-1.3, 1.68),
        (-0.2, 1.67),
        (0.4, 1.60),
        (1.3, 0.98),
        (1.85, 0.85),
        (2.12, 0.66),
    ),
    cabin=(-2.08, 1.26),
    pillars=(-1.86, -1.05, -0.1, 0.82),
    wheelbase=2.68,
    wheel=0.32,
    clearance=0.26,
    roof_narrow=0.82,
)
SUV = replace(
    MPV,
    length=4.6,
    width=1.82,
    belt=((-2.3, 1.08), (-0.6, 1.10), (1.05, 1.08), (2.0, 0.98), (2.3, 0.74)),
    roof=(
        (-2.3, 1.08),
        (-2.24, 1.2),
        (-2.0, 1.66),
        (-1.4, 1.78),
        (-0.2, 1.77),
        (0.3, 1.72),
        (1.15, 1.09),
        (2.0, 0.99),
        (2.3, 0.74),
    ),
    cabin=(-2.22, 1.12),
    pillars=(-1.95, -1.1, -0.15, 0.75),
    wheel=0.37,
    clearance=0.32,
)
MINIVAN = replace(
    MPV,
    length=4.1,
    width=1.62,
    belt=((-2.05, 1.05), (1.5, 1.05), (1.85, 0.92), (2.05, 0.72)),
    roof=(
        (-2.05, 1.05),
        (-2.03, 1.2),
        (-1.92, 1.72),
        (-1.5, 1.86),
        (0.8, 1.84),
        (1.05, 1.76),
        (1.62, 1.06),
        (1.85, 0.93),
        (2.05, 0.72),
    ),
    cabin=(-2.03, 1.60),
    pillars=(-1.86, -1.0, 0.05, 0.95),
    wheel=0.29,
)
CARS = {"hatchback": HATCHBACK, "sedan": SEDAN, "mpv": MPV, "suv": SUV, "minivan": MINIVAN}


def _line(pairs: tuple[tuple[float, float], ...], at: FloatArray) -> FloatArray:
    xs, ys = zip(*pairs, strict=True)
    return np.asarray(np.interp(at, xs, ys), np.float32)


def _body(profile: Profile, paint: Colour) -> Mesh:
    half = profile.length / 2
    at = np.unique(
        np.concatenate(
            [np.linspace(-half, half, 27), [p + d for p in profile.pillars for d in (-0.045, 0.045)], profile.cabin]
        ).astype(np.float32)
    )
    belt, roof = _line(profile.belt, at), _line(profile.roof, at)
    end = np.clip((half - np.abs(at)) / 0.55, 0, 1)
    wide = profile.width / 2 * (0.80 + 0.20 * np.sqrt(end))
    low = profile.clearance + 0.16 * (1 - end) ** 2
    rise = np.clip((roof - belt) / 0.35, 0, 1)
    top = wide * (0.90 - (0.90 - profile.roof_narrow) * rise)
    mid = low + (belt - low) * 0.55
    half_ring = [
        (wide * 0.0, low), (wide * 0.90, low), (wide * 0.985, low + 0.10), (wide, mid), (wide * 0.975, belt - 0.02),
        (wide * 0.94, belt + 0.01), (top, np.maximum(roof - 0.07, belt + 0.015)),
        (top * 0.86, np.maximum(roof - 0.015, belt + 0.02)),
        (top * 0.45, roof + 0.015), (wide * 0.0, roof + 0.025),
    ]  # fmt: skip
    right = np.stack([np.stack([x, at, z], -1) for x, z in half_ring], 1)
    left = right[:, -2:0:-1] * np.array([-1, 1, 1], np.float32)
    rings = np.concatenate([right, left], 1)
    return loft(rings[::-1], _tints(profile, paint, at, roof, rings.shape[1])[::-1], gloss=1.0)


def _tints(profile: Profile, paint: Colour, at: FloatArray, roof: FloatArray, corners: int) -> FloatArray:
    """The colour of each face of the skin: paint, glass, sill."""
    tint = np.broadcast_to(np.asarray(paint, np.float32), (len(at) - 1, corners, 3)).copy()
    middle = (at[1:] + at[:-1]) / 2
    slope = np.abs(np.diff(roof) / np.diff(at))
    inside = (middle > profile.cabin[0]) & (middle < profile.cabin[1])
    pillar = np.min(np.abs(middle[:, None] - np.array(profile.pillars)), axis=1) < 0.045
    side = [5, corners - 6]
    top = [7, 8, corners - 9, corners - 8]
    for station in range(len(middle)):
        if inside[station] and not pillar[station]:
            tint[station, side] = GLASS
        if inside[station] and slope[station] > 0.42:
            tint[station, top] = GLASS
    tint[:, [0, 1, corners - 2, corners - 1]] = BLACK
    return tint


def _nose_and_tail(profile: Profile, bumper: Colour) -> list[Mesh]:
    front, back = profile.length / 2 + 0.012, -profile.length / 2 - 0.012
    w = profile.width / 2 * 0.80
    nose = profile.belt[-1][1]
    tail = profile.belt[0][1]
    parts = [
        face_plate((-w * 0.50, w * 0.50), front, (nose - 0.16, nose - 0.03), BLACK, gloss=0.4),
        face_plate((-w * 0.62, w * 0.62), front, (0.27, 0.38), BLACK, gloss=0.1),
        face_plate((-0.21, 0.21), front + 0.01, (0.40, 0.50), BLACK, bias=0.35),
        face_plate((-0.22, 0.22), back - 0.01, (0.62, 0.73), BLACK, bias=0.35),
        face_plate((-w * 0.9, w * 0.9), back, (0.36, 0.44), BLACK, gloss=0.1),
        face_plate((-0.17, 0.17), front + 0.015, (0.43, 0.475), PLATE, bias=0.4),
        face_plate((-0.17, 0.17), back - 0.015, (0.65, 0.70), PLATE, bias=0.4),
        face_plate((-w * 0.97, w * 0.97), back, (0.27, 0.30), bumper, gloss=0.2),
    ]
    for side in (-1.0, 1.0):
        lamp = sorted((side * w * 0.56, side * w * 1.02))
        parts.append(face_plate((lamp[0], lamp[1]), front, (nose - 0.15, nose + 0.0), HEADLAMP, gloss=1.0, glow=3.0))
        rear = sorted((side * w * 0.70, side * w * 1.02))
        parts.append(face_plate((rear[0], rear[1]), back, (tail - 0.30, tail - 0.02), TAILLAMP, gloss=0.8, glow=0.8))
        x = side * profile.width / 2
        y = profile.cabin[1] - 0.42
        mirror = sorted((x, x + side * 0.17))
        parts.append(box((mirror[0], mirror[1]), (y, y + 0.09), (0.98, 1.10), BLACK, gloss=0.5))
    return parts


def _door_lines(profile: Profile, paint: Colour) -> list[Mesh]:
    shade: Colour = (paint[0] * 0.35, paint[1] * 0.35, paint[2] * 0.35)
    parts = []
    for side in (-1.0, 1.0):
        x = side * (profile.width / 2 + 0.006)
        seams = [(y - 0.012, y + 0.012, 0.34, 0.9) for y in profile.pillars[-3:]]
        handles = [(y + 0.05, y + 0.20, 0.80, 0.83) for y in profile.pillars[-3:-1]]
        parts += [
            plate([(x, y0, z0), (x, y1, z0), (x, y1, z1), (x, y0, z1)], shade, bias_m=0.12)
            for y0, y1, z0, z1 in seams + handles
        ]
    return parts


def car(kind: str, paint: Colour) -> Mesh:
    """A passenger car: hatchback, sedan, mpv, suv or minivan."""
    p = CARS[kind]
    axles = (p.wheelbase / 2 + 0.06, -p.wheelbase / 2 + 0.06)
    return joined(
        [_body(p, paint), *wheels(p.width, p.wheel, axles), *_nose_and_tail(p, paint), *_door_lines(p, paint)]
    )
