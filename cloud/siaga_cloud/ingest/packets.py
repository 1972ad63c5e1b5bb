"""The packets of MQTT 3.1.1 that ingest sends and gets; pure, and bounded whatever the other side sends."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from typing import NamedTuple

CONNACK, PUBLISH, PUBACK, SUBACK, UNSUBACK, PINGRESP = 2, 3, 4, 9, 11, 13
PING = b"\xc0\x00"
GOODBYE = b"\xe0\x00"
REFUSED = 0x80  # in a SUBACK
# The largest message of the wire is evidence of a few MiB; a broker that sends more is not ours.
MAX_PACKET_BYTES = 16 * 1024 * 1024
_LENGTH_BYTES = 4
_REASONS = {
    1: "unacceptable protocol version",
    2: "identifier rejected",
    3: "server unavailable",
    4: "bad user name or password",
    5: "not authorized",
}


class BadPacketError(ValueError):
    """What came is not MQTT 3.1.1, or larger than anything that is ours."""


class Packet(NamedTuple):
    """One packet as it came."""

    kind: int
    flags: int
    body: bytes


class Published(NamedTuple):
    """A message that the broker brings; `mid` 0 at QoS 0."""

    mid: int
    topic: str
    payload: bytes


class Reader:
    """Cuts a stream of bytes into packets, and keeps what is not whole yet."""

    def __init__(self, *, max_packet_bytes: int = MAX_PACKET_BYTES) -> None:
        self._max_packet_bytes = max_packet_bytes
        self._held = bytearray()

    def feed(self, chunk: bytes) -> list[Packet]:
        """The packets that are whole now. Raises `BadPacketError`."""
        held = self._held
        held += chunk
        found: list[Packet] = []
        at, end = 0, len(held)
        while end - at >= 2:
            size, begin = held[at + 1], at + 2
            if size >= 0x80:
                size, begin = _long_size(held, at + 1, end)
                if size < 0:
                    break
            if size > self._max_packet_bytes:
                raise BadPacketError(f"a packet of {size} bytes, expected at most {self._max_packet_bytes}")
            if begin + size > end:
                break
            found.append(Packet(held[at] >> 4, held[at] & 0x0F, bytes(held[begin : begin + size])))
            at = begin + size
        del held[:at]
        return found


def _long_size(held: bytearray, at: int, end: int) -> tuple[int, int]:
    """A length of more than one byte and where the body begins; -1 while it is not all there."""
    size = 0
    for number in range(_LENGTH_BYTES):
        if at + number >= end:
            return -1, at
        byte = held[at + number]
        size |= (byte & 0x7F) << (7 * number)
        if byte < 0x80:
            return size, at + number + 1
    raise BadPacketError("a length of more than four bytes")


def published(packet: Packet) -> Published:
    """A PUBLISH. A topic that is no UTF-8 is shown as it is: as a dead letter it is at least seen."""
    body = packet.body
    end = 2 + int.from_bytes(body[:2])
    at = end + 2 if packet.flags & 0x06 else end
    if len(body) < at:
        raise BadPacketError("a PUBLISH that ends within its topic")
    mid = int.from_bytes(body[end:at]) if at > end else 0
    return Published(mid, body[2:end].decode(errors="backslashreplace"), body[at:])


def refusal(packet: Packet) -> str | None:
    """Why a CONNACK refuses, None when it does not."""
    if packet.kind != CONNACK or len(packet.body) != 2:
        raise BadPacketError("something else than a CONNACK")
    code = packet.body[1]
    return _REASONS.get(code, f"code {code}") if code else None


def session_present(packet: Packet) -> bool:
    """Whether a CONNACK says that the broker has kept the session."""
    return bool(packet.body[0] & 1)


def numbered(packet: Packet) -> tuple[int, bytes]:
    """Packet id and the rest of a PUBACK, SUBACK or UNSUBACK."""
    if len(packet.body) < 2:
        raise BadPacketError("an answer without a packet id")
    return int.from_bytes(packet.body[:2]), packet.body[2:]


def connect(
    client_id: str, *, username: str | None, password: str | None, clean: bool, keepalive_seconds: int
) -> bytes:
    """CONNECT."""
    flags = (0x80 if username is not None else 0) | (0x40 if password is not None else 0) | (0x02 if clean else 0)
    words = [word for word in (client_id, username, password) if word is not None]
    head = _text("MQTT") + struct.pack("!BBH", 4, flags, keepalive_seconds)
    return _packet(0x10, head + b"".join(map(_text, words)))


def subscribe(mid: int, filters: Sequence[str]) -> bytes:
    """SUBSCRIBE to each at QoS 1."""
    return _packet(0x82, struct.pack("!H", mid) + b"".join(_text(one) + b"\x01" for one in filters))


def unsubscribe(mid: int, filters: Sequence[str]) -> bytes:
    """UNSUBSCRIBE."""
    return _packet(0xA2, struct.pack("!H", mid) + b"".join(map(_text, filters)))


def publish(topic: str, payload: bytes, *, mid: int) -> bytes:
    """PUBLISH, at QoS 1 with a packet id and at QoS 0 with `mid` 0."""
    head = _text(topic)
    return _packet(0x32, head + struct.pack("!H", mid) + payload) if mid else _packet(0x30, head + payload)


def pubacks(mids: Iterable[int]) -> bytes:
    """A PUBACK for each."""
    return b"".join([b"\x40\x02" + mid.to_bytes(2) for mid in mids])


def _text(words: str) -> bytes:
    raw = words.encode()
    return len(raw).to_bytes(2) + raw


def _packet(kind: int, body: bytes) -> bytes:
    size, length = len(body), bytearray()
    while True:
        size, low = divmod(size, 128)
        length.append(low | (0x80 if size else 0))
        if not size:
            return bytes((kind,)) + bytes(length) + body
