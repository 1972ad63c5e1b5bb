"""Small polygon meshes and the few ways to make them: boxes, lofts, tubes, balls, plates."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int32]
Colour = tuple[float, float, float]  # red, green, blue, 0..1 as on a screen


@dataclass(frozen=True)
class Mesh:
    """Quads with one colour each (triangles repeat a corner).

    `gloss` 0..1 mirrors the surroundings, `glow` shines by itself, `bias_m` lifts a face in the drawing order
    (lamps and plates lie on the body), `two_sided` faces are drawn from behind too.
    """

    points: FloatArray
    quads: IntArray
    colours: FloatArray
    gloss: FloatArray
    glow: FloatArray
    bias_m: FloatArray
    two_sided: npt.NDArray[np.bool_]

    def placed(self, x_m: float, y_m: float, heading_deg: float = 0.0, z_m: float = 0.0) -> "Mesh":
        """The mesh turned (0 looks along +y, positive to the right) and moved."""
        a = math.radians(heading_deg)
        turn = np.array([[math.cos(a), math.sin(a), 0], [-math.sin(a), math.cos(a), 0], [0, 0, 1]], np.float32)
        shift = np.array([x_m, y_m, z_m], np.float32)
        return replace(self, points=(self.points @ turn.T + shift).astype(np.float32))

    def tilted(self, degrees: float, axis: int, pivot: Sequence[float] = (0, 0, 0)) -> "Mesh":
        """The mesh turned about a line through `pivot` along x (0), y (1) or z (2)."""
        a = math.radians(degrees)
        c, s = math.cos(a), math.sin(a)
        i, j = [(1, 2), (2, 0), (0, 1)][axis]
        turn = np.eye(3, dtype=np.float32)
        turn[i, i], turn[i, j], turn[j, i], turn[j, j] = c, -s, s, c
        centre = np.array(pivot, np.float32)
        return replace(self, points=((self.points - centre) @ turn.T + centre).astype(np.float32))


def from_quads(
    points: npt.ArrayLike,
    quads: npt.ArrayLike,
    colour: npt.ArrayLike,
    *,
    gloss: float = 0.0,
    glow: float = 0.0,
    bias_m: float = 0.0,
    two_sided: bool = False,
) -> Mesh:
    """A mesh from corner points and quads; `colour` is one colour or one a face."""
    q = np.asarray(quads, np.int32).reshape(-1, 4)
    n = len(q)
    return Mesh(
        points=np.asarray(points, np.float32).reshape(-1, 3),
        quads=q,
        colours=np.broadcast_to(np.asarray(colour, np.float32), (n, 3)).copy(),
        gloss=np.full(n, gloss, np.float32),
        glow=np.full(n, glow, np.float32),
        bias_m=np.full(n, bias_m, np.float32),
        two_sided=np.full(n, two_sided),
    )


def joined(parts: Sequence[Mesh]) -> Mesh:
    """One mesh of all parts."""
    offsets = np.cumsum([0, *(len(p.points) for p in parts[:-1])])
    return Mesh(
        points=np.concatenate([p.points for p in parts]),
        quads=np.concatenate([p.quads + o for p, o in zip(parts, offsets, strict=True)]).astype(np.int32),
        colours=np.concatenate([p.colours for p in parts]),
        gloss=np.concatenate([p.gloss for p in parts]),
        glow=np.concatenate([p.glow for p in parts]),
        bias_m=np.concatenate([p.bias_m for p in parts]),
        two_sided=np.concatenate([p.two_sided for p in parts]),
    )


def subdivided(mesh: Mesh, longest_m: float) -> Mesh:
    """The mesh with its long quads cut, so that drawing from far to near puts them in the right order."""
    corners = mesh.points[mesh.quads]
    along = np.maximum(_lengths(corners, 0, 1), _lengths(corners, 3, 2))
    across = np.maximum(_lengths(corners, 1, 2), _lengths(corners, 0, 3))
    cuts = np.maximum(np.ceil(np.stack([along, across], 1) / longest_m), 1).astype(int)
    parts = []
    for nu, nv in np.unique(cuts, axis=0).tolist():
        rows = np.flatnonzero((cuts == (nu, nv)).all(1))
        parts.append(_cut(mesh, rows, nu, nv))
    return joined(parts)


def _lengths(corners: FloatArray, i: int, j: int) -> FloatArray:
    return np.asarray(np.linalg.norm(corners[:, i] - corners[:, j], axis=1), np.float32)


def _cut(mesh: Mesh, rows: npt.NDArray[np.int_], nu: int, nv: int) -> Mesh:
    a, b, c, d = (mesh.points[mesh.quads[rows, k]][:, None, None] for k in range(4))
    u = np.linspace(0, 1, nu + 1)[None, :, None, None]
    v = np.linspace(0, 1, nv + 1)[None, None, :, None]
    grid = (a * (1 - u) + b * u) * (1 - v) + (d * (1 - u) + c * u) * v
    index = np.arange(len(rows) * (nu + 1) * (nv + 1)).reshape(len(rows), nu + 1, nv + 1)
    quads = np.stack([index[:, :-1, :-1], index[:, 1:, :-1], index[:, 1:, 1:], index[:, :-1, 1:]], -1)
    each = np.repeat(rows, nu * nv)
    return Mesh(
        points=grid.reshape(-1, 3).astype(np.float32),
        quads=quads.reshape(-1, 4).astype(np.int32),
        colours=mesh.colours[each],
        gloss=mesh.gloss[each],
        glow=mesh.glow[each],
        bias_m=mesh.bias_m[each],
        two_sided=mesh.two_sided[each],
    )


def loft(rings: npt.ArrayLike, colour: npt.ArrayLike, *, gloss: float = 0.0, capped: bool = True) -> Mesh:
    """A skin over closed rings (stations, corners, 3); colours may be (stations-1, corners, 3).

    Rings run so that, seen from the last ring towards the first, corners go anticlockwise.
    """
    r = np.asarray(rings, np.float32)
    n, k = r.shape[:2]
    i, j = np.meshgrid(np.arange(n - 1), np.arange(k), indexing="ij")
    jn = (j + 1) % k
    quads = np.stack([i * k + j, i * k + jn, (i + 1) * k + jn, (i + 1) * k + j], -1).reshape(-1, 4)
    tint = np.asarray(colour, np.float32)
    skin = from_quads(r.reshape(-1, 3), quads, tint.reshape(-1, 3) if tint.ndim > 1 else tint, gloss=gloss)
    if not capped:
        return skin
    # The middle corner of a ring wears the skin's own colour; its first may be a sill or a sole.
    first, last = (tint, tint) if tint.ndim == 1 else (tint[0, k // 4], tint[-1, k // 4])
    return joined([skin, _cap(r[0], first, gloss, turned=True), _cap(r[-1], last, gloss, turned=False)])


def _cap(ring: FloatArray, colour: npt.ArrayLike, gloss: float, *, turned: bool) -> Mesh:
    k = len(ring)
    points = np.concatenate([ring, ring.mean(0, keepdims=True)])
    j = np.arange(k)
    jn = (j + 1) % k
    middle = np.full(k, k)
    quads = np.stack([jn, j, middle, middle] if turned else [j, jn, middle, middle], -1)
    return from_quads(points, quads, colour, gloss=gloss)


def box(
    x: tuple[float, float],
    y: tuple[float, float],
    z: tuple[float, float],
    colour: npt.ArrayLike,
    *,
    gloss: float = 0.0,
    bias_m: float = 0.0,
    glow: float = 0.0,
) -> Mesh:
    """An upright box between the given limits."""
    points = [(a, b, c) for c in z for b in y for a in x]
    quads = [(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5)]
    return from_quads(points, quads, colour, gloss=gloss, bias_m=bias_m, glow=glow)


def plate(
    corners: npt.ArrayLike, colour: npt.ArrayLike, *, gloss: float = 0.0, bias_m: float = 0.15, glow: float = 0.0
) -> Mesh:
    """One quad, seen from both sides."""
    return from_quads(corners, [(0, 1, 2, 3)], colour, gloss=gloss, bias_m=bias_m, glow=glow, two_sided=True)


def tube(
    path: npt.ArrayLike, radii: Sequence[float], colour: npt.ArrayLike, *, sides: int = 8, gloss: float = 0.0
) -> Mesh:
    """A round limb along a path of points, a radius at each."""
    p = np.asarray(path, np.float32)
    along = np.gradient(p, axis=0)
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-6)
    other = np.where(np.abs(along[:, 2:3]) > 0.9, [[0.0, 1.0, 0.0]], [[0.0, 0.0, 1.0]])
    side = np.cross(along, other)
    side /= np.maximum(np.linalg.norm(side, axis=1, keepdims=True), 1e-6)
    up = np.cross(side, along)
    a = np.arange(sides) / sides * 2 * math.pi
    ring = side[:, None] * np.cos(a)[None, :, None] - up[:, None] * np.sin(a)[None, :, None]
    rings = p[:, None] + ring * np.asarray(radii, np.float32)[:, None, None]
    return _outward(loft(rings, colour, gloss=gloss), p)


def _outward(mesh: Mesh, path: FloatArray) -> Mesh:
    corners = mesh.points[mesh.quads]
    normal = np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
    centre = corners.mean(1)
    nearest = np.argmin(np.linalg.norm(centre[:, None] - path[None], axis=-1), axis=1)
    inward = np.einsum("ij,ij->i", normal, centre - path[nearest]) < 0
    quads = mesh.quads.copy()
    quads[inward] = quads[inward][:, ::-1]
    return replace(mesh, quads=quads)


def ball(
    centre: Sequence[float],
    radii: Sequence[float],
    colour: npt.ArrayLike,
    *,
    gloss: float = 0.0,
    rings: int = 6,
    sides: int = 8,
    crumple: npt.ArrayLike | None = None,
) -> Mesh:
    """An ellipsoid; `crumple` (rings+1, sides) scales the skin outwards."""
    lat = np.linspace(-math.pi / 2, math.pi / 2, rings + 1)
    lon = np.arange(sides) / sides * 2 * math.pi
    unit = np.stack(
        np.broadcast_arrays(
            np.cos(lat)[:, None] * np.cos(lon), np.cos(lat)[:, None] * np.sin(lon), np.sin(lat)[:, None]
        ),
        -1,
    )
    if crumple is not None:
        unit = unit * np.asarray(crumple)[..., None]
    points = unit * np.asarray(radii) + np.asarray(centre)
    return loft(points, colour, gloss=gloss, capped=False)


def disc(
    centre: Sequence[float],
    radius: float,
    colour: npt.ArrayLike,
    *,
    axis: float = 1.0,
    gloss: float = 0.0,
    sides: int = 16,
    bias_m: float = 0.2,
    arc: tuple[float, float] = (0.0, 360.0),
) -> Mesh:
    """A flat disc (or pie of it) facing +x (axis 1) or -x (axis -1)."""
    a = np.radians(np.linspace(arc[0], arc[1], sides + 1))
    rim = np.stack([np.zeros_like(a), np.cos(a) * radius, np.sin(a) * radius], -1) + np.asarray(centre)
    points = np.concatenate([rim, [centre]])
    j = np.arange(sides)
    middle = np.full(sides, sides + 1)
    order = [j, j + 1, middle, middle] if axis > 0 else [j + 1, j, middle, middle]
    return from_quads(points, np.stack(order, -1), colour, gloss=gloss, bias_m=bias_m)
