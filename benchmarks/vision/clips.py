"""Draws the clips that the camera benchmarks play; kept under .run, drawn again when their script changes."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import av

from siaga_sim.scene.script import parse
from siaga_sim.scene.street import Street

BUSY: dict[str, Any] = {"layout": "market", "seed": 5, "density": 1.5, "width": 960, "height": 540, "fps": 10.0}
IDLE: dict[str, Any] = {**BUSY, "density": 0.0, "fps": 5.0}


def drawn(script: dict[str, Any], folder: Path, *, frames: int) -> Path:
    """An H.264 clip of so many frames with a keyframe each two seconds."""
    reported = json.dumps([script, frames], sort_keys=True)
    path = folder / f"{hashlib.sha256(reported.encode()).hexdigest()[:12]}.mp4"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new.mp4")
        _encode(Street(parse(script)), fresh, script, frames)
        fresh.replace(path)
    return path


def _encode(street: Street, path: Path, script: dict[str, Any], frames: int) -> None:
    fps = int(script["fps"])
    with av.open(str(path), "w") as container:
        options = {"g": str(2 * fps), "sc_threshold": "0", "bf": "0", "preset": "veryfast", "crf": "23"}
        stream = container.add_stream("libx264", rate=fps, options=options)
        stream.width, stream.height, stream.pix_fmt = script["width"], script["height"], "yuv420p"
        for number in range(frames):
            image = av.VideoFrame.from_ndarray(street.frame(5 + number / fps), format="bgr24")
            container.mux(stream.encode(image))
        container.mux(stream.encode(None))
