"""Lets pages of other sites read what is public: the open standards always, the rest of the API by SIAGA_CORS_ORIGINS.

Cookies are never allowed across sites, and neither is the header `Authorization`: a foreign page reads what anybody
reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from siaga_cloud.platform.http.problem import Problem, problem_response

ANY: Final = "*"
_STANDARDS: Final = ("/open311/", "/cap/", "/sta/", "/ngsi-ld/", "/roads/", "/fews/", "/api/v1/open-data")
_API: Final = "/api/v1/"
_HEADERS: Final = ("If-None-Match", "If-Modified-Since", "Idempotency-Key", "Range", "X-Requested-With")
_EXPOSED: Final = ("ETag", "Link", "Location", "NGSILD-Results-Count", "Retry-After")
_MAX_AGE_SECONDS: Final = 86_400


class CrossOrigin:
    """Chooses the rule of an address. `origins`: the sites whose pages may read the API; `*` for all."""

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        self.app = app
        self._standards = _rule(app, (ANY,), ("GET", "HEAD", "POST"))
        self._api = _rule(app, origins, ("GET", "HEAD")) if origins else app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        await self._rule_of(scope)(scope, receive, send)

    def _rule_of(self, scope: Scope) -> ASGIApp:
        if scope["type"] != "http":
            return self.app
        path = f"{scope['path']}/"
        if path.startswith(_STANDARDS):
            return self._standards
        return self._api if path.startswith(_API) else self.app


class _Rule(CORSMiddleware):
    """Answers a refused preflight with a problem document, and an allowed one without a body."""

    def preflight_response(self, request_headers: Headers) -> Response:
        """Return the answer to a preflight."""
        answer = super().preflight_response(request_headers)
        headers = {name: text for name, text in answer.headers.items() if not name.startswith("content-")}
        if answer.status_code == 200:
            return Response(status_code=200, headers=headers)
        detail = bytes(answer.body).decode()
        problem = Problem(answer.status_code, "cross-origin-refused", "Pages of that site may not do this", detail)
        return problem_response(problem, headers=headers)


def _rule(app: ASGIApp, origins: Sequence[str], methods: Sequence[str]) -> ASGIApp:
    return _Rule(
        app,
        allow_origins=origins,
        allow_methods=methods,
        allow_headers=_HEADERS,
        expose_headers=_EXPOSED,
        max_age=_MAX_AGE_SECONDS,
    )
