"""The front page in Chromium at Chrome's preset "Slow 4G": when it is painted, how big it is and what it requests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Final

from benchmarks.crowd.result import Result
from benchmarks.crowd.world import World
from benchmarks.figure import Figure
from playwright.sync_api import Browser, BrowserContext, Page, Request, ViewportSize, sync_playwright
from playwright.sync_api import Error as PlaywrightError

PAINT_SECONDS, FIRST_LOAD_BYTES = 1.8, 60_000
ROUNDS: Final = 3
PHONE: Final = ViewportSize(width=360, height=740)
LANGUAGES: Final = {"id-ID": "Apakah air akan datang?", "en-GB": "Is the water coming?"}
SLOW_4G: Final = {"offline": False, "latency": 562.5, "downloadThroughput": 180_000, "uploadThroughput": 84_375}
_CHROMIUM: Final = "/usr/bin/chromium-headless-shell"
_ARGUMENTS: Final = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
# The browser reports each paint that is larger than all before; the last is the largest contentful paint.
_PAINTS: Final = (
    "window.paints = []; const note = (list) => list.forEach((one) => window.paints.push(one.startTime));"
    " window.paintObserver = new PerformanceObserver((list) => note(list.getEntries()));"
    " window.paintObserver.observe({ type: 'largest-contentful-paint', buffered: true });"
)
# Two frames after the state is in the document, it is painted and reported.
_LARGEST: Final = (
    "new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => {"
    " window.paintObserver.takeRecords().forEach((one) => window.paints.push(one.startTime));"
    " resolve(window.paints.at(-1)); }, 500))))"
)
_SIZES: Final = (
    "performance.getEntriesByType('navigation').concat(performance.getEntriesByType('resource'))"
    ".reduce((sum, one) => sum + one.encodedBodySize, 0)"
)
_SHOWN: Final = "#gauges [data-gauge]"


@dataclass(slots=True)
class Visits:
    """What the visits in one language came to. `shown`: seconds until the state was in the document."""

    paints: list[float] = field(default_factory=list)
    shown: list[float] = field(default_factory=list)
    most_bytes: int = 0
    api_requests: list[str] = field(default_factory=list)
    is_open_offline: bool = False


def page(world: World, *, log: Callable[[str], None]) -> Result:
    """Open it in both languages with an empty cache, and once more without a network; the phone has the core of the
    load, as if it were another machine.
    """
    visits: dict[str, Visits] = {}
    with world.on_front_core(), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=_ARGUMENTS)
        for locale, title in LANGUAGES.items():
            found = visits[locale] = Visits()
            for _ in range(ROUNDS):
                _visit(browser, world.nginx.url, locale, title, found)
            found.is_open_offline = _opens_offline(browser, world.nginx.url, locale, title)
            log(f"{locale}: painted after {found.paints} s, {found.most_bytes} bytes, offline {found.is_open_offline}")
        browser.close()
    every = list(visits.values())
    figures = [
        Figure(name="largest paint of the front page at slow 4G", value=max(median(one.paints) for one in every),
               unit="s", target=PAINT_SECONDS, at_most=True),
        Figure(name="first load of the front page, compressed", value=max(one.most_bytes for one in every),
               unit="bytes", target=FIRST_LOAD_BYTES, at_most=True),
        Figure(name="requests of the front page to the API", value=sum(len(one.api_requests) for one in every),
               unit="requests", target=0, at_most=True),
        Figure(name="languages in which it does not open offline",
               value=sum(not one.is_open_offline for one in every), unit="languages", target=0, at_most=True),
    ]  # fmt: skip
    facts: dict[str, Any] = {
        locale: {
            "paints_seconds": one.paints,
            "shown_seconds": one.shown,
            "bytes": one.most_bytes,
            "api": one.api_requests,
        }
        for locale, one in visits.items()
    }
    return Result(figures, facts)


def _visit(browser: Browser, url: str, locale: str, title: str, found: Visits) -> None:
    context = browser.new_context(locale=locale, viewport=PHONE)
    context.add_init_script(_PAINTS)
    context.add_init_script("delete Navigator.prototype.serviceWorker")  # its files are fetched after the page
    opened = context.new_page()
    opened.on("request", lambda request: _note(request, found.api_requests))
    network = context.new_cdp_session(opened)
    network.send("Network.enable")
    network.send("Network.emulateNetworkConditions", SLOW_4G)
    _open(opened, url, title)
    found.shown.append(round(float(opened.evaluate("performance.now()")) / 1000, 3))
    found.paints.append(round(float(opened.evaluate(_LARGEST)) / 1000, 3))
    found.most_bytes = max(found.most_bytes, int(opened.evaluate(_SIZES)))
    context.close()


def _note(request: Request, api_requests: list[str]) -> None:
    if "/api/" in request.url:
        api_requests.append(request.url)


def _open(opened: Page, url: str, title: str) -> None:
    opened.goto(url)
    opened.get_by_role("heading", name=title, exact=True).wait_for()
    opened.wait_for_selector(_SHOWN, state="attached")
    opened.wait_for_selector("#age")


def _opens_offline(browser: Browser, url: str, locale: str, title: str) -> bool:
    context: BrowserContext = browser.new_context(locale=locale, viewport=PHONE)
    opened = context.new_page()
    _open(opened, url, title)
    opened.evaluate("navigator.serviceWorker.ready.then(() => true)")
    opened.reload()
    opened.wait_for_selector(_SHOWN, state="attached")
    context.set_offline(True)
    try:
        opened.reload()
        opened.wait_for_selector(_SHOWN, state="attached")
        return opened.locator("h1").text_content() == title and opened.locator("#age").is_visible()
    except PlaywrightError:  # no page, or not in time
        return False
    finally:
        context.close()
