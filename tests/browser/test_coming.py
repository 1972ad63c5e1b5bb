"""Is the water coming to me? The answer of an area, its strip, and the reader's own kelurahan on the front page."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, ViewportSize, expect
from tests.support import control_seed
from tests.support.http_api import Api
from tests.support.pages import axe_violations
from tests.support.past_city import send_levels

PHONE = ViewportSize(width=360, height=740)
AREA = "/areas/31.74.01.manggarai"


@pytest.fixture(scope="module")
def river(api: Api, tmp_path_factory: pytest.TempPathFactory) -> Api:
    """High water at Depok, normal water above and below it."""
    send_levels(api, "katulampa", [40, 41, 42])
    send_levels(api, "depok", [271, 274, 277, 280])
    send_levels(api, "manggarai", [640, 641, 642])
    import_shelters(api, tmp_path_factory.mktemp("layers"))
    return api


def import_shelters(api: Api, folder: Path) -> None:
    """Two near Manggarai and one at the other end of the city, as a city's own file has them."""
    places = {"SDN Manggarai": (106.851, -6.207), "GOR Tebet": (106.853, -6.226), "Jauh": (106.75, -6.11)}
    features = [
        {"type": "Feature", "properties": {"name": name}, "geometry": {"type": "Point", "coordinates": list(place)}}
        for name, place in places.items()
    ]
    path = folder / "shelters.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    program = str(Path(sys.executable).with_name("siaga-cloud"))
    words = ["--id", "shelters", "--title-id", "Pengungsian", "--title-en", "Shelters", "--attribution", "BPBD"]
    subprocess.run(
        [program, "admin", "import", "layer", str(path), *words, "--licence", "CC-BY-4.0"],
        env={**os.environ, "SIAGA_DATABASE_URL": api.database_url},
        check=True,
        capture_output=True,
    )


def page_of(browser: Browser, api: Api, at: str, *, locale: str = "id-ID") -> Page:
    page = browser.new_context(viewport=PHONE, locale=locale, timezone_id="Asia/Jakarta").new_page()
    page.set_default_timeout(20_000)
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.goto(f"{api.url}{at}")
    return page


def test_an_area_states_what_comes_when_and_from_where_and_leads_to_its_alerts(browser: Browser, river: Api) -> None:
    page = page_of(browser, river, AREA)
    coming = page.locator(".coming[data-answer=coming]")
    expect(coming).to_contain_text("Air yang kini tinggi di Pos Depok")
    expect(coming).to_contain_text("Setinggi apa, belum diketahui")
    steps = coming.locator(".strip-step .strong")
    expect(steps).to_have_count(3)
    assert steps.all_inner_texts()[-1] == "PA Manggarai"
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert axe_violations(page) == []
    page.locator("#notify-me").click()
    expect(page).to_have_url(f"{river.url}/alerts?area=31.74.01.manggarai")
    page.context.close()


def test_an_area_names_its_nearest_shelters_and_its_answer_can_be_shared(browser: Browser, river: Api) -> None:
    page = page_of(browser, river, AREA, locale="en-GB")
    page.evaluate("navigator.share = async (what) => { window.shared = what; }")
    shelters = page.locator("#shelters li")
    expect(shelters).to_have_count(2)
    expect(shelters.first).to_contain_text("SDN Manggarai")
    expect(shelters.first).to_contain_text("from the middle of Manggarai")
    expect(page.locator("#shelters")).to_contain_text("Whether they are open now is not known")
    assert axe_violations(page) == []
    page.get_by_role("button", name="Share this answer").click()
    shared = page.evaluate("window.shared")
    assert shared["url"] == f"{river.url}{AREA}"
    assert re.fullmatch(r"Manggarai, as of .+\d\d:\d\d: The water that is now high at Pos Depok .+", shared["text"])
    shelters.first.get_by_role("link", name="SDN Manggarai").click()
    expect(page).to_have_url(re.compile(r"/map\?at=-6\.20700,106\.85100,16"))
    page.context.close()


def test_the_nearest_public_camera_shows_its_newest_snapshot_with_its_age(browser: Browser, river: Api) -> None:
    control_seed.seed(river)
    site = "/api/v1/admin/sites/cameras/cam-manggarai"
    with river.client("admin") as admin:
        held = admin.get(site).json()
        body = {name: held[name] for name in ("name", "node_id", "lat", "lon", "view_radius_m")}
        marked = admin.put(site, json=body | {"public_snapshot": True}, headers={"If-Match": held["version"]})
        assert marked.status_code == 200, marked.text
    page = page_of(browser, river, AREA, locale="en-GB")
    requested: list[str] = []
    page.on("request", lambda one: requested.append(one.url) if "/api/" in one.url else None)
    page.reload()
    camera = page.locator("#near-camera")
    expect(camera).to_contain_text("Pintu Air Manggarai")
    expect(camera).to_contain_text(re.compile(r"Taken .*(now|ago|second)"))
    expect(camera).to_contain_text("Faces and number plates are hidden")
    assert camera.locator("img").evaluate("(one) => one.naturalWidth") == 640
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert axe_violations(page) == []
    assert requested == []
    page.context.close()


def test_whoever_chose_a_kelurahan_has_its_answer_on_the_front_page(browser: Browser, river: Api) -> None:
    page = page_of(browser, river, "/", locale="en-GB")
    page.locator("#choose-my-area").click()
    page.locator("#choose-area select").select_option("31.74.01.manggarai")
    expect(page.locator("#coming")).to_contain_text("The water that is now high at")
    page.reload()
    expect(page.locator("#coming")).to_contain_text("The water that is now high at")
    page.goto(f"{river.url}{AREA}")
    mine = page.locator("#my-area")
    expect(mine).to_have_attribute("aria-pressed", "true")
    mine.click()
    page.goto(river.url)
    expect(page.locator("#choose-my-area")).to_be_visible()
    page.context.close()


def test_a_part_of_the_pages_that_fails_once_is_fetched_again(browser: Browser, river: Api) -> None:
    page = browser.new_context(viewport=PHONE, locale="en-GB").new_page()
    failed: list[str] = []

    def fail_once(route: Route) -> None:
        if failed:
            route.continue_()
        else:
            failed.append(route.request.url)
            route.abort()

    page.route(re.compile(r"/assets/AreaPage-.*\.js"), fail_once)
    page.goto(f"{river.url}{AREA}")
    expect(page.locator("#coming")).to_contain_text("The water that is now high at", timeout=20_000)
    assert len(failed) == 1
    page.context.close()
