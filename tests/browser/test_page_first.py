"""The first page in a real Chromium: it shows what the API says, follows changes, works by keyboard and on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, ViewportSize, expect, sync_playwright
from tests.support.http_api import Api, SettingsForTests, add_signal, serve, set_level

from siaga_sim.stack.child import free_port

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
PHONE = ViewportSize(width=360, height=740)
TILE = '<svg xmlns="http://www.w3.org/2000/svg" width="256" height="256"><rect width="256" height="256"/></svg>'
WALL = ViewportSize(width=1920, height=1080)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def flooded(api: Api) -> Api:
    """Levels, an incident with three kinds of source, and its task."""
    with api.connection() as conn:
        set_level(conn, "manggarai", 700, stage=4)
        set_level(conn, "karet", 455, stage=3)
        add_signal(conn, source="gauge:manggarai", minutes_ago=20)
        add_signal(conn, source="camera:cam-manggarai", minutes_ago=15)
        add_signal(conn, source="citizen:a", minutes_ago=10, confidence=1, note="<img src=x onerror=alert(1)>")
    return api


def open_page(browser: Browser, api: Api, size: ViewportSize = WALL, locale: str = "id-ID") -> Page:
    """The page, loaded and live; any complaint of the browser fails the test."""
    page = browser.new_page(viewport=size, locale=locale)
    page.set_default_timeout(15_000)
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda message: said.append(_worrying(message)))
    page.goto(api.url)
    expect(page.locator("#connection")).to_have_attribute("data-state", "live", timeout=15_000)
    expect(page.locator("#gauges .row")).to_have_count(19, timeout=15_000)
    expect(page.locator("#areas path")).to_have_count(318, timeout=15_000)
    assert [line for line in said if line] == []
    return page


def _worrying(message: ConsoleMessage) -> str:
    return message.text if message.type in ("error", "warning") else ""


def test_a_rising_gauge_changes_on_the_open_page(browser: Browser, flooded: Api) -> None:
    page = open_page(browser, flooded)
    row = page.locator("#gauges li[data-key=manggarai]")
    expect(row).to_contain_text("Siaga 4")
    with flooded.connection() as conn:
        set_level(conn, "manggarai", 862, stage=2)
    expect(row).to_contain_text("862", timeout=10_000)
    expect(row).to_contain_text("Siaga 2")
    expect(page.locator("#headline")).to_contain_text("Siaga 2 di PA Manggarai")
    expect(page.locator("#marks .stage-2")).to_have_count(1)
    page.close()


def test_an_incident_says_why_and_what_citizens_wrote_never_becomes_markup(browser: Browser, flooded: Api) -> None:
    page = open_page(browser, flooded)
    page.locator("#incidents .row", has_text="Manggarai").click()
    dialog = page.locator("#detail")
    expect(dialog.locator(".ledger li")).to_have_count(3)
    expect(dialog).to_contain_text("Kamera Pintu Air Manggarai")
    expect(dialog).to_contain_text("Warga")
    expect(dialog.locator("img")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(dialog).not_to_be_visible()
    page.close()


def test_the_language_changes_at_once_and_is_remembered(browser: Browser, flooded: Api) -> None:
    page = open_page(browser, flooded)
    expect(page.locator("#title-gauges")).to_have_text("Tinggi air")
    page.get_by_role("button", name="EN", exact=True).click()
    expect(page.locator("#title-gauges")).to_have_text("Water levels")
    expect(page.locator("#tasks .row").first).to_contain_text("waiting for a crew")
    page.reload()
    expect(page.locator("#title-gauges")).to_have_text("Water levels")
    page.close()


def test_a_phone_shows_map_and_one_list_without_scrolling_sideways(browser: Browser, flooded: Api) -> None:
    page = open_page(browser, flooded, PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    expect(page.locator("#panel-tasks")).not_to_be_visible()
    page.locator("#tab-tasks").click()
    expect(page.locator("#panel-tasks")).to_be_visible()
    expect(page.locator("#panel-gauges")).not_to_be_visible()
    page.locator("#tasks .row").first.click()
    expect(page.locator("#detail")).to_contain_text("Batas waktu")
    page.close()


def test_everything_can_be_reached_by_keyboard(browser: Browser, flooded: Api) -> None:
    page = open_page(browser, flooded)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.locator("#map").focus()
    before = page.locator("#world").get_attribute("transform") or ""
    page.keyboard.press("+")
    expect(page.locator("#world")).not_to_have_attribute("transform", before)
    page.locator("#gauges button").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#detail")).to_be_visible()
    expect(page.locator("#detail .chart, #detail .detail-body p").first).to_be_visible()
    page.close()


def test_a_silent_gauge_is_shown_as_unknown_since_then(browser: Browser, flooded: Api) -> None:
    with flooded.connection() as conn:
        set_level(conn, "hek", 90, stage=4, at=datetime.now(UTC) - timedelta(hours=3))
    page = open_page(browser, flooded)
    row = page.locator("#gauges li[data-key=hek]")
    expect(row).to_contain_text("tidak diketahui sejak 3 jam yang lalu")
    expect(row.locator(".disc")).to_have_text("?")
    expect(row).not_to_contain_text("Siaga 4")
    page.close()


def test_a_lost_connection_is_said_and_mends_itself_with_what_was_missed(browser: Browser, flooded: Api) -> None:
    settings = SettingsForTests(
        database_url=flooded.database_url, media_dir=flooded.media_dir, tile_url="https://tiles.example/{z}/{x}/{y}.png"
    )
    port = free_port()
    with serve(settings, {}, port=port) as first:
        page = browser.new_page(viewport=WALL, locale="id-ID")
        page.route("https://tiles.example/**", lambda route: route.fulfill(body=TILE, content_type="image/svg+xml"))
        page.goto(first.url)
        connection = page.locator("#connection")
        expect(connection).to_have_attribute("data-state", "live", timeout=15_000)
        expect(page.locator("#tiles image").first).to_be_attached(timeout=15_000)
    expect(connection).to_have_attribute("data-state", "lost", timeout=15_000)
    expect(connection).to_contain_text("Terputus")
    with flooded.connection() as conn:
        set_level(conn, "karet", 612, stage=1)
    with serve(settings, {}, port=port):
        expect(connection).to_have_attribute("data-state", "live", timeout=20_000)
        expect(page.locator("#gauges li[data-key=karet]")).to_contain_text("612", timeout=15_000)
        page.close()


def test_a_citizen_reports_from_the_page_with_the_own_position(browser: Browser, flooded: Api) -> None:
    flooded.forget_limits()
    context = browser.new_context(
        viewport=PHONE, locale="id-ID", permissions=["geolocation"],
        geolocation={"latitude": -6.22461, "longitude": 106.86281},
    )  # fmt: skip
    page = context.new_page()
    page.goto(flooded.url)
    page.locator("#report").click()
    page.get_by_label("Apa yang terjadi?").select_option("street_light")
    page.get_by_role("button", name="Kirim laporan").click()
    expect(page.locator("#detail [role=status]")).to_have_text("Tulis keterangan atau lampirkan foto.")
    page.get_by_label("Keterangan singkat").fill("Lampu mati tiga malam")
    page.get_by_role("button", name="Pakai lokasi saya").click()
    expect(page.locator("#detail output")).to_contain_text("106,86281")
    page.get_by_role("button", name="Kirim laporan").click()
    expect(page.locator("#detail")).to_contain_text("Laporan diterima", timeout=15_000)
    page.get_by_role("link", name="Ikuti laporan").click()
    expect(page.locator("#detail")).to_contain_text("Lampu mati tiga malam", timeout=15_000)
    expect(page.locator("#detail")).to_contain_text("Kampung Melayu")
    context.close()


def test_a_citizen_follows_a_report_at_its_own_address(browser: Browser, flooded: Api) -> None:
    flooded.forget_limits()
    form = {"category": "trash", "text": "<b>Sampah</b> di kali", "lat": "-6.21", "lon": "106.85"}
    with flooded.client() as client:
        follow = client.post("/api/v1/reports", data=form).json()["follow"]
    page = browser.new_page(viewport=PHONE, locale="id-ID")
    page.goto(flooded.url + follow)
    expect(page.locator("#detail")).to_contain_text("Laporan Anda diterima", timeout=15_000)
    expect(page.locator("#detail")).to_contain_text("<b>Sampah</b> di kali")
    page.close()
