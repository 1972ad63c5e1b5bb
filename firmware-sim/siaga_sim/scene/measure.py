"""How much of what is drawn the shipped models see: recall by class and size, false boxes, error of the water share."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from siaga_sim.scene.recognition import Detector, SceneDetection, WaterSegmenter, overlap, share_inside
from siaga_sim.scene.script import StreetScript, parse
from siaga_sim.scene.street import LabelledObject, Street

SIZES = (("small", 0.0), ("medium", 24.0), ("large", 48.0))  # box side (root of area) in the network's pixels at 640
ACTORS = {"parker0": "parked car", "trash0": "large pile", "trash1": "small pile"}
CLEAR = 0.6  # things less in sight than this count neither as seen nor as missed


@dataclass
class Tally:
    """Counts over the frames of one layout."""

    layout: str
    frames: int = 0
    truths: Counter[tuple[str, str]] = field(default_factory=Counter)
    hits: Counter[tuple[str, str]] = field(default_factory=Counter)
    false: Counter[str] = field(default_factory=Counter)
    actors: Counter[str] = field(default_factory=Counter)
    actor_hits: Counter[str] = field(default_factory=Counter)
    named: Counter[tuple[str, str]] = field(default_factory=Counter)
    dry: list[float] = field(default_factory=list)
    wet: list[float] = field(default_factory=list)
    floods: dict[float, list[tuple[float, float]]] = field(default_factory=dict)  # level: (drawn, seen) shares


def size_of(thing: LabelledObject, width: int) -> str:
    """Which size class a box falls into."""
    x0, y0, x1, y1 = thing.box
    side = ((x1 - x0) * (y1 - y0)) ** 0.5 * 640 / width
    return [name for name, least in SIZES if side >= least][-1]


def compare(tally: Tally, truth: list[LabelledObject], seen: list[SceneDetection], width: int) -> None:
    """Adds one frame: each truth may be met by one box of its label with IoU above 0.5."""
    free = list(seen)
    for thing in sorted(truth, key=lambda t: -t.visible_share):
        matched = max(
            (s for s in free if s.label == thing.label), key=lambda s: overlap(s.box, thing.box), default=None
        )
        hit = matched is not None and overlap(matched.box, thing.box) > 0.5
        if matched is not None and hit:
            free.remove(matched)
        if thing.visible_share < CLEAR:
            continue
        key = (thing.label, size_of(thing, width))
        tally.truths[key] += 1
        tally.hits[key] += hit
        if thing.name in ACTORS:
            tally.actors[ACTORS[thing.name]] += 1
            tally.actor_hits[ACTORS[thing.name]] += hit
        for other in seen:
            if not hit and other.label != thing.label and overlap(other.box, thing.box) > 0.5:
                tally.named[thing.label, other.label] += 1
    for left in free:
        if not any(overlap(left.box, t.box) > 0.3 for t in truth if t.label == left.label):
            tally.false[left.label] += 1


def story(layout: str, seed: int, **more: object) -> StreetScript:
    """A busy minute at a layout: a parked car, two trash piles, ordinary traffic."""
    table = {
        "layout": layout,
        "seed": seed,
        "density": 1.2,
        "parkers": [
            {"kind": "mpv" if seed % 2 else "hatchback", "place": "no_stopping", "enters_at": 0, "stops_at": 4}
        ],
        "trash": [
            {"place": "watch", "at": 0, "size": 0.7, "brought": False},
            {"place": "far_watch", "at": 0, "size": 0.4, "brought": False},
        ],
    }
    return parse({**table, **more})


def measure(layout: str, weights: Path, frames: int = 60, detector: str = "detector_640.onnx") -> Tally:
    """Draws `frames` busy frames of a layout, and dry, wet and flooded ones for the water."""
    eye, water = Detector(weights / detector), WaterSegmenter(weights / "water.onnx")
    tally = Tally(layout)
    for seed in (1, 2):
        street = Street(story(layout, seed))
        for number in range(frames // 2):
            at = 6.0 + number * 2.3
            image = street.frame(at)
            compare(tally, street.truth(at), eye.see(image), street.script.width)
            tally.frames += 1
            if number % 4 == 0:
                tally.dry.append(share_inside(water.mask(image), street.zones()["road"]))
        _measure_flood(tally, street, water)
        wet = Street(story(layout, seed, wet_road=True, rain=0.4))
        for at in (8.0, 20.0, 33.0, 47.0):
            tally.wet.append(share_inside(water.mask(wet.frame(at)), wet.zones()["road"]))
    return tally


def _measure_flood(tally: Tally, street: Street, water: WaterSegmenter) -> None:
    road = street.zones()["road"]
    for step, level in enumerate((5.0, 8.0, 12.0, 20.0, 30.0, 45.0)):
        at = 10.0 + step * 5
        true = share_inside(street.water_mask(at, level), road)
        found = share_inside(water.mask(street.frame(at, level)), road)
        tally.floods.setdefault(level, []).append((true, found))


def table(tallies: Iterable[Tally]) -> str:
    """The figures as text."""
    lines = []
    labels = ("person", "bicycle", "motorcycle", "car", "bus", "truck", "trash")
    lines.append(f"{'recall (seen/there)':<22}" + "".join(f"{label:>16}" for label in labels) + f"{'false/frame':>13}")
    whole = Tally("all")
    for tally in tallies:
        for size, _ in SIZES:
            lines.append(_row(f"{tally.layout} {size}", tally, labels, size))
        lines[-1] += f"{sum(tally.false.values()) / max(tally.frames, 1):>13.2f}"
        there = ", ".join(f"{k} {tally.actor_hits[k] / n:.2f} of {n}" for k, n in sorted(tally.actors.items()))
        lines.append(f"{tally.layout} scripted: {there}")
        lines.append(_water_row(tally))
        for counter in ("truths", "hits", "false", "named"):
            getattr(whole, counter).update(getattr(tally, counter))
        whole.frames += tally.frames
    lines += [_row(f"all {size}", whole, labels, size) for size, _ in SIZES]
    lines.append(
        "false per frame: " + ", ".join(f"{k} {v / max(whole.frames, 1):.2f}" for k, v in whole.false.most_common())
    )
    lines.append("missed but named: " + ", ".join(f"{a} as {b} {n}" for (a, b), n in whole.named.most_common(8)))
    return "\n".join(lines)


def _row(title: str, tally: Tally, labels: Iterable[str], size: str) -> str:
    cells = []
    for label in labels:
        there, hits = tally.truths[label, size], tally.hits[label, size]
        cells.append(f"{f'{hits / there:.2f} ({hits}/{there})' if there else '-':>16}")
    return f"{title:<22}" + "".join(cells)


def _water_row(tally: Tally) -> str:
    levels = "  ".join(
        f"{level:.0f} cm {sum(d for d, _ in pairs) / len(pairs):.2f}/{sum(s for _, s in pairs) / len(pairs):.2f}"
        for level, pairs in sorted(tally.floods.items())
    )
    return (
        f"{tally.layout} water: dry max {max(tally.dry):.3f}, wet max {max(tally.wet):.3f}, "
        f"mean share of the road drawn/seen at {levels}"
    )
