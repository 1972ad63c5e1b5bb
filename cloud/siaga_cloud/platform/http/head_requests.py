"""Answers HEAD wherever GET is answered (RFC 9110, 9.3.2): uptime monitors and link checkers ask so first."""

from __future__ import annotations

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class AnswerHead:
    """Serves a HEAD request as a GET and sends its status and headers alone; a stream ends with its first part."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return
        answer = _HeadersOnly(send)
        try:
            await self.app({**scope, "method": "GET"}, receive, answer.send)
        except ClientDisconnect:
            if not answer.is_complete:
                raise


class _HeadersOnly:
    """Passes the beginning of an answer on and leaves its body out."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.is_complete = False

    async def send(self, message: Message) -> None:
        if message["type"] != "http.response.body":
            await self._send(message)
            return
        if not self.is_complete:
            self.is_complete = True
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})
        if message.get("more_body"):
            # As if the client had gone: an endless stream would hold its place for nobody.
            raise ClientDisconnect
