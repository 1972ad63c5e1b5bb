"""Writes a street's frames into a video file."""

from fractions import Fraction
from pathlib import Path
from typing import Protocol

import av

from siaga_sim.scene.raster import Image
from siaga_sim.scene.script import StreetScript


class ClipSource(Protocol):
    """A street, or a street through a knocked lens."""

    @property
    def script(self) -> StreetScript:
        """What happens; its frame rate and size are the clip's."""
        ...

    def frame(self, at_seconds: float, /) -> Image:
        """The BGR image at a time."""
        ...


def record(street: ClipSource, out: Path, seconds: float, *, from_seconds: float = 0.0) -> int:
    """Writes an H.264 mp4 whose time is the script's; returns the number of frames."""
    script = street.script
    rate = Fraction(script.fps).limit_denominator(1000)
    count = max(1, round(seconds * script.fps))
    with av.open(str(out), "w") as container:
        stream = container.add_stream("libx264", rate=rate, options={"crf": "20", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = script.width, script.height, "yuv420p"
        for number in range(count):
            image = street.frame(from_seconds + number / script.fps)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(stream.encode())
    return count
