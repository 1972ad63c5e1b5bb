"""The city's streets in a real Chromium: served in ranges, searched by keys, shared by address, without a signal."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect
from tests.support.http_api import CITY, Api, SettingsForTests, serve
from tests.support.pages import DESKTOP, PHONE, axe_violations, context_of, give_password, open_page, sign_in

from siaga_cloud.basemap import folder, of_city

OFFICER = "petugas.sda"
MOST_MAP_BYTES = 520_000
DRAWN_MS = 90_000  # two cores may be shared by many
_DRAWN = ".map-box[data-state=shown] > .canvas[data-drawn]"
# Toll roads of the light theme, which nothing else on the map is coloured like.
TOLL = (0xF3, 0xC7, 0x7F)


@pytest.fixture(scope="module")
def basemap(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("basemap")
    assert of_city.install_drawn_map(CITY, target, report=lambda _: None)
    return target


@pytest.fixture(scope="module")
def city(api: Api, basemap: Path) -> Iterator[Api]:
    """The city with its drawn basemap."""
    settings = SettingsForTests(database_url=api.database_url, media_dir=api.media_dir, basemap_folder=basemap)
    with serve(settings, api.tokens) as served:
        yield served


def map_of(context: BrowserContext, url: str) -> Page:
    page = open_page(context, url)
    page.locator(_DRAWN).wait_for(timeout=DRAWN_MS)
    return page


def test_the_file_is_served_in_ranges_and_the_index_names_it(api: Api, city: Api, basemap: Path) -> None:
    with city.client() as client:
        index = client.get("/basemap/index.json")
        assert index.headers["cache-control"].startswith("public, max-age=60")
        whole = (basemap / index.json()["file"]).read_bytes()
        part = client.get(f"/basemap/{index.json()['file']}", headers={"Range": "bytes=127-2126"})
        assert (part.status_code, part.content) == (206, whole[127:2127])
        assert "content-encoding" not in part.headers, "a range of compressed bytes is no range of the file"
        assert part.headers["cache-control"].endswith("immutable")
        names = client.get(f"/basemap/{index.json()['places']}")
        assert names.headers["content-encoding"] == "gzip"
        assert len(names.json()["places"]) > 150
        for wrong in ("none.pmtiles", "..%2findex.json", f".new-{index.json()['file']}", "x/index.json"):
            assert client.get(f"/basemap/{wrong}").status_code == 404
        found = client.get("/api/v1/places", params={"q": "sudirman street"}).json()
        assert [one["name"] for one in found] == ["Jalan Jenderal Sudirman"]
    assert httpx.get(f"{api.url}/basemap/index.json", trust_env=False).json() == {"file": None}
    assert folder.read_index(basemap)["schematic"]


def test_a_street_is_found_by_keys_and_the_view_is_shared_by_its_address(browser: Browser, city: Api) -> None:
    context = context_of(browser, DESKTOP, permissions=["geolocation"])
    hosts: set[str] = set()
    requested: list[str] = []
    context.on("request", lambda one: hosts.add(one.url.split("/")[2]) if one.url.startswith("http") else None)
    context.on("request", lambda one: requested.append(one.url) if "/api/" in one.url else None)
    page = map_of(context, f"{city.url}/map")
    expect(page.locator(".maplibregl-ctrl-attrib")).to_contain_text("schematic, drawn by hand")
    expect(page.locator(".map-note")).to_contain_text("skematis")
    expect(page.locator(".maplibregl-ctrl-scale")).to_have_text(re.compile(r"\d+\s*k?m"))
    assert "at=" not in page.url
    sizes = page.evaluate(
        "performance.getEntriesByType('resource').filter((one) => /\\.m?js$/.test(one.name))"
        ".map((one) => one.encodedBodySize)"
    )
    assert sum(sizes) <= MOST_MAP_BYTES, sizes

    box = page.get_by_role("combobox", name="Cari jalan, tempat, wilayah, atau pos pantau")
    box.press_sequentially("sudirman st")
    expect(page.get_by_role("option").first).to_contain_text("Sudirman")
    box.fill("jl jenderal sudirman")
    expect(page.get_by_role("option")).to_have_count(1)
    box.press("ArrowDown")
    expect(page.get_by_role("option", selected=True)).to_contain_text("jalan")
    assert axe_violations(page) == []
    box.press("Enter")
    expect(page.locator(".map-search [role=status]")).to_have_text("Jalan Jenderal Sudirman ditampilkan di peta")
    page.wait_for_url(re.compile(r"\?at=-6\.2\d+,106\.8\d+,15"))
    box.fill("tidak ada di kota ini")
    expect(page.locator(".map-search-none")).to_contain_text("Tidak ada yang cocok")
    box.press("Escape")
    box.press("Escape")
    expect(box).to_have_value("")

    shared = page.url
    other = map_of(context, shared)
    assert other.url == shared
    other.get_by_role("button", name="Posisi saya").click()
    other.wait_for_url(re.compile(r"\?at=-6\.2079\d,106\.848\d+,"))
    assert requested == []
    assert hosts == {city.url.split("/")[2]}
    context.close()


def test_the_map_speaks_english_and_fits_a_phone(browser: Browser, city: Api) -> None:
    # Headless Chromium refuses a position unrequested, where a phone lets its owner decide.
    context = context_of(browser, PHONE, locale="en-GB", permissions=["geolocation"])
    page = map_of(context, f"{city.url}/map")
    box = page.get_by_role("combobox", name="Find a street, place, area or gauge")
    box.fill("manggarai station")
    page.get_by_role("option", name="Stasiun Manggarai").click()
    expect(page.locator(".map-search [role=status]")).to_have_text("Stasiun Manggarai is shown on the map")
    expect(page.get_by_role("button", name="My position")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert axe_violations(page) == []
    context.close()


def test_an_officer_has_streets_without_a_signal(browser: Browser, city: Api) -> None:
    give_password(city, OFFICER)
    context = context_of(browser, PHONE)
    sign_in(context, city, OFFICER)
    page = open_page(context, f"{city.url}/officer/me")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()
    stored = page.locator("#stored-map")
    expect(stored).to_have_attribute("data-state", "none")
    page.get_by_role("button", name="Simpan peta (0,1 MB)").click()
    expect(stored).to_have_attribute("data-state", "stored")
    context.set_offline(True)
    page.goto(f"{city.url}/map?at=-6.2199,106.8144,14")
    page.locator(_DRAWN).wait_for(timeout=DRAWN_MS)
    assert _count(page, TOLL) > 200, "no toll road is drawn"
    page.get_by_role("combobox").fill("semanggi")
    expect(page.get_by_role("option").first).to_contain_text("Simpang Semanggi")
    context.set_offline(False)
    page.goto(f"{city.url}/officer/me")
    page.get_by_role("button", name="Hapus peta dari ponsel").click()
    expect(stored).to_have_attribute("data-state", "none")
    context.close()


def _count(page: Page, colour: tuple[int, int, int]) -> int:
    """How many pixels of the map have a colour."""
    image = Image.open(io.BytesIO(page.locator(".map-box").screenshot())).convert("RGB")
    found = image.getcolors(image.width * image.height) or []
    return next((count for count, one in found if one == colour), 0)
