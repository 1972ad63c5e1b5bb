"""People and two-wheelers as meshes: walkers, scooters and bicycles with their riders. Forward is +y, metres."""

import math

from siaga_sim.scene.meshes.mesh import Colour, Mesh, ball, box, disc, from_quads, joined, plate, tube

SKIN: Colour = (0.55, 0.37, 0.27)
HAIR: Colour = (0.06, 0.05, 0.05)
TYRE: Colour = (0.06, 0.06, 0.065)
METAL: Colour = (0.45, 0.46, 0.48)
BLACK: Colour = (0.05, 0.05, 0.055)


def person(shirt: Colour, trousers: Colour, *, stride: float = 0.0, carrying: Colour | None = None) -> Mesh:
    """A walking adult, 1.66 m; `stride` is the phase of the step in turns."""
    swing = math.sin(stride * 2 * math.pi)
    parts = [
        tube(
            [(0, 0, 0.84), (0, 0.0, 1.0), (0, 0.01, 1.22), (0, 0.0, 1.36), (0, 0.0, 1.42)],
            (0.155, 0.15, 0.185, 0.17, 0.07),
            shirt,
            sides=10,
        ),
        tube([(0, 0.0, 1.38), (0, 0.015, 1.50)], (0.055, 0.055), SKIN, sides=8),
        ball((0, 0.02, 1.555), (0.085, 0.105, 0.12), SKIN),
        ball((0, -0.012, 1.585), (0.094, 0.11, 0.105), HAIR),
    ]
    for side in (-1.0, 1.0):
        parts += _leg(side, swing * side, trousers)
        parts += _arm(side, -swing * side, shirt)
    if carrying is not None:
        parts.append(ball((0.34, 0.10, 0.55), (0.17, 0.20, 0.26), carrying, gloss=0.6))
    return joined(parts)


def _leg(side: float, swing: float, trousers: Colour) -> list[Mesh]:
    hip = (side * 0.09, 0.0, 0.88)
    knee = (side * 0.095, 0.20 * swing + 0.04, 0.47)
    foot = (side * 0.10, 0.34 * swing - 0.05 * (1 - swing), 0.08)
    shoe = (side * 0.10, foot[1] + 0.13, 0.05)
    return [
        tube([hip, knee, foot], (0.095, 0.068, 0.052), trousers),
        tube([foot, shoe], (0.055, 0.045), BLACK, sides=6),
    ]


def _arm(side: float, swing: float, shirt: Colour) -> list[Mesh]:
    shoulder = (side * 0.20, 0.0, 1.36)
    elbow = (side * 0.25, 0.12 * swing - 0.03, 1.10)
    hand = (side * 0.25, 0.28 * swing + 0.04, 0.86)
    return [
        tube([shoulder, elbow], (0.065, 0.05), shirt, sides=6),
        tube([elbow, hand], (0.042, 0.036), SKIN, sides=6),
    ]


def _rider(
    shirt: Colour,
    trousers: Colour,
    helmet: Colour | None,
    *,
    seat: float,
    reach: tuple[float, float],
    foot: tuple[float, float],
    back: float = -0.28,
) -> list[Mesh]:
    """A seated person; `reach` is (y, z) of the grips, `foot` of the pedals or board."""
    chest = back + 0.16
    parts = [
        tube(
            [(0, back, seat), (0, back + 0.05, seat + 0.2), (0, chest, seat + 0.42), (0, chest + 0.01, seat + 0.52)],
            (0.17, 0.17, 0.19, 0.08),
            shirt,
            sides=10,
        ),
        ball((0, chest + 0.06, seat + 0.66), (0.085, 0.10, 0.12), SKIN),
    ]
    top = (0.135, 0.15, 0.145) if helmet else (0.094, 0.11, 0.105)
    parts.append(
        ball((0, chest + 0.035, seat + 0.70), top, helmet or HAIR, gloss=0.8 if helmet else 0.0, rings=8, sides=12)
    )
    if helmet:
        parts.append(ball((0, chest + 0.10, seat + 0.68), (0.115, 0.10, 0.075), BLACK, gloss=1.0))
    for side in (-1.0, 1.0):
        shoulder = (side * 0.20, chest, seat + 0.45)
        elbow = (side * 0.30, (chest + reach[0]) / 2, (seat + 0.45 + reach[1]) / 2 - 0.07)
        parts.append(tube([shoulder, elbow, (side * 0.28, reach[0], reach[1])], (0.065, 0.05, 0.04), shirt, sides=6))
        knee = (side * 0.17, (back + foot[0]) / 2 + 0.22, seat - 0.02)
        parts.append(
            tube(
                [(side * 0.1, back, seat + 0.02), knee, (side * 0.14, foot[0], foot[1])], (0.095, 0.075, 0.05), trousers
            )
        )
        parts.append(
            tube(
                [(side * 0.14, foot[0] - 0.03, foot[1]), (side * 0.14, foot[0] + 0.17, foot[1] - 0.02)],
                (0.05, 0.045),
                BLACK,
                sides=6,
            )
        )
    return parts


