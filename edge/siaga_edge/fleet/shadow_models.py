"""Runs a new model beside the one that decides, on a share of its looks, and counts where they differ.

It works in a thread of its own on at most one image at a time: the answers that count never wait for it, and what
goes wrong in it is counted and nothing else.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Generic, TypeVar

from siaga_core.rules.geometry import iou
from siaga_core.vision.detections import Detection, above
from siaga_core.vision.image import Image
from siaga_core.vision.ports import Detector
from siaga_core.wire.parts import ShadowHealth
from siaga_edge.platform.loop import Loop
from siaga_edge.vision.ports import WaterSegmenter
from siaga_edge.vision.water import WaterMap

log = logging.getLogger(__name__)

SAME_THING_IOU = 0.5
SAME_WATER_SHARE = 0.05
_STOP_SECONDS = 2.0

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """How two answers to one image differ, in things seen or looks taken."""

    agreed: int = 0
    only_running: int = 0
    only_shadow: int = 0
    relabelled: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task(Generic[Answer]):
    image: Image
    answer: Answer
    seconds: float
    look: Callable[[Image], Answer]


class ShadowRunner(Generic[Answer]):
    """Begins with `start`, ends with `stop`; `offer` never blocks."""

    def __init__(self, sha256: str, *, share: float, compare: Callable[[Answer, Answer], Difference]) -> None:
        self._share, self._compare = share, compare
        self._due = 0.0
        self._work: _Task[Answer] | None = None
        self._ready = threading.Event()
        self._health = ShadowHealth(sha256=sha256)
        self._seconds = (0.0, 0.0)
        self._loop = Loop(f"shadow {sha256[:8]}", self._tick)

    def start(self) -> None:
        """Start the thread; returns at once."""
        self._loop.start()

    def stop(self) -> None:
        """Ends after the look in hand."""
        self._loop.request_stop()
        self._ready.set()
        self._loop.join(_STOP_SECONDS)

    def health(self) -> ShadowHealth:
        """Return what was counted so far."""
        return self._health

    def offer(self, image: Image, answer: Answer, *, seconds: float, look: Callable[[Image], Answer]) -> None:
        """The model that decides took `seconds` for `answer`; `look` is how the shadow would take it."""
        self._due += self._share
        if self._due < 1 or self._work is not None:
            self._due = min(self._due, 1.0)  # a look that came too early is made up for, not piled up
            return
        self._due -= 1
        # Copied, because who lent the image may draw on it or reuse it.
        self._work = _Task(image=image.copy(), answer=answer, seconds=seconds, look=look)
        self._ready.set()

    def _tick(self) -> None:
        self._ready.wait(0.5)
        self._ready.clear()
        task = self._work
        if task is None:
            return
        began = perf_counter()
        try:
            answer = task.look(task.image)
        except Exception as error:  # an unproved model may fail in any way, and must not matter
            if not self._health.failed:
                log.warning("shadow model %s failed: %s", self._health.sha256[:8], error, exc_info=error)
            self._health = self._health.model_copy(update={"failed": self._health.failed + 1})
        else:
            self._count(self._compare(task.answer, answer), task.seconds, perf_counter() - began)
        finally:
            self._work = None

    def _count(self, found: Difference, running_seconds: float, shadow_seconds: float) -> None:
        before, looks = self._health, self._health.looks + 1
        self._seconds = (self._seconds[0] + running_seconds, self._seconds[1] + shadow_seconds)
        self._health = before.model_copy(
            update={
                "looks": looks,
                "agreed": before.agreed + found.agreed,
                "only_running": before.only_running + found.only_running,
                "only_shadow": before.only_shadow + found.only_shadow,
                "relabelled": before.relabelled + found.relabelled,
                "running_ms": round(1000 * self._seconds[0] / looks, 3),
                "shadow_ms": round(1000 * self._seconds[1] / looks, 3),
            }
        )


@dataclass(frozen=True, slots=True)
class ShadowDetector:
    """Answers as `running` does; `candidate` looks on."""

    running: Detector
    candidate: Detector
    shadowing: ShadowRunner[tuple[Detection, ...]]

    @property
    def thresholds(self) -> dict[str, float]:
        """The thresholds of the detector that decides."""
        return self.running.thresholds

    def detect(self, image: Image, *, floor: float) -> tuple[Detection, ...]:
        """What the one that decides says."""
        began = perf_counter()
        found = self.running.detect(image, floor=floor)
        seconds = perf_counter() - began
        sure = above(found, self.running.thresholds)
        self.shadowing.offer(image, sure, seconds=seconds, look=lambda again: self._candidates(again, floor))
        return found

    def _candidates(self, image: Image, floor: float) -> tuple[Detection, ...]:
        return above(self.candidate.detect(image, floor=floor), self.candidate.thresholds)


@dataclass(frozen=True, slots=True)
class ShadowWater:
    """Answers as `running` does; `candidate` looks on."""

    running: WaterSegmenter
    candidate: WaterSegmenter
    shadowing: ShadowRunner[WaterMap]

    def look(self, image: Image) -> WaterMap:
        """What the one that decides says."""
        began = perf_counter()
        found = self.running.look(image)
        self.shadowing.offer(image, found, seconds=perf_counter() - began, look=self.candidate.look)
        return found


def compare_detections(running: tuple[Detection, ...], shadow: tuple[Detection, ...]) -> Difference:
    """Pairs what both saw at the same spot, best first, and counts the rest."""
    left = list(shadow)
    found = Difference()
    for thing in running:
        pair = max(left, key=lambda other: iou(thing.box, other.box), default=None)
        if pair is None or iou(thing.box, pair.box) < SAME_THING_IOU:
            found = replace(found, only_running=found.only_running + 1)
            continue
        left.remove(pair)
        if pair.label == thing.label:
            found = replace(found, agreed=found.agreed + 1)
        else:
            found = replace(found, relabelled=found.relabelled + 1)
    return replace(found, only_shadow=len(left))


def compare_water(running: WaterMap, shadow: WaterMap) -> Difference:
    """Agreed, or which of the two saw more water."""
    more = running.share() - shadow.share()
    if abs(more) <= SAME_WATER_SHARE:
        return Difference(agreed=1)
    return Difference(only_running=1) if more > 0 else Difference(only_shadow=1)
