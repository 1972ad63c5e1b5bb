"""The ring of a camera's packets: bounded by time and bytes, and always decodable from its first packet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from siaga_edge.camera.clips.packet_ring import PacketRing, RingPacket, StreamFormat

START = datetime(2026, 1, 1, tzinfo=UTC)
FORMAT = StreamFormat(codec="h264", width=320, height=192, time_base=Fraction(1, 90_000))


def packet(second: float, *, key: bool, size: int = 100) -> RingPacket:
    return RingPacket(data=bytes(size), is_keyframe=key, at=START + timedelta(seconds=second), pts=None, dts=None)


def ring(*packets: RingPacket, max_bytes: int = 10**6, seconds: float = 30.0) -> PacketRing:
    made = PacketRing("cam-1", max_bytes=max_bytes, seconds=seconds)
    made.begin(FORMAT)
    for each in packets:
        made.add(each)
    return made


def every_second(count: int, *, keyframe_every: int = 4) -> list[RingPacket]:
    return [packet(second, key=second % keyframe_every == 0) for second in range(count)]


def span(made: PacketRing, since: float, until: float) -> tuple[float, float, float] | None:
    cut = made.cut(START + timedelta(seconds=since), START + timedelta(seconds=until))
    if cut is None:
        return None
    ends = (cut.packets[0].at, cut.packets[-1].at, cut.since)
    first, last, begins = ((at - START).total_seconds() for at in ends)
    return first, last, begins


def test_a_cut_begins_with_the_keyframe_before_it() -> None:
    made = ring(*every_second(20))
    assert span(made, 7, 12) == (4, 12, 7), "the frames before 7 s are decoded and not shown"
    assert span(made, 9, 12) == (8, 12, 8), "a keyframe that lies near is the beginning"
    assert span(made, 8, 8.5) == (8, 8, 8)


def test_what_the_ring_does_not_hold_cannot_be_cut() -> None:
    made = ring(*every_second(20))
    assert span(made, 25, 30) is None
    assert span(made, -30, -20) is None
    assert span(made, -5, 2) == (0, 2, 0), "a clip may begin later than requested"
    assert PacketRing("cam-1", max_bytes=1000).cut(START, START) is None


def test_a_stream_that_was_opened_again_begins_anew() -> None:
    made = ring(*every_second(20))
    made.begin(FORMAT)
    assert span(made, 0, 20) is None
    assert made.size_bytes == 0
    made.add(packet(21, key=False))
    assert made.size_bytes == 0, "nothing before a keyframe can be decoded"


def test_a_clock_that_was_set_back_begins_the_ring_anew() -> None:
    made = ring(*every_second(9))
    made.add(packet(-3600, key=True))
    assert span(made, -3600, 9) == (-3600, -3600, -3600)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0.01, 3), st.booleans(), st.integers(1, 4000)), max_size=80),
    st.integers(1000, 20_000),
    st.floats(1, 20),
)
def test_the_ring_is_bounded_and_begins_with_a_keyframe(
    steps: list[tuple[float, bool, int]], max_bytes: int, seconds: float
) -> None:
    made, at = ring(max_bytes=max_bytes, seconds=seconds), 0.0
    for gap, key, size in steps:
        at += gap
        made.add(packet(at, key=key, size=size))
        cut = made.cut(START, START + timedelta(days=1))
        assert made.size_bytes <= max_bytes
        assert cut is None or cut.packets[0].is_keyframe
        assert cut is None or cut.size_bytes == made.size_bytes
        assert cut is None or (cut.packets[-1].at - cut.packets[0].at).total_seconds() <= seconds
