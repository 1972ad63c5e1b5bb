"""The citizens' pages in a real Chromium: live, in both languages, on a phone, without a signal, for every eye."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, expect
from tests.support.alert_sinks import Sinks, running_sinks
from tests.support.http_api import Api, SettingsForTests, a_photo, add_signal, serve, set_level
from tests.support.pages import DESK, PHONE, PUBLIC, axe_findings, context_of, open_page

from siaga_sim.stack.child import free_port

SECRETS = ("Bu Sumiyati", "0812-9999-1234", "sumiyati@example.org")


@pytest.fixture(scope="module")
def sinks() -> Iterator[Sinks]:
    with running_sinks() as opened:
        yield opened


@pytest.fixture(scope="module")
def flooded(api: Api, sinks: Sinks) -> Iterator[Api]:
    """Levels, an incident with three kinds of source, its task, and what a citizen said of herself."""
    with api.connection() as conn:
        set_level(conn, "manggarai", 700, stage=4)
        set_level(conn, "karet", 455, stage=3)
        set_level(conn, "hek", 90, stage=4, at=datetime.now(UTC) - timedelta(hours=3))
        add_signal(conn, source="gauge:manggarai", minutes_ago=20)
        add_signal(conn, source="camera:cam-manggarai", minutes_ago=15)
        add_signal(conn, source="citizen:a", minutes_ago=10, confidence=1, note=f"<b>{SECRETS[0]}</b> {SECRETS[1]}")
    settings = SettingsForTests(database_url=api.database_url, media_dir=api.media_dir)
    with serve(settings, api.tokens, alert_ways=sinks.ways) as served:
        yield served


def test_a_rising_gauge_changes_on_the_open_page_and_a_silent_one_is_unknown(browser: Browser, flooded: Api) -> None:
    context, said = context_of(browser), []
    page = open_page(context, flooded.url, complaints=said)
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")
    expect(page.locator("#gauges [data-gauge]")).to_have_count(19)
    row = page.locator("#gauges [data-gauge=manggarai]")
    expect(row).to_contain_text("Siaga 4")
    with flooded.connection() as conn:
        set_level(conn, "manggarai", 862, stage=2)
    expect(row).to_contain_text("862")
    expect(row).to_contain_text("Siaga 2")
    expect(page.locator("#headline")).to_contain_text("Siaga 2 – kritis di PA Manggarai")
    silent = page.locator("#gauges [data-gauge=hek]")
    expect(silent).to_contain_text("tidak diketahui sejak 3 jam yang lalu")
    expect(silent).not_to_contain_text("Siaga 4")
    page.get_by_role("button", name="EN", exact=True).click()
    expect(page.locator("h1")).to_have_text("Is the water coming?")
    page.reload()
    expect(page.locator("h1")).to_have_text("Is the water coming?")
    assert said == []
    context.close()


def test_an_incident_says_why_and_what_citizens_wrote_is_nobody_elses(browser: Browser, flooded: Api) -> None:
    context = context_of(browser)
    page = open_page(context, f"{flooded.url}/incidents")
    page.locator("#incidents a", has_text="Manggarai").click()
    expect(page.locator("#ledger > li")).to_have_count(3)
    expect(page.locator("#ledger")).to_contain_text("kamera Pintu Air Manggarai")
    expect(page.locator("main")).to_contain_text("warga")
    context.close()


def test_a_lost_connection_is_said_and_mends_itself_with_what_was_missed(browser: Browser, flooded: Api) -> None:
    settings = SettingsForTests(database_url=flooded.database_url, media_dir=flooded.media_dir)
    port = free_port()
    context = context_of(browser)
    with serve(settings, {}, port=port) as first:
        page = open_page(context, first.url)
        connection = page.locator("#connection")
        expect(connection).to_have_attribute("data-state", "live")
    expect(connection).to_have_attribute("data-state", "lost")
    expect(connection).to_contain_text("Terputus")
    with flooded.connection() as conn:
        set_level(conn, "karet", 612, stage=1)
    with serve(settings, {}, port=port):
        expect(connection).to_have_attribute("data-state", "live")
        expect(page.locator("#gauges [data-gauge=karet]")).to_contain_text("612")
        context.close()


def test_a_report_in_three_steps_finds_look_alikes_and_can_be_followed(browser: Browser, flooded: Api) -> None:
    flooded.forget_limits()
    context = context_of(browser, PHONE, permissions=["geolocation"])
    page = open_page(context, f"{flooded.url}/report")
    photo = {"name": "banjir.jpg", "mimeType": "image/jpeg", "buffer": a_photo()}
    page.locator("input[type=file]").set_input_files([photo])  # type: ignore[list-item]
    expect(page.locator(".thumb")).to_have_count(1)
    page.get_by_role("button", name="Lanjut").click()
    page.get_by_role("button", name="Pakai lokasi saya").click()
    expect(page.locator("output")).to_contain_text("106,84844")
    page.get_by_role("button", name="Lanjut").click()
    page.get_by_role("radio", name="Banjir").check()
    expect(page.locator("main")).to_contain_text("Apakah ini yang Anda lihat?")
    page.get_by_role("radio", name="Lampu jalan").check()
    page.get_by_label("Keterangan singkat").fill("Lampu mati tiga malam")
    page.get_by_role("button", name="Kirim laporan").click()
    expect(page.locator("main")).to_contain_text("Laporan diterima")
    page.get_by_role("link", name="Ikuti laporan").click()
    expect(page.locator("main")).to_contain_text("Lampu mati tiga malam")
    context.close()


def test_a_report_without_a_signal_sends_itself_later(browser: Browser, flooded: Api) -> None:
    flooded.forget_limits()
    context = context_of(browser, PHONE, permissions=["geolocation"])
    page = open_page(context, f"{flooded.url}/report")
    page.get_by_role("button", name="Lanjut tanpa foto").click()
    page.get_by_role("button", name="Pakai lokasi saya").click()
    expect(page.locator("output")).to_contain_text("106,84844")
    page.get_by_role("button", name="Lanjut").click()
    expect(page.get_by_role("radio", name="Sampah")).to_be_attached()
    context.set_offline(True)
    page.get_by_role("radio", name="Sampah").check()
    page.get_by_label("Keterangan singkat").fill("Sampah menutup kali")
    page.get_by_role("button", name="Kirim laporan").click()
    expect(page.locator("main")).to_contain_text("Tidak ada sinyal")
    context.set_offline(False)
    expect(page.locator("main")).to_contain_text("Laporan diterima")
    context.close()


def test_the_browser_subscribes_to_a_gauge_by_web_push(browser: Browser, flooded: Api, sinks: Sinks) -> None:
    """Headless Chromium has no push service, so the endpoint is ours; permission, page, key and API are real."""
    context = context_of(browser, PHONE, permissions=["notifications"])
    subscription = {"endpoint": f"{sinks.url}/push/page", "keys": {"p256dh": "B" * 87, "auth": "A" * 22}}
    context.add_init_script(
        "Notification.requestPermission = async () => 'granted';"
        "PushManager.prototype.getSubscription = async () => null;"
        "PushManager.prototype.subscribe = async (wish) => {"
        f" window.wished = wish.applicationServerKey.length; return {{toJSON: () => ({subscription!r})}}; }};"
    )
    page = open_page(context, f"{flooded.url}/alerts?gauge=manggarai")
    page.get_by_label("Bagaimana?").select_option("webpush")
    page.get_by_role("button", name="Beri tahu saya").click()
    expect(page.locator("form")).to_contain_text("Kabar banjir aktif di perangkat ini.")
    assert page.evaluate("window.wished") == 65  # an uncompressed point on P-256
    expect(page.locator("main")).to_contain_text("PA Manggarai")
    page.get_by_role("button", name="Berhenti").click()
    expect(page.get_by_role("button", name="Berhenti")).to_have_count(0)
    context.close()


def test_the_pages_can_be_installed_and_open_without_a_signal(browser: Browser, flooded: Api) -> None:
    context = context_of(browser, PHONE)
    page = open_page(context, flooded.url)
    expect(page.locator("#gauges [data-gauge]")).to_have_count(19)
    manifest = page.evaluate("fetch('/manifest.webmanifest').then((answer) => answer.json())")
    assert {"192x192", "512x512"} <= {icon["sizes"] for icon in manifest["icons"]}
    assert (manifest["display"], manifest["scope"]) == ("standalone", "/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()
    expect(page.locator("#gauges [data-gauge]")).to_have_count(19)
    context.set_offline(True)
    page.reload()
    expect(page.locator("#gauges [data-gauge]")).to_have_count(19)
    context.close()


def test_every_public_page_is_for_every_eye_and_phone_and_tells_no_secrets(browser: Browser, flooded: Api) -> None:
    findings: list[str] = []
    said: list[str] = []
    context = context_of(browser, PHONE)
    for path in PUBLIC:
        page = open_page(context, flooded.url + path, complaints=said)
        if path == "/map":
            expect(page.locator(".map-box")).to_have_attribute("data-state", "shown")
        findings += axe_findings(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
        text = page.content()
        assert [secret for secret in SECRETS if secret in text] == [], path
        page.close()
    context.close()
    assert findings == []
    assert said == []


def test_the_keyboard_reaches_the_content_and_no_inline_script_runs(browser: Browser, flooded: Api) -> None:
    context = context_of(browser, DESK)
    page = context.new_page()
    answer = page.goto(flooded.url)
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    assert re.search(r"unsafe-(inline|eval)", policy) is None
    expect(page.locator("h1")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=/none onerror=\"window.hit = 1\">')")
    assert page.evaluate("window.hit") is None
    context.close()
