"""A camera that is shown: a bounded series of redacted pictures, and nothing where the view cannot be trusted."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from tests.unit.edge_vision.fake_models import street
from tests.unit.edge_vision.test_pipeline import ROAD, START, Scene

from siaga_core.wire import codec, topics
from siaga_core.wire.views import FrameMessage, ShowCamera
from siaga_edge.camera.live_view import LiveView, LiveViews
from siaga_edge.fleet.live_view_command import MOST_AT_ONCE, LiveViewHandler


class LiveViewCase:
    """A camera of a scene, and what it sent."""

    def __init__(self, *, seconds: float = 10, most: int = 600) -> None:
        self.scene, self.shows, self.sent = Scene(ROAD), LiveViews(), list[FrameMessage]()
        self.scene.passes(5)
        live_views = LiveViewHandler("node-a", {"cam-1": self}.__getitem__, self._save, clock=lambda: self.scene.at)
        command = ShowCamera(
            view_id=uuid4(), camera="cam-1", until=self.scene.at + timedelta(seconds=seconds), most_frames=most
        )
        assert live_views.begin(command) == "show: camera cam-1"

    def show(self, show: LiveView) -> None:
        self.shows.begin(show)

    def _save(self, topic: str, payload: bytes) -> bool:
        message = codec.decode_up(topics.parse_up(topic), payload)
        assert isinstance(message, FrameMessage)
        self.sent.append(message)
        return True

    def passes(self, seconds: float) -> None:
        for _ in range(round(seconds * 5)):
            self.scene.passes(0.2)
            self.shows.frame(self.scene.pipeline, street(self.scene.frames % 50), self.scene.at, now=self.scene.at)


def test_snapshots_come_at_their_beat_and_end_with_the_time() -> None:
    shown = LiveViewCase(seconds=4)
    shown.passes(20)
    assert [one.header.number for one in shown.sent] == list(range(1, len(shown.sent) + 1))
    assert 6 <= len(shown.sent) <= 8
    beats = [b.header.taken_at - a.header.taken_at for a, b in zip(shown.sent, shown.sent[1:], strict=False)]
    assert min(beats) >= timedelta(seconds=0.45)
    assert max(shown.sent[0].header.width, shown.sent[0].header.height) <= 640


def test_a_snapshot_is_one_image() -> None:
    shown = LiveViewCase(most=1)
    shown.passes(5)
    assert len(shown.sent) == 1


def test_no_command_shows_longer_than_two_minutes() -> None:
    shown = LiveViewCase(seconds=3600)
    shown.passes(150)
    assert shown.sent[-1].header.taken_at - shown.sent[0].header.taken_at <= timedelta(seconds=120)


def test_a_view_that_cannot_be_trusted_is_not_shown() -> None:
    shown = LiveViewCase()
    shown.scene.pipeline._fault = "moved"
    shown.shows.frame(shown.scene.pipeline, street(0), shown.scene.at, now=shown.scene.at)
    assert shown.sent == []


def test_a_camera_that_is_not_there_and_one_too_many_are_refused() -> None:
    class Camera:
        def show(self, show: LiveView) -> None:
            pass

    cameras = {f"cam-{number}": Camera() for number in range(MOST_AT_ONCE + 1)}
    live_views = LiveViewHandler("node-a", cameras.__getitem__, lambda *_: True, clock=lambda: START)

    def text(name: str) -> str:
        return live_views.begin(ShowCamera(view_id=uuid4(), camera=name, until=START + timedelta(seconds=9)))

    assert text("cam-x") == "show: there is no camera cam-x"
    assert [text(name) for name in cameras][-2:] == ["show: camera cam-15", "show: 16 cameras are shown already"]
    assert text("cam-3") == "show: camera cam-3"
