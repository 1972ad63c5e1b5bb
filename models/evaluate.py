"""Measure weights on a labelled folder: `python models/evaluate.py DATA --weights W [W ...] [--json]`.

DATA is a YOLO folder (images/, labels/, and optionally manifest.json with the classes that the labels of each image
cover) or a water folder (images/, masks/). Weights are .onnx, OpenVINO .xml, or .pt if the extra `train` is installed.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from workbench import detection_figures, tables, water_figures
from workbench.bounding_boxes import Floats, ImageArray
from workbench.detection_figures import JudgedImage
from workbench.folders import (
    DataError,
    LabelledImage,
    MaskedImage,
    detection_folder,
    read_image,
    read_mask,
    task_of,
    water_folder,
)
from workbench.group_figures import group_figures
from workbench.report import draw_boxes, draw_water, refuse_inside_repository, write_report
from workbench.runtimes import Detector, WaterSegmenter, WeightsError, open_detector, open_water
from workbench.weathering import WEATHERS, looks_like

SMALL = 0.05  # of the longer side: 32 pixels at 640
Mistake = tuple[float, str, str, ImageArray]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationRun:
    """What the command line asked for."""

    data: Path
    weights: tuple[Path, ...]
    task: str
    part: str
    rounds: int
    floor: float
    weather: str | None
    size: tuple[int, int] | None
    classes: tuple[str, ...]
    fit: str
    mistakes: int
    threads: int


def main(arguments: Sequence[str] | None = None) -> int:
    """Run; 0 when measured, 2 when data or weights cannot be used."""
    options = _options(arguments)
    try:
        wanted = _wanted(options)
        if options.report:
            refuse_inside_repository(options.report)
        measure = measure_detector if wanted.task == "detect" else measure_water
        results, mistakes = [], []
        for weights in wanted.weights:
            result, worst = measure(wanted, weights)
            results.append(result)
            mistakes += worst
    except (DataError, WeightsError) as error:
        print(error, file=sys.stderr)
        return 2
    text = tables.markdown(results)
    if options.report:
        write_report(options.report, text, [(name, what, image) for _, name, what, image in mistakes])
    print(json.dumps(results, indent=1) if options.json else text)
    return 0


def measure_detector(wanted: EvaluationRun, weights: Path) -> tuple[dict[str, Any], list[Mistake]]:
    """Figures of one detector, and its worst pictures."""
    detector = open_detector(weights, size=wanted.size or (640, 640), classes=wanted.classes, threads=wanted.threads)
    labelled = detection_folder(wanted.data, detector.classes, part=wanted.part)
    judged, conditions, spent, worst = [], [], 0.0, []
    for index, one in enumerate(labelled):
        image = _seen(read_image(one.image), wanted.weather, index)
        began = time.perf_counter()
        found = detector.find(image, floor=wanted.floor)
        spent += time.perf_counter() - began
        judged.append(_judged(one, found, image))
        conditions.append(one.condition or looks_like(image))
        worst.append(_worst_boxes(one, found, image, detector))
    names, thresholds = detector.classes, detector.thresholds
    figures = detection_figures.figures(judged, names, thresholds, rounds=wanted.rounds)

    def part(chosen: Sequence[JudgedImage], smaller_than: float | None = None) -> dict[str, Any]:
        return detection_figures.brief_figures(chosen, names, rounds=wanted.rounds, smaller_than=smaller_than)

    result = {
        "weights": detector.name,
        "task": "detect",
        "data": _about(wanted),
        "classes": list(names),
        "input": f"{detector.width}x{detector.height}",
        "figures": figures,
        "conditions": {
            **{
                key: part([j for j, c in zip(judged, conditions, strict=True) if c == key])
                for key in sorted(set(conditions))
            },
            "small boxes": part(judged, SMALL),
        },
        "sources": _by(judged, [one.source for one in labelled], part),
        "groups": group_figures(judged, _parts(labelled, conditions), names, thresholds, rounds=wanted.rounds),
        "confusion": detection_figures.confusion(judged, names, thresholds),
        "thresholds_by_best_f1": detection_figures.best_thresholds(judged, names, fallback=thresholds),
        "ms": 1000 * spent / len(labelled),
    }
    return result, _most(worst, wanted.mistakes)


def _parts(labelled: Sequence[LabelledImage], conditions: Sequence[str]) -> list[frozenset[str]]:
    """The condition and the source of each picture."""
    return [frozenset({c, one.source} - {""}) for one, c in zip(labelled, conditions, strict=True)]


def measure_water(wanted: EvaluationRun, weights: Path) -> tuple[dict[str, Any], list[Mistake]]:
    """Figures of one water segmenter, and its worst pictures."""
    segmenter = open_water(weights, size=wanted.size, fit=wanted.fit, threads=wanted.threads)
    masked = water_folder(wanted.data, part=wanted.part)
    judged, conditions, spent, worst = [], [], 0.0, []
    for index, one in enumerate(masked):
        image, there = _seen(read_image(one.image), wanted.weather, index), read_mask(one.mask)
        if there.shape != image.shape[:2]:
            raise DataError(
                f"{one.mask}: got size {there.shape[::-1]}, expected that of its image, {image.shape[1::-1]}"
            )
        began = time.perf_counter()
        found = segmenter.find(image) > segmenter.threshold
        spent += time.perf_counter() - began
        judged.append(water_figures.judge(one.image.name, found, there))
        conditions.append(looks_like(image))
        worst.append(_worst_water(one, judged[-1], found, there, image, segmenter))

    def part(chosen: Sequence[water_figures.MaskScore]) -> dict[str, Any]:
        return water_figures.figures(chosen, rounds=wanted.rounds)

    result = {
        "weights": segmenter.name,
        "task": "water",
        "data": _about(wanted),
        "input": f"{segmenter.width}x{segmenter.height}" if segmenter.fit == "letterbox" else "nearest aspect",
        "figures": part(judged),
        "conditions": _by(judged, conditions, part),
        "sources": _by(judged, [one.source for one in masked], part),
        "ms": 1000 * spent / len(masked),
    }
    return result, _most(worst, wanted.mistakes)


def _by(judged: Sequence[Any], keys: Sequence[str], part: Callable[[Sequence[Any]], dict[str, Any]]) -> dict[str, Any]:
    return {key: part([j for j, k in zip(judged, keys, strict=True) if k == key]) for key in sorted(set(keys)) if key}


def _seen(image: ImageArray, weather: str | None, index: int) -> ImageArray:
    return WEATHERS[weather](image, np.random.default_rng(index)) if weather else image


def _judged(one: LabelledImage, found: Floats, image: ImageArray) -> JudgedImage:
    height, width = image.shape[:2]
    truth, found = one.corners(width, height), found.copy()
    truth[:, :4] /= max(width, height)
    found[:, :4] /= max(width, height)
    return JudgedImage(name=one.image.name, truth=truth, found=found, covered=one.covered)


def _worst_boxes(one: LabelledImage, found: Floats, image: ImageArray, detector: Detector) -> Mistake:
    """The picture with its mistakes at the thresholds in use; the more, and the surer, the worse."""
    names = detector.classes
    used = np.array(
        [r[4] >= detector.thresholds.get(names[int(r[5])], 0.25) and int(r[5]) in one.covered for r in found], bool
    )
    found = found[used] if len(found) else found
    truth = one.corners(image.shape[1], image.shape[0])
    right, missed = np.zeros(len(found), bool), np.ones(len(truth), bool)
    for label in range(len(names)):
        mine, theirs = found[:, 5] == label, truth[:, 4] == label
        right[mine] = detection_figures.match(found[mine], truth[theirs])[:, 0]
        missed[theirs] = ~detection_figures.match(truth[theirs], found[mine])[:, 0]
    badness = float(found[~right, 4].sum()) + 0.5 * float(missed.sum())
    text = f"{one.image.name}: {int(right.sum())} right, {int((~right).sum())} false, {int(missed.sum())} missed"
    return badness, detector.name, text, draw_boxes(image, found, list(right), truth[missed], names)


def _worst_water(
    one: MaskedImage,
    judged: water_figures.MaskScore,
    found: Any,
    there: Any,
    image: ImageArray,
    segmenter: WaterSegmenter,
) -> Mistake:
    share = (judged.only_found + judged.only_there) / judged.pixels
    text = f"{one.image.name}: water {judged.share_there:.0%}, painted {judged.share_found:.0%}, wrong {share:.1%}"
    return share, segmenter.name, text, draw_water(image, found, there)


def _most(worst: list[Mistake], count: int) -> list[Mistake]:
    return [one for one in sorted(worst, key=lambda w: -w[0])[:count] if one[0] > 0]


def _about(wanted: EvaluationRun) -> str:
    name = "/".join(p for p in (wanted.data.resolve().name, wanted.part) if p)
    return f"{name} under simulated {wanted.weather}" if wanted.weather else name


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="labelled folder")
    parser.add_argument("--weights", type=Path, nargs="+", required=True, help="one or more files to compare")
    parser.add_argument(
        "--task", choices=("detect", "water"), help="task of the weights; by default that of the folder"
    )
    parser.add_argument("--part", default="", help="subfolder of images/ and labels/, such as val")
    parser.add_argument("--rounds", type=int, default=400, help="number of bootstrap rounds; 0 for none")
    parser.add_argument("--floor", type=float, default=0.01, help="lowest score that the curves include")
    parser.add_argument("--weather", choices=tuple(WEATHERS), help="weather to simulate on every image")
    parser.add_argument("--size", default="", help="input size WIDTHxHEIGHT, for weights that do not fix it")
    parser.add_argument("--classes", default="", help="comma-separated classes, for weights that do not name them")
    parser.add_argument(
        "--fit", choices=("letterbox", "aspect"), default="letterbox", help="how images are fitted to the water model"
    )
    parser.add_argument("--mistakes", type=int, default=12, help="number of worst images per weights in the report")
    parser.add_argument("--threads", type=int, default=1, help="number of threads for inference")
    parser.add_argument(
        "--report", type=Path, help="folder for report.md, report.html and images; it must be outside the repository"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    return parser.parse_args(arguments)


def _size(text: str) -> tuple[int, int] | None:
    if not text:
        return None
    try:
        width, height = (int(word) for word in text.split("x"))
    except ValueError:
        raise WeightsError(f"--size {text}: expected WIDTHxHEIGHT, such as 640x640") from None
    return width, height


def _wanted(options: argparse.Namespace) -> EvaluationRun:
    if not options.data.is_dir():
        raise DataError(f"{options.data}: no such folder")
    absent = [str(w) for w in options.weights if not w.is_file()]
    if absent:
        raise WeightsError(f"{absent[0]}: no such file")
    return EvaluationRun(
        data=options.data,
        weights=tuple(options.weights),
        task=options.task or task_of(options.data),
        part=options.part,
        rounds=options.rounds,
        floor=options.floor,
        weather=options.weather,
        size=_size(options.size),
        classes=tuple(word for word in options.classes.split(",") if word),
        fit=options.fit,
        mistakes=options.mistakes,
        threads=options.threads,
    )


if __name__ == "__main__":
    sys.exit(main())
