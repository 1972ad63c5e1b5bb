"""A frame on its way from a source to the place of the newest one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from siaga_core.vision.image import Image


class StreamEndedError(Exception):
    """A stream that ended, or never carried an image; the reason is its text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedFrame:
    """One frame; its pixels are made only when somebody wants them.

    `stamp_seconds` is the stream's own time, `camera_seconds` what the camera's clock said (since 1970), if it says.
    """

    image: Callable[[], Image]
    stamp_seconds: float | None = None
    camera_seconds: float | None = None
