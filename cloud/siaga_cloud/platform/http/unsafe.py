"""Marks the requests that may change something, for the row-level security of their transactions."""

from __future__ import annotations

from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from siaga_cloud.platform.http.lagging import may_lag_behind
from siaga_cloud.platform.http.parts import is_writing, may_lag

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class MarkUnsafe:
    """Sets `is_writing` for the duration of one request, so that a reading request cannot write whatever its code
    does."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        token = is_writing.set(scope["method"] not in SAFE_METHODS)
        lag_token = may_lag.set(may_lag_behind(scope["method"], scope["path"]))
        try:
            await self.app(scope, receive, send)
        finally:
            may_lag.reset(lag_token)
            is_writing.reset(token)
