"""Flooded streets and jams on the map: as lines and as a list, in both languages, from published files alone."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from tests.support.http_api import Api, SettingsForTests, add_signal, serve
from tests.support.pages import DESKTOP, PHONE, axe_violations, context_of, open_page
from tests.support.stand_ins.street_map import STREET, a_street_map

from siaga_cloud.feeds.items import RoadLine
from siaga_cloud.feeds.store import traffic
from siaga_cloud.signals.store import SignalRow

CAMERA = (-6.20835, 106.84860)
DRAWN_MS = 90_000  # two cores may be shared by many
JAM = RoadLine(
    corners=((-6.2100, 106.8450), (-6.2100, 106.8520)), street="Jalan Sultan Agung", is_blocked=False, length_m=780,
    speed_kmh=5,
)  # fmt: skip
BLOCKED = RoadLine(corners=((-6.2060, 106.8450), (-6.2060, 106.8520)), street="", is_blocked=True, length_m=780)


def a_jam(now: datetime) -> SignalRow:
    return SignalRow(
        id=uuid4(), kind="feed", category="congestion", source_key="feed:waze", confidence=0.8, severity="minor",
        lat=-6.21, lon=106.85, began_at=now, last_at=now, ended_at=None, measured_at=now, received_at=now, note="",
    )  # fmt: skip


@pytest.fixture(scope="module")
def incident(api: Api) -> UUID:
    now = datetime.now(UTC)
    with api.connection() as conn:
        for line in (JAM, BLOCKED):
            seen_at = now + timedelta(minutes=5)  # for as long as the tests take
            traffic.upsert(conn, a_jam(now), "waze", line, seen_at=seen_at)
        return add_signal(conn, source="camera:cam-manggarai", place=CAMERA)


@pytest.fixture(scope="module")
def city(api: Api, incident: UUID, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    basemap = a_street_map(tmp_path_factory.mktemp("map"), CAMERA)
    settings = SettingsForTests(database_url=api.database_url, media_dir=api.media_dir, basemap_folder=basemap)
    with serve(settings, api.tokens) as served:
        yield served


def test_roads_are_listed_by_whom_and_how_much_and_nothing_is_requested_of_the_api(
    browser: Browser, city: Api, incident: UUID
) -> None:
    context = context_of(browser, PHONE)
    requested: list[str] = []
    context.on("request", lambda one: requested.append(one.url) if "/api/" in one.url else None)
    page = open_page(context, f"{city.url}/map")
    page.get_by_role("button", name="Jalan: 3").click()
    rows = page.locator("#roads > li")
    expect(rows).to_have_count(3)
    kinds = [rows.nth(at).get_attribute("data-road") for at in range(3)]
    assert kinds == ["flooded", "blocked", "jam"]
    wet = rf"{STREET} · Tergenang.*kedalaman tidak diketahui.* · menurut kamera"
    expect(rows.nth(0)).to_contain_text(re.compile(wet))
    expect(rows.nth(1)).to_contain_text("Jalan tanpa nama · Tertutup")
    expect(rows.nth(2)).to_contain_text(re.compile(r"Jalan Sultan Agung · Macet.*5 km/jam · sepanjang 780 m"))
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert axe_violations(page) == []
    assert requested == []
    rows.nth(0).get_by_role("link").click()
    expect(page).to_have_url(f"{city.url}/incidents/{incident}")
    context.close()


def test_lines_are_drawn_and_a_click_on_one_names_it(browser: Browser, city: Api, incident: UUID) -> None:
    page = drawn(browser, city, "/map?at=-6.21000,106.84850,16")
    expect(page.locator(".map-legend")).to_contain_text("Traffic jam, by Waze")
    box = page.locator(".map-box .canvas").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("#roads > li")).to_have_count(1)
    expect(dialog).to_contain_text("5 km/h")
    page.context.close()


def test_roads_can_be_hidden(browser: Browser, city: Api, incident: UUID) -> None:
    page = drawn(browser, city, "/map?at=-6.21000,106.84850,16")
    shown = colours(page)
    page.get_by_role("button", name="What is shown").click()
    page.get_by_label("Flooded and jammed roads").uncheck()
    page.keyboard.press("Escape")
    page.locator(".map-box > .canvas[data-drawn]").wait_for(timeout=DRAWN_MS)
    expect(page.locator(".map-legend")).not_to_contain_text("Traffic jam")
    assert shown[JAM_COLOUR] > 500
    page.context.close()


JAM_COLOUR = (0xF4, 0xB4, 0x00)


def drawn(browser: Browser, city: Api, at: str) -> Page:
    page = open_page(context_of(browser, DESKTOP, locale="en-GB"), city.url + at)
    page.locator(".map-box[data-state=shown] > .canvas[data-drawn]").wait_for(timeout=DRAWN_MS)
    expect(page.get_by_role("button", name="Roads: 3")).to_be_visible()
    page.locator(".map-legend summary").click()
    return page


def colours(page: Page) -> dict[tuple[int, int, int], int]:
    """How many pixels of the map have each colour."""
    image = Image.open(io.BytesIO(page.locator(".map-box").screenshot())).convert("RGB")
    found: dict[tuple[int, int, int], int] = {}
    for count, colour in image.getcolors(image.width * image.height) or []:
        assert isinstance(colour, tuple)
        found[colour[0], colour[1], colour[2]] = count
    return found
