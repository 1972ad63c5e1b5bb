"""The map in a real Chromium: coarser while a slow machine moves it, whole at rest, and no cluster hides the worst."""

from __future__ import annotations

import io
import time
from collections.abc import Callable

from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize
from tests.support.http_api import Api, add_signal
from tests.support.pages import DESKTOP, context_of, open_page

DEADLINE_SECONDS = 60
SPOT_PIXELS = 120
PLACE = (-6.2, 106.83)
# Of a cluster whose worst is severe (the tokens' --stage-1), and of one of minor ones.
RED, VIOLET = (0xC6, 0x28, 0x28), (0x56, 0x38, 0x9C)
LAND = (0xF7, 0xF5, 0xEF)
SMALL = ViewportSize(width=500, height=500)
_WIDTH = "() => document.querySelector('.maplibregl-canvas').width"
_DRAWN = ".map-box[data-state=shown] > .canvas[data-drawn]"


def _map_of(browser: Browser, api: Api) -> Page:
    page = open_page(context_of(browser, DESKTOP), f"{api.url}/map")
    page.locator(_DRAWN).wait_for()
    return page


def _image(page: Page) -> Image.Image:
    return Image.open(io.BytesIO(page.locator(".map-box").screenshot())).convert("RGB")


def test_a_map_too_slow_is_drawn_coarser_while_dragged_and_whole_at_rest(browser: Browser, api: Api) -> None:
    page = _map_of(browser, api)
    whole = page.evaluate(_WIDTH)
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 8})
    page.mouse.move(700, 450)
    page.mouse.down()
    end, step = time.monotonic() + DEADLINE_SECONDS, 0
    while page.evaluate(_WIDTH) == whole and time.monotonic() < end:
        step += 1
        page.mouse.move(700 + step % 50, 450)
    assert page.evaluate(_WIDTH) == round(whole / 2)

    page.mouse.move(700, 450, steps=3)
    before = _image(page)
    page.mouse.move(900, 450, steps=10)
    assert _image(page).tobytes() != before.tobytes(), "the drag was ended by the change"

    page.mouse.up()
    page.wait_for_function(f"() => ({_WIDTH})() === {whole}")
    assert page.evaluate("() => document.querySelector('.maplibregl-canvas').style.width") == f"{whole}px"
    page.context.close()


def test_a_cluster_shows_the_worst_in_it(browser: Browser, api: Api) -> None:
    with api.connection() as conn:
        for number in range(12):  # too far apart to be one incident, too near to stand apart on the map
            place = (PLACE[0] - 0.004 * (number // 4), PLACE[1] + 0.004 * (number % 4))
            add_signal(conn, category="trash", source=f"citizen:{number}", place=place, severity="minor")
    page = _incidents_only(browser, api)
    _wait_for(page, VIOLET)
    assert _count(page, RED) < SPOT_PIXELS
    page.context.close()
    with api.connection() as conn:
        place = (PLACE[0] - 0.004, PLACE[1] + 0.002)
        add_signal(conn, category="illegal_parking", source="citizen:worse", place=place, severity="severe")
    page = _incidents_only(browser, api)
    _wait_for(page, RED)
    page.context.close()


def test_a_map_that_grows_shows_the_city_larger_unless_someone_moved_it(browser: Browser, api: Api) -> None:
    page = open_page(context_of(browser, SMALL), f"{api.url}/map")
    page.locator(_DRAWN).wait_for()
    small = _count(page, LAND)
    page.set_viewport_size({"width": 1400, "height": 1000})
    _until(page, lambda: _count(page, LAND) > 3 * small)
    for _ in range(2):
        page.locator(".maplibregl-ctrl-zoom-out").click()
    _until(page, lambda: _count(page, LAND) < small)
    page.set_viewport_size({"width": 1300, "height": 1000})
    page.wait_for_function("() => document.querySelector('.maplibregl-canvas').style.width === '1300px'")
    page.locator(_DRAWN).wait_for()
    assert _count(page, LAND) < small, "it went back to the whole city under someone's hands"
    page.context.close()


def _until(page: Page, is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + DEADLINE_SECONDS
    while not is_so():
        assert time.monotonic() < end
        page.wait_for_timeout(200)


def _incidents_only(browser: Browser, api: Api) -> Page:
    page = _map_of(browser, api)
    page.get_by_role("button", name="Yang ditampilkan").click()
    for name in ("Pos pantau air", "Kamera", "Keadaan banjir"):  # which have reds of their own
        page.get_by_role("switch", name=name).click()
    page.keyboard.press("Escape")
    return page


def _count(page: Page, colour: tuple[int, int, int]) -> int:
    image = _image(page)
    found = image.getcolors(image.width * image.height) or []
    return next((count for count, one in found if one == colour), 0)


def _wait_for(page: Page, colour: tuple[int, int, int]) -> None:
    _until(page, lambda: _count(page, colour) >= SPOT_PIXELS)
