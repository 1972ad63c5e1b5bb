"""Is the water coming to me? The answer of an area, its strip, and the reader's own kelurahan on the front page."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect
from tests.support.http_api import Api
from tests.support.pages import axe_violations
from tests.support.past_city import send_levels

PHONE = ViewportSize(width=360, height=740)
AREA = "/areas/31.74.01.manggarai"


@pytest.fixture(scope="module")
def river(api: Api) -> Api:
    """High water at Depok, normal water above and below it."""
    send_levels(api, "katulampa", [40, 41, 42])
    send_levels(api, "depok", [271, 274, 277, 280])
    send_levels(api, "manggarai", [640, 641, 642])
    return api


def page_of(browser: Browser, api: Api, at: str, *, locale: str = "id-ID") -> Page:
    page = browser.new_context(viewport=PHONE, locale=locale, timezone_id="Asia/Jakarta").new_page()
    page.set_default_timeout(20_000)
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.goto(f"{api.url}{at}")
    return page


def test_an_area_states_what_comes_when_and_from_where_and_leads_to_its_alerts(browser: Browser, river: Api) -> None:
    page = page_of(browser, river, AREA)
    coming = page.locator(".coming[data-answer=coming]")
    expect(coming).to_contain_text("Air yang kini tinggi di Pos Depok")
    expect(coming).to_contain_text("Setinggi apa, belum diketahui")
    steps = coming.locator(".strip-step .strong")
    expect(steps).to_have_count(3)
    assert steps.all_inner_texts()[-1] == "PA Manggarai"
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert axe_violations(page) == []
    page.locator("#notify-me").click()
    expect(page).to_have_url(f"{river.url}/alerts?area=31.74.01.manggarai")
    page.context.close()


def test_whoever_chose_a_kelurahan_has_its_answer_on_the_front_page(browser: Browser, river: Api) -> None:
    page = page_of(browser, river, "/", locale="en-GB")
    page.locator("#choose-my-area").click()
    page.locator("#choose-area select").select_option("31.74.01.manggarai")
    expect(page.locator("#coming")).to_contain_text("The water that is now high at")
    page.reload()
    expect(page.locator("#coming")).to_contain_text("The water that is now high at")
    page.goto(f"{river.url}{AREA}")
    mine = page.locator("#my-area")
    expect(mine).to_have_attribute("aria-pressed", "true")
    mine.click()
    page.goto(river.url)
    expect(page.locator("#choose-my-area")).to_be_visible()
    page.context.close()
