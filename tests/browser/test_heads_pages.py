"""The pages of heads in a real Chromium: nothing of another's area, sending by hand, both languages, and paper."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.support.heads_past import add_crew, add_past
from tests.support.http_api import Api, add_signal, task_of
from tests.support.pages import (
    DESKTOP,
    HEADS,
    PHONE,
    axe_violations,
    context_of,
    give_password,
    open_page,
    sign_in,
)

ELSEWHERE = (-6.1987, 106.8102)  # Karet, another kecamatan
LURAH = "lurah.manggarai"
A4_POINTS = (595, 842)
NAMES = (
    ("Hari ini", "Today"), ("Antrean", "Queue"), ("Petugas", "Officers"), ("Data kota", "Figures"),
    ("Laporan bulanan", "Monthly report"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SeededCity:
    """The city, a task of Manggarai and one of Karet, with their numbers."""

    api: Api
    own: UUID
    own_number: int
    other: UUID
    other_number: int


@pytest.fixture(scope="module")
def city(api: Api, tmp_path_factory: pytest.TempPathFactory) -> SeededCity:
    with api.connection() as conn:
        add_past(conn, tmp_path_factory.mktemp("past") / "files", days=70, per_day=6)
        add_crew(conn)
        own = task_of(conn, add_signal(conn))
        other = task_of(conn, add_signal(conn, source="camera:cam-karet", place=ELSEWHERE))
        numbers = {row["id"]: row["number"] for row in conn.execute("SELECT id, number FROM task")}
    for user in (LURAH, "camat.tebet", "gubernur"):
        give_password(api, user)
    return SeededCity(api=api, own=own, own_number=numbers[own], other=other, other_number=numbers[other])


def opened(browser: Browser, city: SeededCity, path: str, *, user: str = LURAH, phone: bool = False) -> Page:
    """A page of a head who is signed in; any complaint of its scripts fails the test."""
    context = context_of(browser, PHONE if phone else DESKTOP)
    sign_in(context, city.api, user)
    page = open_page(context, city.api.url + path)
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    return page


def test_a_lurah_sees_nothing_of_another_kelurahan(browser: Browser, city: SeededCity) -> None:
    page = opened(browser, city, "/heads/tasks")
    expect(page.locator(f"[data-task='{city.own_number}']")).to_be_visible()
    expect(page.locator(f"[data-task='{city.other_number}']")).to_have_count(0)
    expect(page.locator("#queue")).not_to_contain_text("Karet")
    expect(page.get_by_label("Wilayah", exact=True)).to_have_count(0)  # a kelurahan has nothing to be narrowed to
    page.goto(f"{city.api.url}/heads/tasks/{city.other}")
    expect(page.get_by_text("bukan di wilayah atau bidang Anda")).to_be_visible()
    expect(page.locator("#dispatch")).to_have_count(0)
    page.goto(f"{city.api.url}/heads?area=31.74")
    expect(page.get_by_role("alert")).to_contain_text("Ini bukan wilayah atau dinas Anda")
    requested = page.request
    assert requested.get(f"{city.api.url}/api/v1/heads/tasks?area=31.74").status == 403
    assert requested.get(f"{city.api.url}/api/v1/heads/tasks/{city.other}/assignees").status == 403
    assert requested.get(f"{city.api.url}/api/v1/tasks/{city.other}/work").status == 403
    origin = {"Origin": city.api.url}
    move = {"verb": "assign", "to": "ppsu.manggarai.1"}
    sent = requested.post(f"{city.api.url}/api/v1/tasks/{city.other}/moves", data=move, headers=origin)
    assert (sent.status, sent.json()["type"]) == (403, "urn:siaga:problem:outside-scope")
    page.context.close()


def test_a_lurah_sends_an_officer_by_hand(browser: Browser, city: SeededCity) -> None:
    page = opened(browser, city, "/heads/tasks?which=unsent")
    page.locator(f"[data-send='{city.own_number}']").click()
    choices = ("Siti Aminah.*terdekat yang bebas", "Budi Santoso", "Joko Susilo.*tidak bertugas", "Regu pompa 1")
    expect(page.locator("#whom label")).to_have_text([re.compile(one) for one in choices])
    assert axe_violations(page) == []
    page.get_by_role("radio", name="Siti Aminah").check()
    page.get_by_label("Pesan untuk petugas").fill("Lewat gang belakang")
    page.locator("#send").click()
    expect(page.get_by_text("Dikirim ke Siti Aminah.")).to_be_visible()
    expect(page.locator(f"[data-task='{city.own_number}']")).to_have_count(0)  # it is not unsent any more
    page.goto(f"{city.api.url}/heads/tasks/{city.own}")
    expect(page.locator("#task")).to_contain_text("ditugaskan")
    expect(page.locator("#task")).to_contain_text("Siti Aminah")
    expect(page.get_by_text("Lewat gang belakang")).to_be_visible()
    page.context.close()


def test_every_page_speaks_both_languages_and_axe_finds_nothing(browser: Browser, city: SeededCity) -> None:
    page = opened(browser, city, "/heads", phone=True)
    for path, (reported, english) in zip(HEADS, NAMES, strict=True):
        page.goto(city.api.url + path)
        here = page.locator(".heads-nav [aria-current=page]")
        expect(here).to_have_text(reported)
        expect(page.locator("main .empty[role=status]")).to_have_count(0)
        assert axe_violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], f"{path} is too wide"
        page.get_by_role("button", name="EN", exact=True).click()
        expect(here).to_have_text(english)
        page.get_by_role("button", name="ID", exact=True).click()
    page.context.close()


def test_a_camat_opens_a_kelurahan_and_the_figures_follow(browser: Browser, city: SeededCity) -> None:
    page = opened(browser, city, "/heads/figures", user="camat.tebet")
    page.get_by_label("Wilayah", exact=True).select_option(label="Kelurahan Manggarai")
    expect(page).to_have_url(re.compile(r"area=31\.74\.01\.manggarai"))
    expect(page.locator("#compare tbody tr").first).to_contain_text("Manggarai (ini)")
    expect(page.locator("#compare tbody tr")).to_have_count(7)
    with page.expect_download() as waiting:
        page.locator("[data-export=comparison]").click()
    rows = list(csv.DictReader(io.StringIO(Path(waiting.value.path()).read_text("utf-8"))))
    assert [row["whose"] for row in rows] == ["own"] + ["beside"] * 6
    page.context.close()


def test_a_leader_sees_the_city_in_one_look_on_a_phone_and_a_lurah_does_not(browser: Browser, city: SeededCity) -> None:
    page = opened(browser, city, "/heads", user="gubernur", phone=True)
    look = page.locator("#city-look")
    expect(look.locator("#headline")).to_be_visible()
    expect(look.locator("#worst li").first).to_contain_text("Banjir")
    assert look.locator("#worst li").count() <= 3
    expect(look.locator("#city-roads")).to_contain_text("bukan berarti semua jalan lancar")
    expect(look.locator("#last-day .tile").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert axe_violations(page) == []
    look.get_by_role("link", name="Kamera langsung").click()
    expect(page).to_have_url(f"{city.api.url}/control?list=cameras")
    page.context.close()
    page = opened(browser, city, "/heads", phone=True)
    expect(page.locator("#tiles")).to_be_visible()
    expect(page.locator("#city-look")).to_have_count(0)
    page.context.close()


OF_MANGGARAI = ("Kelurahan Manggarai", "Kecamatan Tebet", "Lurah Manggarai", "Mengetahui,", "Camat Tebet", "NIP")
OF_NOTHING = ("Kecamatan Gambir", "Tidak ada tugas yang masuk pada bulan ini.")


@pytest.mark.parametrize(
    ("user", "query", "reported"),
    [(LURAH, "", OF_MANGGARAI), ("gubernur", "?area=31.71.01&month=2025-12", OF_NOTHING)],
)
def test_the_monthly_page_prints_on_one_or_two_sheets_of_a4(
    browser: Browser, city: SeededCity, user: str, query: str, reported: tuple[str, ...]
) -> None:
    page = opened(browser, city, f"/heads/month{query}", user=user)
    paper = page.locator("#paper")
    for words in reported:
        expect(paper).to_contain_text(words)
    pdf = page.pdf(prefer_css_page_size=True)
    sizes = re.findall(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)", pdf)
    assert 1 <= len(sizes) <= 2
    assert {(round(float(width)), round(float(height))) for width, height in sizes} == {A4_POINTS}
    page.emulate_media(media="print")
    for hidden in (".shell-head", ".heads-nav", ".heads-filters"):
        expect(page.locator(hidden)).to_be_hidden()
    page.context.close()
