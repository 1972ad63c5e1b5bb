"""Buses, trucks and pick-ups as meshes. Forward is +y, the road is z = 0, metres."""

from dataclasses import replace

import numpy as np

from siaga_sim.scene.meshes.fittings import (
    AMBER,
    BLACK,
    GLASS,
    HEADLAMP,
    PLATE,
    TAILLAMP,
    face_plate,
    side_strip,
    wheels,
)
from siaga_sim.scene.meshes.mesh import Colour, Mesh, box, joined, loft, subdivided, tube


def _finished(parts: list[Mesh]) -> Mesh:
    """One mesh of short faces; plates lie well over the skin, whose faces do not end where theirs do."""
    whole = subdivided(joined(parts), 0.7)
    return replace(whole, bias_m=whole.bias_m * 2.2)


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


def bus(paint: Colour, band: Colour, length: float = 10.5) -> Mesh:
    """A city bus with its row of windows and a band of colour."""
    w, half, top = 2.45, length / 2, 3.1
    parts = [_rounded(w, (-half, half), (0.32, top), paint, round_m=0.16, lean=0.14)]
    parts += side_strip(w, (-half + 0.2, half - 0.25), (0.36, 0.95), band, gloss=0.7, bias=0.28)
    parts += side_strip(w, (-half + 0.35, half - 0.35), (1.42, 2.52), GLASS)
    for y in np.arange(-half + 1.5, half - 0.6, 1.35):
        parts += side_strip(w + 0.01, (float(y), float(y) + 0.09), (1.42, 2.52), BLACK, gloss=0.1, bias=0.34)
    for y in (-half + 3.2, half - 1.45):
        parts += side_strip(w + 0.012, (y, y + 0.95), (0.5, 2.45), GLASS, gloss=0.9, bias=0.36)
    parts += _bus_ends(w, half, top, band)
    parts += wheels(w, 0.48, (half - 2.6, -half + 2.9), rim=(0.42, 0.42, 0.43))
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
    return _finished(parts)


def _bus_ends(w: float, half: float, top: float, band: Colour) -> list[Mesh]:
    x = w / 2 * 0.92
    front, back = half + 0.012, -half - 0.012
    parts = [
        face_plate((-x, x), front - 0.03, (1.22, 2.5), GLASS, lean=0.09, gloss=1.0),
        face_plate((-0.02, 0.02), front - 0.02, (1.22, 2.5), BLACK, lean=0.09, bias=0.4),
        face_plate((-x * 0.72, x * 0.72), front - 0.11, (2.6, top - 0.15), BLACK, lean=0.02),
        face_plate((-x * 0.55, x * 0.45), front - 0.10, (2.68, top - 0.25), AMBER, lean=0.02, glow=0.8, bias=0.4),
        face_plate((-x, x), front, (0.36, 0.62), band),
        face_plate((-x * 0.6, x * 0.6), front, (0.72, 0.95), BLACK),
        face_plate((-0.24, 0.24), front + 0.01, (0.46, 0.56), PLATE, bias=0.4),
        face_plate((-x * 0.9, x * 0.9), back, (1.55, 2.5), GLASS, gloss=1.0),
        face_plate((-x * 0.8, x * 0.8), back, (0.7, 1.35), BLACK, gloss=0.1),
        face_plate((-x, x), back, (0.36, 0.62), band),
        face_plate((-0.24, 0.24), back - 0.01, (0.46, 0.56), PLATE, bias=0.4),
    ]
    for side in (-1.0, 1.0):
        lamp = sorted((side * x * 0.66, side * x * 0.98))
        parts.append(
            face_plate((lamp[0], lamp[1]), front + 0.01, (0.70, 0.95), HEADLAMP, gloss=1.0, glow=3.0, bias=0.4)
        )
        rear = sorted((side * x * 0.84, side * x * 1.0))
        parts.append(face_plate((rear[0], rear[1]), back, (0.75, 1.3), TAILLAMP, glow=0.8, bias=0.4))
    return parts


