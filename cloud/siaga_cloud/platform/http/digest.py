"""Computes the digest of the bodies of signed requests while they are read, so that no body is read twice."""

from __future__ import annotations

import hashlib
from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SIGNATURE_HEADER: Final = "x-siaga-signature"
_SCOPE_KEY: Final = "siaga.body_digest"


class _BodyDigest:
    """Holds the SHA-256 of what was read of a body so far."""

    def __init__(self, receive: Receive, *, is_complete: bool) -> None:
        self._receive = receive
        self.sha256 = hashlib.sha256()
        self.is_complete = is_complete

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self.sha256.update(message.get("body", b""))
            self.is_complete = not message.get("more_body", False)
        return message


class DigestBody:
    """Watches the bodies of requests that carry a signature; others pass unwatched."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http" or not any(name == SIGNATURE_HEADER.encode() for name, _ in scope["headers"]):
            await self.app(scope, receive, send)
            return
        digest = _BodyDigest(receive, is_complete=_is_empty(scope))
        scope[_SCOPE_KEY] = digest
        await self.app(scope, digest.receive, send)


def body_digest(request: Request) -> str | None:
    """Return the SHA-256 of a signed request's whole body in hex; None where it is unsigned or was not read to its
    end.
    """
    digest = request.scope.get(_SCOPE_KEY)
    return digest.sha256.hexdigest() if isinstance(digest, _BodyDigest) and digest.is_complete else None


def _is_empty(scope: Scope) -> bool:
    headers = dict(scope["headers"])
    return b"transfer-encoding" not in headers and headers.get(b"content-length", b"0") == b"0"
