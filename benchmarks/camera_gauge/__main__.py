"""`python -m benchmarks.camera_gauge [STORIES]`: prints a new staff_weights.py, learned on drawn looks."""

from __future__ import annotations

import sys

from benchmarks.camera_gauge.fit import as_module, fitted
from benchmarks.camera_gauge.tuning import examples

from siaga_core.vision.manifest import read_manifest
from siaga_edge.vision.water import OnnxWater

SURENESS = 0.75  # probabilities of neighbouring rows are not independent; without it 95 % held about 90 %

if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    looks = list(examples(count, OnnxWater(read_manifest().load("water", "segment_water"), threads=1)))
    print(as_module(fitted(looks), SURENESS, len(looks)), end="")