def _wheel(y: float, radius: float, tyre: float, width: float) -> list[Mesh]:
    rim = [
        (0.0, y + math.cos(a) * (radius - tyre), radius + math.sin(a) * (radius - tyre))
        for a in [i / 14 * 2 * math.pi for i in range(15)]
    ]
    parts = [tube(rim, [tyre] * 15, TYRE, sides=6)]
    if width:
        parts += [
            disc((side * width, y, radius), radius - tyre * 1.7, METAL, axis=side, gloss=0.4, bias_m=0.02)
            for side in (-1.0, 1.0)
        ]
    return parts


def rider(shirt: Colour, trousers: Colour, helmet: Colour) -> Mesh:
    """Who sits on a scooter."""
    return joined(_rider(shirt, trousers, helmet, seat=0.80, reach=(0.42, 1.02), foot=(0.22, 0.34)))


def cyclist(shirt: Colour, trousers: Colour) -> Mesh:
    """Who sits on a bicycle."""
    return joined(_rider(shirt, trousers, None, seat=0.93, reach=(0.36, 1.0), foot=(0.0, 0.3), back=-0.25))


def parked_scooter(paint: Colour) -> Mesh:
    """A scooter without a rider."""
    return joined(_scooter(paint))


def _scooter(paint: Colour) -> list[Mesh]:
    parts = _wheel(0.64, 0.28, 0.06, 0.035) + _wheel(-0.62, 0.28, 0.065, 0.05)
    parts += [*_scooter_front(paint), *_scooter_back(paint), *_handlebar()]
    parts.append(box((-0.15, 0.15), (-0.06, 0.44), (0.26, 0.33), BLACK))
    parts.append(box((-0.11, 0.11), (-0.62, 0.0), (0.20, 0.44), (0.16, 0.16, 0.17)))
    return parts


def _scooter_front(paint: Colour) -> list[Mesh]:
    apron = [(0, 0.52, 0.36), (0, 0.56, 0.50), (0, 0.53, 0.66), (0, 0.48, 0.82), (0, 0.44, 0.96), (0, 0.42, 1.04)]
    fender = [(0, 0.95, 0.44), (0, 0.86, 0.56), (0, 0.70, 0.61), (0, 0.52, 0.58)]
    parts = [
        tube([(-0.06, 0.64, 0.28), (-0.06, 0.54, 0.60)], (0.03, 0.03), METAL, sides=6, gloss=0.6),
        tube([(0.06, 0.64, 0.28), (0.06, 0.54, 0.60)], (0.03, 0.03), METAL, sides=6, gloss=0.6),
        tube(apron, (0.08, 0.17, 0.23, 0.20, 0.16, 0.08), paint, sides=14, gloss=1.0),
        tube(fender, (0.03, 0.08, 0.09, 0.06), paint, sides=10, gloss=1.0),
        ball((0, 0.52, 0.98), (0.11, 0.07, 0.075), (0.85, 0.88, 0.9), gloss=1.0, rings=6, sides=12),
        plate([(-0.10, 0.76, 0.66), (0.10, 0.76, 0.66), (0.10, 0.74, 0.74), (-0.10, 0.74, 0.74)], (0.12, 0.12, 0.12)),
    ]
    for side in (-1.0, 1.0):
        blinker = (side * 0.13, 0.62, 0.80)
        parts += [ball(blinker, (0.05, 0.03, 0.035), (0.9, 0.5, 0.12), gloss=0.8, rings=4, sides=8)]
    return parts


