"""The widgets in a real Chromium, inside a page of somebody else's with a policy of its own; no other page of ours."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, expect
from tests.support.http_api import Api, add_signal, set_level
from tests.support.pages import DESKTOP, context_of

KELURAHAN = "31.74.01.manggarai"


@pytest.fixture(scope="module")
def flooded(api: Api) -> Api:
    with api.connection() as conn:
        for level in (700, 790, 862):
            set_level(conn, "manggarai", level, stage=2)
        add_signal(conn, source="camera:cam-manggarai")
    return api


class ForeignPage:
    """A page of somebody else's: another site than ours, as browsers see it. `policy`: its own."""

    def __init__(self) -> None:
        self.body, self.policy = "", ""
        foreign = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = f"<!doctype html><title>Kelurahan</title><h1>Portal</h1>{foreign.body}".encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Security-Policy", foreign.policy)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://localhost:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()


@pytest.fixture
def foreign() -> Iterator[ForeignPage]:
    held = ForeignPage()
    yield held
    held.server.shutdown()
    held.server.server_close()


def framed(url: str, name: str, more: str = "") -> str:
    return f'<iframe name="{name}" src="{url}" width="360" height="300" title="{name}" {more}></iframe>'


def test_widgets_show_inside_a_page_of_somebody_elses(browser: Browser, flooded: Api, foreign: ForeignPage) -> None:
    foreign.policy = f"default-src 'none'; frame-src {flooded.url}"
    foreign.body = (
        framed(f"{flooded.url}/embed/gauge?id=manggarai", "gauge", 'sandbox="allow-scripts allow-same-origin"')
        + framed(f"{flooded.url}/embed/area?id={KELURAHAN}&lang=en", "area")
        + framed(f"{flooded.url}/embed/map", "map")
        + framed(f"{flooded.url}/embed/gauge?id=nowhere&lang=en", "none")
    )
    context = context_of(browser, DESKTOP)
    page = context.new_page()
    message: list[str] = []
    page.on("console", lambda one: message.append(one.text) if one.type == "error" and "404" not in one.text else None)
    page.on("pageerror", lambda error: message.append(str(error)))
    page.goto(foreign.url)
    gauge = page.frame_locator("[name=gauge]")
    expect(gauge.locator("h1")).to_have_text("PA Manggarai")
    expect(gauge.locator(".badge")).to_have_text("Siaga 2 – Siaga")
    expect(gauge.locator(".level")).to_contain_text("862 cm")
    expect(gauge.locator("svg polyline")).to_have_count(1)
    area = page.frame_locator("[name=area]")
    expect(area.locator("h1")).to_have_text("Manggarai")
    expect(area.locator("main")).to_contain_text("known")
    expect(page.frame_locator("[name=map]").locator("circle.dot")).to_have_count(19)
    expect(page.frame_locator("[name=none]").locator("main")).to_have_text("Not found")
    assert context.cookies() == []
    assert message == []
    context.close()


def test_no_other_page_of_ours_may_be_framed_and_the_foreign_policy_holds(
    browser: Browser, flooded: Api, foreign: ForeignPage
) -> None:
    context = context_of(browser, DESKTOP)
    page = context.new_page()
    message: list[str] = []
    page.on("console", lambda one: message.append(one.text) if one.type == "error" else None)
    foreign.policy = f"default-src 'none'; frame-src {flooded.url}"
    foreign.body = framed(f"{flooded.url}/sign-in", "sign-in")
    with page.expect_event("console", lambda one: "frame-ancestors" in one.text):
        page.goto(foreign.url)
    foreign.policy = "default-src 'none'; frame-src 'self'"
    foreign.body = framed(f"{flooded.url}/embed/map", "map")
    with page.expect_event("console", lambda one: "frame-src" in one.text):
        page.goto(foreign.url)
    assert not any(frame.url.startswith(flooded.url) for frame in page.frames)
    assert len(message) >= 2
    context.close()
