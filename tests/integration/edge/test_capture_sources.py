"""Capture from HTTP cameras, devices and files; each camera on its own; passwords in no log."""

from __future__ import annotations

import base64
import hashlib
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from typing import Any

import av
import numpy as np
import pytest
from tests.unit.edge_vision.fake_models import street

from siaga_core.vision.image_files import encode_jpeg
from siaga_edge.camera.capture.av_stream import AvStream
from siaga_edge.camera.capture.capture import SILENT_SECONDS, Capture
from siaga_edge.camera.capture.snapshot_stream import MAX_BYTES, SnapshotStream
from siaga_edge.camera.capture.stream_clock import StreamClock
from siaga_edge.camera.capture.timed_frame import StreamEndedError

USER, PASSWORD = "viewer", "s3cret-word"
FPS = 10.0


class HttpCamera(BaseHTTPRequestHandler):
    """Answers as cameras do; the path says how."""

    protocol_version = "HTTP/1.1"
    silent = threading.Event()

    def log_message(self, *args: object) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        method = self.path.strip("/")
        if method == "stream":
            self._stream()
        elif method == "digest" and not self._digest_fits():
            self._refuse('Digest realm="cam", nonce="abc123", qop="auth", algorithm=MD5')
        elif method == "basic" and not self._basic_fits():
            self._refuse('Basic realm="cam"')
        elif method == "endless":
            self.send_response(200)
            self.end_headers()
            with_room = b"\xff" * 1024 * 1024
            for _ in range(MAX_BYTES // len(with_room) + 2):
                self.wfile.write(with_room)
        elif method == "text":
            self._answer(b"<html>no picture here</html>")
        elif method == "to-file":
            self.send_response(302)
            self.send_header("Location", "file:///etc/hostname")
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self._answer(encode_jpeg(street(int(time.monotonic() * 50) % 40)))

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "image/jpeg")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _refuse(self, challenge: str) -> None:
        self.send_response(401)
        self.send_header("WWW-Authenticate", challenge)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _basic_fits(self) -> bool:
        wanted = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        return bool(self.headers.get("Authorization") == f"Basic {wanted}")

    def _digest_fits(self) -> bool:
        message: dict[str, str] = dict(re.findall(r'(\w+)="?([^",]+)"?', self.headers.get("Authorization", "")))
        if "response" not in message:
            return False
        ha1, ha2 = _md5(f"{USER}:cam:{PASSWORD}"), _md5(f"GET:{message['uri']}")
        middle = f"{message['nonce']}:{message['nc']}:{message['cnonce']}:{message['qop']}"
        return message["response"] == _md5(f"{ha1}:{middle}:{ha2}")

    def _stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        for number in range(10_000):
            jpeg = encode_jpeg(street(number % 40))
            head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
            try:
                self.wfile.write(head.encode() + jpeg + b"\r\n")
            except OSError:
                return
            while self.silent.is_set():
                time.sleep(0.05)
            time.sleep(1 / FPS)


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


@pytest.fixture
def http_camera() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), HttpCamera)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"127.0.0.1:{server.server_address[1]}"
    HttpCamera.silent.clear()
    server.shutdown()
    server.server_close()
    thread.join(timeout=10)


@contextmanager
def _capturing(url: str, **how: Any) -> Iterator[Capture]:
    given = {"name": "cam-1", "fps": FPS, "clock": lambda: datetime.now(UTC), "chance": Random(1), **how}
    capture = Capture(url=url, **given)
    capture.start()
    try:
        yield capture
    finally:
        capture.stop()


def _until(condition: Callable[[], bool], *, within_seconds: float) -> float:
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < within_seconds, f"not within {within_seconds} s"
        time.sleep(0.02)
    return time.monotonic() - began


def test_a_motion_jpeg_stream_over_http_gives_frames_at_their_time_of_arrival(http_camera: str) -> None:
    with _capturing(f"http://{http_camera}/stream") as capture:
        _until(lambda: capture.counts.frames >= 15, within_seconds=30)
        frame = capture.newest.next_frame(timeout_seconds=5)
        assert frame is not None
        assert frame.image.shape == (180, 320, 3)
        assert abs((datetime.now(UTC) - frame.at).total_seconds()) < 1.5
        assert capture.counts.clock_offset_seconds is None


def test_a_motion_jpeg_stream_that_falls_silent_is_noticed_and_found_again(
    http_camera: str, caplog: pytest.LogCaptureFixture
) -> None:
    with _capturing(f"http://{USER}:{PASSWORD}@{http_camera}/stream") as capture:
        _until(lambda: capture.counts.frames >= 3, within_seconds=30)
        HttpCamera.silent.set()
        lost = lambda: any("stream lost" in record.getMessage() for record in caplog.records)  # noqa: E731
        assert _until(lost, within_seconds=30) < SILENT_SECONDS + 2.5
        HttpCamera.silent.clear()
        _until(lambda: capture.counts.reconnects >= 1, within_seconds=30)
    assert PASSWORD not in caplog.text


@pytest.mark.parametrize("method", ["open", "basic", "digest"])
def test_single_frames_are_requested_one_after_another(http_camera: str, method: str) -> None:
    url = f"http://{USER}:{PASSWORD}@{http_camera}/{method}"
    with _capturing(url, snapshot_every_seconds=0.2) as capture:
        began = time.monotonic()
        _until(lambda: capture.counts.frames >= 5, within_seconds=30)
        assert time.monotonic() - began > 0.6
        assert capture.counts.reconnects == 0


