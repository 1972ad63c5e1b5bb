"""Admits requests to a bounded number of places and refuses the others at once, so that nothing queues without end.

Staff have places of their own. Who is staff is known from earlier requests with the same session or token, so that a
request is sorted before anything is read from the database: a stranger cannot reach these places with a made-up token.
"""

from __future__ import annotations

import asyncio
import json
import math
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from prometheus_client import Counter, Gauge
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from siaga_cloud.platform.http.admission.known_staff import KnownStaff, credential_of
from siaga_cloud.platform.http.admission.lanes import WAITING, Lane, NoPlaceError
from siaga_cloud.platform.http.limits import (
    MAX_DRAWING_BYTES,
    MAX_FORM_BYTES,
    TokenBuckets,
    accepts_photos,
    client_key,
    declared_length,
)
from siaga_cloud.platform.http.problem import MEDIA_TYPE

# Together no more than the connections to the database, so that staff wait for none either.
PUBLIC_PLACES: Final = 5
STAFF_PLACES: Final = 3
SIGN_IN_PLACES: Final = 2
MOST_CONNECTIONS: Final = PUBLIC_PLACES + STAFF_PLACES + SIGN_IN_PLACES
ARRIVING_PLACES: Final = 512  # forms, while they arrive and wait
ARRIVING_BYTES: Final = 256 * 1024 * 1024  # of all of them together
# Reports that arrived share transactions, of which one is stored at a time: what has a place is stored by the next.
REPORT_PLACES: Final = 40
INTAKE_PLACES: Final = 18  # other uploads that arrived; most of them wait for a photo to be decoded
INTAKE_WAITING: Final = 480  # a report that arrived waits rather than comes again
INTAKE_WAIT_SECONDS: Final = 15.0
STAFF_INTAKE_PLACES: Final = 6
MOST_THREADS: Final = MOST_CONNECTIONS + REPORT_PLACES + INTAKE_PLACES + STAFF_INTAKE_PLACES + 8
BODY_IDLE_SECONDS: Final = 20.0
BODY_SECONDS: Final = 180.0
RETRY_SECONDS: Final = (2, 8)  # drawn at random, so that those who were refused do not come back together
COST_BURST: Final = 20.0  # seconds of a place that one address may use for expensive reads at once
COST_PER_SECOND: Final = 0.5
EXPENSIVE: Final = (
    "/sta/",
    "/open311/",
    "/ngsi-ld/",
    "/fews/",
    "/roads/",
    "/api/v1/open-data",
)  # of programs, never of the pages
_SIGN_IN: Final = "/api/v1/session"  # read without a session by everybody, so that only the rest of it signs in
_REPORTS: Final = "/api/v1/reports"
_UNBOUNDED: Final = frozenset({"/healthz", "/readyz"})
IS_STAFF: Final = "is_staff"  # in the state of a request; people/auth.py sets it


_REFUSALS: Final[Mapping[int, tuple[str, str, str]]] = {
    HTTPStatus.SERVICE_UNAVAILABLE: ("busy", "Too many requests at once", "repeat the request after Retry-After"),
    HTTPStatus.TOO_MANY_REQUESTS: (
        "too-many-requests", "This address reads too much", "repeat the request after Retry-After"
    ),
    HTTPStatus.REQUEST_TIMEOUT: ("request-timeout", "The request did not arrive", "send it again"),
}  # fmt: skip


