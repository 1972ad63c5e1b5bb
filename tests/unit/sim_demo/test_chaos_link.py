"""The bad line of `make chaos`: what it does to packets, and that TCP over it brings the same bytes."""

from __future__ import annotations

import random
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest
from benchmarks.chaos.lane import MOST_WAITING, Conditions, Lane
from benchmarks.chaos.link import Link, why_not
from hypothesis import given, settings
from hypothesis import strategies as st

PACKET = b"x" * 100
conditions = st.builds(
    Conditions,
    delay_seconds=st.floats(0, 2),
    jitter_seconds=st.floats(0, 2),
    loss=st.floats(0, 1),
    duplicate=st.floats(0, 1),
    bytes_per_second=st.sampled_from([0, 50, 10_000]),
    is_cut=st.booleans(),
)


def lane(**words: object) -> Lane:
    return Lane(random.Random(1), Conditions(**words))  # type: ignore[arg-type]


@settings(max_examples=40)
@given(st.lists(st.tuples(conditions, st.integers(1, 40)), max_size=8), st.integers(0, 9))
def test_every_packet_is_passed_lost_or_dropped_for_lack_of_room(
    weather: list[tuple[Conditions, int]], seed: int
) -> None:
    line, now, out = Lane(random.Random(seed)), 0.0, 0
    for there, packets in weather:
        line.conditions = there
        for _ in range(packets):
            line.put(PACKET, now)
            now += 0.01
            out += len(line.due(now))
    line.conditions = Conditions()
    out += len(line.due(now + 1e6))
    status = line.tally
    assert out == status.came + status.doubled - status.lost - status.overflown
    assert line.next_at() is None


def test_packets_come_twice_delayed_and_in_any_sequence() -> None:
    line = lane(delay_seconds=0.1, jitter_seconds=0.1, duplicate=1)
    sent = [bytes([number]) for number in range(20)]
    for packet in sent:
        line.put(packet, 5.0)
    assert line.due(5.09) == []
    came = line.due(5.21)
    assert sorted(came) == sorted(sent * 2) != came
    assert line.tally.overtaken > 0


def test_a_narrow_line_is_slow_and_drops_what_does_not_fit() -> None:
    line = lane(bytes_per_second=1000)
    for _ in range(MOST_WAITING + 5):
        line.put(PACKET, 0.0)
    assert len(line) == MOST_WAITING
    assert line.tally.overflown == 5
    assert len(line.due(1.001)) == 10


def test_a_cut_line_delivers_nothing_that_was_in_transit() -> None:
    line = lane(delay_seconds=1)
    line.put(PACKET, 0.0)
    line.conditions = Conditions(is_cut=True)
    line.put(PACKET, 0.5)
    assert line.due(2.0) == []
    assert line.tally.lost == 2


@pytest.fixture(scope="module")
def link() -> Iterator[Link]:
    reason = why_not()
    if reason:
        pytest.skip(reason)
    with Link(seed=1) as made:
        yield made


_SENDER = """
import socket, sys
line = socket.create_connection((sys.argv[1], int(sys.argv[2])), 20)
line.sendall(bytes(range(256)) * 400)
line.shutdown(socket.SHUT_WR)
line.recv(1)
"""


@pytest.mark.parametrize(
    "there",
    [Conditions(duplicate=0.5), Conditions(loss=0.05), Conditions(delay_seconds=0.01, jitter_seconds=0.03)],
    ids=["twice", "lost", "out of order"],
)
def test_tcp_from_the_other_network_brings_the_same_bytes_over_a_bad_line(link: Link, there: Conditions) -> None:
    link.set(there)
    with socket.create_server((link.outer, 0)) as server:
        server.settimeout(20)
        words = [sys.executable, "-c", _SENDER, link.outer, str(server.getsockname()[1])]
        with subprocess.Popen([*link.enter, *words]) as sender:
            line, address = server.accept()
            with line:
                line.settimeout(20)
                got = b"".join(iter(lambda: line.recv(65536), b""))
                line.sendall(b".")
            assert sender.wait(20) == 0
    assert address[0] == link.inner
    assert got == bytes(range(256)) * 400
    tallies = link.set()
    kind = "doubled" if there.duplicate else "lost" if there.loss else "overtaken"
    assert sum(one[kind] for one in tallies) > 0
