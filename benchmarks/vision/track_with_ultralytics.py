"""Run by the Python of an environment with ultralytics: `track(stream=True)` over a clip; prints frames, seconds."""

import json
import os
import sys
import time

os.environ["OMP_NUM_THREADS"] = "1"

import torch
from ultralytics import YOLO

torch.set_num_threads(1)
weights, clip, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
model = YOLO(weights, task="detect")
list(model.track(clip, stream=True, verbose=False, device="cpu", imgsz=640))
frames, began = 0, time.process_time()
for _ in range(rounds):
    frames += sum(1 for _ in model.track(clip, stream=True, verbose=False, device="cpu", imgsz=640))
print(json.dumps({"frames": frames, "cpu_seconds": time.process_time() - began}))
