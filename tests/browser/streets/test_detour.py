"""A way to a shelter that avoids known floods, found on the device, on the demo city's drawn roads."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.support.http_api import CITY, Api, SettingsForTests, add_signal, serve
from tests.support.pages import PHONE, axe_violations, context_of, open_page

from siaga_cloud.basemap import of_city

# At the northern end of Jalan Jenderal Sudirman; the goal is at its southern end.
MAP = "/map?detour=-6.23600,106.80000&to=GOR%20Senayan&at=-6.2020,106.8230,14"
DRAWN_MS = 90_000


@pytest.fixture(scope="module")
def city(api: Api, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    basemap = tmp_path_factory.mktemp("basemap")
    assert of_city.install_drawn_map(CITY, basemap, report=lambda _: None)
    settings = SettingsForTests(database_url=api.database_url, media_dir=api.media_dir, basemap_folder=basemap)
    with serve(settings, api.tokens) as served:
        yield served


def detour_from_middle(browser: Browser, city: Api, requested: list[str]) -> Page:
    context = context_of(browser, PHONE, locale="en-GB")
    context.on("request", lambda one: requested.append(one.url) if "/api/" in one.url else None)
    page = open_page(context, city.url + MAP)
    page.locator(".map-box[data-state=shown] > .canvas[data-drawn]").wait_for(timeout=DRAWN_MS)
    page.get_by_role("button", name="From the middle of the map").click()
    expect(page.locator("#detour")).to_be_visible()
    return page


def test_a_detour_avoids_what_is_reported_and_states_what_is_not_known(browser: Browser, city: Api) -> None:
    requested: list[str] = []
    page = detour_from_middle(browser, city, requested)
    shown = page.locator("#detour")
    expect(shown).to_contain_text("By Jalan Jenderal Sudirman")
    expect(shown).not_to_contain_text("Jalan Gatot Subroto")
    expect(shown).to_contain_text("This map is schematic")
    expect(shown).to_contain_text("reported floods (0)")
    expect(shown).to_contain_text("Whether other streets are dry is not known.")
    expect(page.locator(".map-legend")).to_contain_text("The way that was found")
    assert axe_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert requested == []
    save_look(page, "detour-dry")
    page.context.close()

    with city.connection() as conn:
        add_signal(conn, source="camera:cam-sudirman", place=(-6.2150, 106.8167))
    page = detour_from_middle(browser, city, requested)
    shown = page.locator("#detour")
    expect(shown).to_contain_text("reported floods (1)")
    expect(shown).to_contain_text("Jalan Gatot Subroto")
    expect(shown).not_to_contain_text("No way was found")
    save_look(page, "detour-flooded")
    page.get_by_role("button", name="Close").click()
    expect(shown).to_have_count(0)
    expect(page.locator(".map-legend")).not_to_contain_text("The way that was found")
    assert requested == []
    page.context.close()


def test_no_detour_is_offered_where_the_incidents_were_not_read(browser: Browser, city: Api) -> None:
    context = context_of(browser, PHONE, locale="en-GB")
    context.route("**/layers/incidents.json*", lambda route: route.abort())
    page = open_page(context, city.url + MAP)
    expect(page.locator(".map-detour")).to_contain_text("Where it is flooded now is not known")
    expect(page.get_by_role("button", name="From the middle of the map")).to_have_count(0)
    context.close()


def test_a_refused_position_is_stated(browser: Browser, city: Api) -> None:
    page = open_page(context_of(browser, PHONE, locale="en-GB"), city.url + MAP)
    page.get_by_role("button", name="From my position").click()
    expect(page.locator(".map-detour")).to_contain_text("The position cannot be had.", timeout=20_000)
    page.context.close()


def save_look(page: Page, name: str) -> None:
    """Saves the page for a person to look at, where one wants to."""
    if folder := os.environ.get("SIAGA_SCREENSHOTS"):
        page.locator(".map-box > .canvas[data-drawn]").wait_for(timeout=DRAWN_MS)
        page.screenshot(path=Path(folder) / f"{name}.png")
