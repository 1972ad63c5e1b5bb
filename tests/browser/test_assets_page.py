"""Pumps and gates in a real Chromium: honest age, what is wrong, and what staff record."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, ViewportSize, expect
from tests.support.http_api import Api
from tests.support.pages import DESKTOP, PHONE, axe_violations, context_of, open_page, opened

from siaga_cloud.assets.files import StateLine
from siaga_cloud.assets.service import checks, importing
from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.incidents.service import matching as incidents


@pytest.fixture(scope="module")
def pumping(api: Api) -> Api:
    """A pump with a fault and its task, a gate that was reported long ago, and gates that nobody reported."""
    now = datetime.now(UTC)
    with api.connection() as conn:
        lines = [
            StateLine(asset="pompa-kali-duri", measured_at=now - timedelta(minutes=4), state="fault"),
            StateLine(asset="pintu-hek", measured_at=now - timedelta(days=2), state="open"),
            StateLine(asset="pintu-karet", measured_at=now - timedelta(minutes=9), state="open", capacity_share=0.4),
        ]
        importing.import_states(conn, lines, file="states.csv", now=now)
        checks.check_assets(conn, now=now)
        for row in conn.execute("SELECT id FROM signal WHERE category = 'asset_check'").fetchall():
            incidents.process_signal(conn, row["id"], areas=AreaLookup(), now=now)
        conn.commit()
    return api


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_unknown_never_reads_as_working(browser: Browser, pumping: Api, size: ViewportSize) -> None:
    page = open_page(context_of(browser, size=size), f"{pumping.url}/pumps")
    pump = page.locator("[data-asset=pompa-kali-duri]")
    expect(pump).to_contain_text("rusak")
    expect(pump).to_contain_text("Melaporkan kerusakan")
    expect(pump).to_contain_text("4 menit yang lalu")
    old = page.locator("[data-asset=pintu-hek]")
    expect(old).to_contain_text("tidak diketahui")
    expect(old).to_contain_text("terakhir: terbuka, kemarin dulu")
    expect(page.locator("[data-asset=pintu-manggarai]")).to_contain_text("belum pernah dilaporkan")
    expect(page.locator("[data-asset=pintu-karet]")).to_contain_text("terbuka")
    expect(page.locator("#summary")).to_contain_text("1 tanpa masalah yang diketahui, 1 perlu diperiksa, 6 tidak")
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert axe_violations(page) == []
    expect(page.get_by_role("button", name="Catat keadaan")).to_have_count(0)
    page.context.close()


def test_an_officer_sees_the_pump_on_the_task_and_records_what_is_there(browser: Browser, pumping: Api) -> None:
    with pumping.connection() as conn:
        task = conn.execute("SELECT id FROM task WHERE category = 'asset_check'").fetchone()
    assert task is not None
    page = opened(browser, pumping, "petugas.sda", f"/officer/tasks/{task['id']}", size=PHONE)
    expect(page.locator("#asset-of-task")).to_contain_text("Pompa Kali Duri")
    expect(page.locator("#asset-of-task")).to_contain_text("Melaporkan kerusakan")
    page.goto(f"{pumping.url}/pumps")
    page.get_by_role("button", name="Catat keadaan: Pintu Air Manggarai").click()
    page.get_by_label("Keadaan", exact=True).select_option("closed")
    page.get_by_role("button", name="Simpan").click()
    expect(page.locator("[data-asset=pintu-manggarai]")).to_contain_text("tertutup")
    page.context.close()
