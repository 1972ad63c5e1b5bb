"""A page that stays open while the server is upgraded: it loads itself anew once, or says what is missing."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.support.http_api import Api

from siaga_cloud.pages import api as pages

BUILT = pages._BUILT
OLD = re.compile(r"/assets/(index-[\w-]+)\.js")


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the built pages, to be upgraded at will, that the server gives out instead."""
    copy = tmp_path / "built"
    shutil.copytree(BUILT, copy)
    monkeypatch.setattr(pages, "_BUILT", copy)
    return copy


def test_a_page_whose_parts_were_removed_by_an_upgrade_reloads_itself_and_reports_so(
    browser: Browser, api: Api, built: Path
) -> None:
    page = _front_page(browser, api)
    _upgrade(built)
    with page.expect_navigation(wait_until="load"):
        page.get_by_role("link", name="Peta", exact=True).click()
    expect(page.locator(".toasts")).to_contain_text("diperbarui")
    page.get_by_role("link", name="Peta", exact=True).click()
    expect(page.locator(".map-box")).to_be_visible()
    page.context.close()


def test_a_page_whose_part_does_not_load_reports_so_and_is_not_loaded_again_and_again(
    browser: Browser, api: Api, built: Path
) -> None:
    page = _front_page(browser, api)
    for one in built.glob("assets/MapPage-*"):
        one.unlink()
    page.evaluate("() => { window.isFirst = true; }")
    page.get_by_role("link", name="Peta", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("belum dapat dimuat")
    expect(page.get_by_role("button", name="Muat ulang")).to_be_visible()
    assert page.evaluate("() => window.isFirst")
    page.context.close()


def _front_page(browser: Browser, api: Api) -> Page:
    """Opened without a service worker, which would still have the old parts."""
    context = browser.new_context(locale="id-ID", service_workers="block")
    page = context.new_page()
    page.goto(api.url)
    expect(page.locator("h1").first).to_be_attached()
    return page


def _upgrade(built: Path) -> None:
    """As `make web` does: the first script and the map page have other names now, the old ones are gone."""
    assets = built / "assets"
    index = built / "index.html"
    found = OLD.search(index.read_text("utf-8"))
    part = next(assets.glob("MapPage-*.js")).stem
    assert found is not None
    names = {found[1]: f"{found[1]}x", part: f"{part}x"}
    for file in (index, *assets.glob("*.js")):
        text = file.read_text("utf-8")
        for old, new in names.items():
            text = text.replace(old, new)
        file.write_text(text, "utf-8")
    for file in (*assets.glob("*.br"), *assets.glob("*.gz")):
        file.unlink()
    for old, new in names.items():
        (assets / f"{old}.js").rename(assets / f"{new}.js")
