"""A screen of 3840 pixels shows queue, map, curves of the worst gauges and cameras at once; a desk does not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, ViewportSize, expect
from tests.integration.alerts.test_forecast import put
from tests.support import control_seed
from tests.support.http_api import Api, add_signal, set_level
from tests.support.pages import DESKTOP, axe_violations, opened

OPERATOR = "operator.balaikota"
WIDE = ViewportSize(width=3840, height=2160)


@pytest.fixture(scope="module")
def high(api: Api) -> Api:
    now = datetime.now(UTC)
    with api.connection() as conn:
        put(conn, "manggarai", [600.0 + 2 * step for step in range(130)], until=now)
        set_level(conn, "manggarai", 862, stage=2, at=now - timedelta(minutes=1))
        add_signal(conn, source="camera:cam-manggarai")
    control_seed.seed(api)
    return api


def test_a_wide_screen_shows_queue_map_curves_and_cameras_at_once(browser: Browser, high: Api) -> None:
    page = opened(browser, high, OPERATOR, "/control", size=WIDE)
    column = page.locator(".room-wide")
    for shown in ("#queue > li", ".map-box canvas", ".room-wide [data-curve=manggarai] .level-plot", "#cameras li"):
        expect(page.locator(shown).first).to_be_in_viewport()
    map_width = page.locator(".map-box canvas").first.evaluate("canvas => canvas.clientWidth")
    assert map_width > WIDE["width"] / 4
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDE["width"]
    column.locator("[data-curve=manggarai] > button").click()
    expect(page.locator("#gauge")).to_contain_text("PA Manggarai")
    page.get_by_role("tab", name="Kamera").click()
    expect(page.locator("#cameras")).to_have_count(1)
    assert axe_violations(page) == []
    page.set_viewport_size(DESKTOP)
    expect(column).to_have_count(0)
    page.context.close()
