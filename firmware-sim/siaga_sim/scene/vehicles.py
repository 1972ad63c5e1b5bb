"""Four-wheeled traffic as meshes: small cars, vans, buses and trucks. Forward is +y, the road is z = 0, metres."""

from dataclasses import dataclass, replace

import numpy as np

from siaga_sim.scene.mesh import Colour, FloatArray, Mesh, box, disc, from_quads, joined, loft, plate, tube

GLASS: Colour = (0.07, 0.09, 0.10)
BLACK: Colour = (0.05, 0.05, 0.055)
TYRE: Colour = (0.07, 0.07, 0.075)
RIM: Colour = (0.55, 0.56, 0.58)
HEADLAMP: Colour = (0.93, 0.95, 0.97)
TAILLAMP: Colour = (0.70, 0.05, 0.05)
AMBER: Colour = (0.95, 0.50, 0.10)
PLATE: Colour = (0.88, 0.88, 0.86)


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
        (wide * 0.94, belt + 0.01), (top, np.maximum(roof - 0.07, belt + 0.015)), (top * 0.86, np.maximum(roof - 0.015, belt + 0.02)),
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


def _wheels(width: float, radius: float, axles: tuple[float, ...], rim: Colour = RIM, arch: bool = True) -> list[Mesh]:
    parts = []
    for y in axles:
        for side in (-1.0, 1.0):
            outer = side * (width / 2 + 0.012)
            path = [(side * (width / 2 - 0.20), y, radius), (outer, y, radius)]
            parts.append(tube(path, (radius, radius), TYRE, sides=16))
            if arch:
                centre = (side * (width / 2 + 0.004), y, radius)
                parts.append(disc(centre, radius * 1.22, BLACK, axis=side, bias_m=0.25, arc=(-10, 190)))
            parts.append(disc((outer + side * 0.004, y, radius), radius, TYRE, axis=side, bias_m=0.35))
            parts.append(disc((outer + side * 0.01, y, radius), radius * 0.64, rim, axis=side, bias_m=0.40, gloss=0.5))
            parts.append(disc((outer + side * 0.015, y, radius), radius * 0.22, BLACK, axis=side, bias_m=0.45, sides=8))
    return parts


def _face_plate(
    x: tuple[float, float],
    y: float,
    z: tuple[float, float],
    colour: Colour,
    *,
    lean: float = 0.0,
    gloss: float = 0.3,
    glow: float = 0.0,
    bias: float = 0.3,
) -> Mesh:
    corners = [(x[0], y, z[0]), (x[1], y, z[0]), (x[1], y - lean, z[1]), (x[0], y - lean, z[1])]
    quads = [(0, 3, 2, 1)] if y > 0 else [(0, 1, 2, 3)]
    return from_quads(corners, quads, colour, gloss=gloss, glow=glow, bias_m=bias)


def _nose_and_tail(profile: Profile, bumper: Colour) -> list[Mesh]:
    front, back = profile.length / 2 + 0.012, -profile.length / 2 - 0.012
    w = profile.width / 2 * 0.80
    nose = profile.belt[-1][1]
    tail = profile.belt[0][1]
    parts = [
        _face_plate((-w * 0.50, w * 0.50), front, (nose - 0.16, nose - 0.03), BLACK, gloss=0.4),
        _face_plate((-w * 0.62, w * 0.62), front, (0.27, 0.38), BLACK, gloss=0.1),
        _face_plate((-0.21, 0.21), front + 0.01, (0.40, 0.50), BLACK, bias=0.35),
        _face_plate((-0.22, 0.22), back - 0.01, (0.62, 0.73), BLACK, bias=0.35),
        _face_plate((-w * 0.9, w * 0.9), back, (0.36, 0.44), BLACK, gloss=0.1),
        _face_plate((-0.17, 0.17), front + 0.015, (0.43, 0.475), PLATE, bias=0.4),
        _face_plate((-0.17, 0.17), back - 0.015, (0.65, 0.70), PLATE, bias=0.4),
        _face_plate((-w * 0.97, w * 0.97), back, (0.27, 0.30), bumper, gloss=0.2),
    ]
    for side in (-1.0, 1.0):
        lamp = sorted((side * w * 0.56, side * w * 1.02))
        parts.append(_face_plate((lamp[0], lamp[1]), front, (nose - 0.15, nose + 0.0), HEADLAMP, gloss=1.0, glow=3.0))
        rear = sorted((side * w * 0.70, side * w * 1.02))
        parts.append(_face_plate((rear[0], rear[1]), back, (tail - 0.30, tail - 0.02), TAILLAMP, gloss=0.8, glow=0.8))
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
        for y in profile.pillars[-3:]:
            parts.append(
                plate(
                    [(x, y - 0.012, 0.34), (x, y + 0.012, 0.34), (x, y + 0.012, 0.9), (x, y - 0.012, 0.9)],
                    shade,
                    bias_m=0.1,
                )
            )
        for y in profile.pillars[-3:-1]:
            parts.append(
                plate(
                    [(x, y + 0.05, 0.80), (x, y + 0.20, 0.80), (x, y + 0.20, 0.83), (x, y + 0.05, 0.83)],
                    shade,
                    bias_m=0.12,
                )
            )
    return parts


