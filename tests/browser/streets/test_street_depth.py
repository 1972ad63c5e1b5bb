"""How deep are the streets? On the map's list of roads, and in the answer of an area."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect
from tests.support.http_api import Api
from tests.support.pages import axe_violations
from tests.support.streets.city import set_forecast, set_level

from siaga_cloud.streets.service.computing import compute_depths

STREET = "jalan-jatinegara-barat-1"


@pytest.fixture(scope="module")
def flooded(api: Api) -> Api:
    """Water of the gauge Manggarai over a street, and more of it ahead."""
    now = datetime.now(UTC)
    with api.connection() as conn:
        set_level(conn, 905, at=now - timedelta(minutes=2), gauge="manggarai")
        set_forecast(conn, 910, 925, made_at=now - timedelta(minutes=4), gauge="manggarai")
        compute_depths(conn, now=now)
        conn.commit()
    return api


def page_of(browser: Browser, api: Api, at: str, *, locale: str) -> Page:
    page = browser.new_context(
        viewport=ViewportSize(width=900, height=700), locale=locale, timezone_id="Asia/Jakarta"
    ).new_page()
    page.set_default_timeout(30_000)
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.goto(f"{api.url}{at}")
    return page


def test_the_map_lists_streets_with_their_depth_and_what_it_follows_from(browser: Browser, flooded: Api) -> None:
    page = page_of(browser, flooded, "/map?at=-6.22000,106.86000,14", locale="en-US")
    page.get_by_role("button", name=re.compile(r"^Roads: [1-9]")).click()
    row = page.locator('#roads [data-road="depth"]').filter(has_text="Jalan Jatinegara Barat").first
    expect(row).to_contain_text(re.compile(r"Water on the street.*\d+ to \d+ cm · from the gauge, .* ago · foreseen"))
    expect(page.get_by_role("dialog")).to_contain_text("A street that is not listed is not known to be dry.")
    assert axe_violations(page) == []


def test_an_area_states_how_deep_its_streets_are_in_indonesian(browser: Browser, flooded: Api) -> None:
    with flooded.client() as client:
        area_id = client.get(f"/api/v1/streets/{STREET}/depth").json()["area_id"]
    page = page_of(browser, flooded, f"/areas/{area_id}", locale="id-ID")
    depths = page.locator("#street-depths")
    expect(depths).to_contain_text(re.compile(r"Jalan .*: \d+ sampai \d+ cm, dari pos pantau, .* lalu"))
    assert axe_violations(page) == []
