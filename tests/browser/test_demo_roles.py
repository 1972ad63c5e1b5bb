"""The demo is the product: every role enters by a click and finds its page alive. Nothing is added by the test."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect
from tests.support.pages import context_of
from tests.support.served.running_demo import RunningDemo, running_demo

from siaga_sim.demo.accounts import ACCOUNTS

pytestmark = [pytest.mark.proof, pytest.mark.timeout(3000)]

STORY_SECONDS = 1500.0
PAGE_MS = 120_000
CAMERAS, OFFICERS, LAYERS, FRAMES = 6, 3, 3, 3
OFFICER_PIXELS = 60
SNAPSHOT_PIXELS = 320
ON_DUTY = (0x1B, 0x6E, 0x3C)  # cloud/web/src/map/icons.ts
HOMES = {
    "operator.balaikota": "/control",
    "petugas.sda": "/officer",
    "lurah.manggarai": "/heads",
    "camat.tebet": "/heads",
    "gubernur": "/heads",
    "kadis.sda": "/heads",
    "admin": "/admin",
}
# The first line of an alert, which is the subject of its mail (cloud/siaga_cloud/alerts/words.py).
_ALERT_MAIL = re.compile(r"<h2>(WASPADA|PERINGATAN|BAHAYA) banjir: [^<]+</h2><p>[^<]* to ibu\.sari@demo\.example</p>")
_RATE = re.compile(r"([\d,]+(?:\.\d+)?) cm/h")
MOST_CM_PER_HOUR = 300
_PUSHES = re.compile(r"mails and messages and ([1-9]\d*) pushes were caught")


class Demo:
    """A running demo, and how long something of its story may take."""

    def __init__(self, running: RunningDemo) -> None:
        self._running, self.url, self.console = running, running.url, running.console
        self.console_text = running.console_text
        self.until = time.monotonic() + STORY_SECONDS

    def wait(self, page: Page, is_so: Callable[[], bool], what: str) -> None:
        """Wait for something of the story, while the demo lives."""
        while not is_so():
            self._running.child.check()
            assert time.monotonic() < self.until, f"{what} in {STORY_SECONDS:.0f} s"
            page.wait_for_timeout(1000)


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    with running_demo(tmp_path) as running:
        running.until_begun()
        yield Demo(running)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = context_of(browser, locale="en-GB")
    context.set_default_timeout(PAGE_MS)
    opened = context.new_page()
    opened.on("pageerror", lambda error: pytest.fail(str(error)))
    yield opened
    context.close()


def test_every_role_enters_by_a_click_and_finds_its_page_alive(page: Page, demo: Demo) -> None:
    citizens_see_rankings_and_layers(page, demo)
    for account in ACCOUNTS:
        enter(page, demo, account.user)
    officers_find_tasks_and_heads_their_figures(page, demo)
    the_control_room_sees_cameras_and_officers(page, demo)
    alerts_reach_a_mailbox_and_a_browser(page, demo)
    the_story_can_be_paused_and_goes_on(page, demo)
    citizens_see_a_forecast_with_its_band(page, demo)


def enter(page: Page, demo: Demo, user: str) -> None:
    """By the link of the terminal for the first, by the button of the page for the others."""
    page.goto(f"{demo.url}/demo")
    names = {one["user"]: one["name"] for one in page.request.get(f"{demo.url}/api/v1/demo").json()["accounts"]}
    page.get_by_role("button", name=f"Enter: {names[user]}", exact=True).click()
    page.wait_for_url(re.compile(re.escape(demo.url) + HOMES[user]), timeout=PAGE_MS)
    seen(page.locator("h1").first)


def seen(one: Locator) -> None:
    expect(one).to_be_visible(timeout=PAGE_MS)


def citizens_see_rankings_and_layers(page: Page, demo: Demo) -> None:
    page.goto(demo.url)
    seen(page.locator("h1").first)
    expect(page.get_by_text("SIMULATION").first).to_be_visible()
    expect(page.locator("[data-gauge]").first).to_be_attached(timeout=PAGE_MS)
    nothing_is_absurd(page)
    page.goto(f"{demo.url}/figures?tab=rankings")
    seen(page.locator("table tbody tr").nth(4))
    page.goto(f"{demo.url}/map")
    page.get_by_role("button", name="What is shown").click()
    dialog = page.get_by_role("dialog")
    seen(dialog.get_by_role("heading", name="Layers"))
    assert dialog.get_by_role("switch").count() >= 4 + LAYERS


def nothing_is_absurd(page: Page) -> None:
    """No rate that no river has, and nothing that was measured in the future."""
    text = page.locator("main").first.inner_text()
    rates = [float(one.replace(",", "")) for one in _RATE.findall(text)]
    assert max(rates, default=0) <= MOST_CM_PER_HOUR, text
    assert not re.search(r"measured in \d", text), text


def citizens_see_a_forecast_with_its_band(page: Page, demo: Demo) -> None:
    """Last, because its model is fitted while the story runs."""

    def points() -> list[dict[str, float]]:
        forecast = page.request.get(f"{demo.url}/api/v1/gauges/manggarai/forecast").json()
        found: list[dict[str, float]] = forecast["points"]
        return found

    demo.wait(page, lambda: bool(points()), "a forecast of Manggarai")
    assert all(one["low_cm"] < one["level_cm"] < one["high_cm"] for one in points()[1:])
    page.goto(f"{demo.url}/gauges/manggarai")
    seen(page.get_by_text("forecast; band: what is likely").first)
    nothing_is_absurd(page)


def officers_find_tasks_and_heads_their_figures(page: Page, demo: Demo) -> None:
    enter(page, demo, "petugas.sda")
    demo.wait(page, lambda: page.locator("a[href^='/officer/tasks/']").count() > 0, "a task of an officer")
    for user in ("lurah.manggarai", "camat.tebet", "gubernur", "kadis.sda"):
        enter(page, demo, user)
        page.goto(f"{demo.url}/heads/officers")
        seen(page.locator("table tbody tr").first)
    enter(page, demo, "admin")
    page.goto(f"{demo.url}/admin/nodes")
    seen(page.get_by_text("pintu-manggarai").first)


def the_control_room_sees_cameras_and_officers(page: Page, demo: Demo) -> None:
    enter(page, demo, "operator.balaikota")
    page.goto(f"{demo.url}/control?list=cameras")
    images = page.locator("#cameras .snapshot-frame img")
    demo.wait(page, lambda: images.count() >= CAMERAS, f"images of {CAMERAS} cameras")
    demo.wait(page, lambda: min(map(width_of, images.all())) >= SNAPSHOT_PIXELS, "images that are decoded")

    page.locator("[data-camera=cam-kemang]").click()
    page.locator("#watch").click()
    expect(page.locator("#camera")).to_have_attribute("data-live", "true", timeout=PAGE_MS)
    frames: set[str] = set()

    def live_frames() -> bool:
        frames.add(page.locator("#camera .snapshot-frame img").get_attribute("src") or "")
        if page.locator("#camera").get_attribute("data-live") != "true":
            page.locator("#watch").click()
        return len(frames) >= FRAMES

    demo.wait(page, live_frames, f"{FRAMES} frames of a live view")

    page.goto(f"{demo.url}/control?list=gauges")
    seen(page.locator("[data-gauge=katulampa]"))
    nothing_is_absurd(page)
    without_officers = coloured(page)
    page.goto(f"{demo.url}/control?list=officers")
    rows = page.locator("#officers tbody tr")
    demo.wait(page, lambda: rows.count() >= OFFICERS, f"{OFFICERS} officers on duty")
    demo.wait(page, lambda: coloured(page) >= without_officers + OFFICER_PIXELS, "officers on the map")


def width_of(image: Locator) -> int:
    """How wide an image is once it is decoded; nought where a newer one takes its place meanwhile."""
    width: int = image.evaluate("(one) => one.decode().then(() => one.naturalWidth, () => 0)")
    return width


def coloured(page: Page) -> int:
    """How many dots of the map have the colour of an officer on duty."""
    page.locator(".map-box[data-state=shown] > .canvas[data-drawn]").wait_for(timeout=PAGE_MS)
    image = Image.open(io.BytesIO(page.locator(".map-box").screenshot(timeout=PAGE_MS))).convert("RGB")
    found = image.getcolors(image.width * image.height) or []
    return next((count for count, one in found if one == ON_DUTY), 0)


def alerts_reach_a_mailbox_and_a_browser(page: Page, demo: Demo) -> None:
    demo.wait(page, lambda: _ALERT_MAIL.search(demo.console_text()) is not None, "an alert mail")
    demo.wait(page, lambda: _PUSHES.search(demo.console_text()) is not None, "a push")


def the_story_can_be_paused_and_goes_on(page: Page, demo: Demo) -> None:
    page.goto(demo.console)
    page.get_by_role("button", name="Pause").click()
    seen(page.get_by_text("The story stands"))
    page.goto(f"{demo.url}/demo")
    seen(page.locator(".demo-band").get_by_text("The story stands."))
    page.goto(demo.console)
    page.get_by_role("button", name="Go on").click()
    seen(page.get_by_text("The story runs"))