class Admission:
    """Serves each request in its lane; one that finds no place is answered 503 with `Retry-After`."""

    def __init__(self, app: ASGIApp, refused: Counter, lanes: Gauge) -> None:
        self.app, self._refused = app, refused
        self.public, self.staff = Lane("public", PUBLIC_PLACES), Lane("staff", STAFF_PLACES)
        self.sign_in, self.metrics = Lane("sign_in", SIGN_IN_PLACES), Lane("metrics", 1)
        self.reports = Lane("reports", REPORT_PLACES, INTAKE_WAITING, INTAKE_WAIT_SECONDS)
        self.intake = Lane("intake", INTAKE_PLACES, INTAKE_WAITING, INTAKE_WAIT_SECONDS)
        self.staff_intake = Lane("staff_intake", STAFF_INTAKE_PLACES, WAITING, INTAKE_WAIT_SECONDS)
        self.arriving, self._arriving_bytes = Lane("arriving", ARRIVING_PLACES, waiting=0), 0
        self.known = KnownStaff()
        self._uploads = (self.reports, self.intake, self.staff_intake)
        for lane in (self.public, self.staff, self.sign_in, self.metrics, *self._uploads):
            lane.show(lanes)
        self.costs = TokenBuckets(burst=COST_BURST, per_second=COST_PER_SECOND, clock=time.monotonic)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http" or scope["path"] in _UNBOUNDED:
            await self.app(scope, receive, send)
            return
        credential = credential_of(Headers(scope=scope))
        lane = self._lane(scope, credential)
        payer = _payer(scope) if lane is self.public else None
        if payer is not None and (wait := self.costs.debt_seconds(payer)) > 0:
            await self._refuse(send, _Refusal(429, "cost", math.ceil(wait)))
            return
        place = _Place(lane, self.costs, payer)
        body = TimedBody(receive, place.enter)
        try:
            if lane in self._uploads:
                await self._serve_upload(scope, body, send, place)
            else:
                await body.read_ahead()
                await self._serve(scope, body, send, place)
        except _RefusedError as error:
            await self._refuse(send, error.refusal)
        if credential is not None:
            self._learn(credential, is_staff=scope.get("state", {}).get(IS_STAFF))

    def _learn(self, credential: bytes, *, is_staff: bool | None) -> None:
        """`is_staff` is None where nobody looked, also because the database is away."""
        if is_staff:
            self.known.add(credential)
        elif is_staff is False:
            self.known.forget(credential)

    def _lane(self, scope: Scope, credential: bytes | None) -> Lane:
        path, is_staff = scope["path"], credential in self.known
        if path == "/metrics":
            return self.metrics
        if scope["method"] == "POST" and accepts_photos(path):
            if is_staff:
                return self.staff_intake
            return self.reports if path == _REPORTS else self.intake
        if is_staff:
            return self.staff
        is_sign_in = path.startswith(_SIGN_IN) and (scope["method"] != "GET" or path != _SIGN_IN)
        return self.sign_in if is_sign_in else self.public

    async def _serve_upload(self, scope: Scope, body: TimedBody, send: Send, place: _Place) -> None:
        """While a form arrives, it needs no worker and no connection: only then it enters its lane."""
        size = declared_length(scope) or MAX_FORM_BYTES
        if self._arriving_bytes + size > ARRIVING_BYTES:
            raise _RefusedError(_busy(self.arriving))
        try:
            await self.arriving.enter()
        except NoPlaceError:
            raise _RefusedError(_busy(self.arriving)) from None
        self._arriving_bytes += size
        try:
            await self._serve(scope, body, send, place)
        finally:
            self._arriving_bytes -= size
            self.arriving.leave()

    async def _serve(self, scope: Scope, body: TimedBody, send: Send, place: _Place) -> None:
        is_answered = False

        async def passing(message: Message) -> None:
            nonlocal is_answered
            place.leave()  # what follows is up to the client's connection
            if is_answered or body.refusal is None:
                is_answered = True
                await send(message)

        try:
            await self.app(scope, body.receive, passing)
        finally:
            place.leave()
            if body.refusal is not None and not is_answered:
                await self._refuse(send, body.refusal)

    async def _refuse(self, send: Send, refusal: _Refusal) -> None:
        self._refused.labels(refusal.lane).inc()
        kind, title, detail = _REFUSALS[refusal.status]
        problem: dict[str, Any] = {"type": f"urn:siaga:problem:{kind}", "title": title, "status": refusal.status}
        text = json.dumps({**problem, "detail": detail, "retry_after_seconds": refusal.seconds}).encode()
        headers = [
            (b"content-type", MEDIA_TYPE.encode()),
            (b"content-length", str(len(text)).encode()),
            (b"cache-control", b"no-store"),
            (b"retry-after", str(refusal.seconds).encode()),
            *([(b"connection", b"close")] if refusal.status == HTTPStatus.REQUEST_TIMEOUT else []),
        ]
        await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
        await send({"type": "http.response.body", "body": text})


@dataclass(frozen=True, slots=True)
class _Refusal:
    status: int
    lane: str
    seconds: int


class _RefusedError(Exception):
    def __init__(self, refusal: _Refusal) -> None:
        self.refusal = refusal


def _busy(lane: Lane) -> _Refusal:
    return _Refusal(503, lane.name, random.randint(*RETRY_SECONDS))  # noqa: S311 - spreads those who come again


@dataclass(slots=True)
class _Place:
    """Is held from the moment a request has arrived until its answer begins."""

    lane: Lane
    costs: TokenBuckets
    payer: str | None
    entered_at: float = 0.0
    is_inside: bool = False

    async def enter(self) -> _Refusal | None:
        try:
            await self.lane.enter()
        except NoPlaceError:
            return _busy(self.lane)
        self.entered_at, self.is_inside = time.monotonic(), True
        return None

    def leave(self) -> None:
        if not self.is_inside:
            return
        self.is_inside = False
        self.lane.leave()
        if self.payer is not None:
            self.costs.charge(self.payer, time.monotonic() - self.entered_at)


class TimedBody:
    """Receives the body of a request while it arrives steadily. `on_complete` is called once with all of it here."""

    def __init__(self, receive: Receive, on_complete: Callable[[], Awaitable[_Refusal | None]]) -> None:
        self._receive, self._on_complete, self._ends_at = receive, on_complete, time.monotonic() + BODY_SECONDS
        self._ahead: deque[Message] = deque()
        self._is_complete = False
        self.refusal: _Refusal | None = None

    async def read_ahead(self) -> None:
        """Wait for the body, or for as much of it as is more than allowed; raises _RefusedError."""
        size = 0
        while not self._is_complete and size <= MAX_DRAWING_BYTES:
            message = await self._next()
            if self.refusal is not None:
                raise _RefusedError(self.refusal)
            size += len(message.get("body", b""))
            self._ahead.append(message)

    async def receive(self) -> Message:
        """Return what was read ahead, then what arrives; a disconnect after a refusal."""
        if self._ahead:
            return self._ahead.popleft()
        return await (self._receive() if self._is_complete else self._next())

    async def _next(self) -> Message:
        left = min(BODY_IDLE_SECONDS, self._ends_at - time.monotonic())
        try:
            async with asyncio.timeout(left):
                message = await self._receive()
        except TimeoutError:
            return self._refused(_Refusal(408, "body", 1))
        self._is_complete = message["type"] != "http.request" or not message.get("more_body", False)
        if self._is_complete and message["type"] == "http.request" and (refusal := await self._on_complete()):
            return self._refused(refusal)
        return message

    def _refused(self, refusal: _Refusal) -> Message:
        self.refusal, self._is_complete = refusal, True
        return {"type": "http.disconnect"}


def _payer(scope: Scope) -> str | None:
    """Return the address that an expensive read is charged to; None for every other request."""
    if scope["method"] not in ("GET", "HEAD") or not scope["path"].startswith(EXPENSIVE):
        return None
    client = scope.get("client")
    return client_key(client[0] if client else None)
