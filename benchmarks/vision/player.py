"""An RTSP camera that plays recorded pictures over and over, so that eight of them leave the processor to the node.

`python -m benchmarks.vision.player PICTURES.npy CAMERA_ID PORT FPS STATE_FILE`; SIGUSR1 covers its lens, SIGUSR2
uncovers it. It writes STATE_FILE when it serves.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt

from siaga_sim.cameras.feed import CameraFeed
from siaga_sim.cameras.rtsp import CameraServer
from siaga_sim.faults import Fault


class RecordedView:
    """A view of recorded pictures (number, height, width, BGR); the last of them is the covered lens."""

    def __init__(self, images: npt.NDArray[np.uint8], fps: float) -> None:
        self._images, self._fps = images, fps

    def frame(self, at_seconds: float) -> npt.NDArray[np.uint8]:
        """The picture at a moment; after the last comes the first."""
        return np.asarray(self._images[int(at_seconds * self._fps) % (len(self._images) - 1)])

    def altered(self, at_seconds: float, fault: Fault) -> npt.NDArray[np.uint8]:
        """The covered lens, whatever else was asked for."""
        return np.asarray(self._images[-1])


async def play(images: Path, camera: str, port: int, fps: float, state: Path) -> None:
    """Serves until it is killed."""
    recorded = np.load(images, mmap_mode="r")
    loop = asyncio.get_running_loop()
    size = (recorded.shape[2], recorded.shape[1])
    feed = CameraFeed(camera, RecordedView(recorded, fps), size=size, fps=fps, story_seconds=loop.time)
    async with CameraServer([feed], port=port).serving():
        for number, fault in ((signal.SIGUSR1, Fault.COVERED), (signal.SIGUSR2, Fault.NONE)):
            loop.add_signal_handler(number, setattr, feed, "fault", fault)
        state.touch()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(play(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), Path(sys.argv[5])))
