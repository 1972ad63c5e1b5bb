"""Connectors, webhooks and the operators' inbox in a real Chromium: what is in trouble first, what is answered."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from playwright.sync_api import Browser, expect
from tests.support.http_api import Api
from tests.support.pages import DESKTOP, PHONE, axe_violations, opened
from tests.support.stand_ins.text_gateways import CONNECTORS, send

from siaga_cloud.connectors import store as connectors
from siaga_cloud.feeds.store import feeds
from siaga_cloud.feeds.store import warnings as feed_warnings
from siaga_cloud.feeds.store.warnings import WarningRow
from siaga_cloud.platform.delivery.ports import Answer
from siaga_cloud.webhooks import store as webhooks
from siaga_cloud.webhooks.jobs import deliver
from siaga_cloud.webhooks.store import WebhookRow
from siaga_core.wire.ids import uuid7

HOOK, SECRET = "https://hooks.example.org/siaga", "the secret of the webhook, which is long"


@pytest.fixture(scope="module")
def fed(api: Api) -> Api:
    """Two channels that work, a feed that fails, one that fell silent, and a warning of BMKG."""
    now = datetime.now(UTC)
    with api.connection() as conn:
        for _ in range(3):
            connectors.count_success(conn, "whatsapp", repeated=False, lag_seconds=1.5, now=now)
        connectors.count_success(conn, "web", repeated=True, lag_seconds=0, now=now)
        rows = [
            (name, kind, {"every_seconds": 120, "url": "https://feed.example/secret-path"}, True)
            for name, kind in (("waze", "waze"), ("pintu-air", "dsda"), ("bmkg", "cap"))
        ]
        feeds.replace(conn, rows, now=now)
        feeds.count_success(conn, "waze", feeds.Counts(accepted=40), lag_seconds=130, now=now - timedelta(minutes=30))
        feeds.count_success(conn, "bmkg", feeds.Counts(accepted=1), lag_seconds=20, now=now)
        feeds.fail(conn, "pintu-air", next_at=now)
        feeds.note_error(conn, "pintu-air", "GET feed.example: got 503, expected 200", now=now)
        feed_warnings.save(conn, _warning(now))
        conn.commit()
    return api


def _warning(now: datetime) -> WarningRow:
    return WarningRow(
        id=uuid7(now),
        feed_id="bmkg",
        identifier="2.49.0.1.360.0",
        sender="info@bmkg.example",
        sent_at=now,
        status="Actual",
        message_type="Alert",
        refers_to=(),
        event="Hujan Lebat dan Petir",
        urgency="Immediate",
        severity="Severe",
        certainty="Observed",
        onset_at=None,
        expires_at=now + timedelta(hours=3),
        texts=[
            {"language": "id", "headline": "Hujan lebat di Jakarta Timur", "description": "Hingga petang."},
            {"language": "en", "headline": "Heavy rain in East Jakarta", "description": "Until evening."},
        ],
        areas=(),
        area_ids=("31.75.01.1001",),
        received_at=now,
    )


def test_an_operator_sees_what_is_in_trouble_first_and_why(browser: Browser, fed: Api) -> None:
    page = opened(browser, fed, "operator.balaikota", "/control/connectors", size=PHONE)
    rows = page.locator("table").nth(1).locator("tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.nth(0)).to_contain_text("pintu-air")
    expect(rows.nth(0)).to_contain_text("bermasalah")
    expect(rows.nth(0)).to_contain_text("got 503, expected 200")
    expect(rows.nth(1)).to_contain_text("diam")
    expect(rows.nth(2)).to_contain_text("berjalan")
    expect(page.locator("[data-connector=whatsapp]")).to_contain_text("WhatsApp")
    expect(page.locator("main")).to_contain_text("Tidak dipakai: E-mail.")
    expect(page.locator("#warnings")).to_contain_text("Hujan lebat di Jakarta Timur")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert axe_violations(page) == []
    assert "secret-path" not in page.content()
    page.context.close()


def test_an_administrator_finds_it_too_and_citizens_do_not(browser: Browser, fed: Api) -> None:
    page = opened(browser, fed, "admin", "/admin/connectors", size=DESKTOP, locale="en-GB")
    expect(page.locator("[data-connector='feed:bmkg']")).to_contain_text("warnings (CAP)")
    expect(page.locator("#warnings")).to_contain_text("Heavy rain in East Jakarta")
    page.context.close()
    with fed.client() as client:
        assert client.get("/api/v1/connectors").status_code == 401


def test_an_operator_makes_a_report_of_an_unclear_message_and_puts_another_aside(browser: Browser, fed: Api) -> None:
    with fed.client() as gateway:
        whatsapp = next(one for one in CONNECTORS if one.channel == "whatsapp")
        for text in ("tolong pak ada masalah <b>besar</b> di sini", "lagi?", "tolong"):
            assert send(gateway, whatsapp, text, sender="8120001").status_code == 200
        for text in ("halo admin apa kabar", "halo lagi", "halo"):
            assert send(gateway, whatsapp, text, sender="8120002").status_code == 200
    page = opened(browser, fed, "operator.balaikota", "/control/inbox", size=PHONE)
    waiting = page.locator("#inbox li.card")
    expect(waiting).to_have_count(2)
    expect(waiting.first).to_contain_text("<b>besar</b>")
    waiting.first.get_by_role("button", name="Periksa").click()
    expect(page.locator(".map-box")).to_have_attribute("data-state", "shown")
    make = page.get_by_role("button", name="Jadikan laporan")
    expect(make).to_be_disabled()
    page.get_by_label("Jenis kejadian").select_option("drainage")
    page.get_by_role("button", name="Pakai tempat di bawah tanda").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert axe_violations(page) == []
    make.click()
    expect(waiting).to_have_count(1)
    waiting.first.get_by_role("button", name="Periksa").click()
    page.get_by_label("Mengapa bukan laporan?").fill("hanya sapaan")
    page.get_by_role("button", name="Bukan laporan").click()
    expect(page.locator("main")).to_contain_text("Tidak ada pesan yang menunggu")
    page.context.close()
    with fed.connection() as conn:
        found = conn.execute("SELECT category, channel FROM report WHERE channel = 'whatsapp'").fetchall()
        put = conn.execute("SELECT reason FROM inbox_item WHERE status = 'rejected'").fetchall()
    assert found == [{"category": "drainage", "channel": "whatsapp"}]
    assert put == [{"reason": "hanya sapaan"}]
    leader = opened(browser, fed, "gubernur", "/control/inbox", size=DESKTOP)
    expect(leader.locator("main")).to_contain_text("tidak boleh membuka")
    leader.context.close()


class OtherSystem:
    """Answers a delivery like the receiver of a webhook."""

    def send(self, address: str, body: bytes, *, message_id: UUID, secret: str) -> Answer:
        assert (address, secret, json.loads(body)["test"]) == (HOOK, SECRET, True)
        return Answer(200, f"thanks for {message_id}")


def test_an_administrator_tries_a_webhook_and_sees_the_answer(browser: Browser, fed: Api) -> None:
    now = datetime.now(UTC)
    row = WebhookRow(
        id=uuid7(now), url=HOOK, kinds=["incident"], area_id=None, note="", created_by="admin", created_at=now,
        disabled_at=None, disabled_why="",
    )  # fmt: skip
    with fed.connection() as conn:
        webhooks.add(conn, row, secret=SECRET)
        conn.commit()
    page = opened(browser, fed, "admin", "/admin/webhooks", size=PHONE)
    with page.expect_response(lambda answer: answer.url.endswith("/ping")):  # whose delivery waits then
        page.get_by_role("button", name=f"Kirim uji: {HOOK}").click()
    expect(page.locator(".banner")).to_contain_text(f"Mengirim kejadian uji ke {HOOK}")
    with fed.connection() as conn:
        (queued,) = webhooks.deliveries(conn, webhook_id=row.id, state="queued", limit=5)
    deliver(fed.parts.database, OtherSystem(), queued.id)
    expect(page.locator(".banner.good")).to_contain_text(f"{HOOK} menjawab 200: diterima.")
    expect(page.locator(".banner.good")).to_contain_text(f"thanks for {queued.id}")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert axe_violations(page) == []
    page.context.close()
