"""The officer's app in a real Chromium: signing in, duty, and a whole task done without a signal that syncs later."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from playwright.sync_api import Browser, BrowserContext, expect
from tests.support.alert_sinks import Browser as PushedBrowser
from tests.support.alert_sinks import Sinks, running_sinks
from tests.support.http_api import Api, a_photo, add_signal, set_level, task_of
from tests.support.pages import OFFICER, PASSWORD, PHONE, axe_findings, context_of, give_password, open_page, sign_in

from siaga_cloud.channels.ports import DeliveryError
from siaga_cloud.channels.staff_push import StaffPushChannel
from siaga_cloud.services import notice_sending
from siaga_cloud.services.notices import Audience, Subject, notify
from siaga_cloud.worker_notices import deliver

OFFICER_ID = "petugas.sda"
OPERATOR_ID = "operator.balaikota"


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
    page.reload()
    expect(page.locator("#waiting")).to_contain_text("3 menunggu dikirim")
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
    expect(page.locator("#waiting")).to_contain_text("Tidak dapat dikirim")
    page.get_by_role("button", name="Buang").click()
    expect(page.locator("#waiting")).to_have_count(0)
    context.close()


def test_every_officer_page_is_for_every_eye_and_fits_the_phone(browser: Browser, api: Api, task_id: UUID) -> None:
    context = context_of(browser, PHONE)
    sign_in(context, api, OFFICER_ID)
    findings: list[str] = []
    said: list[str] = []
    for path in (*OFFICER, f"/officer/tasks/{task_id}"):
        page = open_page(context, api.url + path, complaints=said)
        findings += axe_findings(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
        page.close()
    context.close()
    assert findings == []
    assert said == []


@pytest.fixture(scope="module")
def sinks() -> Iterator[Sinks]:
    with running_sinks() as running:
        yield running


def test_staff_switch_push_on_and_are_told_of_a_task_by_an_encrypted_push(
    browser: Browser, api: Api, sinks: Sinks, task_id: UUID
) -> None:
    """Headless Chromium has no push service, so the endpoint is ours; switch, API, planning and encryption are real."""
    pushed = PushedBrowser(endpoint=f"{sinks.url}/push/officer")
    context = pushed_context(browser, api, sinks, pushed)
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


def test_an_operator_is_told_at_the_wall_and_the_push_leads_back_to_it(
    browser: Browser, api: Api, sinks: Sinks, task_id: UUID
) -> None:
    """As above, with the wall's own switch."""
    pushed = PushedBrowser(endpoint=f"{sinks.url}/push/wall")
    context = pushed_context(browser, api, sinks, pushed)
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
    object.__setattr__(api.parts, "alert_ways", sinks.ways)
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
            notice_sending.send_due(conn, now=datetime.now(UTC) + timedelta(seconds=later))
        rows = conn.execute(
            "SELECT id FROM notice_delivery WHERE state = 'queued' AND channel = 'staff_push'"
        ).fetchall()
    assert rows, "nothing was to be pushed"
    channel = StaffPushChannel(sinks.channels["webpush"], database, public_url=api.url)
    for row in rows:
        with contextlib.suppress(DeliveryError):
            deliver(database, {"staff_push": channel}, row["id"])
