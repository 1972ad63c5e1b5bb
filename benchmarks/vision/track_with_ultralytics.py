"""Run by the Python of an environment with ultralytics: `track(stream=True)` over a clip, one thread.

`python track_with_ultralytics.py CLIP LONG_SIDE WEIGHTS...` prints frames a second of processor time for each of the
weights, as one JSON object. A first run warms up and is not counted.
"""

import json
import os
import sys
import time
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"

import torch
from ultralytics import YOLO

torch.set_num_threads(1)
clip, long_side, *files = sys.argv[1:]
found = {}
for weights in files:
    model = YOLO(weights, task="detect")
    for _ in range(2):
        began = time.process_time()
        frames = sum(1 for _ in model.track(clip, stream=True, verbose=False, device="cpu", imgsz=int(long_side)))
        found[Path(weights).name] = frames / (time.process_time() - began)
print(json.dumps(found))
