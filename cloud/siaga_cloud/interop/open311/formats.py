"""Writes the two formats of Open311: XML, and JSON in which lists lose their wrapper. Errors are lists of code and
description.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

from fastapi import Response
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from siaga_cloud.interop.xml_text import element, write

BASE: Final = "/open311/v2"
Format: TypeAlias = Literal["json", "xml"]
_TYPES: Final[Mapping[Format, str]] = {
    "json": "application/json; charset=utf-8",
    "xml": "text/xml; charset=utf-8",
}
_ITEMS: Final = {
    "services": "service",
    "service_requests": "request",
    "service_request_updates": "request_update",
    "errors": "error",
    "attributes": "attribute",
    "values": "value",
    "endpoints": "endpoint",
    "formats": "format",
    "notes": "note",
}
# The standard knows 400, 403 and 404; what HTTP itself needs stays.
_STATUS: Final = {401: 403, 406: 400, 409: 400, 410: 404, 415: 400, 422: 400}
_OPEN: Final = {
    # Open data: pages of other cities may read it.
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


def answer(
    root: str, content: Any, fmt: Format, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return a response whose XML has this root; JSON is the content bare."""
    body = json.dumps(content, ensure_ascii=False).encode() if fmt == "json" else write(element(root, content, _ITEMS))
    return Response(body, status_code=status, media_type=_TYPES[fmt], headers={**_OPEN, **(headers or {})})


def chosen(suffix: str | None, accept: str | None) -> Format:
    """The suffix decides, then the Accept header; XML is the format that every server has."""
    if suffix in ("json", "xml"):
        return "json" if suffix == "json" else "xml"
    wanted = (accept or "").lower()
    return "json" if "json" in wanted and "xml" not in wanted.partition("json")[0] else "xml"


def error_body(problem: Mapping[str, Any], status: int) -> list[dict[str, Any]]:
    """Return a problem document as Open311's list of errors."""
    detail = problem.get("detail") or problem.get("title") or "error"
    listed: Sequence[Mapping[str, Any]] = problem.get("errors") or ()
    each = [f"{one['where']}: {one['expected']}" for one in listed if problem.get("type", "").endswith(":invalid")]
    return [{"code": status, "description": text} for text in (each or [str(detail)])]


class Open311Errors:
    """Rewrites problem documents under /open311 into the error lists of Open311."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http" or not scope["path"].startswith(BASE):
            await self.app(scope, receive, send)
            return
        await self.app(scope, receive, _Rewriter(scope, receive, send).send)


@dataclass(slots=True)
class _Rewriter:
    """Delays a problem document until it is complete and passes everything else on."""

    scope: Scope
    receive: Receive
    inner: Send
    start: Message | None = None
    body: bytearray = field(default_factory=bytearray)

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_problem(message):
            self.start = message
            return
        if self.start is None:
            await self.inner(message)
            return
        self.body += message.get("body", b"")
        if not message.get("more_body"):
            await self._finish(self.start)

    async def _finish(self, start: Message) -> None:
        start_headers = Headers(raw=start["headers"])
        accept_header = Headers(scope=self.scope).get("accept")
        fmt = chosen(self.scope["path"].rpartition(".")[2], accept_header)
        came: int = start["status"]
        status = _STATUS.get(came, came)
        headers = {
            name: start_headers[name]
            for name in ("retry-after", "allow", "content-language", "connection")
            if name in start_headers
        }
        shown = error_body(json.loads(bytes(self.body)), status)
        await answer("errors", shown, fmt, status=status, headers=headers)(self.scope, self.receive, self.inner)


def _is_problem(message: Message) -> bool:
    return Headers(raw=message["headers"]).get("content-type", "").startswith("application/problem+json")
