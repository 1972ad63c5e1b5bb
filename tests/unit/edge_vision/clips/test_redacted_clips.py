"""A clip shows what happened, and nobody in any of its frames."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.support.edge.clip_street import (
    HEIGHT,
    START,
    WIDTH,
    FaceDetector,
    found_face,
    frames_of,
    ring_of,
    write_street,
)

from siaga_core.rules.geometry import Box
from siaga_core.vision.video_files import ClipError
from siaga_edge.camera.clips import mp4
from siaga_edge.camera.clips.packet_ring import PacketCut
from siaga_edge.camera.clips.redacted_clip import FPS, MAX_CLIP_BYTES, ClipMarks, make_redacted_clip

ALL = Box(0, 0, 1, 1)


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def cut_of(path: Path, *, fps: int = 10, since: float = 3.0, until: float = 18.0) -> PacketCut:
    cut = ring_of(path, fps=fps).cut(START + seconds(since), START + seconds(until))
    assert cut is not None
    return cut


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("street") / "street.ts"
    write_street(path, seconds=20, fps=10)
    return path


def test_nobody_is_recognised_in_any_frame_though_the_detector_misses_some(street: Path, tmp_path: Path) -> None:
    detector = FaceDetector(misses=3)
    clip = make_redacted_clip(cut_of(street), detector, ClipMarks())
    frames = frames_of(clip.content, tmp_path / "clip.mp4")
    assert len(frames) == clip.frames == detector.looks, "every frame of the clip was looked at"
    assert [number for number, frame in enumerate(frames) if found_face(frame) is not None] == []
    assert (clip.width, clip.height, clip.is_copied) == (WIDTH, HEIGHT, False)
    assert 74 <= len(frames) <= 77
    assert 14.8 <= clip.duration_seconds <= 15.4
    assert len(clip.content) < MAX_CLIP_BYTES


def test_a_detector_that_finds_nobody_would_show_them(street: Path, tmp_path: Path) -> None:
    """The check of the test above: with nothing found, each frame shows somebody."""
    clip = make_redacted_clip(cut_of(street, since=3, until=5), FaceDetector(blind=True), ClipMarks())
    assert all(found_face(frame) is not None for frame in frames_of(clip.content, tmp_path / "clip.mp4"))


def test_masked_places_are_black_in_every_frame(street: Path, tmp_path: Path) -> None:
    masks = (((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)),)
    clip = make_redacted_clip(cut_of(street, since=3, until=6), FaceDetector(), ClipMarks(masks=masks))
    assert max(int(frame.max()) for frame in frames_of(clip.content, tmp_path / "clip.mp4")) < 20


def test_a_frame_that_nobody_looked_at_leaves_no_clip(street: Path) -> None:
    with pytest.raises(ClipError, match="was not looked at"):
        make_redacted_clip(cut_of(street), FaceDetector(broken=True), ClipMarks())


def test_a_slow_stream_with_nobody_in_it_is_cut_without_encoding(tmp_path: Path) -> None:
    path = tmp_path / "empty.ts"
    write_street(path, seconds=8, fps=int(FPS), empty=True)
    cut = cut_of(path, fps=int(FPS), since=2.0, until=6.0)
    clip = make_redacted_clip(cut, FaceDetector(), ClipMarks())
    assert clip.is_copied
    assert all(packet.data[-100:] in clip.content for packet in cut.packets if packet.is_keyframe)
    assert len(frames_of(clip.content, tmp_path / "clip.mp4")) == len(cut.packets) == clip.frames


@pytest.mark.parametrize("suffix", ["ts", "mp4", "mkv"])
def test_the_packets_of_any_source_become_a_file_as_they_are(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"street.{suffix}"
    write_street(path, seconds=4, fps=10)
    cut = cut_of(path, since=1.0, until=3.0)
    frames = frames_of(mp4.copied(cut), tmp_path / "copy.mp4")
    assert len(frames) == len(cut.packets)
    assert all(found_face(frame) is not None for frame in frames), "an original, which is sealed and never sent"


def test_between_two_looks_others_have_their_turn(street: Path) -> None:
    turns: list[int] = []
    detector = FaceDetector()
    make_redacted_clip(
        cut_of(street, since=3, until=5), detector, ClipMarks(), between=lambda: turns.append(detector.looks)
    )
    assert turns == list(range(1, detector.looks + 1))
