"""Answers HEAD wherever GET is answered (RFC 9110, 9.3.2): uptime monitors and link checkers ask so first."""

from __future__ import annotations

import asyncio

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
        answer = _HeadersOnly(receive, send)
        await self.app({**scope, "method": "GET"}, answer.receive, answer.send)


class _HeadersOnly:
    """Passes the beginning of an answer on and leaves its body out; then it is as if the client had gone, so that an
    endless stream holds its place for nobody.
    """

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self._complete = asyncio.Event()

    async def receive(self) -> Message:
        received = asyncio.ensure_future(self._receive())
        complete = asyncio.ensure_future(self._complete.wait())
        try:
            await asyncio.wait((received, complete), return_when=asyncio.FIRST_COMPLETED)
            return received.result() if received.done() else {"type": "http.disconnect"}
        finally:
            received.cancel()
            complete.cancel()

    async def send(self, message: Message) -> None:
        if message["type"] != "http.response.body":
            await self._send(message)
        elif not self._complete.is_set():
            self._complete.set()
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})
