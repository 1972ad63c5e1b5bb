"""Opens a camera's stream with FFmpeg: RTSP over TCP, Motion JPEG or HLS over HTTP, a V4L2 device, or a file."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import av

from siaga_edge.camera.capture.clip import MAX_SIDE, to_image
from siaga_edge.camera.capture.failure_reasons import timeout_reason
from siaga_edge.camera.capture.hardware_decoder import FAILURES, HardwareDecoder, decode
from siaga_edge.camera.capture.opening_turns import OpeningTurn, OpeningTurns
from siaga_edge.camera.capture.timed_frame import StreamEndedError, TimedFrame

log = logging.getLogger(__name__)

CONNECT_SECONDS, SILENT_SECONDS = 5.0, 4.0
# A camera that sends a keyframe more seldom than this is decoded whole, else it would seem to be silent.
_MOST_KEYFRAME_GAP_SECONDS = 4.0
_MICROSECONDS = 1e6
_TLS = "crypto,tls,tcp"
# FFmpeg would study a stream for five seconds first, and with `nobuffer` throw away the keyframe that it began with.
_SOON = {"analyzeduration": "500000", "fpsprobesize": "0"}
# What an address may lead to: a playlist or redirect of a camera must not open files of the node.
_OPTIONS: Final[dict[str, dict[str, str]]] = {
    "rtsp": {"rtsp_transport": "tcp", "flags": "low_delay", "max_delay": "500000", **_SOON},
    "http": {"protocol_whitelist": f"http,https,httpproxy,{_TLS}", "fflags": "nobuffer"},
}
# Their stamps are made up from a nominal rate.
_STAMPLESS = frozenset({"mpjpeg", "mjpeg"})
_TURNS: Final = OpeningTurns()


class PacketSink(Protocol):
    """Receives the encoded packets of a stream, besides the decoder."""

    def begin(self, stream: Any) -> None:
        """A stream was opened."""

    def add(self, packet: Any) -> None:
        """A packet came, which must not be changed."""


@dataclass(slots=True)
class AvStream:
    """Opens one stream, when it is the turn of its host; `keyframes_only` decodes only the images that stand alone.

    `decoder` is tried until it fails before its first image; from then on the processor decodes. `decoded_by` is what
    decodes the stream that was opened last.
    """

    name: str
    url: str
    keyframes_only: bool = False
    connect_seconds: float = CONNECT_SECONDS
    stopping: threading.Event = field(default_factory=threading.Event)
    turns: OpeningTurns = _TURNS
    packets: PacketSink | None = None
    decoder: HardwareDecoder | None = None
    decoded_by: str = "cpu"
    began_at: float = 0.0
    _timeout_reason: str | None = None

    @property
    def is_file(self) -> bool:
        """Whether the frames come as fast as they are read."""
        return "://" not in self.url

    def frames(self) -> Iterator[TimedFrame]:
        """Frames until the stream ends; raises `StreamEndedError`, FFmpeg's errors or OSError.

        The turn of the host ends with the first frame. `began_at` is the monotonic time at which it began.
        """
        host = urlsplit(self.url).hostname
        if host is None:
            yield from self._frames(None)
            return
        with self.turns.turn(host.lower(), self.stopping) as turn:
            if self.stopping.is_set():
                return
            try:
                yield from self._frames(turn)
            except (av.error.FFmpegError, OSError) as error:
                if turn.has_ended:
                    raise
                raise self._explained(error) from None

    def _frames(self, turn: OpeningTurn | None) -> Iterator[TimedFrame]:
        self.began_at = time.monotonic()
        with self._opened() as container:
            if not container.streams.video:
                raise StreamEndedError("no video in the stream")
            stream = container.streams.video[0]
            stream.thread_count = 1
            if self.keyframes_only:
                stream.codec_context.skip_frame = "NONKEY"
            if self.packets is not None:
                self.packets.begin(stream)
            for frame in self._first_by_hardware(self._decoded(container, stream)):
                if turn is not None:
                    turn.end()
                self._timeout_reason = None
                yield frame

    def _first_by_hardware(self, frames: Iterator[TimedFrame]) -> Iterator[TimedFrame]:
        came = False
        try:
            for frame in frames:
                came = True
                yield frame
        except av.error.FFmpegError as error:
            if self.decoded_by != "cpu" and not came:
                log.warning(
                    "camera %s: %s gives no image, the processor decodes: %s", self.name, self.decoded_by, error
                )
                self.decoder = None
            raise

    def _explained(self, error: Exception) -> Exception:
        """Contact a camera that does not answer in time once more for the reason, but only the first time in a row."""
        seconds = time.monotonic() - self.began_at
        if self._timeout_reason is None:
            self._timeout_reason = timeout_reason(
                error, self.url, seconds=seconds, connect_seconds=self.connect_seconds
            )
        return error if self._timeout_reason is None else StreamEndedError(self._timeout_reason)

    def _opened(self) -> Any:
        parts, timeout = urlsplit(self.url), (self.connect_seconds, SILENT_SECONDS)
        hardware = self._accelerator()
        if self.is_file:
            return av.open(self.url, hwaccel=hardware)
        if parts.scheme == "v4l2":
            return av.open(parts.path, format="v4l2", timeout=timeout, hwaccel=hardware)
        options = _OPTIONS["rtsp" if parts.scheme.startswith("rtsp") else "http"]
        return av.open(self.url, options=options, timeout=timeout, hwaccel=hardware)

    def _accelerator(self) -> Any:
        if self.decoder is None:
            return None
        try:
            return self.decoder.accelerator()
        except FAILURES as error:
            log.warning("camera %s: %s is not there, the processor decodes: %s", self.name, self.decoder.kind, error)
            self.decoder = None
            return None

    def _decoded(self, container: Any, stream: Any) -> Iterator[TimedFrame]:
        decoding: Callable[[Any], Iterable[Any]] = decode
        self.decoded_by = "cpu"
        if self.decoder is not None:
            self.decoded_by, decoding = self.decoder.decoding(stream, keyframes_only=self.keyframes_only)
        has_stamps = container.format.name not in _STAMPLESS
        came_at = key_at = time.monotonic()
        for packet in container.demux(stream):
            # At its time limit the library first hands out a packet that it held back, and only then fails.
            if not self.is_file and time.monotonic() - came_at > SILENT_SECONDS - 0.1:
                raise StreamEndedError(f"silent for {SILENT_SECONDS:g} s")
            if self.packets is not None:
                self.packets.add(packet)
            for frame in _frames_of(packet, decoding):
                yield _captured(container, frame, has_stamps=has_stamps)
                key_at = time.monotonic()
            came_at = time.monotonic()
            if self.keyframes_only and came_at - key_at > _MOST_KEYFRAME_GAP_SECONDS:
                self._decode_all(stream)

    def _decode_all(self, stream: Any) -> None:
        log.warning(
            "camera %s: no keyframe within %g s; decoding every frame from now on",
            self.name,
            _MOST_KEYFRAME_GAP_SECONDS,
        )
        self.keyframes_only = False
        stream.codec_context.skip_frame = "DEFAULT"


def _frames_of(packet: Any, decoding: Callable[[Any], Iterable[Any]]) -> Iterator[Any]:
    """A damaged packet costs its own frames only."""
    try:
        yield from decoding(packet)
    except av.error.InvalidDataError:
        return


def _captured(container: Any, frame: Any, *, has_stamps: bool) -> TimedFrame:
    if max(frame.width, frame.height) > MAX_SIDE:
        raise StreamEndedError(f"{frame.width} x {frame.height} pixels, expected at most {MAX_SIDE} per side")
    stamp = float(frame.pts * frame.time_base) if has_stamps and frame.pts is not None else None
    began = container.start_time_realtime
    description = stamp + began / _MICROSECONDS if stamp is not None and began and began > 0 else None
    return TimedFrame(image=lambda: to_image(frame), stamp_seconds=stamp, camera_seconds=description)
