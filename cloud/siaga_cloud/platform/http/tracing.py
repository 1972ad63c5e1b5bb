"""Gives every request an id, which its answer, the log and the traces contain."""

from __future__ import annotations

import logging
import re
import time
from typing import Final
from uuid import uuid4

from opentelemetry import trace
from opentelemetry.trace import Link, SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from siaga_cloud.platform.observe.journey import TRACER
from siaga_core.logs import about

_ID: Final = re.compile(r"^[A-Za-z0-9._-]{8,64}$")
_READING: Final = {"GET", "HEAD", "OPTIONS"}

log = logging.getLogger(__name__)


class NameRequests:
    """Uses the `X-Request-Id` of a proxy or creates one. Requests that change something or fail are logged.

    A caller's `traceparent` is linked but not continued: this server is open to everybody, so its traces are its own.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        request_id = given if _ID.match(given) else uuid4().hex
        began, status = time.perf_counter(), 500

        async def named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-Id"] = request_id
            await send(message)

        span = trace.get_tracer(TRACER).start_as_current_span(
            scope["method"], kind=SpanKind.SERVER, links=_links(headers), attributes={"siaga.request": request_id}
        )
        with about(request=request_id), span as running:
            try:
                await self.app(scope, receive, named)
            finally:
                route = getattr(scope.get("route"), "path", "none")
                running.update_name(f"{scope['method']} {route}")
                running.set_attributes({"http.route": route, "http.response.status_code": status})
                _log_request(scope["method"], route, status, time.perf_counter() - began)


def _links(headers: Headers) -> list[Link]:
    carried = TraceContextTextMapPropagator().extract({"traceparent": headers.get("traceparent", "")})
    theirs = trace.get_current_span(carried).get_span_context()
    return [Link(theirs)] if theirs.is_valid else []


def _log_request(method: str, route: str, status: int, seconds: float) -> None:
    """The template of the address and never the address itself, which may hold a secret."""
    level = logging.ERROR if status >= 500 else logging.INFO if method not in _READING else logging.DEBUG
    log.log(level, "%s %s: %d", method, route, status, extra={"milliseconds": round(seconds * 1000)})
