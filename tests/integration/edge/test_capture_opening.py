"""Opening of streams: the reasons why one cannot be opened, and one after another for the cameras of a host."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from time import monotonic

import pytest
from tests.support.edge.io import wait_for
from tests.support.stand_ins.rtsp_camera import DIGEST, RtspCamera

from siaga_edge.camera.capture.av_stream import AvStream
from siaga_edge.camera.capture.first_frame import first_frame
from siaga_edge.camera.capture.opening_turns import OpeningTurn, OpeningTurns
from siaga_edge.camera.capture.timed_frame import StreamEndedError
from siaga_edge.settings import CameraSettings
from siaga_edge.settings.kinds import PlaceSettings

SECONDS = 0.4


@pytest.fixture
def served() -> Iterator[Callable[..., RtspCamera]]:
    with ExitStack() as stack:
        yield lambda *answered, challenge=b"": stack.enter_context(closing(RtspCamera(answered, challenge)))


def reason(stream: AvStream) -> str:
    with pytest.raises(StreamEndedError) as caught:
        next(stream.frames())
    return str(caught.value)


@pytest.mark.parametrize(
    ("answered", "challenge", "expected"),
    [
        ((), b"", "no answer to OPTIONS within 0.4 s"),
        (("OPTIONS",), b"", "no answer to DESCRIBE within 0.4 s"),
        (("OPTIONS",), DIGEST, "no answer to DESCRIBE within 0.4 s"),
        (("OPTIONS",), b'WWW-Authenticate: Basic realm="camera"\r\n', "no answer to DESCRIBE within 0.4 s"),
        (("OPTIONS", "DESCRIBE"), DIGEST, "no video within 0 s, although DESCRIBE is answered after 0.0 s"),
    ],
)
def test_a_camera_that_does_not_answer_in_time_is_described_by_the_step(
    served: Callable[..., RtspCamera], answered: tuple[str, ...], challenge: bytes, expected: str
) -> None:
    camera = served(*answered, challenge=challenge)
    stream = AvStream("jalan", camera.url, connect_seconds=SECONDS)
    assert reason(stream) == expected
    if challenge:
        assert camera.received[-1] == "DESCRIBE with password"
    before = len(camera.received)
    assert reason(stream) == expected  # without finding out again: the camera is contacted by FFmpeg alone
    assert camera.received[before:].count("OPTIONS") == 1


def test_the_time_out_is_that_of_the_camera(served: Callable[..., RtspCamera]) -> None:
    camera = CameraSettings(
        id="jalan", url=served("OPTIONS").url, place=PlaceSettings(lat=0, lon=0), connect_seconds=1.0
    )
    began = monotonic()
    with pytest.raises(OSError, match=r"^no answer to DESCRIBE within 1 s$"):
        first_frame(camera)
    assert monotonic() - began < 4.5


def test_a_camera_waits_while_another_of_its_host_opens(served: Callable[..., RtspCamera]) -> None:
    camera, turns = served(), OpeningTurns()
    stream = AvStream("jalan", camera.url, connect_seconds=SECONDS, turns=turns)
    thread = threading.Thread(target=reason, args=(stream,))
    with turns.turn("127.0.0.1", threading.Event()) as turn:
        thread.start()
        wait_for(lambda: turns.count("127.0.0.1") == 2, seconds=10)
        assert camera.received == []
        turn.end()
        wait_for(lambda: camera.received != [], seconds=10)
    thread.join(20)
    assert turns.count("127.0.0.1") == 0


def test_turns_come_in_sequence_and_only_within_a_host() -> None:
    turns, never, entered = OpeningTurns(), threading.Event(), []
    held: list[OpeningTurn] = []
    with turns.turn("a", never) as first, turns.turn("b", never) as other:
        assert [first.has_ended, other.has_ended] == [False, False]

        def enter(name: str) -> None:
            with turns.turn("a", never) as turn:
                entered.append(name)
                held.append(turn)
                wait_for(lambda: turn.has_ended, seconds=10)

        for number, name in enumerate(("second", "third"), 2):
            threading.Thread(target=enter, args=(name,), daemon=True).start()
            wait_for(lambda number=number: turns.count("a") == number, seconds=10)  # type: ignore[misc]
        assert entered == []
        first.end()
        wait_for(lambda: entered == ["second"], seconds=10)
        held[0].end()
        wait_for(lambda: entered == ["second", "third"], seconds=10)
        held[1].end()
    wait_for(lambda: turns.count("a") == 0, seconds=10)


def test_a_capture_that_is_stopped_does_not_wait_for_its_turn() -> None:
    turns, stopping = OpeningTurns(), threading.Event()
    with turns.turn("a", threading.Event()):
        stopping.set()
        with turns.turn("a", stopping) as turn:
            assert not turn.has_ended
    assert turns.count("a") == 0


def test_a_file_waits_for_nobody(tmp_path: Path) -> None:
    turns = OpeningTurns()
    with turns.turn("", threading.Event()), pytest.raises(OSError, match="No such file"):
        next(AvStream("clip", str(tmp_path / "none.mp4"), turns=turns).frames())
