"""Adds the headers that restrict browsers: no foreign scripts, framing, sniffing or referrer."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


def content_security_policy(tile_url: str | None, *, framed_by: str = "'none'") -> str:
    """Only our own scripts, workers and styles; map tiles also from the tile server, where one is set."""
    tiles = f" {_origin(tile_url)}" if tile_url else ""
    return (
        "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; font-src 'self'; "
        f"connect-src 'self'{tiles}; img-src 'self' data: blob:{tiles}; media-src 'self'; "
        "manifest-src 'self'; base-uri 'none'; form-action 'self'; "
        f"frame-ancestors {framed_by}"
    )


def _origin(url: str) -> str:
    parts = urlsplit(url.replace("{s}", "*"))
    return f"{parts.scheme}://{parts.netloc}"


class SecurityHeaders:
    """Adds the headers to every answer."""

    def __init__(self, app: ASGIApp, tile_url: str | None, https: bool) -> None:
        self.app = app
        self.headers = {
            "Content-Security-Policy": content_security_policy(tile_url),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",  # follow-up addresses are secrets
            "Permissions-Policy": "geolocation=(self), camera=(self), microphone=()",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
        }
        if https:
            self.headers["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, with_headers if scope["type"] == "http" else send)
