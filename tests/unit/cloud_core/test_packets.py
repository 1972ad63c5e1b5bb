"""MQTT packets, whole and broken, in any pieces."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siaga_cloud.ingest import packets
from siaga_cloud.ingest.packets import BadPacketError, Packet, Reader

STREAM = (
    b"\x20\x02\x01\x00"
    + packets.publish("siaga/v1/s07/box-one/up/readings", b"x" * 300, mid=7)
    + packets.publish("t", b"", mid=0)
    + b"\x90\x04\x00\x05\x01\x80"
    + packets.pubacks([9])
)


@given(st.lists(st.integers(0, len(STREAM)), max_size=20))
@settings(max_examples=50, deadline=None)
def test_packets_are_the_same_in_whatever_pieces_they_come(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(STREAM)]
    reader = Reader()
    found = [packet for a, b in pairwise(edges) for packet in reader.feed(STREAM[a:b])]
    welcome, first, second, subscribed, confirmed = found
    assert packets.refusal(welcome) is None
    assert packets.session_present(welcome)
    assert packets.published(first) == (7, "siaga/v1/s07/box-one/up/readings", b"x" * 300)
    assert packets.published(second) == (0, "t", b"")
    assert packets.numbered(subscribed) == (5, b"\x01\x80")
    assert packets.numbered(confirmed) == (9, b"")


@given(st.binary(max_size=400))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_packets_or_refused(junk: bytes) -> None:
    try:
        for packet in Reader().feed(junk):
            for read in (packets.published, packets.numbered, packets.refusal):
                try:
                    read(packet)
                except BadPacketError:
                    continue
    except BadPacketError:
        return


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"\x30\xff\xff\xff\xff\x01", id="length of five bytes"),
        pytest.param(b"\x30\xff\xff\xff\x7f", id="larger than anything of ours"),
    ],
)
def test_lengths_without_bounds_are_refused_before_anything_is_held(raw: bytes) -> None:
    with pytest.raises(BadPacketError):
        Reader().feed(raw)


def test_a_topic_that_is_no_utf8_is_shown() -> None:
    topic = packets.published(Packet(packets.PUBLISH, 0, b"\x00\x02\xff\xfehello")).topic
    assert topic == "\\xff\\xfe"


@pytest.mark.parametrize(("code", "why"), [(4, "bad user name or password"), (5, "not authorized"), (99, "code 99")])
def test_a_refusal_says_why(code: int, why: str) -> None:
    assert packets.refusal(Packet(packets.CONNACK, 0, bytes((0, code)))) == why
