"""The officer's app in a real Chromium: signing in, duty, and a whole task done without a signal that syncs later."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, BrowserContext, FileChooser, Page, expect
from tests.support.http_api import Api, a_photo, add_signal, set_level, task_of
from tests.support.pages import OFFICER, PASSWORD, PHONE, axe_violations, context_of, give_password, open_page, sign_in
from tests.support.stand_ins.alert_sinks import Browser as PushedBrowser
from tests.support.stand_ins.alert_sinks import Sinks, running_sinks

from siaga_cloud.notifications.jobs import deliver
from siaga_cloud.notifications.push_channel import StaffPushChannel
from siaga_cloud.notifications.service import sending as notification_sending
from siaga_cloud.notifications.service.notifications import Audience, Subject, notify
from siaga_cloud.platform.delivery.addresses import AvailableChannels
from siaga_cloud.platform.delivery.ports import DeliveryError

OFFICER_ID = "petugas.sda"
OPERATOR_ID = "operator.balaikota"
PLACES = {"karet": (-6.1987, 106.8102), "kampung-melayu": (-6.2246, 106.8640), "kemang": (-6.2600, 106.8140)}


@pytest.fixture(scope="module")
def task_id(api: Api) -> UUID:
    """A task that the officer was given."""
    with api.connection() as conn:
        set_level(conn, "manggarai", 862, stage=2)
        incident = add_signal(conn, source="gauge:manggarai", minutes_ago=20)
        add_signal(conn, source="camera:cam-manggarai", minutes_ago=15)
        given = task_of(conn, incident)
    give_password(api, OFFICER_ID)
    with api.client("operator.balaikota") as operator:
        move = {"verb": "assign", "to": OFFICER_ID}
        operator.post(f"/api/v1/tasks/{given}/moves", json=move).raise_for_status()
    return given


def test_an_officer_signs_in_and_goes_on_duty_with_consent(browser: Browser, api: Api, task_id: UUID) -> None:
    del task_id
    context = context_of(browser, PHONE, permissions=["geolocation"])
    page = open_page(context, f"{api.url}/officer")
    page.get_by_label("Nama pengguna").fill(OFFICER_ID)
    page.get_by_label("Kata sandi").fill("salah sekali ini")
    page.get_by_role("button", name="Masuk", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Kata sandi").fill(PASSWORD)
    page.get_by_role("button", name="Masuk", exact=True).click()
    expect(page.locator("#mine")).to_contain_text("Manggarai")
    page.get_by_role("switch", name="Tidak bertugas").click()
    expect(page.get_by_role("dialog")).to_contain_text("Posisi disimpan 30 hari")
    page.get_by_role("button", name="Setuju, mulai bertugas").click()
    expect(page.get_by_role("switch", name="Sedang bertugas")).to_be_checked()
    page.get_by_role("switch", name="Sedang bertugas").click()
    expect(page.get_by_role("switch", name="Tidak bertugas")).not_to_be_checked()
    context.close()


def test_a_task_done_without_a_signal_syncs_later_and_a_conflict_is_shown(
    browser: Browser, api: Api, task_id: UUID
) -> None:
    context = context_of(browser, PHONE, permissions=["geolocation"])
    sign_in(context, api, OFFICER_ID)
    page = open_page(context, f"{api.url}/officer/tasks/{task_id}")
    state = page.locator("#task-state")
    expect(state).to_have_text("ditugaskan")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()  # now under the service worker, which keeps what it sees
    expect(state).to_have_text("ditugaskan")
    context.set_offline(True)
    page.get_by_role("button", name="Terima", exact=True).click()
    page.get_by_role("button", name="Sudah tiba").click()
    photo = {"name": "beres.jpg", "mimeType": "image/jpeg", "buffer": a_photo()}
    page.locator("label", has_text="Foto sesudah").locator("input").set_input_files(photo)  # type: ignore[arg-type]
    expect(state).to_have_text("selesai, ada foto")
    expect(page.locator("#waiting")).to_contain_text("3 menunggu dikirim")
    page.close()
    page = open_page(context, f"{api.url}/officer")  # the app is opened cold, still without a signal
    expect(page.locator("#waiting")).to_contain_text("3 menunggu dikirim")
    page.goto(f"{api.url}/officer/tasks/{task_id}")
    expect(page.locator("#task-state")).to_have_text("selesai, ada foto")
    context.set_offline(False)
    expect(page.locator("#waiting")).to_have_count(0)
    with api.client("operator.balaikota") as operator:
        detail = operator.get(f"/api/v1/tasks/{task_id}").json()
    assert [move["verb"] for move in detail["moves"]][-3:] == ["accept", "arrive", "resolve"], json.dumps(detail)
    assert len(detail["photos"]) == 1
    context.close()


def test_what_another_did_meanwhile_is_shown_as_a_conflict(browser: Browser, api: Api, task_id: UUID) -> None:
    with api.client("operator.balaikota") as operator:
        path = f"/api/v1/tasks/{task_id}/moves"
        operator.post(path, json={"verb": "reopen", "note": "masih ada"}).raise_for_status()
        operator.post(path, json={"verb": "assign", "to": OFFICER_ID}).raise_for_status()
        context = context_of(browser, PHONE)
        sign_in(context, api, OFFICER_ID)
        page = open_page(context, f"{api.url}/officer/tasks/{task_id}")
        expect(page.locator("#task-state")).to_have_text("ditugaskan")
        context.set_offline(True)
        page.get_by_role("button", name="Terima", exact=True).click()
        expect(page.locator("#waiting")).to_contain_text("1 menunggu dikirim")
        operator.post(path, json={"verb": "dismiss", "note": "laporan keliru"}).raise_for_status()
    context.set_offline(False)
    waiting = page.locator("#waiting")
    expect(waiting).to_contain_text("Tidak dapat dikirim: “Terima”, tugas #")
    expect(waiting).to_contain_text("Tugas ini sudah berubah; langkah itu tidak bisa lagi.")
    expect(waiting).to_contain_text("Buka tugasnya dan lihat keadaannya sekarang.")
    page.get_by_role("button", name="Buang", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text("tidak dapat dibatalkan")
    expect(waiting).to_have_count(1)
    page.get_by_role("button", name="Ya, buang").click()
    expect(waiting).to_have_count(0)
    expect(page.locator("#actions")).to_contain_text("tidak diperlukan lagi")
    context.close()


def test_every_officer_page_is_for_every_eye_and_fits_the_phone(browser: Browser, api: Api, task_id: UUID) -> None:
    context = context_of(browser, PHONE)
    sign_in(context, api, OFFICER_ID)
    check_results: list[str] = []
    message: list[str] = []
    for path in (*OFFICER, f"/officer/tasks/{task_id}"):
        page = open_page(context, api.url + path, complaints=message)
        check_results += axe_violations(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
        page.close()
    context.close()
    assert check_results == []
    assert message == []


@pytest.fixture(scope="module")
def sinks() -> Iterator[Sinks]:
    with running_sinks() as running:
        yield running


def test_staff_switch_push_on_and_are_notified_of_a_task_by_an_encrypted_push(
    full_browser: Browser, api: Api, sinks: Sinks, task_id: UUID
) -> None:
    """Headless Chromium has no push service, so the endpoint is ours; switch, API, planning and encryption are real."""
    pushed = PushedBrowser(endpoint=f"{sinks.url}/push/officer")
    context = pushed_context(full_browser, api, sinks, pushed)
    sign_in(context, api, OFFICER_ID)
    page = open_page(context, f"{api.url}/officer/me")
    switch = page.get_by_role("switch", name="Beri tahu perangkat ini")
    switch.click()
    expect(switch).to_be_checked()

    delivered(api, sinks)
    body = pushed.read(sinks.posts("/push/officer")[-1])
    assert "Manggarai" in body["body"]
    assert body["url"].endswith("/officer/messages")

    sinks.answers["/push/officer"] = 410  # the browser was uninstalled
    with api.connection() as conn:
        about = Subject(kind="task", id=str(task_id))
        notify(
            conn, to=Audience.user(OFFICER_ID), kind="said", subject=about, dedupe="said/1", priority=1,
            body={"id": "Pompa menyala", "en": "The pump runs"}, category="flooding", now=datetime.now(UTC),
        )  # fmt: skip
        conn.commit()
    delivered(api, sinks)
    with api.connection() as conn:
        assert conn.execute("SELECT count(*) AS n FROM staff_push").fetchone() == {"n": 0}
    context.close()


def test_an_operator_is_notified_in_the_control_room_and_the_push_leads_back_to_it(
    full_browser: Browser, api: Api, sinks: Sinks, task_id: UUID
) -> None:
    """As above, with the wall's own switch."""
    pushed = PushedBrowser(endpoint=f"{sinks.url}/push/wall")
    context = pushed_context(full_browser, api, sinks, pushed)
    give_password(api, OPERATOR_ID)
    sign_in(context, api, OPERATOR_ID)
    page = open_page(context, f"{api.url}/control")
    switch = page.get_by_role("switch", name="Beri tahu perangkat ini")
    switch.click()
    expect(switch).to_be_checked()
    with api.connection() as conn:
        notify(
            conn, to=Audience.user(OPERATOR_ID), kind="said", subject=Subject(kind="task", id=str(task_id)),
            dedupe="said/wall", priority=1, body={"id": "Pintu air macet", "en": "The gate is stuck"},
            category="flooding", now=datetime.now(UTC),
        )  # fmt: skip
        conn.commit()
    delivered(api, sinks)
    body = pushed.read(sinks.posts("/push/wall")[-1])
    assert "Pintu air macet" in body["body"]
    assert body["url"].endswith("/control")
    context.close()