def _scooter_back(paint: Colour) -> list[Mesh]:
    cowl = [(0, 0.05, 0.42), (0, -0.2, 0.58), (0, -0.5, 0.66), (0, -0.8, 0.72), (0, -0.98, 0.74)]
    seat = [(0, 0.05, 0.72), (0, -0.15, 0.77), (0, -0.45, 0.79), (0, -0.72, 0.82), (0, -0.86, 0.82)]
    fender = [(0, -0.80, 0.62), (0, -0.95, 0.55), (0, -1.05, 0.40)]
    return [
        tube(cowl, (0.12, 0.19, 0.20, 0.15, 0.06), paint, sides=12, gloss=1.0),
        tube(seat, (0.06, 0.13, 0.15, 0.13, 0.06), BLACK, sides=12, gloss=0.3),
        tube(fender, (0.08, 0.08, 0.05), BLACK, sides=8),
        ball((0, -0.985, 0.73), (0.10, 0.04, 0.045), (0.75, 0.05, 0.05), gloss=0.8, rings=4, sides=10),
        tube(
            [(0.16, -0.15, 0.24), (0.18, -0.5, 0.32), (0.18, -0.92, 0.42)],
            (0.035, 0.065, 0.06),
            METAL,
            sides=10,
            gloss=0.8,
        ),
        tube(
            [(-0.1, -0.8, 0.86), (-0.1, -1.0, 0.88), (0.1, -1.0, 0.88), (0.1, -0.8, 0.86)],
            (0.02,) * 4,
            METAL,
            sides=6,
            gloss=0.8,
        ),
        plate(
            [(-0.10, -1.07, 0.50), (0.10, -1.07, 0.50), (0.10, -1.04, 0.62), (-0.10, -1.04, 0.62)], (0.12, 0.12, 0.12)
        ),
        plate(
            [(-0.08, -1.08, 0.535), (0.08, -1.08, 0.535), (0.08, -1.06, 0.575), (-0.08, -1.06, 0.575)],
            (0.8, 0.8, 0.8),
            bias_m=0.2,
        ),
    ]


def _handlebar() -> list[Mesh]:
    parts = [
        tube(
            [(-0.35, 0.34, 1.02), (-0.2, 0.42, 1.06), (0.2, 0.42, 1.06), (0.35, 0.34, 1.02)],
            (0.03, 0.035, 0.035, 0.03),
            BLACK,
            sides=8,
        )
    ]
    for side in (-1.0, 1.0):
        parts.append(tube([(side * 0.25, 0.38, 1.05), (side * 0.33, 0.36, 1.24)], (0.014, 0.014), BLACK, sides=5))
        parts.append(ball((side * 0.35, 0.35, 1.27), (0.085, 0.025, 0.055), BLACK, rings=5, sides=10, gloss=0.5))
    return parts


def bicycle(paint: Colour) -> Mesh:
    """A bicycle without a rider."""
    parts = _wheel(0.54, 0.34, 0.020, 0.0) + _wheel(-0.54, 0.34, 0.020, 0.0)
    frame = [
        [(0, 0.52, 0.33), (0, 0.42, 0.95)],
        [(0, 0.40, 0.80), (0, -0.17, 0.80)],
        [(0, 0.42, 0.75), (0, -0.05, 0.28)],
        [(0, -0.05, 0.28), (0, -0.22, 0.92)],
        [(0, -0.17, 0.78), (0, -0.52, 0.33)],
        [(0, -0.05, 0.28), (0, -0.52, 0.33)],
    ]
    parts += [tube(p, (0.020, 0.020), paint, sides=6, gloss=0.6) for p in frame]
    parts.append(tube([(-0.28, 0.36, 1.0), (0, 0.43, 0.98), (0.28, 0.36, 1.0)], (0.02, 0.02, 0.02), BLACK, sides=6))
    parts.append(tube([(0, -0.12, 0.93), (0, -0.35, 0.95)], (0.05, 0.10), BLACK, sides=6))
    parts.append(disc((0.05, -0.05, 0.28), 0.10, METAL, bias_m=0.02))
    for y in (0.52, -0.52):
        for i in range(6):
            a = i / 6 * math.pi
            c, s = math.cos(a) * 0.3, math.sin(a) * 0.3
            parts.append(
                from_quads(
                    [
                        (0.004, y - c, 0.33 - s),
                        (0.004, y + c, 0.33 + s),
                        (0.004, y + c, 0.338 + s),
                        (0.004, y - c, 0.338 - s),
                    ],
                    [(0, 1, 2, 3)],
                    METAL,
                    two_sided=True,
                )
            )
    return joined(parts)
