"""Export weights: `python models/export.py detector|water WEIGHTS.pt --validate DATA [--out DIR] [--int8 DIR]`.

The script writes ONNX files (the detector at 640x640, 416x256 and dynamic; water with any multiples of 32) and with
--int8 also OpenVINO files in eight bits, calibrated on the images of that folder. It compares each file with torch on
the images of DATA, measures the loss, chooses thresholds on DATA and writes manifest.toml. It exits with code 1 and
writes no manifest if a bound of the settings is exceeded.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from workbench import detection_figures, water_figures
from workbench.conversion import detector_to_onnx, tensors, to_openvino, water_to_onnx
from workbench.detection_figures import JudgedImage
from workbench.folders import (
    DataError,
    LabelledImage,
    MaskedImage,
    detection_folder,
    images_in,
    read_image,
    read_mask,
    water_folder,
)
from workbench.run_settings import SettingsError, read_settings
from workbench.runtimes import Detector, WaterSegmenter, open_detector, open_water
from workbench.shipped import read_manifest, sha256_of, write_manifest

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRun:
    """Settings: sizes, and how far a file may be from torch."""

    opset: int = 17
    inputs: tuple[str, ...] = ("640x640", "416x256")
    dynamic: bool = True
    calibration_images: int = 64
    score_bound: float = 1e-3
    box_bound_pixels: float = 0.1
    water_bound: float = 0.05
    water_flip_bound: float = 0.002
    int8_map50_bound: float = 0.03
    int8_iou_bound: float = 0.02
    nms_iou: float = 0.6
    licence_detector: str = "AGPL-3.0"
    licence_water: str = "AGPL-3.0"
    provenance: str = "NOTICE"


class BoundError(RuntimeError):
    """An exported file differs from torch by more than the settings allow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportResult:
    """A file and what was found of it."""

    row: str
    file: Path
    width: int
    height: int
    figures: dict[str, Any]
    classes: tuple[str, ...] = ()


def judged(detector: Detector, labelled: Sequence[LabelledImage]) -> list[JudgedImage]:
    """The detector's boxes beside the labels, in units of each picture's longer side."""
    out = []
    for one in labelled:
        image = read_image(one.image)
        height, width = image.shape[:2]
        truth, found = one.corners(width, height), detector.find(image)
        truth[:, :4] /= max(width, height)
        found[:, :4] /= max(width, height)
        out.append(JudgedImage(name=one.image.name, truth=truth, found=found, covered=one.covered))
    return out


def mean50(judgements: Sequence[JudgedImage], names: Sequence[str]) -> float:
    """mAP50 over the classes that are there."""
    found = [detection_figures.matches_of(judgements, i) for i in range(len(names))]
    return detection_figures.mean_precision(found, np.ones(len(judgements)), at50=True)


def raw_distance(first: Detector, second: Detector, inputs: Sequence[Any]) -> tuple[float, float]:
    """Largest differences of (scores, boxes in input pixels where a score reaches 0.05) between two raw outputs."""
    scores = boxes = 0.0
    for one in inputs:
        a, b = first.run(one)[0], second.run(one)[0]
        scores = max(scores, float(np.abs(a[4:] - b[4:]).max()))
        seen = a[4:].max(0) >= 0.05
        boxes = max(boxes, float(np.abs(a[:4, seen] - b[:4, seen]).max(initial=0.0)))
    return scores, boxes


def export_detector(
    weights: Path, out: Path, data: Path, part: str, int8: Path | None, run: ExportRun
) -> dict[str, dict[str, Any]]:
    """All detector files and their manifest rows."""
    manifest = out / "manifest.toml"
    earlier = read_manifest(manifest) if manifest.is_file() else {}
    classes = open_detector(weights).classes
    labelled = detection_folder(data, classes, part=part)
    rows: dict[str, dict[str, Any]] = {}
    fallback = earlier.get("detector_640", {}).get("thresholds", {})
    for given in run.inputs:
        width, height = (int(side) for side in given.split("x"))
        row = f"detector_{width}"
        torch_one = open_detector(weights, size=(width, height))
        file = out / (f"{row}.onnx" if width == height else f"{row}x{height}.onnx")
        detector_to_onnx(weights, file, width=width, height=height, opset=run.opset)
        inputs = tensors([read_image(o.image) for o in labelled[:16]], width=width, height=height, scale=1 / 255)
        shipped = open_detector(file, classes=classes)
        scores, boxes = raw_distance(torch_one, shipped, inputs)
        if scores > run.score_bound or boxes > run.box_bound_pixels:
            raise BoundError(
                f"{file}: scores differ by {scores:.2g} (allowed {run.score_bound}), boxes by {boxes:.2g} px"
            )
        judgements = judged(shipped, labelled)
        figures = {"map50": round(mean50(judgements, classes), 4), "parity_scores": scores, "parity_boxes_px": boxes}
        thresholds = detection_figures.best_thresholds(judgements, classes, fallback=fallback)
        made = ExportResult(row=row, file=file, width=width, height=height, figures=figures, classes=classes)
        rows[row] = detector_row(made, run, thresholds)
        if int8:
            rows[f"{row}_int8"] = detector_int8(made, int8, labelled, thresholds, run)
        print(f"{row}: {figures}", flush=True)
    if run.dynamic:
        detector_to_onnx(weights, out / "detector_dynamic.onnx", width=640, height=640, opset=run.opset, dynamic=True)
    return rows


