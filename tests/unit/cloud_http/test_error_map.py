"""What goes wrong inside is told to the log without the address, which may hold a secret."""

from __future__ import annotations

import asyncio
import logging

import httpx
import pytest
from fastapi import FastAPI

from siaga_cloud.platform.http import error_map


def test_a_failure_is_logged_by_its_route_and_not_by_the_secret_in_its_address(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = FastAPI()
    error_map.install(app)

    @app.get("/reports/{secret}")
    def broken(secret: str) -> None:
        raise RuntimeError(f"broken after {len(secret)} characters")

    async def request() -> httpx.Response:
        inside = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=inside, base_url="http://test") as client:
            return await client.get("/reports/q8Zk3-of-one-citizen")

    with caplog.at_level(logging.ERROR):
        assert asyncio.run(request()).status_code == 500
    assert "GET /reports/{secret} failed" in caplog.messages
    assert "q8Zk3" not in caplog.text
