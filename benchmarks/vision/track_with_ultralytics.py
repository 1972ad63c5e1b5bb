"""Run by the Python of an environment with ultralytics: `track(stream=True)` over a clip, one thread.

`python track_with_ultralytics.py CLIP WIDTHxHEIGHT CHECKPOINT OTHER...` prints frames a second of processor time for
each of the weights, and for its own OpenVINO export of the checkpoint, as one JSON object. A first run warms up and is
not counted; a look at a picture of another size than the one asked for ends it.

Its ONNX Runtime and OpenVINO take a thread for each core that the process may use, so hold it to one.
"""

import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"

import torch
from ultralytics import YOLO


def exported(checkpoint: str, folder: str, size: tuple[int, int]) -> str:
    """The folder of ultralytics' own OpenVINO export."""
    copy = shutil.copy(checkpoint, folder)
    return str(YOLO(copy).export(format="openvino", imgsz=[size[1], size[0]])).rstrip("/")


def fps(weights: str, clip: str, size: tuple[int, int]) -> float:
    """Of the second run."""
    model = YOLO(weights, task="detect")
    seen = set()
    for _ in range(2):
        began = time.process_time()
        frames = sum(1 for _ in model.track(clip, stream=True, verbose=False, device="cpu", imgsz=size[0]))
        spent = time.process_time() - began
        seen.add(looked_at(model))
    if seen != {size}:
        sys.exit(f"{weights}: looked at {seen}, expected {size}")
    return frames / spent


def looked_at(model: YOLO) -> tuple[int, int]:
    """Width and height of what the network was given for the last picture."""
    height, width = model.predictor.preprocess(model.predictor.batch[1]).shape[2:]
    return width, height


torch.set_num_threads(1)
clip, size, *files = sys.argv[1:]
width, height = map(int, size.split("x"))
with tempfile.TemporaryDirectory() as folder:
    files.append(exported(files[0], folder, (width, height)))
    print(json.dumps({Path(each).name: fps(each, clip, (width, height)) for each in files}))