def _cab(w: float, y: tuple[float, float], paint: Colour, top: float) -> list[Mesh]:
    x = w / 2 * 0.9
    front = y[1] + 0.012
    parts = [_rounded(w, y, (0.55, top), paint, round_m=0.1, lean=0.22)]
    glass = top - 0.78
    parts.append(face_plate((-x, x), front - 0.09, (glass, top - 0.18), GLASS, lean=0.12, gloss=1.0))
    parts.append(face_plate((-x * 0.75, x * 0.75), front - 0.02, (0.95, 1.2), BLACK, lean=0.04))
    parts.append(face_plate((-x * 1.05, x * 1.05), front + 0.02, (0.5, 0.75), (0.35, 0.35, 0.36)))
    parts.append(face_plate((-0.22, 0.22), front + 0.03, (0.56, 0.66), PLATE, bias=0.4))
    parts += side_strip(w, (y[0] + 0.35, y[1] - 0.28), (glass, top - 0.2), GLASS)
    parts += side_strip(w, (y[0] + 0.28, y[0] + 0.31), (0.65, top - 0.2), BLACK)
    for side in (-1.0, 1.0):
        lamp = sorted((side * x * 0.72, side * x * 1.02))
        parts.append(
            face_plate((lamp[0], lamp[1]), front + 0.01, (0.80, 0.98), HEADLAMP, gloss=1.0, glow=3.0, bias=0.45)
        )
        mirror = sorted((side * w / 2, side * (w / 2 + 0.2)))
        parts.append(box((mirror[0], mirror[1]), (y[1] - 0.25, y[1] - 0.15), (glass, glass + 0.4), BLACK))
    return parts


def _truck_tail(w: float, y: float, z: float) -> list[Mesh]:
    parts = [box((-w / 2, w / 2), (y, y + 0.08), (0.45, 0.65), (0.25, 0.25, 0.25))]
    for side in (-1.0, 1.0):
        lamp = sorted((side * w * 0.34, side * w * 0.47))
        parts.append(face_plate((lamp[0], lamp[1]), y - 0.01, (0.5, 0.62), TAILLAMP, glow=0.8, bias=0.4))
    parts.append(face_plate((-0.2, 0.2), y - 0.01, (0.5, 0.6), PLATE, bias=0.4))
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
        parts.append(face_plate((-0.015, 0.015), body[0] - 0.012, (0.9, 2.85), BLACK))
        parts += side_strip(w * 1.06, (body[0] + 0.4, body[1] - 0.4), (1.6, 2.2), paint, gloss=0.3)
        parts += side_strip(w * 1.06, (body[0], body[1]), (0.86, 0.96), BLACK, gloss=0.1)
    else:
        parts += _open_bed(w, body, paint, load)
    parts += _truck_tail(w, -half, 0.6)
    if covered:
        parts += _box_doors(w * 1.06, body[0] - 0.02)
    parts += wheels(w, 0.38, (half - 0.85, -half + 1.25), rim=(0.5, 0.5, 0.5), arch=False)
    return _finished(parts)


def _box_doors(w: float, y: float) -> list[Mesh]:
    """Locking bars, hinges and reflectors on the doors of a box body."""
    steel, red = (0.62, 0.63, 0.65), (0.75, 0.10, 0.08)
    parts = [
        face_plate((x - 0.02, x + 0.02), y - 0.02, (0.95, 2.85), steel, bias=0.5) for x in (-0.5, -0.18, 0.18, 0.5)
    ]
    parts += [
        face_plate((x - 0.1, x + 0.1), y - 0.01, (z, z + 0.06), steel, bias=0.45)
        for x in (-0.85, 0.85)
        for z in (1.2, 1.9, 2.6)
    ]
    parts.append(face_plate((-w * 0.46, w * 0.46), y - 0.01, (0.86, 0.94), red, bias=0.45))
    parts.append(face_plate((-0.4, 0.4), y - 0.03, (0.38, 0.5), BLACK, bias=0.3))
    parts.append(box((-w / 2, w / 2), (y, y + 0.06), (0.78, 0.86), BLACK))
    return parts


def _open_bed(w: float, y: tuple[float, float], paint: Colour, load: Colour) -> list[Mesh]:
    parts = [box((-w / 2, w / 2), y, (0.85, 1.5), paint, gloss=0.3)]
    for at in np.linspace(y[0], y[1] - 0.06, 6):
        parts += side_strip(w, (float(at), float(at) + 0.06), (0.85, 1.52), (0.25, 0.25, 0.26), gloss=0.1)
    parts += side_strip(w, y, (1.15, 1.2), (0.25, 0.25, 0.26), gloss=0.1)
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
    parts += wheels(w, 0.33, (half - 0.75, -half + 0.95), arch=True)
    return _finished(parts)
