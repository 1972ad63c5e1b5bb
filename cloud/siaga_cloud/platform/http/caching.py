"""States what caches may store: never what a known caller is answered, for seconds what is public."""

from __future__ import annotations

from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PERSONAL: Final = "private, no-store"
PUBLIC: Final = "public, max-age=2, stale-while-revalidate=10, stale-if-error=600"
# What changes seldom, or is costly and not urgent.
SELDOM: Final = "public, max-age=60, stale-while-revalidate=60, stale-if-error=86400"
# A document or script of the pages: the proxy opens it for a day without the API.
PAGE: Final = "public, max-age=2, stale-while-revalidate=10, stale-if-error=86400"
_SESSION_COOKIES: Final = frozenset({"siaga", "__Host-siaga"})
_VARIES_BY: Final = "Cookie, Authorization, Accept-Language"
_API: Final = "/api/v1/"
# What the public reads; everything that is not listed is stored by no cache.
_PUBLIC: Final = (
    *(
        _API + name
        for name in (
            "accuracy", "agencies", "alerts", "areas", "cameras", "categories", "duty/consent", "figures/",
            "flood-states", "gauges", "incidents", "layers", "open-data", "openapi.json", "places", "privacy",
            "proofs/sampling", "rain-gauges", "rankings/", "rivers", "session/methods", "streets/",
            "subscriptions/channels", "summary", "tasks", "trending", "warnings",
        )
    ),
    "/cap/", "/fews/", "/ngsi-ld/", "/open311/", "/roads/", "/sta/",
)  # fmt: skip
_SELDOM: Final = (
    *(
        _API + name
        for name in (
            "accuracy", "agencies", "categories", "duty/consent", "figures/", "layers", "open-data", "openapi.json",
            "places", "privacy", "proofs/sampling", "rain-gauges", "rankings/", "rivers", "session/methods",
            "subscriptions/channels", "trending",
        )
    ),
    "/open311/v2/services", "/open311/v2/discovery",
)  # fmt: skip
_SELDOM_PATHS: Final = frozenset({"/api", "/api/v1/areas"})
_SECRETS: Final = frozenset({"secret", "token"})
_STORABLE: Final = frozenset({200, 304})
_SAME_FOR_ALL: Final = ("/basemap/", "/state/")


class CacheRules:
    """Adds `Cache-Control` and `Vary` to every answer.

    Who sends a token or a session's cookie may be known, whether it is valid or not: what is answered to them is stored
    by nobody, unless the handler states otherwise of something that is the same for all. Answers vary by the caller,
    so that a shared cache never hands the answer for one caller to another; those whose handler marks them `PAGE`, or
    as never changing, are the same for everybody.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http" or scope["path"].startswith(_SAME_FOR_ALL):
            await self.app(scope, receive, send)
            return
        is_known = _may_be_known(Headers(scope=scope))

        async def with_rules(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                is_public = not is_known and _is_public(scope, message["status"], headers)
                _state(headers, public=_rule_of(scope["path"]) if is_public else None)
            await send(message)

        await self.app(scope, receive, with_rules)


def _rule_of(path: str) -> str:
    return SELDOM if path in _SELDOM_PATHS or path.startswith(_SELDOM) else PUBLIC


def _state(headers: MutableHeaders, *, public: str | None) -> None:
    own = headers.get("cache-control")
    if own == PAGE or (own is not None and own.endswith("immutable") and "vary" in headers):
        return
    headers.add_vary_header(_VARIES_BY)
    if public is not None and own in (None, "no-cache"):
        headers["Cache-Control"] = public
    elif own in (None, "no-store"):
        headers["Cache-Control"] = PERSONAL


def _is_public(scope: Scope, status: int, headers: Headers) -> bool:
    path: str = scope["path"]
    is_reading = scope["method"] in ("GET", "HEAD") and status in _STORABLE and "set-cookie" not in headers
    has_secret = not _SECRETS.isdisjoint(scope.get("path_params", {}))
    return is_reading and not has_secret and (path == "/api" or path.startswith(_PUBLIC))


def _may_be_known(headers: Headers) -> bool:
    """Read cookies as the session is read: a stricter reader loses it behind a cookie such as `prefs={"a":1}`."""
    if "authorization" in headers:
        return True
    sent = headers.getlist("cookie")
    return any(not _SESSION_COOKIES.isdisjoint(cookie_parser(one)) for one in sent)
