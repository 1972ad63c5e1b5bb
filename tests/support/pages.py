"""Opening the pages in a real Chromium, signed in or not, and what must be true of each of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Geolocation,
    Page,
    ViewportSize,
    expect,
    sync_playwright,
)
from tests.support.http_api import Api

from siaga_cloud.people.service import accounts as people

# The shell computes half as much for a page; it has no push service, no notifications and no camera.
CHROMIUM: Final = "/usr/bin/chromium-headless-shell"
FULL_CHROMIUM: Final = "/usr/bin/chromium"
ARGUMENTS: Final = [
    "--headless", "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
# What draws where there is no graphics card: the browser's own renderer, or Mesa's where the machine has it.
SWIFTSHADER: Final = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader")
MESA: Final = ("--use-gl=angle", "--use-angle=gl-egl", "--ignore-gpu-blocklist")
PHONE: Final = ViewportSize(width=360, height=740)
DESKTOP: Final = ViewportSize(width=1440, height=900)
PASSWORD: Final = "sungai-tenang-di-bawah-jembatan"
PUBLIC: Final = (
    "/", "/map", "/report", "/figures", "/alerts", "/data", "/incidents", "/gauges/manggarai", "/pumps", "/sign-in",
    "/style",
)  # fmt: skip
OFFICER: Final = ("/officer", "/officer/messages", "/officer/me")
HEADS: Final = ("/heads", "/heads/tasks", "/heads/officers", "/heads/figures", "/heads/month")
CONTROL: Final = (
    "/control",
    "/control?list=cameras&camera=cam-manggarai",
    "/control?list=gauges&gauge=manggarai",
    "/control?list=officers",
    "/control?list=coverage&gauge=karet",
    "/control/connectors",
    "/control/inbox",
)
ADMIN: Final = (
    "/admin", "/admin/start", "/admin/sites", "/admin/sites/cam-manggarai", "/admin/nodes", "/admin/users",
    "/admin/agencies", "/admin/policy", "/admin/deadlines", "/admin/dead-letters", "/admin/audit", "/admin/new/gauge",
    "/admin/edit/gauge/manggarai", "/admin/edit/camera/cam-manggarai", "/admin/edit/node/node-manggarai",
)  # fmt: skip
PHONE_AGENT: Final = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36"
)
MANGGARAI: Final = Geolocation(latitude=-6.2079, longitude=106.84844)
_AXE: Final = Path(__file__).parents[2] / "cloud" / "web" / "node_modules" / "axe-core" / "axe.min.js"
_GRAVE: Final = frozenset({"serious", "critical"})
# A browser says these of what tests do on purpose: no signal, no server, nobody signed in.
_EXPECTED: Final = ("net::ERR", "status of 401", "swiftshader", "GPU stall", "WebGL")


expect.set_options(timeout=40_000)  # two cores may be shared by many


@contextmanager
def chromium(arguments: Sequence[str] = SWIFTSHADER, *, program: str = CHROMIUM) -> Iterator[Browser]:
    """A browser, closed when the block ends."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=[*ARGUMENTS, *arguments])
        yield opened
        opened.close()


def context_of(
    browser: Browser, size: ViewportSize = DESKTOP, *, locale: str = "id-ID", permissions: Sequence[str] = ()
) -> BrowserContext:
    """A person's browser. `permissions`: what the person allows."""
    context = browser.new_context(
        viewport=size, locale=locale, permissions=[*permissions], geolocation=MANGGARAI, reduced_motion="reduce",
        timezone_id="Asia/Jakarta",
    )  # fmt: skip
    context.set_default_timeout(30_000)
    return context


def open_page(context: BrowserContext, url: str, *, complaints: list[str] | None = None) -> Page:
    """A page whose heading is there. `complaints`: filled with what the browser says of it."""
    page = context.new_page()
    if complaints is not None:
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: _note(message, complaints))
    page.goto(url)
    expect(page.locator("h1").first).to_be_attached()
    return page


def _note(message: ConsoleMessage, complaints: list[str]) -> None:
    if message.type in ("error", "warning") and not any(one in message.text for one in _EXPECTED):
        complaints.append(message.text)


def opened(browser: Browser, api: Api, user: str, path: str, *, size: ViewportSize, locale: str = "id-ID") -> Page:
    """A page as a user sees it; an error of its scripts fails the test."""
    context = browser.new_context(viewport=size, locale=locale)
    context.set_extra_http_headers({"Authorization": f"Bearer {api.tokens[user]}"})
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.goto(api.url + path)
    return page


def give_password(api: Api, user: str) -> None:
    """So that somebody can sign in at the page."""
    with api.connection() as conn:
        people.set_password(conn, user, PASSWORD, by=user, now=_now(conn))
        conn.commit()
    api.renew_token(user)


def _now(conn: Any) -> Any:
    return conn.execute("SELECT now() AS now").fetchone()["now"]


def sign_in(context: BrowserContext, api: Api, user: str) -> None:
    """Gives the browser the session's cookie, as the sign-in page does."""
    context.add_cookies(session_cookies(api, user))  # type: ignore[arg-type]


def session_cookies(api: Api, user: str) -> list[dict[str, str]]:
    """What the sign-in page leaves in a browser."""
    with httpx.Client(base_url=api.url, timeout=30, trust_env=False, headers={"User-Agent": PHONE_AGENT}) as client:
        client.post("/api/v1/session", json={"user": user, "password": PASSWORD}).raise_for_status()
        return [{"name": one.name, "value": one.value or "", "url": api.url} for one in client.cookies.jar]


def axe_violations(page: Page) -> list[str]:
    """Serious and critical findings of axe-core, by rule and element."""
    page.evaluate(_AXE.read_text("utf-8"))
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{page.url}: {one['id']} ({one['impact']}) {json.dumps([node['target'] for node in one['nodes']][:3])}"
        for one in found["violations"]
        if one["impact"] in _GRAVE
    ]
