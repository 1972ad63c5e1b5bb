"""Camera gauge: levels read from drawn clips of staffs against the true levels, by day and by night, and refusals.

`python benchmarks/bench_camera_gauge.py --photos DIR` compares with our own reading of real photographs instead.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory

os.environ["OMP_NUM_THREADS"] = "1"
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import cv2
import numpy as np
from benchmarks.camera_gauge.photos import readings
from benchmarks.camera_gauge.stories import LIGHTS, Light, Story, story
from benchmarks.figure import Figure

from siaga_core.vision.manifest import read_manifest
from siaga_edge.camera.capture.clip import clip_frames
from siaga_edge.camera.offline.staff_gauge_replay import LevelResult, levels_in
from siaga_edge.gauge.staff_cues import NAMES, evidence
from siaga_edge.gauge.staff_strip import StaffPlace, cut
from siaga_edge.settings.gauges import SiteGaugeSettings
from siaga_edge.vision.ports import WaterSegmenter
from siaga_edge.vision.water import OnnxWater
from siaga_sim.scene.staff.clip import StationarySurroundings, film
from siaga_sim.scene.staff.view import StaffView

SEEDS = {"day": range(1, 31), "dusk": range(101, 111), "lamp": range(201, 211), "infrared": range(301, 311)}
BEYOND: tuple[tuple[int, Light, float, str], ...] = (
    (401, "day", 236.0, "above_range"),
    (402, "dusk", 240.0, "above_range"),
    (403, "lamp", 238.0, "above_range"),
)
BELOW: tuple[tuple[int, Light, float, str], ...] = (
    (411, "day", -33.0, "below_range"),
    (412, "dusk", -30.0, "below_range"),
    (413, "infrared", -35.0, "below_range"),
)
_SECONDS = 4.0
_WORKERS = 2
_KNOCKED = range(421, 424)


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraResult:
    """One look at a story, with the brightest edge's level beside it."""

    story: Story
    look: LevelResult
    edge_cm: float

    @property
    def error_cm(self) -> float | None:
        level = self.look.level_cm
        return None if level is None else abs(level - self.story.level_cm)

    @property
    def edge_error_cm(self) -> float:
        return abs(self.edge_cm - self.story.level_cm)


def figures() -> Iterable[Figure]:
    with TemporaryDirectory() as folder, ProcessPoolExecutor(max_workers=_WORKERS) as pool:
        looks = [pool.submit(_looked, seed, light, folder) for light in LIGHTS for seed in SEEDS[light]]
        verdicts = [pool.submit(case, folder) for case in _refusals()]
        reported, right = [each.result() for each in looks], [each.result() for each in verdicts]
    day, night = _split(reported)
    yield from _of("day", day, target_cm=2.0)
    yield from _of("night", night, target_cm=4.0)
    held = [(each.error_cm, each.look.reading.uncertainty_cm) for each in reported if each.error_cm is not None]
    covered = sum(error <= (uncertainty or 0) for error, uncertainty in held) / len(held)
    yield Figure(name="camera_gauge_uncertainty_holds", value=covered, unit="share", target=0.9)
    yield Figure(name="camera_gauge_refusals_right", value=sum(right) / len(right), unit="share", target=1.0)
    _print_worst(reported)


def _split(reported: Sequence[CameraResult]) -> tuple[list[CameraResult], list[CameraResult]]:
    day = [each for each in reported if each.story.light == "day"]
    return day, [each for each in reported if each.story.light != "day"]


def _of(name: str, reported: Sequence[CameraResult], *, target_cm: float) -> Iterator[Figure]:
    errors = [each.error_cm for each in reported if each.error_cm is not None]
    edges = [each.edge_error_cm for each in reported]
    refused = 1 - len(errors) / len(reported)
    p95 = float(np.percentile(errors, 95))
    yield Figure(name=f"camera_gauge_{name}_error_p95", value=p95, unit="cm", target=target_cm, at_most=True)
    yield Figure(name=f"camera_gauge_{name}_error_median", value=float(np.median(errors)), unit="cm")
    yield Figure(name=f"camera_gauge_{name}_error_most", value=max(errors), unit="cm")
    yield Figure(name=f"camera_gauge_{name}_refused", value=refused, unit="share")
    yield Figure(name=f"camera_gauge_{name}_looks", value=len(reported), unit="looks")
    yield Figure(name=f"camera_gauge_{name}_plain_edge_error_p95", value=float(np.percentile(edges, 95)), unit="cm")


def _looked(seed: int, light: Light, folder: str) -> CameraResult:
    return _measure_story(story(seed, light), Path(folder), _water())


