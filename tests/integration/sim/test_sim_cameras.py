"""Simulated cameras opened by a real RTSP client (FFmpeg, through PyAV)."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import av
import numpy as np
import pytest

from siaga_sim.cameras import CameraFeed, CameraServer, View
from siaga_sim.cameras.encoder import H264Encoder, ImageArray
from siaga_sim.faults import Fault

WIDTH, HEIGHT, FPS = 320, 180, 10.0
DEADLINE_SECONDS = 20.0
CLIENT = {"rtsp_transport": "tcp", "fpsprobesize": "0", "fflags": "nobuffer"}


class Bar:
    """A white bar that moves to the right by 60 pixels a second, once around the picture."""

    def frame(self, at_seconds: float, /) -> ImageArray:
        image = np.full((HEIGHT, WIDTH, 3), 40, np.uint8)
        left = int(at_seconds * 60) % (WIDTH - 20)
        image[:, left : left + 20] = 250
        return image


class BrokenView:
    """A view that cannot be drawn."""

    def frame(self, at_seconds: float, /) -> ImageArray:
        raise RuntimeError(f"no picture at {at_seconds}")


class Cameras:
    """A camera server in a thread of its own, with what a test does to it from outside."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.server: CameraServer | None = None
        self.feeds: dict[str, CameraFeed] = {}
        self._ready = threading.Event()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self.loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        views: dict[str, View] = {"cam-a": Bar(), "cam-b": Bar(), "cam-broken": BrokenView()}
        self.feeds = {
            name: CameraFeed(name, view, size=(WIDTH, HEIGHT), fps=FPS, story_seconds=time.monotonic)
            for name, view in views.items()
        }
        async with CameraServer(list(self.feeds.values())).serving() as self.server:
            self._ready.set()
            await self._stop.wait()

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(DEADLINE_SECONDS)

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(DEADLINE_SECONDS)
        assert not self._thread.is_alive()

    def url(self, camera: str) -> str:
        assert self.server is not None
        return self.server.url(camera)

    def set_fault(self, camera: str, fault: Fault) -> None:
        assert self.server is not None
        asyncio.run_coroutine_threadsafe(self.server.set_fault(camera, fault), self.loop).result(DEADLINE_SECONDS)


@pytest.fixture(scope="module")
def cameras() -> Iterator[Cameras]:
    running = Cameras()
    running.start()
    yield running
    running.stop()


@contextmanager
def opened(url: str, *, seconds: float = 5) -> Iterator[Iterator[av.VideoFrame]]:
    with av.open(url, options=CLIENT, timeout=seconds) as container:
        yield container.decode(video=0)


def bar_at(frame: av.VideoFrame) -> int:
    return int(np.argmax(frame.to_ndarray(format="gray").mean(axis=0)))


def until(frames: Iterator[av.VideoFrame], wanted: Callable[[av.VideoFrame], bool]) -> av.VideoFrame:
    deadline = time.monotonic() + DEADLINE_SECONDS
    for frame in frames:
        if wanted(frame):
            return frame
        assert time.monotonic() < deadline
    raise AssertionError("the stream ended")


def test_a_client_sees_live_frames_that_change_at_the_cameras_pace(cameras: Cameras) -> None:
    with opened(cameras.url("cam-a")) as frames:
        seen = [next(frames) for _ in range(15)]
    assert {(frame.width, frame.height) for frame in seen} == {(WIDTH, HEIGHT)}
    assert len({bar_at(frame) for frame in seen}) >= 12
    times = [frame.time for frame in seen if frame.time is not None]
    steps = np.diff(times)
    assert np.median(steps) == pytest.approx(1 / FPS, abs=0.01)
    assert min(steps) > 0


def test_two_clients_see_the_same_camera_and_a_second_camera_is_another(cameras: Cameras) -> None:
    with opened(cameras.url("cam-a")) as one, opened(cameras.url("cam-a")) as two, opened(cameras.url("cam-b")) as b:
        assert [next(frames).width for frames in (one, two, b)] == [WIDTH] * 3


def test_a_camera_that_nobody_watches_draws_nothing(cameras: Cameras) -> None:
    with opened(cameras.url("cam-b")) as frames:
        next(frames)
    feed = cameras.feeds["cam-b"]
    before = feed.counts.drawn
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        time.sleep(5 / FPS)
        if feed.counts.drawn == before:
            return
        before = feed.counts.drawn
        assert time.monotonic() < deadline


def test_a_frozen_camera_sends_the_same_frame_and_recovers(cameras: Cameras) -> None:
    with opened(cameras.url("cam-a")) as frames:
        next(frames)
        cameras.set_fault("cam-a", Fault.FROZEN)
        places = [bar_at(until(frames, lambda _: True)) for _ in range(15)]
        assert len(set(places[-5:])) == 1
        cameras.set_fault("cam-a", Fault.NONE)
        until(frames, lambda frame: abs(bar_at(frame) - places[-1]) > 20)


def test_a_covered_camera_turns_black(cameras: Cameras) -> None:
    with opened(cameras.url("cam-a")) as frames:
        cameras.set_fault("cam-a", Fault.BLACK)
        until(frames, lambda frame: frame.to_ndarray(format="gray").max() < 30)
        cameras.set_fault("cam-a", Fault.NONE)
        until(frames, lambda frame: frame.to_ndarray(format="gray").max() > 200)


def test_a_camera_that_goes_down_ends_its_stream_and_refuses_until_it_is_up(cameras: Cameras) -> None:
    with opened(cameras.url("cam-b")) as frames:
        next(frames)
        cameras.set_fault("cam-b", Fault.DOWN)
        deadline = time.monotonic() + DEADLINE_SECONDS
        for _ in frames:
            assert time.monotonic() < deadline
    with pytest.raises(av.error.HTTPNotFoundError), opened(cameras.url("cam-b")):
        pass
    cameras.set_fault("cam-b", Fault.NONE)
    with opened(cameras.url("cam-b")) as frames:
        next(frames)


def test_an_unknown_camera_is_not_found(cameras: Cameras) -> None:
    with pytest.raises(av.error.HTTPNotFoundError), opened(cameras.url("cam-x")):
        pass


def test_a_view_that_cannot_be_drawn_is_counted_and_hurts_no_other(cameras: Cameras) -> None:
    with pytest.raises(av.error.FFmpegError), opened(cameras.url("cam-broken"), seconds=2) as frames:
        next(frames)
    assert cameras.feeds["cam-broken"].counts.failed > 0
    with opened(cameras.url("cam-a")) as frames:
        next(frames)


def test_the_encoder_refuses_a_frame_of_another_size() -> None:
    encoder = H264Encoder(WIDTH, HEIGHT, fps=FPS)
    with pytest.raises(ValueError, match=r"image: got shape \(10, 10, 3\), expected \(180, 320, 3\)"):
        encoder.encode(np.zeros((10, 10, 3), np.uint8), 0.0)
