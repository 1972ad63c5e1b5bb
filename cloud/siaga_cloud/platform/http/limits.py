"""Limits what a client may send: the size of a request and, for reports, the rate."""

from __future__ import annotations

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from siaga_cloud.platform.http.problem import Problem, problem_response
from siaga_cloud.platform.media.photo import MAX_PHOTO_BYTES, MAX_PHOTOS

MAX_BODY_BYTES: Final = 64 * 1024
# 48 outlines of 64 points, in whatever digits a program writes them (about 160 KB), with room for white space.
MAX_DRAWING_BYTES: Final = 320 * 1024
MAX_FORM_BYTES: Final = MAX_PHOTOS * MAX_PHOTO_BYTES + 64 * 1024
_WITH_PHOTOS = ("/api/v1/tasks/", "/api/v1/reports/")
REPORTS_BURST: Final = 5  # of one device or named reporter; what waits on a phone is sent later
REPORTS_PER_SECOND: Final = 1 / 60
# A provider puts a thousand phones behind one address: nobody waits because of a neighbour. What one network reports
# without proof counts as one source, however much it is.
ADDRESS_REPORTS_BURST: Final = 300
ADDRESS_REPORTS_PER_SECOND: Final = 1.0
MESSAGES_BURST: Final = 30  # of the sender of a text channel, and for what stores no report
MESSAGES_PER_SECOND: Final = 0.5
ENROL_BURST: Final = 10
ENROL_PER_SECOND: Final = 0.1
SIGN_IN_BURST: Final = 60  # a whole office may sit behind one address; the guard in the database counts failures
SIGN_IN_PER_SECOND: Final = 1.0
CHALLENGE_BURST: Final = 10  # a gateway checks its webhook once an hour, and a person who sets it up a few times
CHALLENGE_PER_SECOND: Final = 1 / 60
DEVICE_KEYS_BURST: Final = 20
DEVICE_KEYS_PER_SECOND: Final = 0.2
MAX_CLIENTS: Final = 10_000


class BodyTooBigError(Exception):
    """More bytes arrived than the path allows."""


class BodyLimit:
    """Refuses bodies over the limit with 413: by Content-Length at once, else as soon as too much has arrived."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = _limit_of(scope)
        if declared_length(scope) > limit:
            await _refuse(scope, receive, send, limit)
            return
        watched = _WatchedBody(receive, send, limit)
        with contextlib.suppress(BodyTooBigError):
            await self.app(scope, watched.receive, watched.send)
        if watched.is_refused:
            await _refuse(scope, receive, send, limit)


@dataclass(slots=True)
class _WatchedBody:
    """Counts the bytes that arrive; above the limit it suppresses the answer of the application."""

    inner_receive: Receive
    inner_send: Send
    limit: int
    received: int = 0
    is_answered: bool = False

    @property
    def is_refused(self) -> bool:
        return self.received > self.limit and not self.is_answered

    async def receive(self) -> Message:
        message = await self.inner_receive()
        self.received += len(message.get("body", b""))
        if self.received > self.limit:
            raise BodyTooBigError
        return message

    async def send(self, message: Message) -> None:
        if not self.is_refused:
            self.is_answered = True
            await self.inner_send(message)


def _limit_of(scope: Scope) -> int:
    path: str = scope["path"]
    if path.startswith("/api/v1/admin/cameras/") and path.endswith("/drawing"):
        return MAX_DRAWING_BYTES
    return MAX_FORM_BYTES if accepts_photos(path) else MAX_BODY_BYTES


def accepts_photos(path: str) -> bool:
    """Return whether the requests of a path may carry photos."""
    is_form = path.startswith(_WITH_PHOTOS) and path.endswith(("/photos", "/captures", "/attachments", "/answer"))
    return (
        is_form or path in ("/api/v1/reports", "/api/v1/reports/photo-place") or path.startswith("/open311/v2/requests")
    )


def declared_length(scope: Scope) -> int:
    """Return how many bytes the body of a request has by its header; 0 where that is not stated."""
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else 0
    return 0


async def _refuse(scope: Scope, receive: Receive, send: Send, limit: int) -> None:
    problem = Problem(413, "body-too-large", "The request is too big", f"expected at most {limit} bytes")
    await problem_response(problem, headers={"Connection": "close"})(scope, receive, send)


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class TokenBuckets:
    """Holds one token bucket for each client; when there are too many, the client that was quiet longest is dropped."""

    def __init__(
        self, *, burst: float, per_second: float, clock: Callable[[], float], max_clients: int = MAX_CLIENTS
    ) -> None:
        self._burst, self._per_second, self._clock, self._max_clients = burst, per_second, clock, max_clients
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._lock = threading.Lock()

    def wait_seconds(self, client: str) -> float:
        """Takes a token and returns 0; or takes none and returns how long until there is one."""
        with self._lock:
            bucket = self._filled(client)
            if bucket.tokens < 1:
                return (1 - bucket.tokens) / self._per_second
            bucket.tokens -= 1
            return 0.0

    def charge(self, client: str, cost: float) -> None:
        """Take what a request has cost, which is known only after it; the client may owe some of it."""
        with self._lock:
            self._filled(client).tokens -= cost

    def debt_seconds(self, client: str) -> float:
        """Return how long until the client owes nothing."""
        with self._lock:
            return max(0.0, -self._filled(client).tokens / self._per_second)

    def _filled(self, client: str) -> _Bucket:
        now = self._clock()
        bucket = self._buckets.setdefault(client, _Bucket(self._burst, now))
        self._buckets.move_to_end(client)
        if len(self._buckets) > self._max_clients:
            self._buckets.popitem(last=False)
        bucket.tokens = min(self._burst, bucket.tokens + (now - bucket.at) * self._per_second)
        bucket.at = now
        return bucket


def client_key(host: str | None) -> str:
    """Return who counts as one client: an IPv4 address, or the /64 that an IPv6 customer holds."""
    try:
        address = ip_address(host or "")
    except ValueError:
        return host or "unknown"
    if not isinstance(address, IPv6Address):
        return str(address)
    return str(address.ipv4_mapped) if address.ipv4_mapped else f"{address.exploded[:19]}::/64"


def network_key(host: str | None) -> str:
    """Return who counts as one network: the /24 of an IPv4 address, or the /48 of an IPv6 site."""
    client = client_key(host)
    if ":" in client:
        return f"{client[:14]}::/48"
    return f"{client.rpartition('.')[0]}.0/24" if client.count(".") == 3 else client
