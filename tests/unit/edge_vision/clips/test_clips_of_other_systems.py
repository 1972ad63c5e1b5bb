"""The clips of other systems: read as far as they go, redacted by the shipped detector, bounded."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from tests.support.edge.clip_street import HEIGHT, WIDTH, FaceDetector, drawn, write_street

from siaga_cloud.media import clip_redactor
from siaga_cloud.media.clip_redactor import ClipRedactor
from siaga_core.vision.image import Image
from siaga_core.vision.image_files import read_image
from siaga_core.vision.self_test import KNOWN_IMAGE
from siaga_core.vision.video_files import ClipError, frames_of


def a_film(path: Path, frames: list[Image], *, fps: int, with_sound: bool = False) -> bytes:
    """MP4 in fragments, as Frigate streams it."""
    height, width = frames[0].shape[:2]
    flags = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
    with av.open(str(path), "w", format="mp4", options=flags) as container:
        stream = container.add_stream("libx264", rate=fps)
        stream.width, stream.height, stream.pix_fmt = width // 2 * 2, height // 2 * 2, "yuv420p"
        stream.codec_context.time_base = Fraction(1, fps)
        stream.options = {"g": str(fps), "preset": "ultrafast", "crf": "18"}
        sound = container.add_stream("aac", rate=16_000) if with_sound else None
        for frame in frames:
            pixels = np.ascontiguousarray(frame[: height // 2 * 2, : width // 2 * 2])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="bgr24")))
        container.mux(stream.encode())
        if sound is not None:
            samples = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
            samples.sample_rate = 16_000
            container.mux(sound.encode(samples))
            container.mux(sound.encode())
    return path.read_bytes()


def test_the_shipped_detector_hides_the_people_and_plates_of_a_known_image(tmp_path: Path) -> None:
    film = a_film(tmp_path / "known.mp4", [read_image(KNOWN_IMAGE)] * 4, fps=4, with_sound=True)
    clip = ClipRedactor().redact(film)
    assert clip.regions >= 4, "something is hidden in each of the four frames"
    (tmp_path / "clip.mp4").write_bytes(clip.content)
    with av.open(str(tmp_path / "clip.mp4")) as container:
        assert [stream.type for stream in container.streams] == ["video"], "voices are nobody's evidence"
    assert 0.75 <= clip.duration_seconds <= 1.25


def test_a_film_that_is_cut_off_yields_its_beginning(tmp_path: Path) -> None:
    film = a_film(tmp_path / "street.mp4", [drawn(number / 10) for number in range(100)], fps=10)
    whole = ClipRedactor(detector=FaceDetector()).redact(film)
    part = ClipRedactor(detector=FaceDetector()).redact(film[: len(film) // 2])
    assert 9.5 <= whole.duration_seconds <= 10.5
    assert 3 <= part.duration_seconds <= 6
    assert (part.width, part.height) == (WIDTH, HEIGHT)


def test_no_more_than_the_first_seconds_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clip_redactor, "MOST_SECONDS", 3.0)
    film = a_film(tmp_path / "street.mp4", [drawn(number / 10) for number in range(100)], fps=10)
    detector = FaceDetector()
    clip = ClipRedactor(detector=detector).redact(film)
    assert clip.duration_seconds <= 3.5
    assert detector.looks == 13, "four a second from 0 to 3 s"


@pytest.mark.parametrize("content", [b"", b"no film", b"\0\0\0\x18ftypisom" + b"\0" * 500, b"\xff\xd8\xff" * 900])
def test_what_is_no_film_is_refused(content: bytes) -> None:
    with pytest.raises(ClipError, match=r"cannot be read as MP4|no pictures|no frame"):
        ClipRedactor(detector=FaceDetector()).redact(content)


def test_a_frame_that_nobody_looked_at_leaves_no_clip(tmp_path: Path) -> None:
    write_street(tmp_path / "street.mp4", seconds=2, fps=10)
    with pytest.raises(ClipError, match="was not looked at"):
        ClipRedactor(detector=FaceDetector(broken=True)).redact((tmp_path / "street.mp4").read_bytes())


def test_frames_that_are_too_large_are_refused_before_they_are_converted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("siaga_core.vision.video_files._MOST_PIXELS", WIDTH * HEIGHT - 1)
    write_street(tmp_path / "street.mp4", seconds=1, fps=10)
    with pytest.raises(ClipError, match="got frames of 320 x 192"):
        list(frames_of((tmp_path / "street.mp4").read_bytes(), fps=4, max_side=640, most_seconds=30))