def car(kind: str, paint: Colour) -> Mesh:
    """A passenger car: hatchback, sedan, mpv, suv or minivan."""
    p = CARS[kind]
    axles = (p.wheelbase / 2 + 0.06, -p.wheelbase / 2 + 0.06)
    return joined(
        [_body(p, paint), *_wheels(p.width, p.wheel, axles), *_nose_and_tail(p, paint), *_door_lines(p, paint)]
    )


def _rounded(
    width: float,
    y: tuple[float, float],
    z: tuple[float, float],
    paint: Colour,
    *,
    round_m: float = 0.12,
    lean: float = 0.0,
    gloss: float = 0.8,
) -> Mesh:
    """A long box with soft edges; `lean` sets the upper front edge back."""
    w = width / 2
    z0, z1 = z
    ring = [
        (0, z0),
        (w * 0.96, z0),
        (w, z0 + round_m),
        (w, (z0 + z1) / 2),
        (w * 0.985, z1 - round_m * 1.4),
        (w - round_m, z1),
        (0, z1 + 0.03),
    ]
    full = np.array([*ring, *[(-a, b) for a, b in ring[-2:0:-1]]], np.float32)
    at = [
        y[0],
        y[0] + 0.03,
        y[0] + round_m,
        *np.linspace(y[0] + round_m, y[1] - round_m, 8)[1:-1],
        y[1] - round_m,
        y[1] - 0.03,
        y[1],
    ]
    squeeze = [0.93, 0.97, *[1.0] * (len(at) - 4), 0.97, 0.93]
    rings = []
    for a, s in zip(at, squeeze, strict=True):
        height = np.clip((full[:, 1] - z0) / (z1 - z0), 0, 1)
        back = lean * height * (1.0 if a > y[1] - round_m * 1.5 else 0.0)
        rings.append(np.stack([full[:, 0] * s, a - back, z0 + (full[:, 1] - z0) * (1 - (1 - s) * 0.4)], -1))
    return loft(np.array(rings)[::-1], np.asarray(paint, np.float32), gloss=gloss)


def _side_strip(
    width: float,
    y: tuple[float, float],
    z: tuple[float, float],
    colour: Colour,
    *,
    gloss: float = 1.0,
    bias: float = 0.3,
) -> list[Mesh]:
    """The same plate on both flanks."""
    parts = []
    for side in (-1.0, 1.0):
        x = side * (width / 2 + 0.01)
        corners = [(x, y[0], z[0]), (x, y[1], z[0]), (x, y[1], z[1]), (x, y[0], z[1])]
        quads = [(0, 1, 2, 3)] if side > 0 else [(0, 3, 2, 1)]
        parts.append(from_quads(corners, quads, colour, gloss=gloss, bias_m=bias))
    return parts


