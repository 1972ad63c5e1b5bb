"""Images become H.264 access units, at once and one by one."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

import av
import numpy as np
import numpy.typing as npt
from aio_rtsp_toolkit.server_media import split_length_prefixed_nalus
from av.video.frame import PictureType

ImageArray: TypeAlias = npt.NDArray[np.uint8]

CLOCK_RATE = 90_000
LENGTH_BYTES = 4
_NAL_TYPE = 0x1F
_SPS, _PPS = 7, 8
# A client that joins or lost its place waits at most this long for an image that stands alone.
KEYFRAME_EVERY_SECONDS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessUnit:
    """One encoded image: length-prefixed NAL units and its time on the camera's own clock."""

    data: bytes
    seconds: float
    is_keyframe: bool

    def nal_units(self) -> list[bytes]:
        """The NAL units without their prefixes."""
        return list(split_length_prefixed_nalus(self.data, LENGTH_BYTES))


class H264Encoder:
    """A live encoder for BGR images of one size; no image waits for a later one."""

    def __init__(self, width: int, height: int, *, fps: float, quality: int = 23) -> None:
        self.width = width
        self.height = height
        self._fps = fps
        self._quality = quality
        self._codec = self._open()
        self.parameter_sets = self._parameter_sets()

    def encode(self, image_bgr: ImageArray, seconds: float, *, keyframe: bool = False) -> AccessUnit:
        """Encode one image. Raises ValueError when its size is not the encoder's."""
        if image_bgr.shape != (self.height, self.width, 3):
            raise ValueError(f"image: got shape {image_bgr.shape}, expected {(self.height, self.width, 3)}")
        return self._encode(self._codec, image_bgr, seconds, keyframe=keyframe)

    def _open(self) -> av.VideoCodecContext:
        codec = av.CodecContext.create("libx264", "w")
        codec.width, codec.height = self.width, self.height
        codec.pix_fmt = "yuv420p"
        codec.time_base = Fraction(1, CLOCK_RATE)
        codec.framerate = Fraction(self._fps).limit_denominator(1000)
        codec.gop_size = max(1, round(self._fps * KEYFRAME_EVERY_SECONDS))
        codec.thread_count = 1
        codec.options = {
            "preset": "ultrafast",
            "tune": "zerolatency",
            "profile": "baseline",
            "crf": str(self._quality),
            "forced-idr": "1",
            # Length prefixes are what RTP packing wants; start codes would have to be searched for.
            "x264-params": "annexb=0:scenecut=0",
        }
        return codec

    def _parameter_sets(self) -> dict[str, bytes]:
        # The SDP needs them before the first image; every encoder opened like this writes the same ones.
        grey = np.full((self.height, self.width, 3), 128, np.uint8)
        units = self._encode(self._open(), grey, 0.0, keyframe=True).nal_units()
        kinds = {unit[0] & _NAL_TYPE: unit for unit in units}
        return {"sps": kinds[_SPS], "pps": kinds[_PPS]}

    def _encode(
        self, codec: av.VideoCodecContext, image_bgr: ImageArray, seconds: float, *, keyframe: bool
    ) -> AccessUnit:
        frame = av.VideoFrame.from_ndarray(image_bgr, format="bgr24").reformat(format="yuv420p")
        frame.pts = round(seconds * CLOCK_RATE)
        frame.time_base = Fraction(1, CLOCK_RATE)
        if keyframe:
            frame.pict_type = PictureType.I
        packets = codec.encode(frame)
        return AccessUnit(
            data=b"".join(bytes(packet) for packet in packets),
            seconds=seconds,
            is_keyframe=any(packet.is_keyframe for packet in packets),
        )
