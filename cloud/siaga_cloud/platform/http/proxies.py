"""Warns where the addresses of clients are not what they seem, because a proxy in front of the API is not trusted."""

from __future__ import annotations

import logging
from collections.abc import Collection
from ipaddress import ip_address
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

_log = logging.getLogger(__name__)
SETTING: Final = "SIAGA_TRUSTED_PROXIES"
_ALL_AS_ONE: Final = "all people count as one client: limits refuse reports, and failed sign-ins lock everybody out"


def missing_setting(*, public_url: str, has_own_tls: bool, trusted: Collection[str]) -> str | None:
    """Return the warning of a server that is behind a proxy by its other settings and trusts none."""
    if trusted or has_own_tls or not public_url.startswith("https://"):
        return None
    return (
        f"{SETTING} is not set although SIAGA_PUBLIC_URL is https and this program has no certificate, so that a proxy "
        f"must be in front of it; {_ALL_AS_ONE}; set it to the address of the proxy (docs/front-door.md)"
    )


def forwarded_for(headers: Headers) -> list[str]:
    """Return the addresses that `X-Forwarded-For` names, from the farthest to the nearest."""
    values = headers.getlist("x-forwarded-for")
    return [one for value in values for one in map(str.strip, value.split(",")) if one]


class ForwardedHeaders:
    """Logs once that a proxy of the own network forwards requests and its header is not believed.

    The server replaced the client by an address of the header where the proxy is trusted. A peer with a public address
    is a client that forges the header, and deserves no line in the log.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.is_logged = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] == "http" and not self.is_logged:
            self._check(scope)
        await self.app(scope, receive, send)

    def _check(self, scope: Scope) -> None:
        named, (peer, _) = forwarded_for(Headers(scope=scope)), scope.get("client") or ("", 0)
        if named and not any(peer in one for one in named) and _is_own_network(peer):
            self.is_logged = True
            _log.warning("%s forwards requests but is not in %s; %s", peer, SETTING, _ALL_AS_ONE)


def _is_own_network(host: str) -> bool:
    try:
        return ip_address(host).is_private
    except ValueError:
        return False