def bus(paint: Colour, band: Colour, length: float = 10.5) -> Mesh:
    """A city bus with its row of windows and a band of colour."""
    w, half, top = 2.45, length / 2, 3.1
    parts = [_rounded(w, (-half, half), (0.32, top), paint, round_m=0.16, lean=0.14)]
    parts += _side_strip(w, (-half + 0.2, half - 0.25), (0.36, 0.95), band, gloss=0.7, bias=0.28)
    parts += _side_strip(w, (-half + 0.35, half - 0.35), (1.42, 2.52), GLASS)
    for y in np.arange(-half + 1.5, half - 0.6, 1.35):
        parts += _side_strip(w + 0.01, (float(y), float(y) + 0.09), (1.42, 2.52), BLACK, gloss=0.1, bias=0.34)
    for y in (-half + 3.2, half - 1.45):
        parts += _side_strip(w + 0.012, (y, y + 0.95), (0.5, 2.45), GLASS, gloss=0.9, bias=0.36)
    parts += _bus_ends(w, half, top, band)
    parts += _wheels(w, 0.48, (half - 2.6, -half + 2.9), rim=(0.42, 0.42, 0.43))
    parts.append(box((-0.7, 0.7), (-half + 2, -half + 4.2), (top, top + 0.2), (0.8, 0.8, 0.78), gloss=0.2, bias_m=0.1))
    parts.append(box((-0.6, 0.6), (0.5, 2.2), (top, top + 0.16), (0.75, 0.75, 0.73), gloss=0.2, bias_m=0.1))
    for side in (-1.0, 1.0):
        parts.append(
            tube(
                [(side * 1.2, half - 0.1, 2.5), (side * 1.45, half + 0.35, 2.4), (side * 1.42, half + 0.36, 2.0)],
                (0.03, 0.03, 0.09),
                BLACK,
                sides=6,
            )
        )
    return joined(parts)


def _bus_ends(w: float, half: float, top: float, band: Colour) -> list[Mesh]:
    x = w / 2 * 0.92
    front, back = half + 0.012, -half - 0.012
    parts = [
        _face_plate((-x, x), front - 0.03, (1.22, 2.5), GLASS, lean=0.09, gloss=1.0),
        _face_plate((-0.02, 0.02), front - 0.02, (1.22, 2.5), BLACK, lean=0.09, bias=0.4),
        _face_plate((-x * 0.72, x * 0.72), front - 0.11, (2.6, top - 0.15), BLACK, lean=0.02),
        _face_plate((-x * 0.55, x * 0.45), front - 0.10, (2.68, top - 0.25), AMBER, lean=0.02, glow=0.8, bias=0.4),
        _face_plate((-x, x), front, (0.36, 0.62), band),
        _face_plate((-x * 0.6, x * 0.6), front, (0.72, 0.95), BLACK),
        _face_plate((-0.24, 0.24), front + 0.01, (0.46, 0.56), PLATE, bias=0.4),
        _face_plate((-x * 0.9, x * 0.9), back, (1.55, 2.5), GLASS, gloss=1.0),
        _face_plate((-x * 0.8, x * 0.8), back, (0.7, 1.35), BLACK, gloss=0.1),
        _face_plate((-x, x), back, (0.36, 0.62), band),
        _face_plate((-0.24, 0.24), back - 0.01, (0.46, 0.56), PLATE, bias=0.4),
    ]
    for side in (-1.0, 1.0):
        lamp = sorted((side * x * 0.66, side * x * 0.98))
        parts.append(
            _face_plate((lamp[0], lamp[1]), front + 0.01, (0.70, 0.95), HEADLAMP, gloss=1.0, glow=3.0, bias=0.4)
        )
        rear = sorted((side * x * 0.84, side * x * 1.0))
        parts.append(_face_plate((rear[0], rear[1]), back, (0.75, 1.3), TAILLAMP, glow=0.8, bias=0.4))
    return parts


def _cab(w: float, y: tuple[float, float], paint: Colour, top: float) -> list[Mesh]:
    x = w / 2 * 0.9
    front = y[1] + 0.012
    parts = [_rounded(w, y, (0.55, top), paint, round_m=0.1, lean=0.22)]
    glass = top - 0.78
    parts.append(_face_plate((-x, x), front - 0.09, (glass, top - 0.18), GLASS, lean=0.12, gloss=1.0))
    parts.append(_face_plate((-x * 0.75, x * 0.75), front - 0.02, (0.95, 1.2), BLACK, lean=0.04))
    parts.append(_face_plate((-x * 1.05, x * 1.05), front + 0.02, (0.5, 0.75), (0.35, 0.35, 0.36)))
    parts.append(_face_plate((-0.22, 0.22), front + 0.03, (0.56, 0.66), PLATE, bias=0.4))
    parts += _side_strip(w, (y[0] + 0.35, y[1] - 0.28), (glass, top - 0.2), GLASS)
    parts += _side_strip(w, (y[0] + 0.28, y[0] + 0.31), (0.65, top - 0.2), BLACK)
    for side in (-1.0, 1.0):
        lamp = sorted((side * x * 0.72, side * x * 1.02))
        parts.append(
            _face_plate((lamp[0], lamp[1]), front + 0.01, (0.80, 0.98), HEADLAMP, gloss=1.0, glow=3.0, bias=0.45)
        )
        parts.append(
            box(
                tuple(sorted((side * w / 2, side * (w / 2 + 0.2)))),
                (y[1] - 0.25, y[1] - 0.15),
                (glass, glass + 0.4),
                BLACK,
            )
        )  # type: ignore[arg-type]
    return parts


