"""One session per model for all cameras of a node: a single worker takes one look at a time, first come first served.

A camera waits for its own answer, so it never has more than one request in the queue; that is what makes the turns
fair and the queue bounded. By the policy `most_wait_seconds` a look is given up at once when the queue is longer than
that; without it a camera waits, and its frames grow fewer. A request that is not answered in time is taken back.
What was given up is counted, and raised as `LookError`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from time import perf_counter
from typing import TypeVar

from siaga_core.vision.detections import Detection
from siaga_core.vision.errors import LookError
from siaga_core.vision.image import Image
from siaga_edge.vision.models import VisionModels
from siaga_edge.vision.water import WaterMap

Answer = TypeVar("Answer")

_NEWS_SHARE = 0.1  # of the newest look in what a look usually takes


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedCounts:
    """Since the start: answered looks, ones given up for lateness, and seconds of work."""

    answered: int = 0
    dropped: int = 0
    busy_seconds: float = 0.0


class SharedModels:
    """Lends a pair of models to many cameras; `close` it when they have stopped."""

    def __init__(
        self, vision_models: VisionModels, *, patience_seconds: float = 8.0, most_wait_seconds: float | None = None
    ) -> None:
        self.vision_models = vision_models
        self._patience_seconds, self.most_wait_seconds = patience_seconds, most_wait_seconds
        self._queued = 0
        self._usual_seconds = 0.0
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="inference")
        self._lock = threading.Lock()
        self._counts = SharedCounts()

    @property
    def counts(self) -> SharedCounts:
        """What has been done so far."""
        with self._lock:
            return self._counts

    def lend(self) -> VisionModels:
        """Return models for one more camera; they are to be used by one thread."""
        return VisionModels(detector=_SharedDetector(self), water=_SharedWater(self))

    def close(self) -> None:
        """Ends the worker; requests that wait are answered with `LookError`."""
        self._worker.shutdown(wait=True, cancel_futures=True)

    def run(self, work: Callable[[VisionModels], Answer]) -> Answer:
        """Runs `work` on the worker when its turn comes; raises `LookError`."""
        self._refuse_if_overloaded()
        try:
            requested = self._worker.submit(self._timed, work)
        except RuntimeError:
            raise LookError("the inference worker is closed") from None
        with self._lock:
            self._queued += 1
        try:
            return self._awaited(requested)
        finally:
            with self._lock:
                self._queued -= 1

    def _refuse_if_overloaded(self) -> None:
        with self._lock:
            wait_seconds = self._queued * self._usual_seconds
        if self.most_wait_seconds is not None and wait_seconds > self.most_wait_seconds:
            self._count(dropped=1)
            raise LookError(f"{wait_seconds:.1f} s of frames are queued; the node is overloaded")

    def _awaited(self, requested: Future[Answer]) -> Answer:
        try:
            return requested.result(timeout=self._patience_seconds)
        except FutureTimeoutError:
            requested.cancel()
            self._count(dropped=1)
            raise LookError(f"no result within {self._patience_seconds:g} s; the node is overloaded") from None
        except CancelledError:
            raise LookError("the inference worker is closed") from None

    def _timed(self, work: Callable[[VisionModels], Answer]) -> Answer:
        began = perf_counter()
        try:
            return work(self.vision_models)
        finally:
            elapsed = perf_counter() - began
            self._usual_seconds += (elapsed - self._usual_seconds) * _NEWS_SHARE
            self._count(answered=1, busy_seconds=elapsed)

    def _count(self, *, answered: int = 0, dropped: int = 0, busy_seconds: float = 0.0) -> None:
        with self._lock:
            self._counts = SharedCounts(
                answered=self._counts.answered + answered,
                dropped=self._counts.dropped + dropped,
                busy_seconds=self._counts.busy_seconds + busy_seconds,
            )


@dataclass(frozen=True, slots=True)
class _SharedDetector:
    shared: SharedModels

    @property
    def thresholds(self) -> dict[str, float]:
        return self.shared.vision_models.detector.thresholds

    def detect(self, image: Image, *, floor: float) -> tuple[Detection, ...]:
        return self.shared.run(lambda vision_models: vision_models.detector.detect(image, floor=floor))


@dataclass(frozen=True, slots=True)
class _SharedWater:
    shared: SharedModels

    def look(self, image: Image) -> WaterMap:
        return self.shared.run(lambda vision_models: vision_models.water.look(image))