def pushed_context(browser: Browser, api: Api, sinks: Sinks, pushed: PushedBrowser) -> BrowserContext:
    """A person's browser whose push service is a test's own."""
    held = json.dumps({"endpoint": pushed.endpoint, "keys": pushed.keys})
    api.parts.of_subjects[AvailableChannels] = sinks.available_channels
    context = context_of(browser, PHONE, permissions=["notifications"])
    context.add_init_script(
        "Notification.requestPermission = async () => 'granted';"
        f"const held = {{toJSON: () => ({held})}};"
        "PushManager.prototype.getSubscription = async () => window.subscribed ? held : null;"
        "PushManager.prototype.subscribe = async () => { window.subscribed = true; return held; };"
    )
    return context


def delivered(api: Api, sinks: Sinks) -> None:
    """Plans what waits and sends it, as the worker would."""
    database = api.parts.database
    with database.transaction() as conn:
        for later in (0, 600):
            notification_sending.send_due(conn, now=datetime.now(UTC) + timedelta(seconds=later))
        rows = conn.execute(
            "SELECT id FROM notification_delivery WHERE state = 'queued' AND channel = 'staff_push'"
        ).fetchall()
    assert rows, "nothing was to be pushed"
    channel = StaffPushChannel(sinks.channels["webpush"], database, public_url=api.url)
    for row in rows:
        with contextlib.suppress(DeliveryError):
            deliver(database, {"staff_push": channel}, row["id"])


