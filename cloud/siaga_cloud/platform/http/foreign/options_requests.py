"""Answers OPTIONS wherever anything is answered (RFC 9110, 9.3.7): `Allow` names the methods of the address."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, Protocol

from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send

_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Routed(Protocol):
    """Has routes, which are complete once the application starts."""

    @property
    def routes(self) -> list[BaseRoute]:
        """Return the routes of the application."""
        ...


class AnswerOptions:
    """Answers with the methods that an address has; an address that nothing serves is answered as before (404).

    `methods_of` returns the methods of an address that refuses the others in a form of its own, None for all others.
    """

    def __init__(self, app: ASGIApp, routed: Routed, methods_of: Callable[[str], Sequence[str] | None]) -> None:
        self.app, self._routed, self._methods_of = app, routed, methods_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        allowed = self._allowed(scope) if _is_options(scope) else []
        if not allowed:
            await self.app(scope, receive, send)
            return
        await Response(status_code=200, headers={"Allow": ", ".join(allowed)})(scope, receive, send)

    def _allowed(self, scope: Scope) -> list[str]:
        own = self._methods_of(scope["path"])
        return _with_head(own if own is not None else served(self._routed.routes, scope))


def _is_options(scope: Scope) -> bool:
    return bool(scope["type"] == "http" and scope["method"] == "OPTIONS")


def _with_head(methods: Sequence[str]) -> list[str]:
    head = ["HEAD"] if "GET" in methods else []
    return [*methods[:1], *head, *methods[1:], "OPTIONS"] if methods else []


def served(routes: Iterable[BaseRoute], scope: Scope) -> list[str]:
    """Return the methods that the routes serve at the address of a request."""
    listed = list(routes)
    return [method for method in _METHODS if _serves(listed, {**scope, "method": method})]


def _serves(routes: Iterable[BaseRoute], scope: Scope) -> bool:
    return any(route.matches(scope)[0] is Match.FULL for route in routes)
