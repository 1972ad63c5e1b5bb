"""Makes people and plates unrecognisable in the clips of other systems, in bounded time and memory."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from siaga_cloud.media.redactor import open_detector
from siaga_core.vision.clip_redaction import redacted_frames, regions_to_hide
from siaga_core.vision.ports import Detector
from siaga_core.vision.video_files import ClipFrame, ClipSize, encoded, frames_of

MOST_SECONDS: Final = 30.0
FPS: Final = 4.0
MAX_SIDE: Final = 640
MOST_BITS_PER_SECOND: Final = 800_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactedClip:
    """Holds a clip in H.264 and MP4 on which nobody can be recognised; `regions` counts what was covered."""

    content: bytes = field(repr=False)
    width: int
    height: int
    duration_seconds: float
    regions: int

    @property
    def sha256(self) -> str:
        """The name of the bytes, in hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()


class ClipRedactor:
    """Redacts clips, one at a time; the weights are read, checked and tried on a known image before the first one."""

    def __init__(self, manifest: Path | None = None, *, detector: Detector | None = None) -> None:
        self._manifest, self._detector = manifest, detector
        self._turn = threading.Lock()

    def redact(self, mp4: bytes) -> RedactedClip:
        """Return the first 30 s of an MP4 file, without sound and metadata.

        Raises `ClipError` for the file, `ModelError` for the weights. The regions of all frames are held and the pixels
        of one, so the file is decoded twice.
        """
        with self._turn:
            if self._detector is None:
                self._detector = open_detector(self._manifest)
            regions = regions_to_hide(_frames(mp4), self._detector)
            size = ClipSize()
            content = encoded(
                size.measured(redacted_frames(_frames(mp4), regions)),
                fps=FPS,
                most_bits_per_second=MOST_BITS_PER_SECOND,
            )
        return RedactedClip(
            content=content,
            width=size.width,
            height=size.height,
            duration_seconds=round(size.last_at_seconds + 1 / FPS, 2),
            regions=sum(map(len, regions)),
        )


def _frames(mp4: bytes) -> Iterator[ClipFrame]:
    return frames_of(mp4, fps=FPS, max_side=MAX_SIDE, most_seconds=MOST_SECONDS)