_NO_ROOM = "() => { IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError'); }; }"


def test_a_phone_without_room_reports_so_and_a_tick_waits_for_a_signal(browser: Browser, api: Api) -> None:
    task = given_task(api, "karet")
    context = context_of(browser, PHONE)
    sign_in(context, api, OFFICER_ID)
    page = open_page(context, f"{api.url}/officer/tasks/{task}")
    node = page.get_by_role("checkbox").first
    expect(node).to_be_enabled()
    page.evaluate(_NO_ROOM)
    page.get_by_role("button", name="Terima", exact=True).click()
    expect(page.locator(".toasts")).to_contain_text("Memori ponsel penuh")
    expect(page.locator("#task-state")).to_have_text("ditugaskan")
    page.reload()
    expect(node).to_be_enabled()
    context.set_offline(True)
    node.check()
    expect(page.locator("#waiting")).to_contain_text("1 menunggu dikirim")
    expect(node).to_be_checked()
    context.set_offline(False)
    expect(page.locator("#waiting")).to_have_count(0)
    expect(node).to_be_checked()
    with api.client(OPERATOR_ID) as operator:
        sheet = operator.get(f"/api/v1/tasks/{task}/work").json()
    assert [one["done_at"] is not None for one in sheet["checklist"]][:2] == [True, False]
    context.close()


# What has the focus, and whether a person sees where it is: in sight, in front, and marked.
_FOCUS = """() => {
  const one = document.activeElement;
  const shown = one.matches('.file input') ? one.parentElement : one;
  const box = shown.getBoundingClientRect();
  const inFront = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return {
    tag: one.tagName,
    words: (one.labels?.[0] ?? one).textContent.trim() || one.getAttribute('aria-label') || '',
    isMarked: getComputedStyle(shown).outlineStyle !== 'none' || one.id === 'main',
    isSeen: one.id === 'main' || (inFront !== null && (shown.contains(inFront) || inFront.contains(shown))),
  };
}"""


