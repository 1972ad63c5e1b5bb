"""The citizens' pages in a real Chromium: live, in both languages, on a phone, without a signal, for every eye."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.support.http_api import Api, SettingsForTests, a_photo, add_signal, serve, set_level
from tests.support.pages import DESKTOP, PHONE, PUBLIC, axe_violations, context_of, open_page
from tests.support.redaction import redact_queued
from tests.support.stand_ins.alert_sinks import Sinks, running_sinks, send_all

from siaga_cloud.alerts.service.sending import plan_and_queue
from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.incidents.service import matching as incidents
from siaga_cloud.platform.db.connection import Database
from siaga_sim.stack.ports import free_port

NEAR_MANGGARAI = (-6.2070, 106.84844)
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
    with serve(settings, api.tokens, alert_channels=sinks.available_channels) as served:
        yield served


def test_a_rising_gauge_changes_on_the_open_page_and_a_silent_one_is_unknown(browser: Browser, flooded: Api) -> None:
    message: list[str] = []
    context = context_of(browser)
    page = open_page(context, flooded.url, complaints=message)
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")
    expect(page.locator("#gauges [data-gauge]")).to_have_count(19)
    row = page.locator("#gauges [data-gauge=manggarai]")
    expect(row).to_contain_text("Siaga 4")
    with flooded.connection() as conn:
        set_level(conn, "manggarai", 862, stage=2)
    expect(row).to_contain_text("862")
    expect(row).to_contain_text("Siaga 2")
    expect(page.locator("#headline")).to_contain_text("Air tinggi di PA Manggarai")
    expect(page.locator("#headline")).to_contain_text("Siaga 2 – Siaga · 862 cm")
    expect(page.locator("#headline .to-do")).to_contain_text("Pindahkan barang ke tempat tinggi")
    silent = page.locator("#silent [data-gauge=hek]")
    expect(page.locator("#gauges [data-gauge]").first).to_have_attribute("data-gauge", "manggarai")
    expect(silent).to_contain_text("tidak diketahui sejak 3 jam yang lalu")
    expect(silent).to_contain_text("terakhir diketahui Siaga 4, 90 cm")
    expect(silent).not_to_contain_text("Siaga 4 – Normal")
    with flooded.connection() as conn:
        set_level(conn, "karet", 300, stage=4)
        set_level(conn, "manggarai", 700, stage=4)
    expect(page.locator("#headline")).to_contain_text("17 pos pantau tidak diketahui")
    expect(page.locator("#headline .large")).not_to_contain_text("normal")
    with flooded.connection() as conn:
        set_level(conn, "karet", 455, stage=3)
        set_level(conn, "manggarai", 862, stage=2)
    page.get_by_role("button", name="EN", exact=True).click()
    expect(page.locator("h1")).to_have_text("Is the water coming?")
    page.reload()
    expect(page.locator("h1")).to_have_text("Is the water coming?")
    assert message == []
    context.close()


def test_an_incident_explains_itself_and_what_citizens_wrote_is_nobody_elses(browser: Browser, flooded: Api) -> None:
    context = context_of(browser)
    page = open_page(context, f"{flooded.url}/incidents")
    page.locator("#incidents a", has_text="Manggarai").click()
    expect(page.locator("#ledger > li")).to_have_count(3)
    expect(page.locator("#ledger")).to_contain_text("kamera Pintu Air Manggarai")
    expect(page.locator("main")).to_contain_text("warga")
    context.close()


def test_a_lost_connection_is_shown_and_recovers_with_what_was_missed(browser: Browser, flooded: Api) -> None:
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


def test_a_report_begins_with_its_photo_survives_back_and_a_reload_and_can_be_followed(
    browser: Browser, flooded: Api
) -> None:
    flooded.forget_limits()
    context = context_of(browser, PHONE)
    page = open_page(context, f"{flooded.url}/report")
    choose_photos(page, a_photo(gps=NEAR_MANGGARAI))
    page.get_by_role("button", name="Lanjut").click()
    expect(page.locator("output")).to_contain_text("Tempat dari foto: -6,207, 106,84844")
    page.get_by_role("button", name="Lanjut").click()
    page.get_by_role("radio", name="Banjir").check()
    page.locator("#depth").get_by_label("lutut").check()
    page.get_by_label("Keterangan singkat").fill("Air naik cepat")
    page.go_back()
    expect(page.locator(".step")).to_contain_text("Langkah 2 dari 3")
    expect(page.locator("output")).to_contain_text("Tempat dari foto: -6,207, 106,84844")
    page.go_back()
    expect(page.locator(".thumb")).to_have_count(1)
    page.reload()
    expect(page.locator(".thumb")).to_have_count(1)
    page.goto(f"{flooded.url}/report?step=3")
    expect(page.get_by_label("Keterangan singkat")).to_have_value("Air naik cepat")
    expect(page.get_by_role("radio", name="lutut")).to_be_checked()
    page.get_by_role("button", name="Kirim laporan").click()
    expect(page.locator("main")).to_contain_text("Laporan diterima")
    page.go_back()
    expect(page.locator(".step")).to_contain_text("Langkah 1 dari 3")
    expect(page.locator(".thumb")).to_have_count(0)
    page.go_forward()
    page.get_by_role("link", name="Ikuti laporan").click()
    expect(page.locator("main")).to_contain_text("Air naik cepat")
    expect(page.locator("main")).to_contain_text("setinggi lutut, kira-kira 45 cm")
    expect(page.locator("#progress [aria-current=step]")).to_contain_text("Laporan diterima")
    page.goto(f"{flooded.url}/report")
    choose_photos(page, a_photo())
    page.get_by_role("button", name="Lanjut").click()
    expect(page.locator("output")).to_contain_text("Foto ini tidak menyimpan tempat")
    expect(page.get_by_role("button", name="Lanjut")).to_be_disabled()
    context.close()


def test_look_alikes_are_shown_with_photo_and_distance_and_joined_by_a_tap(browser: Browser, flooded: Api) -> None:
    flooded.forget_limits()
    seen_before = a_known_pile(flooded)
    context = context_of(browser, PHONE, permissions=["geolocation"])
    page = open_page(context, f"{flooded.url}/report")
    page.get_by_role("button", name="Lanjut tanpa foto").click()
    page.get_by_role("button", name="Pakai lokasi saya").click()
    expect(page.locator("output")).to_contain_text("106,84844")
    page.get_by_role("button", name="Lanjut").click()
    page.get_by_role("radio", name="Banjir").check()
    expect(page.locator("#look-alikes")).to_contain_text("di tempat yang sama")
    page.get_by_role("radio", name="Sampah").check()
    known = page.locator("#look-alikes li")
    expect(known).to_have_count(1)
    expect(known).to_contain_text(re.compile(r"\d+ m dari tempat Anda · .*1 laporan warga"))
    assert known.locator("img").evaluate("(img) => img.decode().then(() => img.naturalWidth)") == 320
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert axe_violations(page) == []
    with page.expect_request(f"**/api/v1/incidents/{seen_before}/me-too"):
        known.get_by_role("button", name="Saya juga melihat ini").click()
    expect(page.locator("main")).to_contain_text("Laporan diterima")
    page.get_by_role("link", name="Ikuti laporan").click()
    expect(page.locator("main")).to_contain_text("Saya juga melihat ini (kejadian #")
    context.close()


def test_a_report_by_keys_alone_goes_from_step_to_step_and_reveals_nothing_of_a_stream(
    browser: Browser, flooded: Api
) -> None:
    flooded.forget_limits()
    context = context_of(browser, PHONE, permissions=["geolocation"])
    page = open_page(context, f"{flooded.url}/report")
    expect(page.locator("#connection")).to_have_attribute("data-state", "off")
    expect(page.locator("#connection")).to_be_empty()
    for name, step in (("Lanjut tanpa foto", "Langkah 2 dari 3"), ("Lanjut", "Langkah 3 dari 3")):
        if step.startswith("Langkah 3"):
            tab_to(page, "Pakai lokasi saya")
            page.keyboard.press("Enter")
            expect(page.locator("output")).to_contain_text("106,84844")
        tab_to(page, name)
        page.keyboard.press("Enter")
        expect(page.locator(".step")).to_be_focused()
        expect(page.locator(".step")).to_contain_text(step)
    expect(page.get_by_role("radio", name="Banjir")).to_be_visible()
    while not page.evaluate("() => document.activeElement.type === 'radio'"):
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    tab_to(page, "Keterangan singkat")
    page.keyboard.type("Air masuk rumah")
    tab_to(page, "Kirim laporan")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("Laporan diterima")
    expect(page.locator("main")).to_be_focused()
    context.close()


def tab_to(page: Page, name: str) -> None:
    """Presses Tab until the control of that name has the focus."""
    wanted = page.get_by_role("button", name=name, exact=True).or_(page.get_by_label(name, exact=True))
    for _ in range(60):
        page.keyboard.press("Tab")
        if wanted.evaluate("(one) => one === document.activeElement"):
            return
    raise AssertionError(f"{name} cannot be reached by Tab")


def choose_photos(page: Page, *photos: bytes) -> None:
    files = [{"name": f"{n}.jpg", "mimeType": "image/jpeg", "buffer": photo} for n, photo in enumerate(photos)]
    page.locator("input[type=file][multiple]").set_input_files(files)  # type: ignore[arg-type]
    expect(page.locator(".thumb")).to_have_count(len(photos))


def a_known_pile(city: Api) -> UUID:
    """An open incident of rubbish with a picture that everybody may see, about 150 m away."""
    form = {"category": "trash", "text": "Tumpukan", "lat": -6.2065, "lon": 106.84844}
    with city.client() as client:
        sent = client.post("/api/v1/reports", data=form, files={"photo": ("a.jpg", a_photo())})
    redact_queued(city)
    with city.connection() as conn:
        found = incidents.process_signal(
            conn, UUID(sent.json()["report_id"]), areas=AreaLookup(), now=datetime.now(UTC)
        )
        conn.commit()
    assert found is not None
    return found


def test_a_report_without_a_signal_sends_itself_later(browser: Browser, flooded: Api) -> None:
    flooded.forget_limits()
    context = context_of(browser, PHONE, permissions=["geolocation"])
    page = open_page(context, f"{flooded.url}/report")
    page.get_by_role("button", name="Lanjut tanpa foto").click()
    page.get_by_role("button", name="Pakai lokasi saya").click()
    expect(page.locator("output")).to_contain_text("106,84844")
    page.get_by_role("button", name="Lanjut").click()
    expect(page.get_by_role("radio", name="Saluran")).to_be_attached()
    context.set_offline(True)
    page.get_by_role("radio", name="Saluran").check()
    page.get_by_label("Keterangan singkat").fill("Saluran mampet")
    page.get_by_role("button", name="Kirim laporan").click()
    expect(page.locator("main")).to_contain_text("Tidak ada sinyal")
    page.close()
    context.set_offline(False)
    again = open_page(context, f"{flooded.url}/report")
    expect(again.locator("main")).to_contain_text("Laporan saya di perangkat ini")
    expect(again.locator("main")).not_to_contain_text("Menunggu dikirim")
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
    expect(page.locator("form")).to_contain_text("Peringatan banjir aktif di perangkat ini.")
    assert page.evaluate("window.wished") == 65  # an uncompressed point on P-256
    expect(page.locator("main")).to_contain_text("PA Manggarai")
    page.get_by_role("button", name="Berhenti").click()
    expect(page.get_by_role("button", name="Berhenti")).to_have_count(0)
    context.close()


def test_one_tap_subscribes_the_device_to_the_area(browser: Browser, flooded: Api, sinks: Sinks) -> None:
    context = context_of(browser, PHONE, permissions=["notifications"])
    subscription = {"endpoint": f"{sinks.url}/push/tap", "keys": {"p256dh": "B" * 87, "auth": "A" * 22}}
    context.add_init_script(
        "Notification.requestPermission = async () => 'granted';"
        "Object.defineProperty(Notification, 'permission', {get: () => 'default'});"  # headless Chromium: denied
        "PushManager.prototype.getSubscription = async () => null;"
        f"PushManager.prototype.subscribe = async () => ({{toJSON: () => ({subscription!r})}});"
    )
    page = open_page(context, f"{flooded.url}/areas/31.74.01.manggarai")
    page.locator("#notify-me").click()
    expect(page.locator("#coming")).to_contain_text("Peringatan untuk Manggarai aktif di perangkat ini.")
    page.get_by_role("link", name="Atur peringatan saya").click()
    page.get_by_role("button", name="Berhenti").click()
    expect(page.get_by_role("button", name="Berhenti")).to_have_count(0)
    context.close()


def test_an_sms_subscription_is_on_only_with_its_code(browser: Browser, flooded: Api, sinks: Sinks) -> None:
    context = context_of(browser, PHONE)
    page = open_page(context, f"{flooded.url}/alerts?area=31.74.01.manggarai")
    page.get_by_label("Bagaimana?").select_option("sms")
    page.get_by_label("Nomor ponsel").fill("+6281299991234")
    page.get_by_role("button", name="Beri tahu saya").click()
    expect(page.locator("form")).to_contain_text("Masukkan kode dari SMS")
    expect(page.get_by_role("button", name="Berhenti")).to_have_count(0)
    code = page.get_by_label("Kode dari SMS")
    code.fill("000000")
    page.get_by_role("button", name="Aktifkan").click()
    expect(page.locator(".toasts")).to_contain_text("Kode tidak benar.")
    assert axe_violations(page) == []
    with Database(flooded.database_url, name="siaga-sms") as database:
        with database.transaction() as conn:
            plan_and_queue(conn, now=datetime.now(UTC))
        send_all(database, sinks.channels)
    (sent,) = re.findall(r"\b\d{6}\b", sinks.posts("/sms")[-1].decode())
    code.fill(sent)
    page.get_by_role("button", name="Aktifkan").click()
    expect(page.get_by_role("button", name="Berhenti")).to_have_count(1)
    expect(code).to_have_count(0)
    context.close()


def test_the_page_of_alerts_knows_the_area_that_it_was_opened_for(browser: Browser, flooded: Api) -> None:
    context = context_of(browser, PHONE)
    page = open_page(context, f"{flooded.url}/alerts?area=31.74.01.manggarai")
    choice = page.get_by_label("Wilayah").locator("option:checked")
    expect(choice).to_have_text("Manggarai")
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


def test_every_public_page_is_accessible_on_every_device_and_reveals_no_secrets(browser: Browser, flooded: Api) -> None:
    check_results: list[str] = []
    message: list[str] = []
    # Headless Chromium refuses a position unrequested, and the library of the map warns of it.
    context = context_of(browser, PHONE, permissions=["geolocation"])
    for path in PUBLIC:
        page = open_page(context, flooded.url + path, complaints=message)
        if path == "/map":
            expect(page.locator(".map-box")).to_have_attribute("data-state", "shown")
        check_results += axe_violations(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
        text = page.content()
        assert [secret for secret in SECRETS if secret in text] == [], path
        page.close()
    context.close()
    assert check_results == []
    assert message == []


def test_the_keyboard_reaches_the_content_and_no_inline_script_runs(browser: Browser, flooded: Api) -> None:
    context = context_of(browser, DESKTOP)
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
    lost = page.goto(f"{flooded.url}/nope")
    assert lost is not None
    assert lost.status == 404
    expect(page.locator("h1")).to_have_text("Halaman ini tidak ada")
    context.close()