@cache
def _water() -> WaterSegmenter:
    cv2.setNumThreads(1)
    return OnnxWater(read_manifest().load("water", "segment_water"), threads=1)


def _measure_story(one: Story, folder: Path, water: WaterSegmenter) -> CameraResult:
    clip = folder / f"{one.light}{one.script.seed}.mp4"
    film(StationarySurroundings(one.script), clip, _SECONDS)
    (look,) = levels_in([clip], [gauge_of(one)], water, fps=one.script.fps)
    frames = [frame.image for frame in clip_frames(clip)]
    clip.unlink()
    return CameraResult(story=one, look=look, edge_cm=_plain_edge(frames, one))


def _plain_edge(frames: Sequence[np.ndarray], one: Story) -> float:
    """What the strongest step in brightness along the staff would say: the baseline."""
    place = StaffPlace(line=one.staff.line, width=one.staff.width, scale=one.staff.scale())
    found = evidence(cut(frames, place))
    return float(found.levels_cm[int(np.argmax(found.at[:, NAMES.index("light_4")]))])


def gauge_of(one: Story) -> SiteGaugeSettings:
    """As a box is told: eight frames half a second apart."""
    source = {
        "kind": "camera",
        "camera": "cam-drawn",
        "staff": one.staff.model_dump(),
        "frames": 8,
        "frames_seconds": 3.5,
        "every_seconds": 60,
    }
    return SiteGaugeSettings.model_validate({"id": "drawn", "source": source})


# --- what must be refused ------------------------------------------------------------------------------------------


def _refusals() -> list[Callable[[str], bool]]:
    """Looks that must give no level; each says whether it gave none, with a reason that is true."""
    beyond: list[Callable[[str], bool]] = [partial(_is_beyond, case) for case in (*BEYOND, *BELOW)]
    return [*beyond, *(partial(each, seed) for seed in _KNOCKED for each in (_is_spoilt, _is_moved))]


def _is_beyond(case: tuple[int, Light, float, str], folder: str) -> bool:
    seed, light, level, reason = case
    reading = _measure_story(story(seed, light, level_cm=level), Path(folder), _water()).look.reading
    return reading.level_cm is None and reading.flags[0] in (reason, "weak_signal")


def _is_moved(seed: int, folder: str) -> bool:
    """The second picture is of a camera that was knocked askew."""
    one = story(seed, "day")
    images = [Path(folder) / f"{seed}{name}.png" for name in ("before", "after")]
    cv2.imwrite(str(images[0]), StaffView(one.script).frame(0.0))
    cv2.imwrite(str(images[1]), StaffView(one.script, turned_deg=(4.0, 1.5)).frame(0.0))
    looks = list(levels_in(images, [gauge_of(one)], _water()))
    return looks[1].reading.flags == ("view_moved",)


def _is_spoilt(seed: int, folder: str) -> bool:
    """Dark, blurred and covered pictures give no level."""
    one = story(seed, "day")
    image = StaffView(one.script).frame(0.0)
    hand = np.full_like(image, 40)
    spoilt = [image // 20, cv2.GaussianBlur(image, (0, 0), 25), hand]
    path = Path(folder) / f"{seed}spoilt.png"
    for each in spoilt:
        cv2.imwrite(str(path), each)
        (look,) = levels_in([path], [gauge_of(one)], _water())
        if look.level_cm is not None:
            return False
    return True


def _print_worst(reported: Sequence[CameraResult]) -> None:
    known = sorted((each for each in reported if each.error_cm is not None), key=lambda each: -(each.error_cm or 0))
    for each in known[:5]:
        print(f"worst: {each.story.light} seed {each.story.script.seed}, true {each.story.level_cm:.1f}: "
              f"{each.look.description()}", file=sys.stderr)  # fmt: skip


# --- photographs ---------------------------------------------------------------------------------------------------


def photos(folder: Path) -> None:
    """Prints a row for each real photograph, and how far off they are."""
    found = list(readings(folder, _water()))
    errors = []
    for each in found:
        off = each.error_cm
        print(f"{each.look.source.name:<24} read {each.read_cm:6.1f}  {each.look.description()}", end="")
        print("" if off is None else f"  off {off:+.1f}")
        errors += [] if off is None else [abs(off)]
    print(f"{len(errors)} of {len(found)} told; off by {np.median(errors):.1f} cm (median), {max(errors):.1f} (most)")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--photos"] and len(sys.argv) == 3:
        photos(Path(sys.argv[2]))
    else:
        for figure in figures():
            print("  ".join(figure.cells()), "" if figure.is_reached else "MISSED")
