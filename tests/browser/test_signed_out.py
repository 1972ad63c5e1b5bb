"""A session that ends elsewhere while somebody writes: the page says so, hides what is staff's, and goes on after."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from tests.support.http_api import Api, add_signal
from tests.support.pages import DESKTOP, PASSWORD, axe_violations, context_of, give_password, sign_in

OPERATOR = "operator.balaikota"


@pytest.fixture(scope="module")
def city(api: Api) -> Iterator[Api]:
    """With a heart that beats faster than for real, so that an ended session is noticed at once."""
    with api.connection() as conn:
        add_signal(conn, source="camera:cam-manggarai")
    give_password(api, OPERATOR)
    usual, api.parts.hub._heartbeat_seconds = api.parts.hub._heartbeat_seconds, 0.3
    yield api
    api.parts.hub._heartbeat_seconds = usual


def writing(browser: Browser, city: Api) -> Page:
    """An operator's wall with a reason half written, whose session was then ended elsewhere."""
    context = context_of(browser, DESKTOP)
    sign_in(context, city, OPERATOR)
    page = context.new_page()
    page.goto(f"{city.url}/control")
    page.locator("#queue li button").first.click()
    page.get_by_role("button", name="Keliru", exact=True).click()
    page.get_by_role("dialog").get_by_role("textbox").fill("Hanya bayangan di jal")
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")
    with city.connection() as conn:
        conn.execute("UPDATE user_session SET ended_at = now() WHERE user_id = %s", (OPERATOR,))
        conn.commit()
    expect(page.locator("#signed-out")).to_be_visible()
    return page


def test_the_page_shows_that_one_is_signed_out_and_preserves_what_was_being_written(
    browser: Browser, city: Api
) -> None:
    page = writing(browser, city)
    reported = page.locator("#signed-out")
    expect(reported).to_contain_text("Anda sudah keluar")
    expect(page.locator("#queue")).to_be_hidden()
    assert axe_violations(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(reported).to_be_visible()
    reported.get_by_label("Kata sandi").fill(PASSWORD)
    reported.get_by_role("button", name="Masuk", exact=True).click()
    expect(reported).to_have_count(0)
    expect(page.get_by_role("dialog").get_by_role("textbox")).to_have_value("Hanya bayangan di jal")
    expect(page.locator("#queue")).to_be_visible()
    with page.expect_response("**/verdict") as judged:
        page.get_by_role("dialog").get_by_role("button", name="Keliru").click()
    assert judged.value.status not in (401, 403)
    page.context.close()


def test_whoever_does_not_sign_in_again_leaves_nothing_behind(browser: Browser, city: Api) -> None:
    with city.connection() as conn:
        add_signal(conn, source="citizen:z", category="pothole", place=(-6.2, 106.83), confidence=1)
    page = writing(browser, city)
    page.locator("#signed-out").get_by_role("button", name="Ke halaman depan").click()
    expect(page.locator("h1")).to_have_text("Apakah air akan datang?")
    expect(page.get_by_role("navigation")).not_to_contain_text("Ruang kendali")
    page.goto(f"{city.url}/control")
    expect(page).to_have_url(f"{city.url}/sign-in?to=%2Fcontrol")
    page.context.close()


def _cut_off(route: Route) -> None:
    """Lets everything through but what ends the session."""
    if route.request.method == "DELETE":
        route.abort()
    else:
        route.continue_()


def test_without_an_answer_nobody_is_shown_as_signed_out(browser: Browser, city: Api) -> None:
    context = context_of(browser, DESKTOP)
    sign_in(context, city, OPERATOR)
    page = context.new_page()
    page.goto(f"{city.url}/control")
    expect(page.locator("#queue")).to_be_visible()
    page.route("**/api/v1/session", _cut_off)
    page.get_by_role("button", name="Pengaturan").click()
    page.get_by_role("button", name="Keluar", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="Anda masih masuk")).to_be_visible()
    assert page.url == f"{city.url}/control"
    page.unroute("**/api/v1/session")
    page.get_by_role("button", name="Pengaturan").click()
    page.get_by_role("button", name="Keluar", exact=True).click()
    expect(page).to_have_url(f"{city.url}/")
    page.goto(f"{city.url}/control")
    expect(page).to_have_url(f"{city.url}/sign-in?to=%2Fcontrol")
    page.context.close()
