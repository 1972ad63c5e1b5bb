"""Publishes messages that were made beforehand as fast as a broker takes them, over one connection a node.

Written on bare sockets, so that on a small machine the sender takes little from what is measured.
"""

from __future__ import annotations

import json
import select
import socket
import struct
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from siaga_core.wire.topics import DownStream, down

WINDOW = 60
STALL_SECONDS = 60.0
AGAIN_SECONDS = 5.0
# The middle of a run, as shares of all: neither the first batches nor the last ones, which wait for company.
STEADY = (0.2, 0.9)


class _Times:
    def __init__(self, stamps: Sequence[datetime]) -> None:
        self._stamps = iter(stamps)
        self.by_stamp: dict[datetime, float] = {}

    def left(self, count: int) -> None:
        for stamp in islice(self._stamps, count):
            self.by_stamp[stamp] = time.monotonic()


@dataclass(slots=True)
class _Line:
    """One node's connection: `ready` packets that are not sent yet, from `position` on."""

    node: str
    socket: socket.socket
    ready: list[bytes]
    times: _Times | None = None
    position: int = 0
    confirmed: int = 0
    acked: set[int] = field(default_factory=set)
    received: bytearray = field(default_factory=bytearray)
    owed: bytearray = field(default_factory=bytearray)

    @property
    def room(self) -> int:
        return min(WINDOW - (self.position - self.confirmed), len(self.ready) - self.position)


@dataclass(slots=True, kw_only=True)
class Blaster:
    """`messages`: by node, (topic, payload) in order, with sequence numbers from 1. A context; `run` sends."""

    port: int
    passwords: Mapping[str, str] = field(repr=False)
    messages: Mapping[str, Sequence[tuple[str, bytes]]] = field(repr=False)
    per_second: float | None = None
    _lines: dict[int, _Line] = field(default_factory=dict)
    _poll: select.epoll = field(default_factory=select.epoll)
    _began: float = 0.0
    _passed: dict[float, tuple[float, int]] = field(default_factory=dict)

    def __enter__(self) -> Blaster:
        for node, own in self.messages.items():
            line = _Line(node, _connected(self.port, node, self.passwords[node]), _packets(own))
            self._lines[line.socket.fileno()] = line
            self._poll.register(line.socket, select.EPOLLIN)
        return self

    def __exit__(self, *_: object) -> None:
        for line in self._lines.values():
            line.socket.close()
        self._poll.close()

    def run(self, done: Callable[[], bool] | None = None, *, watch: Callable[[], None] = lambda: None) -> float:
        """Sends all; seconds until `done()`, or until the cloud has acknowledged all, sent again where need be."""
        total = sum(map(len, self.messages.values()))
        self._began, progress_at, progress, again_at = time.monotonic(), time.monotonic(), -1, 0.0
        while not (done() if done else self.acknowledged == total):
            self._turn()
            self._pass(total)
            watch()
            now, seen = time.monotonic(), self.acknowledged + self.published
            if seen != progress:
                progress, progress_at = seen, now
            if now - max(progress_at, again_at) > AGAIN_SECONDS and done is None:
                again_at = now
                self._send_again()
            if now - progress_at > STALL_SECONDS:
                raise TimeoutError(f"{self.published} published, {self.acknowledged} of {total} acknowledged; stalled")
        return time.monotonic() - self._began

    @property
    def steady_per_second(self) -> float:
        """Messages that the cloud acknowledged in the middle of the run; read it after `run`."""
        (began, first), (ended, last) = (self._passed[share] for share in STEADY)
        return (last - first) / (ended - began)

    def note(self, node: str) -> dict[datetime, float]:
        """When each message of one node will have left, by its `measured_at`; read it after `run`."""
        line = next(line for line in self._lines.values() if line.node == node)
        line.times = _Times(
            [datetime.fromisoformat(json.loads(body)["measured_at"]) for _, body in self.messages[node]]
        )
        return line.times.by_stamp

    @property
    def published(self) -> int:
        """How many the broker has confirmed."""
        return sum(line.confirmed for line in self._lines.values())

    @property
    def acknowledged(self) -> int:
        """How many the cloud has."""
        return sum(len(line.acked) for line in self._lines.values())

    def _pass(self, total: int) -> None:
        for share in STEADY:
            if share not in self._passed and (count := self.acknowledged) >= share * total:
                self._passed[share] = (time.monotonic(), count)

    def _send_again(self) -> None:
        """As every real sender does with what was not acknowledged."""
        for line in self._lines.values():
            whole = len(self.messages[line.node])
            line.ready += [line.ready[seq - 1] for seq in range(1, whole + 1) if seq not in line.acked]

    def _turn(self) -> None:
        allowed = self._allowed()
        for line in self._lines.values():
            count = min(line.room, allowed)
            if count > 0:
                line.socket.sendall(b"".join(line.ready[line.position : line.position + count]))
                line.position += count
                if line.times is not None:
                    line.times.left(count)
                allowed -= count
        for number, _ in self._poll.poll(0.01):
            _receive(self._lines[number])

    def _allowed(self) -> int:
        if self.per_second is None:
            return 1 << 30
        due = int((time.monotonic() - self._began) * self.per_second)
        return due - sum(line.position for line in self._lines.values())


