"""Films a riverside with a staff, and writes the SITE.toml that calibrates it."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import av

from siaga_sim.scene.raster import Image
from siaga_sim.scene.staff.view import StaffScript, StaffView

_MARKS_CM = (0.0, 50.0, 100.0, 150.0, 200.0)
_BEYOND_CM = 12.0


class ClipSource(Protocol):
    """A riverside, or what is made of one."""

    @property
    def script(self) -> StaffScript:
        """Its frame rate and size are the clip's."""

    def frame(self, at_seconds: float, /) -> Image:
        """The BGR image at a time."""


class StationarySurroundings:
    """A riverside that moves near its staff only: as good for reading it, and drawn in a quarter of the time."""

    def __init__(self, script: StaffScript) -> None:
        self.script = script
        self._near = StaffView(script, near_staff=True)
        self._around = StaffView(script).frame(0.0)

    def frame(self, at_seconds: float, /) -> Image:
        """The BGR image at a time."""
        image = self._around.copy()
        image[:, self._near.columns] = self._near.frame(at_seconds)[:, self._near.columns]
        return image


def film(view: ClipSource, out: Path, seconds: float) -> int:
    """Writes an H.264 mp4; returns the number of frames."""
    script = view.script
    count = max(1, round(seconds * script.fps))
    with av.open(str(out), "w") as container:
        rate = Fraction(script.fps).limit_denominator(1000)
        stream = container.add_stream("libx264", rate=rate, options={"crf": "20", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = script.width, script.height, "yuv420p"
        for number in range(count):
            image = view.frame(number / script.fps)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(stream.encode())
    return count


def site_toml(view: StaffView, *, every_seconds: float = 5.0) -> str:
    """A SITE.toml of the view, calibrated at each 50 cm that the image shows."""
    ends = [_inside(view.spot(_MARKS_CM[-1] + _BEYOND_CM)), _inside(view.spot(_MARKS_CM[0] - _BEYOND_CM))]
    marks = [(level, view.spot(level)) for level in _MARKS_CM]
    points = ",\n  ".join(
        f"{{ at = {json.dumps(_rounded(spot))}, level_cm = {level:g} }}" for level, spot in marks if _is_inside(spot)
    )
    return (
        '[camera]\nid = "cam-staff"\nplace = { lat = -6.2, lon = 106.8 }\n\n'
        f'[[gauge]]\nid = "staff-{view.script.site}"\n[gauge.source]\nkind = "camera"\ncamera = "cam-staff"\n'
        f"every_seconds = {every_seconds:g}\nframes_seconds = {min(4.0, every_seconds):g}\n"
        f"[gauge.source.staff]\nline = {json.dumps([_rounded(end) for end in ends])}\n"
        f"width = {view.staff_width():.4f}\npoints = [\n  {points},\n]\n"
    )


def _inside(spot: tuple[float, float]) -> tuple[float, float]:
    return min(1.0, max(0.0, spot[0])), min(1.0, max(0.0, spot[1]))


def _is_inside(spot: tuple[float, float]) -> bool:
    return spot == _inside(spot)


def _rounded(spot: tuple[float, float]) -> list[float]:
    return [round(share, 4) for share in spot]
