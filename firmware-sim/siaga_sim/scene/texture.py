"""Surfaces made of noise: asphalt, paving, grass, facades. All colours are BGR 0..255 floats."""

import cv2
import numpy as np

from siaga_sim.scene.meshes.mesh import FloatArray


def cloud(dice: np.random.Generator, shape: tuple[int, int], grain: float, octaves: int = 4) -> FloatArray:
    """Soft noise, mean 0, deviation 1; `grain` is the size of its largest lumps in pixels."""
    total = np.zeros(shape, np.float32)
    for octave in range(octaves):
        size = max(grain / 2**octave, 1.0)
        coarse = (max(2, round(shape[1] / size)), max(2, round(shape[0] / size)))
        lumps = dice.normal(0, 1, (coarse[1], coarse[0])).astype(np.float32)
        total += cv2.resize(lumps, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC) * 0.6**octave
    return np.asarray((total - total.mean()) / max(float(total.std()), 1e-6), np.float32)


class Noise:
    """Endless noise over the ground, sampled at any world position, soft where pixels are large."""

    def __init__(self, seed: int) -> None:
        dice = np.random.default_rng(seed)
        self._tiles = [dice.normal(0, 1, (512, 512)).astype(np.float32) for _ in range(3)]

    def at(self, x: FloatArray, y: FloatArray, cell_m: float, layer: int = 0) -> FloatArray:
        """Noise with lumps of `cell_m` metres at ground points."""
        u = np.mod(x / cell_m + 137.0, 511).astype(np.float32)
        v = np.mod(y / cell_m + 59.0, 511).astype(np.float32)
        # cv2 wants an image, not a long line, so the points are folded into rows of 1024.
        rows = -(-u.size // 1024)
        folded = [np.resize(a.ravel(), (rows, 1024)) for a in (u, v)]
        found = cv2.remap(self._tiles[layer], folded[0], folded[1], cv2.INTER_LINEAR)
        return np.asarray(found.ravel()[: u.size].reshape(u.shape), np.float32)

    def soft(self, x: FloatArray, y: FloatArray, cell_m: float, footprint_m: FloatArray, layer: int = 0) -> FloatArray:
        """As `at`, fading out where a pixel covers more than a lump."""
        return self.at(x, y, cell_m, layer) * np.clip(cell_m / np.maximum(footprint_m, 1e-3), 0, 1)


def ground_colour(material: str, x: FloatArray, y: FloatArray, footprint: FloatArray, noise: Noise) -> FloatArray:
    """Colour (n, 3) of a material at ground points (n,)."""
    fine = noise.soft(x, y, 0.03, footprint)
    mid = noise.soft(x, y, 0.35, footprint, 1)
    wide = noise.soft(x, y, 3.0, footprint, 2) + noise.soft(x, y, 9.0, footprint, 1)
    match material:
        case "asphalt":
            return _grey(98 + 9 * fine + 4 * mid + 4 * wide, (1.0, 0.99, 0.97))
        case "concrete_road":
            joints = _joints(y, 5.0, 0.05) * 26
            return _grey(138 + 6 * fine + 4 * mid + 5 * wide - joints, (0.95, 0.99, 1.0))
        case "paving":
            lines = np.maximum(_joints(x, 0.4, 0.03), _joints(y, 0.4, 0.03)) * 22 * np.clip(0.08 / footprint, 0, 1)
            return _grey(150 + 6 * fine + 4 * mid + 5 * wide - lines, (0.86, 0.95, 1.0))
        case "worn":
            return _grey(128 + 8 * fine + 8 * mid + 8 * wide, (0.84, 0.94, 1.0))
        case "lot":
            return _grey(132 + 6 * fine + 6 * mid + 6 * wide, (0.86, 0.94, 1.0))
        case "soil":
            return _grey(118 + 8 * fine + 8 * mid + 8 * wide, (0.70, 0.86, 1.0))
        case "grass":
            return _grey(92 + 20 * fine + 16 * mid + 10 * wide, (0.50, 1.0, 0.80))
        case "canal_wall":
            return _grey(112 + 6 * fine + 9 * mid + 9 * wide, (0.88, 0.95, 1.0))
        case _:
            raise ValueError(f"no such material: {material!r}")


def _grey(value: FloatArray, tint: tuple[float, float, float]) -> FloatArray:
    return np.asarray(np.asarray(value)[..., None] * np.asarray(tint, np.float32), np.float32)


def _joints(at: FloatArray, every_m: float, wide_m: float) -> FloatArray:
    return np.asarray(np.mod(at, every_m) < wide_m, np.float32)


def facade(dice: np.random.Generator, kind: str, width_m: float, storeys: int, hue: float) -> FloatArray:
    """A house front (height, width, 3), 24 pixels a metre, ground at the bottom row; storeys are 3.4 m."""
    px = 24
    h, w = int(storeys * 3.4 * px), int(width_m * px)
    wall = _wall_colour(dice, hue)
    face = np.broadcast_to(wall, (h, w, 3)).astype(np.float32).copy()
    face += cloud(dice, (h, w), 60)[..., None] * 5
    streaks = cv2.resize(
        dice.normal(0, 1, (2, max(2, w // 6))).astype(np.float32), (w, h), interpolation=cv2.INTER_CUBIC
    )
    face -= np.maximum(streaks, 0)[..., None] * 7
    draw = {"shops": _shop_front, "houses": _house_front, "offices": _office_front}[kind]
    draw(face, dice, px, storeys)
    face[-int(0.5 * px) :] *= 0.82
    return np.asarray(np.clip(face, 4, 250), np.float32)


def _wall_colour(dice: np.random.Generator, hue: float) -> FloatArray:
    value = dice.uniform(120, 215)
    saturation = dice.uniform(0.03, 0.32)
    tone = np.mod(hue + dice.normal(0, 0.12), 1.0) * 2 * np.pi
    shift = np.array([np.cos(tone + 2.1), np.cos(tone - 2.1), np.cos(tone)]) * saturation
    return np.asarray(value * (1 - saturation / 2 + shift / 2), np.float32)


def _pane(face: FloatArray, dice: np.random.Generator, x0: int, y0: int, x1: int, y1: int) -> None:
    glass = dice.uniform(28, 75) * np.array([1.08, 1.0, 0.92])
    shine = np.linspace(1.5, 0.8, max(y1 - y0, 1))[:, None, None]
    face[y0:y1, x0:x1] = glass * shine
    cv2.rectangle(face, (x0, y0), (x1, y1), tuple(float(v) for v in glass * 0.4 + dice.uniform(20, 120)), 2)
    cv2.line(face, ((x0 + x1) // 2, y0), ((x0 + x1) // 2, y1), (150.0, 150.0, 150.0), 1)
    cv2.rectangle(face, (x0 - 2, y1), (x1 + 2, y1 + 3), (160.0, 165.0, 170.0), -1)


def _shop_front(face: FloatArray, dice: np.random.Generator, px: int, storeys: int) -> None:
    h, w = face.shape[:2]
    top = h - int(3.3 * px)
    bays = max(1, w // int(3.2 * px))
    for bay in range(bays):
        x0, x1 = bay * w // bays + 6, (bay + 1) * w // bays - 6
        shut = dice.random() < 0.5
        colour = (
            np.array([dice.uniform(90, 190)] * 3) * dice.uniform(0.85, 1.1, 3) if shut else np.array([35.0, 38, 42])
        )
        face[top + 18 : h, x0:x1] = colour
        if shut:
            face[top + 18 : h : 4, x0:x1] *= 0.8
        else:
            goods = dice.uniform(20, 190, ((h - top) // 9 + 1, (x1 - x0) // 7 + 1, 3)).astype(np.float32)
            store = cv2.resize(goods, (x1 - x0, h - top - 18), interpolation=cv2.INTER_NEAREST)
            face[top + 18 : h, x0:x1] = store * np.linspace(0.55, 0.35, h - top - 18)[:, None, None]
    sign = dice.uniform(0, 1, 3) * np.array([200, 160, 220])
    cv2.rectangle(face, (4, top - 8), (w - 4, top + 16), tuple(float(v) for v in sign), -1)
    _lettering(face, dice, 14, top - 4, w - 14, top + 12)
    for floor in range(1, storeys):
        y1 = h - int(floor * 3.4 * px) - int(0.9 * px)
        for x0 in range(int(0.7 * px), w - int(1.5 * px), int(2.1 * px)):
            _pane(face, dice, x0, y1 - int(1.4 * px), x0 + int(1.2 * px), y1)
        if dice.random() < 0.6:
            x = int(dice.uniform(0.1, 0.8) * w)
            cv2.rectangle(face, (x, y1 + 4), (x + px, y1 + 4 + int(0.7 * px)), (205.0, 208.0, 210.0), -1)


def _lettering(face: FloatArray, dice: np.random.Generator, x0: int, y0: int, x1: int, y1: int) -> None:
    x = x0
    while x < x1 - 10:
        size = int(dice.integers(5, 10))
        cv2.rectangle(face, (x, y0), (x + size, y1), (240.0, 240.0, 240.0), int(dice.integers(1, 3)))
        x += size + int(dice.integers(4, 16))


def _house_front(face: FloatArray, dice: np.random.Generator, px: int, storeys: int) -> None:
    h, w = face.shape[:2]
    for floor in range(storeys):
        base = h - int(floor * 3.4 * px)
        y1 = base - int(0.95 * px)
        for x0 in range(int(0.6 * px), w - int(1.6 * px), int(2.6 * px)):
            if floor == 0 and dice.random() < 0.4:
                door = np.array([40, 60, 95]) * dice.uniform(0.6, 1.6)
                face[base - int(2.1 * px) : base, x0 : x0 + int(0.95 * px)] = door
            else:
                _pane(face, dice, x0, y1 - int(1.2 * px), x0 + int(1.3 * px), y1)
    face[: int(0.25 * px)] *= 0.6


def _office_front(face: FloatArray, dice: np.random.Generator, px: int, storeys: int) -> None:
    h, w = face.shape[:2]
    glass = dice.uniform(60, 120) * np.array([1.15, 1.05, 0.9])
    bay = int(dice.uniform(1.2, 2.4) * px)
    for floor in range(storeys):
        y0, y1 = h - int((floor + 1) * 3.4 * px) + int(0.5 * px), h - int(floor * 3.4 * px) - int(0.5 * px)
        for x0 in range(4, w - bay + 1, bay):
            face[y0:y1, x0 : x0 + bay - 4] = (
                glass * dice.uniform(0.7, 1.15) * np.linspace(1.15, 0.85, y1 - y0)[:, None, None]
            )