@pytest.mark.parametrize(
    ("method", "reported"),
    [
        pytest.param("endless", "more than", id="a picture without end"),
        pytest.param("text", "cannot be decoded", id="a page"),
        pytest.param("to-file", "302", id="a redirect to a file of the box"),
        pytest.param("basic", "401", id="a wrong password"),
    ],
)
def test_a_stream_that_is_no_image_is_reported_without_the_password(
    http_camera: str, method: str, reported: str, caplog: pytest.LogCaptureFixture
) -> None:
    with _capturing(f"http://{USER}:{PASSWORD}x@{http_camera}/{method}", snapshot_every_seconds=0.2) as capture:
        message = lambda: any("cannot be opened" in record.getMessage() for record in caplog.records)  # noqa: E731
        _until(message, within_seconds=30)
        assert capture.counts.frames == 0
    assert reported in caplog.text
    assert PASSWORD not in caplog.text


def test_a_download_that_drips_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("siaga_edge.camera.capture.snapshot_stream.MOST_SECONDS", 0.5)

    class Drip(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            """Quiet."""

        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            try:
                while True:
                    self.wfile.write(b"x")
                    time.sleep(0.05)
            except OSError:
                return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Drip)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.server_address[1]}/"
        with pytest.raises(StreamEndedError, match="the transfer of an image exceeded"):
            next(SnapshotStream("cam-1", url, 1.0, threading.Event()).frames())
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)


def test_a_missing_device_is_reported(caplog: pytest.LogCaptureFixture) -> None:
    with _capturing("v4l2:///dev/video-none"):
        message = lambda: any("cannot be opened" in record.getMessage() for record in caplog.records)  # noqa: E731
        _until(message, within_seconds=20)


# --- keyframes -------------------------------------------------------------------------------------------------


def _clip(path: Path, *, seconds: int = 6, gop: int = 20, size: tuple[int, int] = (640, 360)) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10, options={"g": str(gop), "sc_threshold": "0", "bf": "0"})
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for number in range(seconds * 10):
            image = street(number % 10, width=size[0], height=size[1])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(stream.encode(None))
    return path


def _cpu_seconds(stream: AvStream) -> tuple[int, float]:
    began = time.process_time()
    return sum(1 for _ in stream.frames()), time.process_time() - began


def test_of_a_slow_scene_only_keyframes_are_decoded_which_saves_most_of_the_work(tmp_path: Path) -> None:
    clip = str(_clip(tmp_path / "clip.mp4"))
    every, all_seconds = _cpu_seconds(AvStream("cam-1", clip))
    keys, key_seconds = _cpu_seconds(AvStream("cam-1", clip, keyframes_only=True))
    assert (every, keys) == (60, 3)
    assert key_seconds < all_seconds / 2


def test_a_camera_with_few_keyframes_is_decoded_whole_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("siaga_edge.camera.capture.av_stream._MOST_KEYFRAME_GAP_SECONDS", 0.0)
    stream = AvStream("cam-1", str(_clip(tmp_path / "clip.mp4", gop=600)), keyframes_only=True)
    frames = sum(1 for _ in stream.frames())
    assert frames > 40
    assert "no keyframe" in caplog.text
    assert not stream.keyframes_only


def test_a_streams_clock_that_runs_ahead_is_measured() -> None:
    clock = StreamClock()
    for second in range(0, 1000, 10):
        clock.taken_at(second * 1.0005, datetime.fromtimestamp(1_700_000_000 + second, UTC))
    assert clock.ahead_seconds == pytest.approx(0.5, abs=0.05)


# --- masks and isolation ---------------------------------------------------------------------------------------


def test_masked_areas_are_black_in_every_frame_that_leaves_the_capture(tmp_path: Path) -> None:
    mask = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
    with _capturing(str(_clip(tmp_path / "clip.mp4", seconds=2)), masks=(mask,)) as capture:
        for _ in range(5):
            frame = capture.newest.next_frame(timeout_seconds=20)
            assert frame is not None
            assert not frame.image[:, :320].any()
            assert np.mean(frame.image[:, 330:]) > 40


def test_dead_frozen_and_refusing_cameras_slow_no_other(http_camera: str) -> None:
    good = [f"http://{http_camera}/stream"] * 2
    with ExitStack() as stack:
        alone = stack.enter_context(_capturing(good[0]))
        _until(lambda: alone.counts.frames >= 3, within_seconds=30)
        rate_alone = _rate(alone)
        with ThreadingHTTPServer(("127.0.0.1", 0), HttpCamera) as mute:  # listens and never answers
            bad = [
                f"http://127.0.0.1:{mute.server_address[1]}/stream",
                "rtsp://127.0.0.1:9/none",
                "rtsp://no.invalid/x",
            ]
            for number, url in enumerate(bad):
                stack.enter_context(_capturing(url, name=f"bad-{number}"))
            beside = stack.enter_context(_capturing(good[1], name="beside"))
            _until(lambda: beside.counts.frames >= 3, within_seconds=30)
            assert _rate(beside) > 0.7 * rate_alone
            assert _rate(alone) > 0.7 * rate_alone
            stack.close()


def _rate(capture: Capture, seconds: float = 2.0) -> float:
    before, began = capture.counts.frames, time.monotonic()
    time.sleep(seconds)
    return (capture.counts.frames - before) / (time.monotonic() - began)