def _truck_tail(w: float, y: float, z: float) -> list[Mesh]:
    parts = [box((-w / 2, w / 2), (y, y + 0.08), (0.45, 0.65), (0.25, 0.25, 0.25))]
    for side in (-1.0, 1.0):
        lamp = sorted((side * w * 0.34, side * w * 0.47))
        parts.append(_face_plate((lamp[0], lamp[1]), y - 0.01, (0.5, 0.62), TAILLAMP, glow=0.8, bias=0.4))
    parts.append(_face_plate((-0.2, 0.2), y - 0.01, (0.5, 0.6), PLATE, bias=0.4))
    return parts


def truck(paint: Colour, load: Colour, *, covered: bool = True, length: float = 6.4) -> Mesh:
    """A light truck: a box body, or an open bed under a tarpaulin."""
    w, half = 1.95, length / 2
    cab_y = (half - 1.55, half)
    parts = _cab(w * 0.93, cab_y, paint, 2.15)
    parts.append(box((-0.4, 0.4), (-half + 0.1, half - 0.5), (0.55, 0.85), BLACK))
    body = (-half, half - 1.72)
    if covered:
        parts.append(_rounded(w * 1.06, body, (0.85, 2.95), load, round_m=0.05, gloss=0.3))
        parts.append(_face_plate((-0.015, 0.015), body[0] - 0.012, (0.9, 2.85), BLACK))
        parts += _side_strip(w * 1.06, (body[0] + 0.4, body[1] - 0.4), (1.6, 2.2), paint, gloss=0.3)
        parts += _side_strip(w * 1.06, (body[0], body[1]), (0.86, 0.96), BLACK, gloss=0.1)
    else:
        parts += _open_bed(w, body, paint, load)
    parts += _truck_tail(w, -half, 0.6)
    parts += _wheels(w, 0.38, (half - 0.85, -half + 1.25), rim=(0.5, 0.5, 0.5), arch=False)
    return joined(parts)


def _open_bed(w: float, y: tuple[float, float], paint: Colour, load: Colour) -> list[Mesh]:
    parts = [box((-w / 2, w / 2), y, (0.85, 1.5), paint, gloss=0.3)]
    for at in np.linspace(y[0], y[1] - 0.06, 6):
        parts += _side_strip(w, (float(at), float(at) + 0.06), (0.85, 1.52), (0.25, 0.25, 0.26), gloss=0.1)
    parts += _side_strip(w, y, (1.15, 1.2), (0.25, 0.25, 0.26), gloss=0.1)
    arcs = []
    for at in np.linspace(y[1] - 0.05, y[0] + 0.05, 7):
        sag = 0.07 * np.sin(at * 5.0)
        arc = [
            (w * 0.49, 1.45),
            (w * 0.47, 2.0 + sag),
            (w * 0.3, 2.35 + sag),
            (0, 2.45 + sag),
            (-w * 0.3, 2.35 + sag),
            (-w * 0.47, 2.0 + sag),
            (-w * 0.49, 1.45),
        ]
        arcs.append([(a, at, b) for a, b in arc])
    parts.append(loft(np.array(arcs), np.asarray(load, np.float32), gloss=0.25))
    return parts


def pickup(paint: Colour) -> Mesh:
    """A pick-up with an open bed."""
    w, half = 1.72, 2.35
    parts = _cab(w, (half - 2.1, half), paint, 1.78)
    parts.append(box((-w / 2, w / 2), (-half, half - 2.15), (0.5, 0.62), paint, gloss=0.6))
    for side in (-1.0, 1.0):
        x = sorted((side * w / 2, side * (w / 2 - 0.06)))
        parts.append(box((x[0], x[1]), (-half, half - 2.15), (0.6, 1.08), paint, gloss=0.6))
    parts.append(box((-w / 2, w / 2), (-half, -half + 0.06), (0.6, 1.08), paint, gloss=0.6))
    parts += _truck_tail(w, -half - 0.02, 0.6)
    parts += _wheels(w, 0.33, (half - 0.75, -half + 0.95), arch=True)
    return joined(parts)
