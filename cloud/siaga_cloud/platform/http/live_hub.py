"""Sends changes to the live streams through one bounded queue for each client; a client that is too slow starts
anew."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from siaga_cloud.platform.http.metrics import Metrics

QUEUE_SIZE: Final = 256
MAX_CLIENTS: Final = 1000
RESERVED_CLIENTS: Final = 100  # for those who direct others
MAX_CLIENTS_OF_PERSON: Final = 10  # devices and windows; also of whoever has a stolen token
MAX_CLIENTS_OF_ADDRESS: Final = 300  # a city hall is one address
HEARTBEAT_SECONDS: Final = 15.0
# An open page's use of its session is recorded at least this often: its stream is opened anew.
STAFF_SECONDS: Final = 900.0
_RETRY_MILLISECONDS = 2000


def encode(event: str, data: Any) -> bytes:
    """Encode an event as a server-sent event."""
    return f"event: {event}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n".encode()


# Tells a client that changes were lost and that it should load everything anew.
RESET: Final = encode("reset", {})
# The last event for staff whose session is over or whose role changed.
SIGNED_OUT: Final = encode("signed_out", {})
_END: Final = b""


# Whether a client may have the whole form of a thing, by the thing's scope.
Sees: TypeAlias = Callable[[Any], bool]
# Whether whoever opened a stream may still have it.
Stands: TypeAlias = Callable[[], Awaitable[bool]]


def sees_nothing(_: Any) -> bool:
    """Return False, because the public sees no scoped form."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopedUpdate:
    """Holds what staff within the scope of an object receive instead of its public form."""

    of: Any
    data: Any


@dataclass(slots=True, eq=False)
class _Client:
    staff: bool
    sees: Sees = sees_nothing
    person: str = ""
    address: str = ""
    queue: asyncio.Queue[bytes] = field(default_factory=lambda: asyncio.Queue(QUEUE_SIZE))


class LiveHub:
    """Holds the open streams of this process. Only its event loop uses it."""

    def __init__(self, metrics: Metrics, *, heartbeat_seconds: float = HEARTBEAT_SECONDS) -> None:
        self._metrics, self._heartbeat_seconds = metrics, heartbeat_seconds
        self._clients: set[_Client] = set()
        # When a change of each kind was last received, and since when every change is: moments of a monotonic clock.
        self._last_heartbeat: dict[str, float] = {}
        self._listening_since = float("inf")

    def has_place(self, *, person: str, address: str, is_reserved: bool) -> bool:
        """Return whether one more stream may be opened here by a person at an address; some places are reserved."""
        if len(self._clients) >= (MAX_CLIENTS if is_reserved else MAX_CLIENTS - RESERVED_CLIENTS):
            return False
        of_person = sum(client.person == person for client in self._clients)
        of_address = sum(client.address == address for client in self._clients)
        return of_person < MAX_CLIENTS_OF_PERSON and of_address < MAX_CLIENTS_OF_ADDRESS

    @property
    def is_watched(self) -> bool:
        """Return whether any client is connected."""
        return bool(self._clients)

    @property
    def is_watched_by_staff(self) -> bool:
        """Return whether any of those who listen is staff."""
        return any(client.staff for client in self._clients)

    def listens(self) -> None:
        """Mark that every change is received from now on; earlier ones are unknown, so every client loads anew."""
        self._last_heartbeat.clear()
        self._listening_since = time.monotonic()
        self.reset_all()

    def stops_listening(self) -> None:
        """Mark that changes are not received until `listens` is called."""
        self._listening_since = float("inf")

    def on_heartbeat(self, kind: str) -> None:
        """Something of this kind changed, whether or not anyone listens."""
        self._last_heartbeat[kind] = time.monotonic()

    def _hello(self) -> bytes:
        """Return how many seconds ago each kind last changed, "all" for kinds not named: who loaded since then need not
        again.

        The answer is empty while changes are not received, because nothing is known then.
        """
        now = time.monotonic()
        if self._listening_since > now:
            return encode("hello", {})
        ago = {"all": self._listening_since, **self._last_heartbeat}
        return encode("hello", {"changed_seconds_ago": {kind: round(now - at, 3) for kind, at in ago.items()}})

    def publish(self, kind: str, data: Any, *, staff_only: bool = False, whole: ScopedUpdate | None = None) -> None:
        """Sends a change to everyone, or to staff; to those who may see it `whole`, that."""
        public = encode(kind, data)
        full = encode(kind, whole.data) if whole is not None else public
        self._metrics.live_sent.labels(kind).inc()
        for client in self._clients:
            if client.staff or not staff_only:
                is_whole = whole is not None and client.staff and client.sees(whole.of)
                self._put(client, full if is_whole else public)

    def reset_all(self) -> None:
        """Notifies every client to load anew."""
        for client in self._clients:
            self._start_anew(client)

    def end_all(self) -> None:
        """Ends every stream; clients reconnect by themselves, to whoever serves then."""
        for client in self._clients:
            while not client.queue.empty():
                client.queue.get_nowait()
            client.queue.put_nowait(_END)

    async def stream(
        self,
        *,
        staff: bool,
        sees: Sees = sees_nothing,
        stands: Stands | None = None,
        person: str = "",
        address: str = "",
    ) -> AsyncIterator[bytes]:
        """Yield the bytes of one client's stream, until it is closed; that of staff ends by itself, to be opened anew.

        `stands` is called at every heartbeat, however much there is to send; after a False nothing more is sent.
        """
        client = _Client(staff=staff, sees=sees, person=person, address=address)
        requested_at = time.monotonic()
        ends_at = time.monotonic() + STAFF_SECONDS if staff else float("inf")
        self._clients.add(client)
        self._metrics.live_clients.inc()
        try:
            yield f"retry: {_RETRY_MILLISECONDS}\n".encode() + self._hello()
            while message := await self._next(client):
                if stands is not None and time.monotonic() - requested_at >= self._heartbeat_seconds:
                    if not await stands():
                        yield SIGNED_OUT
                        return
                    requested_at = time.monotonic()
                yield message
                if time.monotonic() > ends_at:
                    return
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
