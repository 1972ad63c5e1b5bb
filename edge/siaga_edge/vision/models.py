"""Opens the two models that a node, a replay or `detect` looks with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2

from siaga_core.vision.detector import OnnxDetector
from siaga_core.vision.devices import Device, Engine
from siaga_core.vision.manifest import read_manifest
from siaga_core.vision.ports import Detector
from siaga_edge.vision.ports import WaterSegmenter
from siaga_edge.vision.water import OnnxWater


@dataclass(frozen=True, slots=True, kw_only=True)
class VisionModels:
    """A detector and a water segmenter."""

    detector: Detector
    water: WaterSegmenter


def open_vision_models(
    *,
    detector: str,
    water: str,
    manifest: Path | None = None,
    threads: int = 1,
    engine: Engine = "onnxruntime",
    device: Device = "cpu",
) -> VisionModels:
    """Both models by their names in a manifest; raises `ModelError`. OpenCV is held to as many threads as they are."""
    cv2.setNumThreads(threads)
    rows = read_manifest(manifest)
    return VisionModels(
        detector=OnnxDetector(rows.load(detector, "detect"), threads=threads, engine=engine, device=device),
        water=OnnxWater(rows.load(water, "segment_water"), threads=threads, engine=engine, device=device),
    )
