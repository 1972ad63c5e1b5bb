"""One connection to the broker: a socket that never blocks, and bytes that other threads want sent.

Ingest does not use paho for this: it takes one packet at a time, at a cost that was half of all that ingest did
(docs/adr/0018).
"""

from __future__ import annotations

import selectors
import socket
import ssl
import threading
import time
from contextlib import suppress

from siaga_cloud.ingest import packets
from siaga_cloud.ingest.packets import Packet, Reader
from siaga_cloud.settings import BrokerSettings

CONNECT_SECONDS = 5.0
CHUNK_BYTES = 256 * 1024
MAX_UNSENT_BYTES = 32 * 1024 * 1024


class RefusedError(OSError):
    """The broker answered, and does not let us in."""


class Line:
    """Open once made. `exchange` is for one thread, `send` for any."""

    def __init__(self, broker: BrokerSettings, *, client_id: str, clean: bool, keepalive_seconds: int) -> None:
        """Connects and waits for the answer; raises `OSError` or `BadPacketError`."""
        self._reader, self._unsent = Reader(), bytearray()
        self._lock = threading.Lock()
        self._socket = _dial(broker)
        try:
            self._wake_read, self._wake_write = socket.socketpair()
            self._keepalive_seconds = keepalive_seconds
            hello = packets.connect(
                client_id,
                username=broker.username,
                password=broker.password,
                clean=clean,
                keepalive_seconds=keepalive_seconds,
            )
            self._socket.sendall(hello)
            self.session_present, self._early = self._welcome()
        except BaseException:
            self._socket.close()
            raise
        for each in (self._socket, self._wake_read, self._wake_write):
            each.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._wake_read, selectors.EVENT_READ)
        self._selector.register(self._socket, selectors.EVENT_READ)
        self._sent_at = self._heard_at = self._pinged_at = time.monotonic()
        self._is_closed = False

    @property
    def certificate_expires(self) -> float:
        """Until when the broker's certificate is good, as a Unix time; 0 where it shows none."""
        shown = self._socket.getpeercert() if isinstance(self._socket, ssl.SSLSocket) else None
        until = shown.get("notAfter") if shown else None
        return float(ssl.cert_time_to_seconds(until)) if isinstance(until, str) else 0.0

    def send(self, data: bytes) -> bool:
        """Has it sent soon; False when too much waits already, or the line is closed."""
        with self._lock:
            if self._is_closed or len(self._unsent) + len(data) > MAX_UNSENT_BYTES:
                return False
            was_empty = not self._unsent
            self._unsent += data
        if was_empty:
            self.wake()
        return True

    def wake(self) -> None:
        """Makes `exchange` return soon."""
        with suppress(OSError):  # full: it is awake already
            self._wake_write.send(b"!")

    def exchange(self, *, wait_seconds: float, reading: bool) -> list[Packet]:
        """Sends what waits and returns what came; without `reading` the rest stays with the broker.

        Raises `OSError` when the line is broken or the broker silent, `BadPacketError` when it is none.
        """
        if self._early:
            early, self._early = self._early, []
            return early
        self._watch(reading=reading)
        for key, _ in self._selector.select(min(wait_seconds, self._keepalive_seconds / 4)):
            if key.fileobj is self._wake_read:
                with suppress(BlockingIOError):
                    self._wake_read.recv(4096)
        self._flush()
        found = self._read() if reading else []
        self._keep_alive(reading=reading)
        return found

    def close(self, *, politely: bool = False) -> None:
        """Ends it; politely, with a word to the broker."""
        with self._lock:
            self._is_closed = True
        with suppress(OSError, ValueError):
            if politely:
                self._socket.settimeout(1.0)
                self._socket.sendall(bytes(self._unsent) + packets.GOODBYE)
        self._selector.close()
        for each in (self._socket, self._wake_read, self._wake_write):
            each.close()

    def _welcome(self) -> tuple[bool, list[Packet]]:
        found: list[Packet] = []
        while not found:
            chunk = self._socket.recv(CHUNK_BYTES)
            if not chunk:
                raise ConnectionResetError("the broker closed the connection before it answered")
            found = self._reader.feed(chunk)
        why = packets.refusal(found[0])
        if why is not None:
            raise RefusedError(why)
        return packets.session_present(found[0]), found[1:]

    def _watch(self, *, reading: bool) -> None:
        with self._lock:
            wanted = (selectors.EVENT_READ if reading else 0) | (selectors.EVENT_WRITE if self._unsent else 0)
        registered = self._selector.get_map().get(self._socket)
        if wanted and registered is None:
            self._selector.register(self._socket, wanted)
        elif wanted:
            self._selector.modify(self._socket, wanted)
        elif registered is not None:
            self._selector.unregister(self._socket)

    def _flush(self) -> None:
        while True:
            with self._lock:
                part = bytes(self._unsent[:CHUNK_BYTES])
            if not part:
                return
            try:
                count = self._socket.send(part)
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return
            self._sent_at = time.monotonic()
            with self._lock:
                del self._unsent[:count]

    def _read(self) -> list[Packet]:
        try:
            chunk = self._socket.recv(CHUNK_BYTES)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return []
        if not chunk:
            raise ConnectionResetError("closed by the broker")
        self._heard_at = time.monotonic()
        found = self._reader.feed(chunk)
        # TLS may hold more than it gave, of which the socket says nothing.
        while isinstance(self._socket, ssl.SSLSocket) and self._socket.pending():
            found += self._reader.feed(self._socket.recv(CHUNK_BYTES))
        return found

    def _keep_alive(self, *, reading: bool) -> None:
        now = time.monotonic()
        if not reading:
            self._heard_at = now  # we do not listen just now
        if now - self._heard_at > 1.5 * self._keepalive_seconds:
            raise TimeoutError("the broker has been silent for too long")
        quiet = now - min(self._sent_at, self._heard_at)
        if min(quiet, now - self._pinged_at) > self._keepalive_seconds / 2:
            self._pinged_at = now
            self.send(packets.PING)


def _dial(broker: BrokerSettings) -> socket.socket:
    line = socket.create_connection((broker.host, broker.port), timeout=CONNECT_SECONDS)
    try:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if broker.ca_file is None:
            return line
        context = ssl.create_default_context(cafile=str(broker.ca_file))
        return context.wrap_socket(line, server_hostname=broker.host)
    except BaseException:
        line.close()
        raise
