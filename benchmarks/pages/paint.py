"""What a first visit to the front page costs: bytes of scripts, and when the largest content is painted.

The largest paint is the browser's own: the last entry of type largest-contentful-paint. The network is Chrome's preset
"Slow 4G" (562.5 ms of latency, 1.44 Mbit/s), as in benchmarks/crowd; once with the processor of this machine, once with
one that is four times slower.
"""

from __future__ import annotations

from statistics import median
from typing import Final

import httpx
from benchmarks.crowd.page import SLOW_4G
from benchmarks.pages.record import Record
from benchmarks.pages.screenshots import LANGUAGES, settle
from playwright.sync_api import Browser, Response
from tests.support.pages import PHONE

ROUNDS: Final = 3
ENCODINGS: Final = ("br", "gzip")
CPU_RATES: Final = {"this processor": 1, "four times slower": 4}
_LARGEST: Final = """() => new Promise((resolve) => {
  let last = 0;
  new PerformanceObserver((list) => { for (const one of list.getEntries()) last = one.startTime; })
    .observe({type: 'largest-contentful-paint', buffered: true});
  setTimeout(() => resolve(last), 3000);
})"""


def first_load(browser: Browser, url: str) -> dict[str, int]:
    """Bytes of JavaScript that a first visit fetches, by encoding, without those of the service worker.

    Browsers accept brotli over https only, which is how the front door serves the pages; gzip is for plain http.
    """
    context = browser.new_context(viewport=PHONE, service_workers="block")
    context.set_default_timeout(0)  # the part's deadline ends it
    page = context.new_page()
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))  # the driver marks it, and cannot mark a built-in
    page.goto(url)
    page.locator("h1").first.wait_for(state="attached")
    settle(page)
    scripts = [one.url for one in answers if "javascript" in one.headers.get("content-type", "")]
    context.close()
    return {encoding: sum(_size(one, encoding) for one in scripts) for encoding in ENCODINGS}


def _size(url: str, encoding: str) -> int:
    headers = {"Accept-Encoding": encoding}
    with httpx.stream("GET", url, headers=headers, timeout=60, trust_env=False) as answer:
        return len(b"".join(answer.raise_for_status().iter_raw()))


def largest_paints(browser: Browser, url: str, record: Record) -> None:
    """Record the largest paint of the front page in both languages, on both processors."""
    for processor, rate in CPU_RATES.items():
        for language, locale in LANGUAGES.items():
            seconds = [_largest_paint(browser, url, locale, rate) for _ in range(ROUNDS)]
            found = {"median": median(seconds), "all": seconds}
            record.put("largest_paint_seconds", f"/ {language}, {processor}", found)


def _largest_paint(browser: Browser, url: str, locale: str, rate: int) -> float:
    context = browser.new_context(viewport=PHONE, service_workers="block", locale=locale)
    context.set_default_timeout(0)
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", SLOW_4G)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": rate})
    page.goto(url)
    page.locator("h1").first.wait_for()
    page.locator("#gauges [data-gauge]").first.wait_for(state="attached")
    seconds = float(page.evaluate(_LARGEST)) / 1000
    context.close()
    return round(seconds, 2)
