"""Answers OPTIONS wherever anything is answered (RFC 9110, 9.3.7): `Allow` names the methods of the address."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Protocol

from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send

_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Routed(Protocol):
    """Has routes, which are complete once the application starts."""

    @property
    def routes(self) -> list[BaseRoute]:
        """Return the routes that are served."""
        ...


class AnswerOptions:
    """Answers with the methods that an address has; an address that nothing serves is answered as before (404)."""

    def __init__(self, app: ASGIApp, routed: Routed) -> None:
        self.app, self._routed = app, routed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        allowed = _allowed(self._routed.routes, scope) if _is_options(scope) else []
        if not allowed:
            await self.app(scope, receive, send)
            return
        await Response(status_code=200, headers={"Allow": ", ".join(allowed)})(scope, receive, send)


def _is_options(scope: Scope) -> bool:
    return scope["type"] == "http" and scope["method"] == "OPTIONS"


def _allowed(routes: Iterable[BaseRoute], scope: Scope) -> list[str]:
    listed = list(routes)
    found = [method for method in _METHODS if _serves(listed, {**scope, "method": method})]
    if "GET" in found:
        found.insert(1, "HEAD")
    return [*found, "OPTIONS"] if found else []


def _serves(routes: Iterable[BaseRoute], scope: Scope) -> bool:
    return any(route.matches(scope)[0] is Match.FULL for route in routes)