def detector_int8(
    plain: ExportResult, folder: Path, labelled: Sequence[LabelledImage], thresholds: dict[str, float], run: ExportRun
) -> dict[str, Any]:
    """The eight-bit twin of a file, and its row; BoundError when it loses too much."""
    images = [read_image(p) for p in images_in(folder)[: run.calibration_images]]
    calibration = tensors(images, width=plain.width, height=plain.height, scale=1 / 255)
    file = plain.file.with_name(plain.file.stem + "_int8.xml")
    to_openvino(plain.file, file, shape=(plain.height, plain.width), calibration=calibration)
    classes = plain.classes
    map50 = round(mean50(judged(open_detector(file, classes=classes), labelled), classes), 4)
    lost = plain.figures["map50"] - map50
    if lost > run.int8_map50_bound:
        raise BoundError(f"{file}: mAP50 {map50}, {lost:.3f} below the plain file (allowed {run.int8_map50_bound})")
    figures = {"map50": map50, "map50_lost": round(lost, 4)}
    made = replace(plain, row=plain.row + "_int8", file=file, figures=figures)
    print(compared(made.row, "mAP50", map50, plain.figures["map50"], len(labelled)), flush=True)
    return detector_row(made, run, thresholds) | openvino_keys(file)


def compared(row: str, figure: str, eight_bits: float, full: float, images: int) -> str:
    """What eight bits cost, in one line."""
    lost = full - eight_bits
    word = "lost" if lost >= 0 else "gained"
    figures = f"{figure} {eight_bits:.4f} in eight bits, {full:.4f} in full"
    return f"{row}: {figures}: {abs(lost):.4f} {word} on {images} images"


def detector_row(made: ExportResult, run: ExportRun, thresholds: dict[str, float]) -> dict[str, Any]:
    """The manifest row of a detector file."""
    return {
        "file": made.file.name,
        "sha256": sha256_of(made.file),
        "bytes": made.file.stat().st_size,
        "task": "detect",
        "classes": list(made.classes),
        "input": _input(made.width, made.height, "0..1"),
        "opset": run.opset,
        "thresholds": thresholds,
        "nms_iou": run.nms_iou,
        "licence": run.licence_detector,
        "provenance": run.provenance,
        "figures": made.figures,
        "card": "../cards/detector.md",
    }


def export_water(
    weights: Path, out: Path, data: Path, part: str, int8: Path | None, run: ExportRun
) -> dict[str, dict[str, Any]]:
    """The water file and its manifest row."""
    masked = water_folder(data, part=part)
    file = out / "water.onnx"
    water_to_onnx(weights, file, opset=run.opset)
    torch_one, shipped = open_water(weights), open_water(file)
    inputs = tensors([read_image(o.image) for o in masked[:16]], width=512, height=288, scale=1.0)
    apart = [np.abs(torch_one.run(x) - shipped.run(x)) for x in inputs]
    flips = max(float(((torch_one.run(x) > 0.5) != (shipped.run(x) > 0.5)).mean()) for x in inputs)
    furthest = max(float(a.max()) for a in apart)
    if furthest > run.water_bound or flips > run.water_flip_bound:
        raise BoundError(f"{file}: differs by {furthest:.3g} (allowed {run.water_bound}), {flips:.2%} of pixels flip")
    figures = {"iou": water_iou(shipped, masked), "parity": furthest, "parity_flips": flips}
    made = ExportResult(row="water", file=file, width=512, height=288, figures=figures)
    print(f"water: {figures}", flush=True)
    rows = {"water": water_row(made, run)}
    if int8:
        rows["water_int8"] = water_int8(made, int8, masked, run)
    return rows


