"""Names related addresses in the header `Link` (RFC 8288): the next page of a list, and the description of the API."""

from __future__ import annotations

from typing import Final

from fastapi import Request, Response
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_DESCRIPTIONS: Final = (
    '</api/v1/openapi.json>; rel="service-desc"; type="application/json"',
    '</api>; rel="service-doc"; type="text/html"',
)
_DESCRIBED: Final = ("/api", "/api/v1/open-data", "/healthz")


def add_next(request: Request, response: Response, **changed: object) -> None:
    """Name the next page: the address of this one with some parameters changed."""
    url = request.url.include_query_params(**changed)
    response.headers.append("Link", f'<{url.path}?{url.query}>; rel="next"')


class DescribeService:
    """Names the description of the API (RFC 8631) in the answers of the addresses that programs open first."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http" or scope["path"] not in _DESCRIBED:
            await self.app(scope, receive, send)
            return

        async def with_links(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for link in _DESCRIPTIONS:
                    headers.append("Link", link)
            await send(message)

        await self.app(scope, receive, with_links)
