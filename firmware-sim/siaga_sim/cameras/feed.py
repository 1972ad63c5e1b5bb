"""One camera's image stream: drawn on the clock while somebody watches, handed to every watcher."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from typing import Protocol, runtime_checkable

import numpy as np

from siaga_sim.cameras.encoder import AccessUnit, H264Encoder, ImageArray
from siaga_sim.faults import Fault

log = logging.getLogger(__name__)

_OF_THE_VIEW = frozenset({Fault.COVERED, Fault.MOVED, Fault.NIGHT, Fault.RAIN})
# Two seconds of images: a watcher further behind than that is better served by the next keyframe.
WATCHER_BACKLOG = 10


class View(Protocol):
    """What a camera looks at."""

    def frame(self, at_seconds: float, /) -> ImageArray:
        """The BGR image at a moment of the story."""
        ...


@runtime_checkable
class AlterableView(View, Protocol):
    """A view that can be covered, moved, dark or wet on command."""

    def altered(self, at_seconds: float, fault: Fault, /) -> ImageArray:
        """The BGR image at a moment of the story, with what is wrong."""
        ...


@dataclass(slots=True)
class FeedCounts:
    """What a feed did since it began; seconds are those of the processor."""

    drawn: int = 0
    skipped: int = 0
    failed: int = 0
    drawing_seconds: float = 0.0
    encoding_seconds: float = 0.0

    def as_dict(self) -> dict[str, float]:
        """For a line of JSON; seconds to the millisecond."""
        return {name: round(value, 3) for name, value in asdict(self).items()}


class Watcher:
    """One client's place in the stream. When it falls behind, it goes on at the next keyframe."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[AccessUnit] = asyncio.Queue(WATCHER_BACKLOG)
        self._needs_keyframe = True

    def offer(self, unit: AccessUnit) -> None:
        """Take a unit unless it could not be decoded."""
        if self._queue.full():
            while not self._queue.empty():
                self._queue.get_nowait()
            self._needs_keyframe = True
        if self._needs_keyframe and not unit.is_keyframe:
            return
        self._needs_keyframe = False
        self._queue.put_nowait(unit)

    async def units(self) -> AsyncIterator[AccessUnit]:
        """Units as they come, without end."""
        while True:
            yield await self._queue.get()


class CameraFeed:
    """Draws and encodes one camera, each image at the moment that `story_seconds` tells."""

    def __init__(
        self,
        camera_id: str,
        view: View,
        *,
        size: tuple[int, int],
        fps: float,
        story_seconds: Callable[[], float],
    ) -> None:
        self.camera_id = camera_id
        self.counts = FeedCounts()
        self.fault = Fault.NONE
        self.painted = asyncio.Event()
        self.encoder = H264Encoder(*size, fps=fps)
        self._view = view
        self._fps = fps
        self._story_seconds = story_seconds
        self._watchers: set[Watcher] = set()
        self._watched = asyncio.Event()
        self._keyframe_wanted = True
        self._is_failing = False
        self._last: ImageArray | None = None

    @contextmanager
    def watching(self) -> Iterator[Watcher]:
        """A place in the stream for as long as the block lasts; its first unit is a keyframe."""
        watcher = Watcher()
        self._watchers.add(watcher)
        self._keyframe_wanted = True
        self._watched.set()
        try:
            yield watcher
        finally:
            self._watchers.discard(watcher)
            if not self._watchers:
                self._watched.clear()

    async def run(self, executor: Executor) -> None:
        """Draw while watched, until cancelled. Time that is lost is skipped, never made up for."""
        origin = time.monotonic()
        number = 0
        # The first image of a view may take seconds; nobody should have to watch it being painted.
        await self._attempt(executor, self._image)
        self.painted.set()
        while True:
            if not self._watched.is_set():
                await self._watched.wait()
                number = math.floor((time.monotonic() - origin) * self._fps)
            number = await self._next_tick(origin, number)
            if self.fault not in (Fault.SILENT, Fault.DOWN):
                keyframe, self._keyframe_wanted = self._keyframe_wanted, False
                await self._attempt(executor, partial(self._render, number / self._fps, keyframe=keyframe))

    async def _attempt(self, executor: Executor, drawing: Callable[[], AccessUnit | ImageArray]) -> None:
        loop = asyncio.get_running_loop()
        try:
            drawn = await loop.run_in_executor(executor, drawing)
        except Exception:
            self.counts.failed += 1
            self._keyframe_wanted = True
            if not self._is_failing:
                log.exception("camera %s: frames cannot be rendered", self.camera_id)
            self._is_failing = True
            return
        self._is_failing = False
        if isinstance(drawn, AccessUnit):
            for watcher in self._watchers:
                watcher.offer(drawn)

    async def _next_tick(self, origin: float, last: int) -> int:
        elapsed = time.monotonic() - origin
        number = max(last + 1, math.floor(elapsed * self._fps) + 1)
        self.counts.skipped += number - last - 1
        await asyncio.sleep(number / self._fps - elapsed)
        return number

    def _render(self, seconds: float, *, keyframe: bool) -> AccessUnit:
        started = time.thread_time()
        image = self._image()
        drawn = time.thread_time()
        unit = self.encoder.encode(image, seconds, keyframe=keyframe)
        self.counts.drawn += 1
        self.counts.drawing_seconds += drawn - started
        self.counts.encoding_seconds += time.thread_time() - drawn
        return unit

    def _image(self) -> ImageArray:
        if self.fault is Fault.BLACK:
            return np.zeros((self.encoder.height, self.encoder.width, 3), np.uint8)
        if self.fault is not Fault.FROZEN or self._last is None:
            self._last = self._look()
        return self._last

    def _look(self) -> ImageArray:
        if self.fault in _OF_THE_VIEW and isinstance(self._view, AlterableView):
            return self._view.altered(self._story_seconds(), self.fault)
        return self._view.frame(self._story_seconds())
