"""On a phone the range of a chart is chosen and its values are read by a finger."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.integration.alerts.test_forecast import put
from tests.support.http_api import Api, set_level
from tests.support.pages import PHONE, open_page

STEPS = 2 * 24 * 6  # of ten minutes
_VALUE = re.compile(r"· ([\d,.]+) cm")


@pytest.fixture(scope="module")
def rising(api: Api) -> Api:
    """Two days in which the water rose by one centimetre every ten minutes."""
    now = datetime.now(UTC)
    with api.connection() as conn:
        put(conn, "manggarai", [100.0 + step for step in range(STEPS)], until=now)
        set_level(conn, "manggarai", 100 + STEPS, stage=1, at=now - timedelta(minutes=1))
    return api


@pytest.fixture
def phone(browser: Browser, rising: Api) -> Iterator[Page]:
    context = browser.new_context(
        viewport=PHONE, has_touch=True, is_mobile=True, locale="en-GB", reduced_motion="reduce"
    )
    context.set_default_timeout(30_000)
    yield open_page(context, f"{rising.url}/gauges/manggarai")
    context.close()


def test_a_range_is_chosen_and_a_value_read_by_a_finger(phone: Page) -> None:
    values = []
    for name in ("6h", "24h"):
        button = phone.locator(f"[data-range='{name}']")
        button.tap()
        expect(button).to_have_attribute("aria-pressed", "true")
        expect(phone.locator("[data-range][aria-pressed=true]")).to_have_count(1)
        values.append(_tapped(phone))
    six_hours, day = values
    assert day < six_hours, "the same spot of the chart is earlier in a longer range"


def _tapped(page: Page) -> float:
    """The value at a quarter of the chart."""
    over = page.locator(".level-plot .u-over")
    over.scroll_into_view_if_needed()
    box = over.bounding_box()
    assert box is not None
    page.touchscreen.tap(box["x"] + box["width"] / 4, box["y"] + box["height"] / 2)
    expect(page.locator(".chart-said")).to_contain_text(_VALUE)
    found = _VALUE.search(page.locator(".chart-said").inner_text())
    assert found is not None
    return float(found[1].replace(",", ""))
