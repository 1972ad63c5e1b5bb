"""Forbids caches to store what a known caller is answered, because the same address answers others differently."""

from __future__ import annotations

from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PERSONAL: Final = "private, no-store"
_SESSION_COOKIES: Final = frozenset({"siaga", "__Host-siaga"})
_VARIES_BY: Final = "Cookie, Authorization, Accept-Language"
_SAME_FOR_ALL: Final = "/state/"


class CacheRules:
    """Adds `Cache-Control` to every answer that has none of its own and whose caller may be known.

    Who sends a token or a session's cookie may be known, whether it is valid or not. Every answer varies by these
    headers, so that a shared cache never hands the answer for one caller to another; all but the published state, which
    is the same for everybody.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http" or scope["path"].startswith(_SAME_FOR_ALL):
            await self.app(scope, receive, send)
            return
        is_personal = _may_be_known(Headers(scope=scope))

        async def with_rules(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.add_vary_header(_VARIES_BY)
                if is_personal:
                    headers.setdefault("Cache-Control", PERSONAL)
            await send(message)

        await self.app(scope, receive, with_rules)


def _may_be_known(headers: Headers) -> bool:
    """Read cookies as the session is read: a stricter reader loses it behind a cookie such as `prefs={"a":1}`."""
    if "authorization" in headers:
        return True
    sent = headers.getlist("cookie")
    return any(not _SESSION_COOKIES.isdisjoint(cookie_parser(one)) for one in sent)
