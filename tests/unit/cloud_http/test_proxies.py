"""Warnings about proxies that are not trusted, and the clients that the server derives from what they forward."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from siaga_cloud.platform.http.proxies import ForwardedHeaders, missing_setting


@pytest.mark.parametrize(
    ("public_url", "has_own_tls", "trusted", "warns"),
    [
        ("https://siaga.example", False, (), True),
        ("https://siaga.example", False, ("10.0.0.5/32",), False),
        ("https://siaga.example", True, (), False),
        ("http://127.0.0.1:8080", False, (), False),
    ],
)
def test_a_server_behind_a_proxy_that_trusts_none_warns(
    public_url: str, has_own_tls: bool, trusted: tuple[str, ...], warns: bool
) -> None:
    warning = missing_setting(public_url=public_url, has_own_tls=has_own_tls, trusted=trusted)
    assert (warning is not None and "SIAGA_TRUSTED_PROXIES" in warning) is warns


def clients_of(requests: list[tuple[str, str]], *, trusted: list[str]) -> list[str]:
    """The client of each request, a peer with its X-Forwarded-For, as the application sees it behind uvicorn."""
    seen: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["client"][0])

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        pass

    inner: Any = ForwardedHeaders(app)
    server: Any = ProxyHeadersMiddleware(inner, trusted_hosts=trusted)

    async def serve_all() -> None:
        for peer, header in requests:
            headers = [(b"x-forwarded-for", header.encode())] if header else []
            await server({"type": "http", "client": (peer, 1), "headers": headers}, receive, send)

    asyncio.run(serve_all())
    return seen


def test_only_trusted_proxies_name_the_client(caplog: pytest.LogCaptureFixture) -> None:
    requests = [
        ("172.30.80.2", "203.0.113.1"),
        ("172.30.80.2", "203.0.113.66, 203.0.113.2"),
        ("172.30.80.2", "2001:db8::7"),
        ("fd00::2", "203.0.113.3"),
        ("36.70.1.4", "127.0.0.1"),
        ("172.30.80.2", ""),
    ]
    assert clients_of(requests, trusted=["172.30.80.2/32", "fd00::/64"]) == [
        "203.0.113.1", "203.0.113.2", "2001:db8::7", "203.0.113.3", "36.70.1.4", "172.30.80.2",
    ]  # fmt: skip
    assert caplog.text == "", "a stranger who forges a header is no news"


def test_a_proxy_of_the_own_network_that_is_not_trusted_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        clients_of([("172.19.0.1", "203.0.113.1"), ("172.19.0.1", "203.0.113.2")], trusted=[])
    assert len(caplog.records) == 1
    assert "172.19.0.1 forwards requests but is not in SIAGA_TRUSTED_PROXIES" in caplog.text
