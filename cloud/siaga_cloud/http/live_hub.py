"""Fans changes out to live streams: one bounded queue per client, and a client that is too slow starts anew."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Final

from siaga_cloud.http.metrics import Metrics

QUEUE_SIZE: Final = 256
MAX_CLIENTS: Final = 1000
HEARTBEAT_SECONDS: Final = 15.0
_RETRY_MILLISECONDS = 2000


def encode(event: str, data: Any) -> bytes:
    """A server-sent event."""
    return f"event: {event}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n".encode()


# Tells a client that changes were lost and that it should load everything anew.
RESET: Final = encode("reset", {})
_END: Final = b""


@dataclass(slots=True, eq=False)
class _Client:
    staff: bool
    queue: asyncio.Queue[bytes] = field(default_factory=lambda: asyncio.Queue(QUEUE_SIZE))


class LiveHub:
    """The open streams of this process. Used from its event loop only."""

    def __init__(self, metrics: Metrics, *, heartbeat_seconds: float = HEARTBEAT_SECONDS) -> None:
        self._metrics, self._heartbeat_seconds = metrics, heartbeat_seconds
        self._clients: set[_Client] = set()

    @property
    def is_full(self) -> bool:
        """Whether no more streams may be opened here."""
        return len(self._clients) >= MAX_CLIENTS

    @property
    def is_watched(self) -> bool:
        """Whether anyone listens."""
        return bool(self._clients)

    def publish(self, kind: str, data: Any, *, staff_only: bool = False) -> None:
        """Sends a change to everyone, or to staff."""
        message = encode(kind, data)
        self._metrics.live_sent.labels(kind).inc()
        for client in self._clients:
            if client.staff or not staff_only:
                self._put(client, message)

    def reset_all(self) -> None:
        """Tells every client to load anew."""
        for client in self._clients:
            self._start_anew(client)

    def end_all(self) -> None:
        """Ends every stream; clients reconnect by themselves, to whoever serves then."""
        for client in self._clients:
            while not client.queue.empty():
                client.queue.get_nowait()
            client.queue.put_nowait(_END)

    async def stream(self, *, staff: bool) -> AsyncIterator[bytes]:
        """The bytes of one client's stream, until it is closed."""
        client = _Client(staff=staff)
        self._clients.add(client)
        self._metrics.live_clients.inc()
        try:
            yield f"retry: {_RETRY_MILLISECONDS}\n".encode() + encode("hello", {})
            while message := await self._next(client):
                yield message
        finally:
            self._clients.discard(client)
            self._metrics.live_clients.dec()

    async def _next(self, client: _Client) -> bytes:
        try:
            async with asyncio.timeout(self._heartbeat_seconds):
                return await client.queue.get()
        except TimeoutError:
            return encode("beat", {})

    def _put(self, client: _Client, message: bytes) -> None:
        try:
            client.queue.put_nowait(message)
        except asyncio.QueueFull:
            self._start_anew(client)

    def _start_anew(self, client: _Client) -> None:
        while not client.queue.empty():
            client.queue.get_nowait()
        client.queue.put_nowait(RESET)
        self._metrics.live_resets.inc()
