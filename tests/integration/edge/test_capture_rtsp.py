"""Capture against real RTSP servers: what breaks is noticed in time, and what comes back is found again."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count, pairwise
from pathlib import Path
from random import Random
from typing import Any

import av
import numpy as np
import pytest
from tests.unit.edge_vision.fake_models import street

from siaga_edge.camera.capture.capture import CONNECT_SECONDS, SILENT_SECONDS, Capture
from siaga_edge.camera.capture.latest_frame import Frame
from siaga_edge.camera.view.motion import small_grey
from siaga_edge.camera.view.view_check import ViewCheck, ViewPolicy
from siaga_sim.cameras import CameraFeed, CameraServer
from siaga_sim.faults import Fault

FPS = 10.0


class NoisyStreet:
    """A view that changes a little from picture to picture, as a real sensor's does."""

    def frame(self, at_seconds: float, /) -> np.ndarray:
        return street(int(at_seconds * FPS) % 40)


class ServedCamera:
    """A camera server in a thread of its own."""

    def __init__(self, fps: float = FPS) -> None:
        began = time.monotonic()
        story = lambda: time.monotonic() - began  # noqa: E731
        self.feed = CameraFeed("cam-1", NoisyStreet(), size=(320, 180), fps=fps, story_seconds=story)
        self.server = CameraServer([self.feed])
        self._loop = asyncio.new_event_loop()
        self._ended = asyncio.Event()
        self._serving = threading.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),))

    def start(self) -> None:
        self._thread.start()
        assert self._serving.wait(20)

    def break_it(self, fault: Fault) -> None:
        done: Future[Any] = asyncio.run_coroutine_threadsafe(self.server.set_fault("cam-1", fault), self._loop)
        done.result(timeout=20)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join(timeout=30)
        self._loop.close()

    async def _serve(self) -> None:
        async with self.server.serving():
            self._serving.set()
            await self._ended.wait()


@pytest.fixture
def camera(request: pytest.FixtureRequest) -> Iterator[ServedCamera]:
    served = ServedCamera(fps=getattr(request, "param", FPS))
    served.start()
    yield served
    served.stop()


@contextmanager
def _capturing(url: str, *, fps: float = FPS) -> Iterator[Capture]:
    capture = Capture(name="cam-1", url=url, fps=fps, clock=lambda: datetime.now(UTC), chance=Random(1))
    capture.start()
    try:
        yield capture
    finally:
        capture.stop()


def _next(capture: Capture, *, within_seconds: float = 30.0) -> Frame:
    frame = capture.newest.next_frame(timeout_seconds=within_seconds)
    assert frame is not None, f"no frame within {within_seconds} s"
    return frame


def _until(condition: Callable[[], bool], *, within_seconds: float) -> float:
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < within_seconds, f"not within {within_seconds} s"
        time.sleep(0.02)
    return time.monotonic() - began


def test_frames_come_in_sequence_with_times_of_their_own(camera: ServedCamera) -> None:
    with _capturing(camera.server.url("cam-1")) as capture:
        frames = [_next(capture) for _ in range(10)]
        now = datetime.now(UTC)
    assert frames[0].image.shape == (180, 320, 3)
    times = [frame.at for frame in frames]
    assert times == sorted(set(times))
    assert abs((now - times[-1]).total_seconds()) < 5
    assert capture.counts.reconnects == 0


@pytest.mark.parametrize("camera", [2.0], indirect=True)
def test_a_camera_of_few_frames_a_second_shows_its_first_one_soon(camera: ServedCamera) -> None:
    with _capturing(camera.server.url("cam-1"), fps=2.0) as capture:
        began = time.monotonic()
        _next(capture)
        # FFmpeg by itself studies such a stream for five seconds and begins at the second keyframe: seven in all.
        assert time.monotonic() - began < 5.0


def test_a_slow_reader_gets_the_newest_and_the_rest_is_counted(camera: ServedCamera) -> None:
    with _capturing(camera.server.url("cam-1")) as capture:
        first = _next(capture)
        _until(lambda: capture.counts.dropped >= 5, within_seconds=30)
        second = _next(capture)
        assert (second.at - first.at).total_seconds() > 0.5
        assert capture.counts.frames >= capture.counts.dropped + 2


def test_no_more_frames_a_second_than_requested(camera: ServedCamera) -> None:
    with _capturing(camera.server.url("cam-1"), fps=2.0) as capture:
        times = [_next(capture).at for _ in range(6)]
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(times)]
    assert min(gaps) > 0.3


def test_a_camera_that_falls_silent_is_noticed_within_five_seconds_and_found_again(
    camera: ServedCamera, caplog: pytest.LogCaptureFixture
) -> None:
    with _capturing(camera.server.url("cam-1")) as capture:
        _next(capture)
        camera.break_it(Fault.SILENT)
        lost = lambda: any("stream lost" in record.getMessage() for record in caplog.records)  # noqa: E731
        assert _until(lost, within_seconds=30) < 5.5  # half a second of pictures may be under way
        camera.break_it(Fault.NONE)
        capture.newest.next_frame(timeout_seconds=0)
        _next(capture)
        assert capture.counts.reconnects >= 1


def test_a_camera_that_is_restarted_is_found_again(camera: ServedCamera) -> None:
    with _capturing(camera.server.url("cam-1")) as capture:
        _next(capture)
        camera.break_it(Fault.DOWN)
        capture.newest.next_frame(timeout_seconds=0)
        camera.break_it(Fault.NONE)
        _until(lambda: capture.counts.reconnects >= 1, within_seconds=40)
        _next(capture)


def test_a_frozen_frame_of_a_sending_camera_is_reported(camera: ServedCamera) -> None:
    check = ViewCheck(ViewPolicy(frozen_seconds=3))
    with _capturing(camera.server.url("cam-1")) as capture:
        live = [check.fault(small_grey(frame.image), frame.at) for frame in (_next(capture) for _ in range(30))]
        assert set(live) == {(None, False)}
        camera.break_it(Fault.FROZEN)
        for _ in count():
            frame = _next(capture)
            if check.fault(small_grey(frame.image), frame.at) == ("frozen", True):
                return


def test_a_server_that_never_answers_is_given_up_in_time_and_does_not_hold_up_the_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"rtsp://viewer:secret@127.0.0.1:{mute.getsockname()[1]}/cam"
        with _capturing(url):
            reported = lambda: any("cannot be opened" in record.getMessage() for record in caplog.records)  # noqa: E731
            # The camera is contacted once more, to find the step that it does not answer.
            assert _until(reported, within_seconds=30) < 2 * CONNECT_SECONDS + 2.0
            began = time.monotonic()
        assert time.monotonic() - began < CONNECT_SECONDS + SILENT_SECONDS + 2.0
    assert "no answer to OPTIONS within 5 s" in caplog.text
    assert "secret" not in caplog.text


def test_a_file_is_played_at_its_own_pace_and_over_again(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    with av.open(str(clip), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for number in range(10):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(street(number), format="bgr24")))
        container.mux(stream.encode(None))
    with _capturing(str(clip)) as capture:
        began = time.monotonic()
        _until(lambda: capture.counts.frames >= 15, within_seconds=30)
        assert time.monotonic() - began > 1.2
        assert capture.counts.reconnects >= 1
