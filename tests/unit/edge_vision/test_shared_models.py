from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from time import monotonic

import pytest
from tests.unit.edge_vision.fake_models import THRESHOLDS, FakeWater, street

from siaga_core.vision.detections import Detection
from siaga_core.vision.errors import LookError
from siaga_core.vision.image import Image
from siaga_edge.vision.models import VisionModels
from siaga_edge.vision.shared_models import SharedModels


class GatedDetector:
    """Notes whose picture it looks at (its width); waits while the gate is shut."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.command: list[int] = []

    @property
    def thresholds(self) -> dict[str, float]:
        return dict(THRESHOLDS)

    def detect(self, image: Image, *, floor: float) -> tuple[Detection, ...]:
        assert self.gate.wait(20)
        self.command.append(image.shape[1])
        return ()


@pytest.fixture
def detector() -> Iterator[GatedDetector]:
    gated = GatedDetector()
    yield gated
    gated.gate.set()


class PatientDetector(GatedDetector):
    """Answers only while all other cameras wait for their turn, as on a box that is busy all the time."""

    def __init__(self, waiting: Callable[[], int], others: int) -> None:
        super().__init__()
        self._waiting = waiting
        self._others = others

    def detect(self, image: Image, *, floor: float) -> tuple[Detection, ...]:
        deadline = monotonic() + 20
        while self._waiting() < self._others and not self.gate.is_set():
            assert monotonic() < deadline
            self.gate.wait(0.001)
        self.command.append(image.shape[1])
        return ()


def test_cameras_alternate() -> None:
    shared: SharedModels
    detector = PatientDetector(lambda: shared._worker._work_queue.qsize(), others=3)
    shared = SharedModels(VisionModels(detector=detector, water=FakeWater()), patience_seconds=30)

    def look(width: int) -> None:
        vision_models = shared.lend()
        while len(detector.command) < 40:
            vision_models.detector.detect(street(width=width), floor=0.2)
        detector.gate.set()

    cameras = [threading.Thread(target=look, args=(100 + number,)) for number in range(4)]
    for camera in cameras:
        camera.start()
    for camera in cameras:
        camera.join(timeout=30)
    shared.close()
    assert set(detector.command[:4]) == {100, 101, 102, 103}
    assert detector.command[:40] == detector.command[:4] * 10
    assert shared.counts.answered == len(detector.command)


def test_eight_cameras_of_which_one_requests_at_once_again_get_equal_shares() -> None:
    shared: SharedModels
    detector = PatientDetector(lambda: shared._worker._work_queue.qsize(), others=7)
    shared = SharedModels(VisionModels(detector=detector, water=FakeWater()), patience_seconds=30)

    def look(width: int) -> None:
        vision_models = shared.lend()
        while len(detector.command) < 80:
            vision_models.detector.detect(street(width=width), floor=0.2)
            if width != 100:  # all others have something else to do as well
                detector.gate.wait(0.001)
        detector.gate.set()

    cameras = [threading.Thread(target=look, args=(100 + number,)) for number in range(8)]
    for camera in cameras:
        camera.start()
    for camera in cameras:
        camera.join(timeout=60)
    shared.close()
    looks = [detector.command[:80].count(100 + number) for number in range(8)]
    assert sum(looks) == 80
    assert min(looks) >= 9
    assert max(looks) <= 11


def test_by_policy_a_look_that_would_wait_too_long_is_given_up_at_once_and_counted(detector: GatedDetector) -> None:
    detector.gate.set()
    shared = SharedModels(VisionModels(detector=detector, water=FakeWater()), most_wait_seconds=0.5)
    shared._usual_seconds = 0.4
    shared._queued = 1
    shared.lend().detector.detect(street(), floor=0.2)
    shared._queued = 2
    with pytest.raises(LookError, match="of frames are queued; the node is overloaded"):
        shared.lend().detector.detect(street(), floor=0.2)
    assert shared.counts.dropped == 1
    assert shared.counts.answered == 1
    shared.close()


def test_a_late_answer_is_a_failed_look_that_is_counted_and_not_made_up_for(detector: GatedDetector) -> None:
    shared = SharedModels(VisionModels(detector=detector, water=FakeWater()), patience_seconds=0.05)
    busy, waiting = shared.lend(), shared.lend()
    with pytest.raises(LookError, match=r"no result within 0\.05 s"):
        busy.detector.detect(street(width=100), floor=0.2)
    with pytest.raises(LookError):
        waiting.detector.detect(street(width=200), floor=0.2)
    assert shared.counts.dropped == 2
    detector.gate.set()
    shared.close()
    assert detector.command == [100]  # the one in the queue was taken back


def test_after_closing_a_look_fails_at_once() -> None:
    detector = GatedDetector()
    shared = SharedModels(VisionModels(detector=detector, water=FakeWater()))
    shared.close()
    with pytest.raises(LookError, match="closed"):
        shared.lend().water.look(street())


def test_an_error_of_the_model_reaches_the_camera_that_requested_it() -> None:
    water = FakeWater(broken=True)
    shared = SharedModels(VisionModels(detector=GatedDetector(), water=water))
    with pytest.raises(LookError):
        shared.lend().water.look(street())
    assert shared.lend().detector.thresholds == THRESHOLDS
    shared.close()
