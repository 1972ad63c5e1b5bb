"""What cars, buses and trucks share: wheels, plates on noses and flanks, their colours."""

from siaga_sim.scene.meshes.mesh import Colour, Mesh, disc, from_quads, tube

GLASS: Colour = (0.07, 0.09, 0.10)
BLACK: Colour = (0.05, 0.05, 0.055)
TYRE: Colour = (0.07, 0.07, 0.075)
RIM: Colour = (0.55, 0.56, 0.58)
HEADLAMP: Colour = (0.80, 0.82, 0.84)
TAILLAMP: Colour = (0.70, 0.05, 0.05)
AMBER: Colour = (0.95, 0.50, 0.10)
PLATE: Colour = (0.88, 0.88, 0.86)


def wheels(width: float, radius: float, axles: tuple[float, ...], rim: Colour = RIM, arch: bool = True) -> list[Mesh]:
    """Four wheels or more, with dark arches over them; `axles` are metres along the vehicle."""
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


def face_plate(
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
    """An upright plate that looks forward (y above 0) or back; `lean` sets its upper edge back."""
    corners = [(x[0], y, z[0]), (x[1], y, z[0]), (x[1], y - lean, z[1]), (x[0], y - lean, z[1])]
    quads = [(0, 3, 2, 1)] if y > 0 else [(0, 1, 2, 3)]
    return from_quads(corners, quads, colour, gloss=gloss, glow=glow, bias_m=bias)


def side_strip(
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
