"""Which pages of other sites may read what, by preflight and by the answer itself."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from siaga_cloud.platform.http.caching import CacheRules
from siaga_cloud.platform.http.foreign.cross_origin import CrossOrigin
from siaga_cloud.settings import SettingsError, load

SITE = "https://data.example.org"
PREFLIGHT = {"Origin": SITE, "Access-Control-Request-Method": "GET"}


def answer(_: Request) -> PlainTextResponse:
    return PlainTextResponse("public")


def request(origins: tuple[str, ...], method: str, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
    app = Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST", "OPTIONS"])])
    app.add_middleware(CacheRules)
    app.add_middleware(CrossOrigin, origins=origins)

    async def send() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://siaga.test") as client:
            return await client.request(method, path, headers=headers)

    return asyncio.run(send())


@pytest.mark.parametrize(
    ("origins", "path", "headers", "status", "allowed"),
    [
        ((), "/sta/v1.1/Things", {}, 200, "*"),
        ((), "/sta/v1.1/Things", {"Access-Control-Request-Headers": "if-none-match"}, 200, "*"),
        ((), "/open311/v2/requests.json", {"Access-Control-Request-Method": "POST"}, 200, "*"),
        ((), "/api/v1/open-data", {}, 200, "*"),
        ((), "/api/v1/open-data/gauges.csv", {}, 200, "*"),
        ((), "/api/v1/gauges", {}, 200, None),
        ((SITE,), "/api/v1/gauges", {}, 200, SITE),
        ((SITE,), "/api/v1/gauges", {"Origin": "https://evil.example"}, 400, None),
        ((SITE,), "/api/v1/gauges", {"Access-Control-Request-Headers": "authorization"}, 400, SITE),
        ((SITE,), "/api/v1/reports", {"Access-Control-Request-Method": "POST"}, 400, SITE),
        (("*",), "/api/v1/gauges", {}, 200, "*"),
        (("*",), "/sign-in", {}, 200, None),
    ],
)
def test_pages_of_other_sites_read_what_the_city_opened(
    origins: tuple[str, ...], path: str, headers: dict[str, str], status: int, allowed: str | None
) -> None:
    sent = {**PREFLIGHT, **headers}
    preflight = request(origins, "OPTIONS", path, sent)
    assert (preflight.status_code, preflight.headers.get("access-control-allow-origin")) == (status, allowed)
    assert status == 200 or preflight.headers["content-type"] == "application/problem+json"
    read = request(origins, "GET", path, {"Origin": sent["Origin"]})
    assert read.headers.get("access-control-allow-origin") == allowed
    assert "access-control-allow-credentials" not in {*preflight.headers, *read.headers}


def test_caches_separate_the_answers_for_each_site() -> None:
    assert "Origin" in request((SITE,), "GET", "/api/v1/gauges").headers["vary"]
    assert "Origin" not in request((), "GET", "/api/v1/gauges").headers["vary"]


@pytest.mark.parametrize("wrong", ["data.example.org", "https://data.example.org/", "null", "https://*.example.org"])
def test_an_origin_that_no_browser_sends_is_a_wrong_setting(wrong: str) -> None:
    with pytest.raises(SettingsError, match="SIAGA_CORS_ORIGINS"):
        load({"SIAGA_DATABASE_URL": "postgresql://x@y/z", "SIAGA_CORS_ORIGINS": wrong})
    assert load({"SIAGA_DATABASE_URL": "postgresql://x@y/z", "SIAGA_CORS_ORIGINS": f"{SITE}, *"}).cors_origins == (
        SITE,
        "*",
    )
