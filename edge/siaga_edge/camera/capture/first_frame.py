"""One image of a camera, for a trial."""

from __future__ import annotations

import threading
from time import monotonic

import av

from siaga_core.vision.image import size_of
from siaga_edge.camera.capture.av_stream import AvStream
from siaga_edge.camera.capture.capture import stream_of
from siaga_edge.camera.capture.failure_reasons import hint
from siaga_edge.camera.capture.hardware_decoder import ProbedDecoder, probed
from siaga_edge.camera.capture.timed_frame import StreamEndedError
from siaga_edge.camera.view.motion import small_grey
from siaga_edge.camera.view.view_check import spoilt_by
from siaga_edge.platform.redaction import redact
from siaga_edge.settings import CameraSettings
from siaga_edge.settings.hardware import DecodeSettings


def first_frame(camera: CameraSettings, decode: DecodeSettings | None = None) -> str:
    """What came, how soon, and what decoded it where hardware was asked to.

    Raises OSError where nothing came, or an image that shows nothing.
    """
    hardware = probed(decode or DecodeSettings())
    began, every = monotonic(), camera.snapshot_every_seconds
    stream = stream_of(
        camera.id,
        camera.url,
        camera.decodes_keyframes_only,
        every,
        threading.Event(),
        camera.connect_seconds,
        decoder=hardware.decoder,
    )
    try:
        captured = next(iter(stream.frames()), None)
    except (av.error.FFmpegError, OSError, StreamEndedError) as error:
        raise OSError(f"{redact(str(error))}{hint(error)}") from None
    if captured is None:
        raise OSError("the stream ended before its first frame")
    began = stream.began_at if isinstance(stream, AvStream) else began  # not while other cameras of the host opened
    image, after = captured.image(), monotonic() - began
    width, height = size_of(image)
    if (spoilt := spoilt_by(small_grey(image))) is not None:
        raise OSError(f"{width} x {height} pixels, but the frame is {spoilt}")
    return f"{width} x {height} pixels, first frame after {after:.1f} s{_decoded_by(stream, hardware)}"


def _decoded_by(stream: object, hardware: ProbedDecoder) -> str:
    if not isinstance(stream, AvStream) or (hardware.decoder is None and not hardware.refused):
        return ""
    if stream.decoded_by != "cpu":
        return f", decoded by {stream.decoded_by}"
    why = "; ".join(hardware.refused) or "the hardware cannot decode this stream"
    return f", decoded by the processor ({why})"