def water_int8(plain: ExportResult, folder: Path, masked: Sequence[MaskedImage], run: ExportRun) -> dict[str, Any]:
    """The eight-bit twin, for any multiples of 32 as its plain file, and its row; BoundError when it loses too much."""
    images = [read_image(p) for p in images_in(folder)[: run.calibration_images]]
    file = plain.file.with_name("water_int8.xml")
    to_openvino(plain.file, file, shape=None, calibration=tensors(images, width=512, height=288, scale=1.0))
    iou = water_iou(open_water(file), masked)
    lost = plain.figures["iou"] - iou
    if lost > run.int8_iou_bound:
        raise BoundError(f"{file}: IoU {iou}, {lost:.3f} below the plain file (allowed {run.int8_iou_bound})")
    made = ExportResult(
        row="water_int8", file=file, width=512, height=288, figures={"iou": iou, "iou_lost": round(lost, 4)}
    )
    print(compared(made.row, "IoU", iou, plain.figures["iou"], len(masked)), flush=True)
    return water_row(made, run) | openvino_keys(file)


def water_iou(segmenter: WaterSegmenter, masked: Sequence[MaskedImage]) -> float:
    """IoU over all pixels of the pictures with water."""
    found = [
        water_figures.judge(o.image.name, segmenter.find(read_image(o.image)) > segmenter.threshold, read_mask(o.mask))
        for o in masked
    ]
    return float(water_figures.figures(found, rounds=0)["iou"][0] or 0.0)


def water_row(made: ExportResult, run: ExportRun) -> dict[str, Any]:
    """The manifest row of a water file."""
    return {
        "file": made.file.name,
        "sha256": sha256_of(made.file),
        "bytes": made.file.stat().st_size,
        "task": "segment_water",
        "classes": ["water"],
        "input": _input(made.width, made.height, "0..255"),
        "opset": run.opset,
        "thresholds": {"water": 0.5},
        "licence": run.licence_water,
        "provenance": run.provenance,
        "figures": made.figures,
        "card": "../cards/water.md",
    }


def openvino_keys(file: Path) -> dict[str, Any]:
    """What an OpenVINO row says beyond an ONNX row: its second file."""
    weights = file.with_suffix(".bin")
    return {"runtime": "openvino", "weights_file": weights.name, "weights_sha256": sha256_of(weights)}


def _input(width: int, height: int, scale: str) -> dict[str, Any]:
    return {"width": width, "height": height, "channels": "RGB", "scale": scale, "fit": "letterbox", "pad": 114}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run; 0 when exported, 1 when a bound is broken, 2 when settings or data are wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", choices=("detector", "water"), help="task of the weights")
    parser.add_argument("weights", type=Path, help="trained weights, .pt")
    parser.add_argument(
        "--validate",
        type=Path,
        required=True,
        help="labelled folder for the comparison, the figures and the thresholds",
    )
    parser.add_argument("--part", default="", help="subfolder of the labelled folder, such as val")
    parser.add_argument("--out", type=Path, default=HERE / "weights", help="folder to write to")
    parser.add_argument("--int8", type=Path, help="folder of images for the calibration of eight-bit weights")
    parser.add_argument(
        "--reuse-thresholds",
        action="store_true",
        help="use the thresholds of the existing manifest in the output folder",
    )
    parser.add_argument("--settings", type=Path, default=HERE / "settings" / "export.toml", help="bounds of the export")
    options = parser.parse_args(arguments)
    try:
        run = read_settings(options.settings, ExportRun)
        options.out.mkdir(parents=True, exist_ok=True)
        manifest = options.out / "manifest.toml"
        rows = read_manifest(manifest) if manifest.is_file() else {}
        export = export_detector if options.task == "detector" else export_water
        made = export(options.weights, options.out, options.validate, options.part, options.int8, run)
    except (SettingsError, DataError) as error:
        print(error, file=sys.stderr)
        return 2
    except BoundError as error:
        print(error, file=sys.stderr)
        return 1
    for name, row in made.items():
        if options.reuse_thresholds and name in rows:
            row["thresholds"] = rows[name]["thresholds"]
        rows[name] = row
    write_manifest(manifest, rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
