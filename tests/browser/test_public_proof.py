"""Before and after on the citizen's page and the incident's, in the three grades of proof, on a phone of 390 pixels."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect
from tests.support.http_api import Api
from tests.support.pages import axe_violations, context_of, open_page
from tests.support.proof_photos import OPERATOR, resolve, shown
from tests.support.redaction import a_street_report, redact_queued, small_street

from siaga_cloud.tasks.service import tasks
from siaga_cloud.tasks.service.tasks import MoveRequest
from siaga_core.rules.task import Verb

NARROW = ViewportSize(width=390, height=844)
WITNESSES = {"reported_done": None, "verified": ("verify", "camera:cam-manggarai"), "disputed": ("reopen", "reporter")}
WORDS: dict[str, dict[str, Any]] = {
    "id": {
        "reported_done": ("Dilaporkan selesai", "Belum ada pihak lain yang memeriksa."),
        "verified": ("Terverifikasi", re.compile(r"Kamera .+ melihat lagi tempat itu: sudah beres\.")),
        "disputed": ("Dibantah", "Dinyatakan selesai, tetapi pelapor menyatakan belum beres."),
        "captions": (r"Sebelum, dari warga, \d\d[.:]\d\d", r"Sesudah, dari petugas, \d\d[.:]\d\d"),
        "redacted": "Orang dan pelat nomor yang dikenali komputer sudah disamarkan.",
        "waiting": "2 foto belum tampil: menunggu disamarkan.",
    },
    "en": {
        "reported_done": ("Reported done", "Nobody else has checked it yet."),
        "verified": ("Verified", re.compile(r"The camera .+ looked at the place again: it is done\.")),
        "disputed": ("Disputed", "a person who reported it says that it is not fixed."),
        "captions": (r"Before, by a citizen, \d\d:\d\d", r"After, by an officer, \d\d:\d\d"),
        "redacted": "People and number plates that the computer found are made unrecognisable.",
        "waiting": "Photos not shown yet: 2.",
    },
}
Place = tuple[str, str, str]  # the citizen's page, the incident's, and an original that nobody may see there


@pytest.fixture(scope="module")
def graded(api: Api) -> dict[str, Place]:
    """By grade: a citizen's report of a drain that an officer says to have cleared."""
    found: dict[str, Place] = {}
    photo = small_street()
    for number, grade in enumerate(WITNESSES):
        task, secret = a_street_report(api, north=0.02 * number, photo=photo)
        resolve(api, task, photo)
        confirm_or_dispute(api, task, grade)
        seen = shown(api, task, OPERATOR)
        found[grade] = (f"/r/{secret}", f"/incidents/{seen['task']['incident_id']}", seen["pair"]["before"][0]["url"])
    return found


def confirm_or_dispute(api: Api, task: UUID, grade: str) -> None:
    witness = WITNESSES[grade]
    if witness is not None:
        with api.connection() as conn:
            request = MoveRequest(verb=Verb(witness[0]), actor=witness[1], note="seen by the test")
            tasks.move(conn, task, request, now=datetime.now(UTC))
            conn.commit()


def test_no_photo_is_shown_before_it_is_redacted_and_the_page_counts_those_that_wait(
    browser: Browser, api: Api, graded: dict[str, Place]
) -> None:
    for language, locale in (("id", "id-ID"), ("en", "en-GB")):
        context = context_of(browser, NARROW, locale=locale)
        page = open_page(context, api.url + graded["reported_done"][0])
        expect(page.locator("#pair")).to_contain_text(WORDS[language]["waiting"])
        expect(page.locator("#pair img")).to_have_count(0)
        context.close()
    redact_queued(api)


@pytest.mark.parametrize("grade", list(WITNESSES))
@pytest.mark.parametrize(("language", "locale"), [("id", "id-ID"), ("en", "en-GB")])
def test_the_pair_and_the_grade_are_on_the_citizens_page_and_the_incidents(
    browser: Browser, api: Api, graded: dict[str, Place], grade: str, language: str, locale: str
) -> None:
    redact_queued(api)
    follow, incident, original = graded[grade]
    context = context_of(browser, NARROW, locale=locale)
    for path in (follow, incident):
        page = open_page(context, api.url + path)
        look_at_pair(page, language)
        name, sentence = WORDS[language][grade]
        expect(page.locator(f".grade[data-grade={grade}]")).to_contain_text(name)
        expect(page.locator(".grade")).to_contain_text(sentence)
        assert original not in page.content()
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"], path
        assert axe_violations(page) == []
        has_question = path == follow and grade == "reported_done"
        expect(page.get_by_role("button", name=re.compile("Ya, sudah beres|Yes, it is fixed"))).to_have_count(
            int(has_question)
        )
        page.close()
    context.close()


def look_at_pair(page: Page, language: str) -> None:
    images = page.locator("#pair img")
    expect(images).to_have_count(2)
    for number, words in enumerate(WORDS[language]["captions"]):
        images.nth(number).scroll_into_view_if_needed()
        expect(page.locator("#pair figcaption").nth(number)).to_have_text(re.compile(f"^{words}$"))
        expect(images.nth(number)).to_have_js_property("complete", True)
        assert images.nth(number).evaluate("(one) => one.naturalWidth") == 312
    expect(page.locator("#pair")).to_contain_text(WORDS[language]["redacted"])
