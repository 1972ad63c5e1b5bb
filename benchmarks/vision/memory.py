"""Run in a process of its own: so many cameras on one clip with shared models for ten seconds; prints RSS in MiB."""

from __future__ import annotations

import sys
import threading
import time
from datetime import UTC, datetime

from siaga_edge.camera.capture.capture import Capture
from siaga_edge.camera.pipeline import CameraPipeline
from siaga_edge.settings import CameraSettings
from siaga_edge.status.health import rss_bytes
from siaga_edge.vision.models import open_vision_models
from siaga_edge.vision.shared_models import SharedModels

_SECONDS = 10.0


def run(clip: str, cameras: int) -> float:
    shared = SharedModels(open_vision_models(detector="detector_416", water="water"))
    zone = {"id": "kerb", "kind": "no_stopping", "polygon": [[0, 0.3], [1, 0.3], [1, 1], [0, 1]]}
    road = {"id": "street", "kind": "road", "polygon": [[0, 0.5], [1, 0.5], [1, 1], [0, 1]]}
    until = time.monotonic() + _SECONDS
    threads = []
    for number in range(cameras):
        settings = CameraSettings.model_validate(
            {"id": f"cam-{number}", "url": clip, "place": {"lat": 0, "lon": 0}, "zone": [zone, road]}
        )
        threads.append(threading.Thread(target=_watch, args=(settings, shared, until)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    held = rss_bytes() or 0
    shared.close()
    return held / 2**20


def _watch(settings: CameraSettings, shared: SharedModels, until: float) -> None:
    capture = Capture(name=settings.id, url=settings.url, fps=settings.fps, clock=lambda: datetime.now(UTC))
    pipeline = CameraPipeline(settings, shared.lend())
    capture.start()
    while time.monotonic() < until:
        frame = capture.newest.next_frame(timeout_seconds=0.5)
        if frame is not None:
            pipeline.step(frame.image, frame.at)
    capture.stop()


if __name__ == "__main__":
    print(round(run(sys.argv[1], int(sys.argv[2])), 1))
