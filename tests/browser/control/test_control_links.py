"""Every view of the control room has an address: whoever opens it sees that view, and its controls write it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.support import control_seed
from tests.support.http_api import Api, add_signal, set_level
from tests.support.pages import DESKTOP, opened

OPERATOR = "operator.balaikota"
# What an address opens, and what is there then and in no other view.
VIEWS = (
    ("?list=cameras", "#cameras [data-camera=cam-manggarai], [data-camera=cam-manggarai]"),
    ("?list=gauges", "[data-gauge=manggarai]"),
    ("?list=tasks", "[role=tabpanel] table"),
    ("?list=officers", "#officers"),
    ("?list=coverage", "#coverage"),
    ("?camera=cam-manggarai", "#camera"),
    ("?gauge=manggarai", "#gauge .ranges"),
    ("?list=gauges&gauge=manggarai", "#gauge .ranges"),
)
TABS = ("Kamera", "Pos pantau", "Tugas", "Petugas", "Cakupan")
LISTS = ("cameras", "gauges", "tasks", "officers", "coverage")


@pytest.fixture(scope="module")
def flood(api: Api) -> UUID:
    with api.connection() as conn:
        set_level(conn, "manggarai", 862, stage=2, at=datetime.now(UTC) - timedelta(minutes=1))
        incident = add_signal(conn, source="camera:cam-manggarai")
        add_signal(conn, category="trash", source="citizen:b", place=(-6.19, 106.82), severity="minor")
    control_seed.seed(api)
    return incident


def room(browser: Browser, api: Api, query: str) -> Page:
    return opened(browser, api, OPERATOR, f"/control{query}", size=DESKTOP)


@pytest.mark.parametrize(("query", "shown"), VIEWS, ids=[query for query, _ in VIEWS])
def test_an_address_opens_its_view_and_remains(browser: Browser, api: Api, flood: UUID, query: str, shown: str) -> None:
    page = room(browser, api, query)
    expect(page.locator(shown).first).to_be_visible()
    assert page.url == f"{api.url}/control{query}"
    page.context.close()


def test_an_address_opens_an_incident_a_search_a_kind_and_a_progress(browser: Browser, api: Api, flood: UUID) -> None:
    page = room(browser, api, f"?incident={flood}")
    expect(page.locator("#selected")).to_contain_text("Banjir")
    page.goto(f"{api.url}/control?category=trash")
    expect(page.locator("#queue > li")).to_have_count(1)
    expect(page.locator("#queue")).to_contain_text("Sampah")
    page.goto(f"{api.url}/control?words=manggarai&category=flooding")
    expect(page.locator("#search")).to_have_value("manggarai")
    expect(page.locator("#queue > li")).to_have_count(1)
    page.goto(f"{api.url}/control?progress=resolved")
    expect(page.locator("#queue > li")).to_have_count(0)
    page.context.close()


def test_each_tab_writes_its_address_and_back_leads_out_of_it(browser: Browser, api: Api, flood: UUID) -> None:
    page = room(browser, api, "")
    expect(page.locator("#queue > li").first).to_be_visible()
    for tab, name in zip(TABS, LISTS, strict=True):
        page.get_by_role("tab", name=tab, exact=True).click()
        expect(page).to_have_url(f"{api.url}/control?list={name}")
    for name in reversed(LISTS[:-1]):
        page.go_back()
        expect(page).to_have_url(f"{api.url}/control?list={name}")
    page.go_back()
    expect(page).to_have_url(f"{api.url}/control")
    expect(page.locator("#queue > li").first).to_be_visible()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark", "a control room is dark by default"
    page.context.close()
