"""Render labelled images with the simulator: `python models/draw_scenes.py --out DIR [--images N] [--held LAYOUT ...]`.

The script writes a detection folder DIR/detector and a water folder DIR/water. Part `val` contains only the layouts
named by --held, which are never in `train`, so that a model is validated on streets that it was not trained on.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from workbench.folders import CLASSES

from siaga_sim.scene.presets import LAYOUTS
from siaga_sim.scene.script import parse
from siaga_sim.scene.street import LabelledObject, Street

CLEAR = 0.35  # what is less in sight than this is not asked of the detector
LEAST_PIXELS = 9.0  # nor what is smaller (root of its area, at 640 pixels across)
KINDS = ("hatchback", "sedan", "mpv", "suv", "minivan", "pickup", "truck", "tarp_truck", "bus", "scooter")
PER_STORY = 12


def story(layout: str, chance: np.random.Generator) -> dict[str, Any]:
    """A minute at a layout: vehicles that stand, trash, perhaps rain, night or flood."""
    spots = list(LAYOUTS[layout].spots)
    places = [str(p) for p in chance.permutation(spots)]
    standing, dirty = [p for p in places if "pile" not in p], [p for p in places if "pile" in p]
    return {
        "layout": layout,
        "seed": int(chance.integers(1, 10_000)),
        "density": float(chance.uniform(0.6, 1.8)),
        "light": str(chance.choice(["day", "day", "day", "dusk", "night"])),
        "rain": float(chance.choice([0.0, 0.0, 0.3, 0.7])),
        "wet_road": bool(chance.random() < 0.2),
        "parkers": [
            {"kind": str(chance.choice(KINDS)), "place": place, "enters_at": 0, "stops_at": 4}
            for place in standing[: int(chance.integers(0, 3))]
        ],
        "trash": [
            {"place": place, "at": 0, "size": round(float(chance.uniform(0.1, 1.0)), 1), "brought": False}
            for place in dirty[: int(chance.integers(0, 3))]
        ],
    }


def label_lines(things: Sequence[LabelledObject], width: int, height: int) -> str:
    """YOLO lines of what can fairly be asked for."""
    lines = []
    for thing in things:
        x1, y1, x2, y2 = thing.box
        side = ((x2 - x1) * (y2 - y1)) ** 0.5 * 640 / width
        if thing.visible_share >= CLEAR and side >= LEAST_PIXELS:
            place = ((x1 + x2) / 2 / width, (y1 + y2) / 2 / height, (x2 - x1) / width, (y2 - y1) / height)
            lines.append(f"{CLASSES.index(thing.label)} " + " ".join(f"{v:.6f}" for v in place) + "\n")
    return "".join(lines)


def stories(layouts: Sequence[str], images: int, seed: int) -> Iterator[tuple[str, Street, float, float]]:
    """(name, street, time in seconds, water level in cm) of each picture; a third of them are flooded."""
    made = 0
    while made < images:
        chance = np.random.default_rng((seed, made))
        layout = layouts[(made // PER_STORY) % len(layouts)]
        street = Street(parse(story(layout, chance)))
        for _ in range(min(PER_STORY, images - made)):
            level = float(chance.uniform(3, 45)) if chance.random() < 0.35 else 0.0
            yield f"drawn_{layout}_{made:05d}", street, float(chance.uniform(6, 58)), level
            made += 1


def draw(out: Path, part: str, layouts: Sequence[str], images: int, seed: int) -> dict[str, Any]:
    """Write one part of both folders; gives its rows of manifest.json."""
    folders = {
        kind: out / kind / part for kind in ("detector/images", "detector/labels", "water/images", "water/masks")
    }
    for folder in folders.values():
        folder.mkdir(parents=True, exist_ok=True)
    notes = {}
    for name, street, at, level in stories(layouts, images, seed):
        image = street.frame(at, level)
        packed = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 88])[1].tobytes()
        (folders["detector/images"] / f"{name}.jpg").write_bytes(packed)
        (folders["water/images"] / f"{name}.jpg").write_bytes(packed)
        lines = label_lines(street.truth(at, level), street.script.width, street.script.height)
        (folders["detector/labels"] / f"{name}.txt").write_text(lines)
        cv2.imwrite(str(folders["water/masks"] / f"{name}.png"), street.water_mask(at, level).astype(np.uint8) * 255)
        rain = street.script.rain > 0
        light = street.script.light
        condition = "rain" if rain and light == "day" else light
        notes[name] = {
            "source": f"drawn {street.script.layout}",
            "annotated_classes": list(CLASSES),
            "condition": condition,
        }
    return notes


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw both parts of the data set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument(
        "--images", type=int, default=400, help="number of images for training; a fifth of it for validation"
    )
    parser.add_argument(
        "--held", nargs="+", choices=tuple(LAYOUTS), help="layouts for validation only; by default the last two"
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of the random numbers")
    options = parser.parse_args(arguments)
    held = options.held or list(LAYOUTS)[-2:]
    rest = [name for name in LAYOUTS if name not in held]
    notes = draw(options.out, "train", rest, options.images, options.seed)
    notes |= draw(options.out, "val", held, max(1, options.images // 5), options.seed + 1)
    (options.out / "detector" / "manifest.json").write_text(json.dumps(notes, indent=1))
    names = "".join(f"  {i}: {name}\n" for i, name in enumerate(CLASSES))
    where = (options.out / "detector").resolve()
    (where / "data.yaml").write_text(f"path: {where}\ntrain: images/train\nval: images/val\nnames:\n{names}")
    print(f"wrote {options.images} images of {', '.join(rest)} to {options.out}; for validation: {', '.join(held)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
