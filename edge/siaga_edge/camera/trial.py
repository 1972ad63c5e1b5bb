"""One picture of a camera, for a trial."""

from __future__ import annotations

import threading
from time import monotonic

import av

from siaga_edge.camera.capture import stream_of
from siaga_edge.camera.motion import small_grey
from siaga_edge.camera.taken import StreamEndedError
from siaga_edge.camera.view import spoilt_by
from siaga_edge.redaction import redact
from siaga_edge.settings import CameraSettings
from siaga_edge.vision.picture import size_of


def first_picture(camera: CameraSettings) -> str:
    """What came and how soon; raises OSError where nothing did, or a picture that shows nothing."""
    began, every = monotonic(), camera.snapshot_every_seconds
    stream = stream_of(camera.id, camera.url, camera.decodes_keyframes_only, every, threading.Event())
    try:
        taken = next(iter(stream.frames()), None)
    except (av.error.FFmpegError, OSError, StreamEndedError) as error:
        raise OSError(redact(str(error))) from None
    if taken is None:
        raise OSError("the stream ended before its first picture")
    picture, after = taken.picture(), monotonic() - began
    width, height = size_of(picture)
    if (spoilt := spoilt_by(small_grey(picture))) is not None:
        raise OSError(f"{width} x {height}, but the picture is {spoilt}")
    return f"{width} x {height} pixels, the first after {after:.1f} s"