def focus(page: Page) -> dict[str, Any]:
    """What has the focus; never nothing, and never unseen."""
    found: dict[str, Any] = page.evaluate(_FOCUS)
    assert found["tag"] != "BODY", "the focus fell to the page"
    assert found["isMarked"], found
    assert found["isSeen"], found
    return found


def tab_to(page: Page, words: str) -> None:
    """Goes on by Tab until something that says so has the focus."""
    for _ in range(40):
        found = focus(page)
        if found["tag"] in ("BUTTON", "INPUT", "A") and words in found["words"]:
            return
        page.keyboard.press("Tab")
    pytest.fail(f"Tab does not lead to {words}")


@pytest.mark.parametrize(
    ("locale", "place", "message"),
    [
        ("id-ID", "kampung-melayu", (
            "Terima", "Sudah tiba", "Saya berangkat", "Foto sebelum", "Foto sesudah", "Selesai ditangani",
            "diterima petugas", "petugas di lokasi", "selesai, ada foto",
        )),
        ("en-GB", "kemang", (
            "Accept", "Arrived", "On my way", "Photo before", "Photo after", "Handled",
            "accepted", "crew on site", "done, with a photo",
        )),
    ],
)  # fmt: skip
def test_a_task_is_done_by_keys_alone_and_what_changed_is_announced(
    browser: Browser, api: Api, locale: str, place: str, message: tuple[str, ...]
) -> None:
    accept, arrive, leave, before, after, handled, accepted, on_site, resolved = message
    task = given_task(api, place)
    context = context_of(browser, PHONE, permissions=["geolocation"], locale=locale)
    sign_in(context, api, OFFICER_ID)
    page = open_page(context, f"{api.url}/officer")
    page.on("filechooser", _of_page)  # heard from now on: listening takes effect a moment later
    expect(page.locator("#mine")).to_be_visible()
    page.locator("#main").focus()
    for _ in range(40):
        if str(task) in (page.evaluate("document.activeElement.href") or ""):
            break
        page.keyboard.press("Tab")
        focus(page)
    page.keyboard.press("Enter")
    state = page.locator("#task-state")
    expect(state).to_be_visible()
    assert state.get_attribute("role") == "status"
    for key, button, then, next_button in (
        ("Enter", accept, accepted, arrive),
        ("Space", leave, accepted, leave),
        ("Enter", arrive, on_site, before),
    ):
        if button == leave:  # stands above the next step, which has the focus
            page.keyboard.press("Shift+Tab")
        tab_to(page, button)
        with page.expect_response(lambda answer: answer.url.endswith(("/moves", "/notes"))):
            page.keyboard.press(key)
        expect(state).to_have_text(then)
        settled(page)
        assert next_button in focus(page)["words"]
    for button in (before, after):
        tab_to(page, button)
        with page.expect_file_chooser() as chosen:
            page.keyboard.press("Enter")
        chosen.value.set_files({"name": "foto.jpg", "mimeType": "image/jpeg", "buffer": a_photo()})
        settled(page)
        focus(page)
    expect(state).to_have_text(resolved)
    expect(page.locator("#actions")).to_contain_text(handled)
    settled(page)
    assert handled in focus(page)["words"]
    context.close()


def settled(page: Page) -> None:
    """What was done has been sent, and the server's word of it is shown."""
    expect(page.locator("#actions [aria-disabled='true']")).to_have_count(0)
    expect(page.locator("#waiting")).to_have_count(0)


def test_a_task_links_to_a_detour_around_floods(browser: Browser, api: Api) -> None:
    task = given_task(api, "kemang")
    context = context_of(browser, PHONE, locale="en-GB")
    sign_in(context, api, OFFICER_ID)
    page = open_page(context, f"{api.url}/officer/tasks/{task}")
    page.locator("#detour-link").click()
    expect(page.locator(".map-detour h2")).to_contain_text("Way to Task ")
    context.close()


def given_task(api: Api, place: str) -> UUID:
    """A new task of the officer's own, at a place where nothing else is."""
    give_password(api, OFFICER_ID)
    with api.connection() as conn:
        given = task_of(conn, add_signal(conn, source=f"camera:cam-{place}", place=PLACES[place]))
    with api.client(OPERATOR_ID) as operator:
        move = {"verb": "assign", "to": OFFICER_ID}
        operator.post(f"/api/v1/tasks/{given}/moves", json=move).raise_for_status()
    return given


def _of_page(chosen: FileChooser) -> None:
    assert chosen.page is not None
