"""An address that leads nowhere: people get a page with the way back, programs the problem document."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from fastapi import FastAPI

from siaga_cloud.pages import api as pages
from siaga_cloud.platform.http import error_map

NAVIGATION = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
PROGRAM = "application/problem+json"


def served(path: str, accept: str) -> httpx.Response:
    app = FastAPI()
    app.state.parts = SimpleNamespace(settings=SimpleNamespace(tile_url=None, tile_attribution=None, demo=None))
    error_map.install(app)
    pages.install(app)

    async def request() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
            return await client.get(path, headers={"Accept": accept})

    return asyncio.run(request())


@pytest.mark.parametrize(
    ("path", "accept", "mime"),
    [
        pytest.param("/nope", NAVIGATION, "text/html", id="the address bar"),
        pytest.param("/nope", "*/*", PROGRAM, id="a program that accepts anything"),
        pytest.param("/nope", "application/json", PROGRAM, id="a program that wants JSON"),
        pytest.param("/api/v1/nope", NAVIGATION, PROGRAM, id="the API in the address bar"),
    ],
)
def test_who_gets_the_page_of_a_lost_address(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, path: str, accept: str, mime: str
) -> None:
    (tmp_path / "index.html").write_text("<!doctype html><title>Siaga</title>")
    monkeypatch.setattr(pages, "_BUILT", tmp_path)
    answer = served(path, accept)
    assert answer.status_code == 404
    assert answer.headers["content-type"].split(";")[0] == mime
    if mime == "text/html":
        assert (answer.headers["cache-control"], answer.headers["vary"]) == ("no-store", "Accept")


def test_without_built_pages_everybody_gets_the_problem(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(pages, "_BUILT", tmp_path)
    assert served("/nope", NAVIGATION).headers["content-type"] == PROGRAM