def _connected(port: int, node: str, password: str) -> socket.socket:
    line = socket.create_connection(("127.0.0.1", port), timeout=10)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    line.sendall(
        _packet(
            0x10, _text("MQTT") + b"\x04\xc2" + struct.pack("!H", 300) + b"".join(map(_text, (node, node, password)))
        )
    )
    answer = line.recv(4, socket.MSG_WAITALL)
    if answer != b"\x20\x02\x00\x00":
        raise ConnectionError(f"{node}: the broker said {answer.hex()}")
    line.sendall(_packet(0x82, b"\x00\x01" + _text(down(node, DownStream.ACK)) + b"\x01"))
    line.recv(5, socket.MSG_WAITALL)
    return line


def _packets(own: Sequence[tuple[str, bytes]]) -> list[bytes]:
    return [
        _packet(0x32, _text(topic) + struct.pack("!H", number % 65000 + 1) + payload)
        for number, (topic, payload) in enumerate(own)
    ]


def _receive(line: _Line) -> None:
    line.received += line.socket.recv(65536)
    at = 0
    while (packet := _next(line.received, at)) is not None:
        kind, begin, at = packet
        if kind >> 4 == 4:
            line.confirmed += 1
        elif kind >> 4 == 3:
            size = int.from_bytes(line.received[begin : begin + 2])
            line.owed += b"\x40\x02" + line.received[begin + 2 + size : begin + 4 + size]
            for each in json.loads(line.received[begin + 4 + size : at])["ranges"]:
                line.acked.update(range(each["first"], each["last"] + 1))
    del line.received[:at]
    if line.owed:
        line.socket.sendall(line.owed)
        line.owed.clear()


def _next(received: bytearray, at: int) -> tuple[int, int, int] | None:
    """Kind, where the body begins and where it ends; None while it is not all there."""
    size, shift, begin = 0, 0, at + 1
    while begin < len(received):
        byte = received[begin]
        size, shift, begin = size | (byte & 0x7F) << shift, shift + 7, begin + 1
        if byte < 0x80:
            return (received[at], begin, begin + size) if begin + size <= len(received) else None
    return None


def _text(words: str) -> bytes:
    raw = words.encode()
    return struct.pack("!H", len(raw)) + raw


def _packet(kind: int, body: bytes) -> bytes:
    size, length = len(body), bytearray()
    while True:
        size, low = divmod(size, 128)
        length.append(low | (0x80 if size else 0))
        if not size:
            return bytes((kind,)) + bytes(length) + body
