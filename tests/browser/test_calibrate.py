"""`siaga-edge calibrate` in a real Chromium: drawn by mouse, finger and keys, looked at, refused, saved."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect
from tests.support.edge.io import wait_for
from tests.support.pages import chromium

from siaga_sim.scene.clip import record
from siaga_sim.scene.script import StreetScript
from siaga_sim.scene.staff.clip import film
from siaga_sim.scene.staff.view import StaffScript, StaffView
from siaga_sim.scene.street import filmed

expect.set_options(timeout=40_000)

DESKTOP = ViewportSize(width=1280, height=800)
PHONE = ViewportSize(width=360, height=740)
LEVEL_CM = 120.0
NODE = """# The box at the market. Ask Pak Budi for the key.
[node]
name = "node-pasar"  # as in the cloud
data_dir = "data"
[broker]
host = "127.0.0.1"
password_env = "NOBODY_SET_THIS"

[[camera]]
id = "cam-street"  # on the lamp post
url = "street.mp4"
place = { lat = -6.2, lon = 106.8 }
# agreed with the agency on 3 November
[[camera.zone]]
id = "kerb"
kind = "no_stopping"
polygon = [[0.0, 0.53], [0.21, 0.377], [0.277, 0.382], [0.0, 0.61]]
allowed_seconds = 120  # two minutes

[[camera]]
id = "cam-river"
url = "river.mp4"
place = { lat = -6.2, lon = 106.8 }

[[camera]]
id = "cam-alley"
url = "alley.mp4"
place = { lat = -6.2, lon = 106.8 }
# the last line
"""
ROAD = [(0.44, 0.98), (0.40, 0.30), (0.55, 0.30), (0.98, 0.90)]
KERB, HOUSE = (0.47, 0.78), (0.235, 0.65)  # 15 and 80 cm over the road
PAVEMENT = [(0.785, 0.98), (0.56, 0.95), (0.615, 0.53), (0.734, 0.545)]


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clips")
    script = {"layout": "arterial", "width": 640, "height": 360, "fps": 2, "seconds": 20, "seed": 3, "density": 0}
    street = StreetScript.model_validate(script | {"trash": [{"at": 0, "size": 0.7, "brought": False}]})
    record(filmed(street), folder / "street.mp4", 3, from_seconds=10)
    film(river(), folder / "river.mp4", 3)
    alley = StreetScript.model_validate(script | {"layout": "kampung", "water": [(0, 30), (60, 30)]})
    record(filmed(alley), folder / "alley.mp4", 3, from_seconds=10)
    return folder


def river() -> StaffView:
    return StaffView(StaffScript(site="quay", seed=5, fps=2.0, levels=((0.0, LEVEL_CM),)))


@pytest.fixture
def node_file(clips: Path, tmp_path: Path) -> Path:
    for clip in clips.iterdir():
        (tmp_path / clip.name).symlink_to(clip)
    path = tmp_path / "node.toml"
    path.write_text(NODE)
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(["--disable-gpu"]) as opened:
        yield opened


@contextmanager
def serving(node_file: Path, *more: str) -> Iterator[str]:
    """The page's address, from a process of its own; its output goes beside the file."""
    statement = node_file.with_suffix(".out")
    command = [sys.executable, "-m", "siaga_edge.main", "calibrate", str(node_file), "--port", "0", *more]
    with statement.open("w") as out, subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT) as process:
        try:
            wait_for(lambda: "The page is at " in statement.read_text(), seconds=60, why=statement.read_text)
            yield statement.read_text().split("The page is at ")[1].split()[0]
        finally:
            process.terminate()


def open_page(
    browser: Browser, url: str, size: ViewportSize = DESKTOP, *, touch: bool = False
) -> tuple[Page, list[str]]:
    """The page with its first picture, and what the browser complains about."""
    page = browser.new_page(viewport=size, locale="en-GB", has_touch=touch)
    page.set_default_timeout(30_000)
    statement: list[str] = []
    page.on("pageerror", lambda error: statement.append(str(error)))
    page.on("console", lambda message: statement.append(message.text) if message.type in ("error", "warning") else None)
    page.goto(url)
    expect(page.locator("#still")).to_have_attribute("src", re.compile("still"), timeout=60_000)
    return page, statement


def tap(page: Page, spots: list[tuple[float, float]], *, touch: bool = False) -> None:
    page.locator("#stage").scroll_into_view_if_needed()
    edge = page.locator("#stage").bounding_box()
    assert edge is not None
    for x, y in spots:
        place = (edge["x"] + x * edge["width"], edge["y"] + y * edge["height"])
        if touch:
            page.touchscreen.tap(*place)
        else:
            page.mouse.click(*place)


def camera(node_file: Path, number: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads(node_file.read_text())["camera"][number]
    return found


def test_a_zone_is_drawn_looked_at_refused_mended_and_saved(browser: Browser, node_file: Path) -> None:
    with serving(node_file) as url:
        page, statement = open_page(browser, url)
        page.locator("[data-add=watch]").click()
        tap(page, PAVEMENT)
        page.keyboard.press("Enter")
        page.locator("#look").click()
        expect(page.locator("#seen")).to_contain_text("watch-1 – inside: 1 × trash")
        assert statement == []
        page.get_by_label("Allowed stay").fill("soon")
        page.locator("#save").click()
        complaint = 'got "soon", expected a number of seconds above 0 and at most 86400'
        expect(page.locator(".form .complaint")).to_have_text(complaint)
        expect(page.locator("#complaints")).to_contain_text(
            f"camera[cam-street].zone[watch-1].allowed_seconds: {complaint}"
        )
        expect(page.get_by_label("Allowed stay")).to_be_focused()
        assert node_file.read_text() == NODE
        page.get_by_label("Allowed stay").fill("90")
        page.locator("#save").click()
        expect(page.locator("#status")).to_contain_text("node.toml.bak")
        page.close()
    assert [line for line in statement if "422" not in line] == []
    (kerb, corner) = camera(node_file)["zone"]
    assert (corner["id"], corner["kind"], corner["allowed_seconds"]) == ("watch-1", "watch", 90)
    assert corner["polygon"] == [pytest.approx(list(spot), abs=0.004) for spot in PAVEMENT]
    assert kerb["allowed_seconds"] == 120
    assert set(NODE.splitlines()) <= set(node_file.read_text().splitlines())
    assert node_file.with_name("node.toml.bak").read_text() == NODE


def test_points_follow_keys_and_every_step_can_be_undone(browser: Browser, node_file: Path) -> None:
    with serving(node_file) as url:
        page, statement = open_page(browser, url)
        page.locator("[data-row='0']").click()
        page.locator("[data-grip='0:2']").focus()
        for _ in range(32):
            page.keyboard.press("ArrowRight")
        page.keyboard.press("Shift+ArrowDown")
        page.locator("[data-grip='0:0']").focus()
        page.keyboard.press("Delete")
        expect(page.locator("[data-row='0']")).to_contain_text("3 points")
        page.locator("#undo").click()
        expect(page.locator("[data-row='0']")).to_contain_text("4 points")
        page.locator("[data-add=mask]").click()
        page.keyboard.press("Space")
        page.keyboard.press("Escape")
        expect(page.locator("[data-row]")).to_have_count(1)
        page.locator("#save").click()
        expect(page.locator("#status")).to_contain_text("node.toml.bak")
        page.close()
    assert statement == []
    assert camera(node_file)["zone"][0]["polygon"][2] == pytest.approx([0.277 + 32 / 640, 0.382 + 12 / 360], abs=0.002)
    assert "mask" not in camera(node_file)


def test_a_staff_is_calibrated_by_finger_and_its_level_read(browser: Browser, node_file: Path) -> None:
    view = river()
    with serving(node_file, "--camera", "cam-river") as url:
        page, statement = open_page(browser, url, PHONE, touch=True)
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 360
        page.locator("[data-add=staff]").click()
        tap(page, [view.spot(210), view.spot(10), view.spot(200), view.spot(100), view.spot(50)], touch=True)
        page.get_by_role("button", name="Done", exact=True).click()
        for number, level in enumerate((200, 100, 50)):
            page.get_by_label(f"Level (cm) {number + 1}").fill(str(level))
        page.get_by_label("Siaga 3 from (cm)").fill("150")
        page.get_by_label("Width of the staff").fill(f"{view.staff_width():.4f}")
        expect(page.locator("#staff-fit")).to_contain_text("calibrated from 50–200 cm")
        page.locator("#look").click()
        expect(page.locator("#seen li")).to_contain_text("cm ±")
        reported = re.search(r"staff-1 – ([\d.]+) cm", page.locator("#seen li").inner_text())
        assert reported is not None
        assert float(reported[1]) == pytest.approx(LEVEL_CM, abs=8)  # of a staff of 200 px, marked by finger
        page.locator("#save").click()
        expect(page.locator("#status")).to_contain_text("node.toml.bak")
        page.close()
    assert statement == []
    (gauge,) = tomllib.loads(node_file.read_text())["gauge"]
    assert gauge["source"]["camera"] == "cam-river"
    assert [point["level_cm"] for point in gauge["source"]["staff"]["points"]] == [200, 100, 50]


def test_marks_of_known_depth_are_tapped_named_looked_at_and_saved(browser: Browser, node_file: Path) -> None:
    with serving(node_file, "--camera", "cam-alley") as url:
        page, statement = open_page(browser, url, PHONE, touch=True)
        page.locator("[data-add=road]").click()
        tap(page, ROAD, touch=True)
        page.get_by_role("button", name="Done", exact=True).click()
        for spot in (KERB, HOUSE):
            page.locator("[data-mark='0']").click()
            tap(page, [spot], touch=True)
        page.get_by_label("Depth (cm) 1").fill("15")
        page.get_by_label("What it is 1").fill("kerb")
        page.get_by_label("Depth (cm) 2").fill("deep")
        page.locator("#save").click()
        complaint = 'got "deep", expected a number of cm above 0 and at most 500'
        expect(page.locator(".form .complaint")).to_have_text(complaint)
        page.get_by_label("Depth (cm) 2").fill("80")
        page.locator("[data-grip='0:5']").focus()
        page.keyboard.press("ArrowRight")
        page.locator("#look").click()
        expect(page.locator("#seen li")).to_contain_text("15 cm kerb under water; 80 cm above water")
        page.locator("#save").click()
        expect(page.locator("#status")).to_contain_text("node.toml.bak")
        page.close()
    assert [line for line in statement if "422" not in line] == []
    (road,) = camera(node_file, 2)["zone"]
    kerb, house = road["marks"]
    assert (kerb["depth_cm"], kerb["name"], house["depth_cm"], "name" in house) == (15, "kerb", 80, False)
    assert kerb["at"] == pytest.approx(KERB, abs=0.005)
    assert house["at"] == pytest.approx((HOUSE[0] + 1 / 640, HOUSE[1]), abs=0.005)


def test_others_in_the_network_need_the_link_and_the_page_itself(browser: Browser, node_file: Path) -> None:
    with serving(node_file, "--listen", "127.0.0.1") as url:
        assert status(url.partition("/?")[0] + "/api/facts") == 403
        page, statement = open_page(browser, url)
        assert status(url) == 403  # it opened once
        cookie = {"Cookie": "; ".join(f"{each['name']}={each['value']}" for each in page.context.cookies())}
        address = url.partition("/?")[0] + "/api/save"
        body = json.dumps({"camera": "cam-street", "version": "", "drawing": {}}).encode()
        foreign = {**cookie, "Origin": "http://evil.example", "Content-Type": "application/json"}
        assert status(address, foreign, body) == 403
        assert status(address, {**cookie, "Content-Type": "text/plain"}, body) == 403
        own = {**foreign, "Origin": url.partition("/?")[0]}
        assert status(address, own, body) == 409  # it would have been heard: only the version is wrong
        page.close()
    assert statement == []
    assert node_file.read_text() == NODE


def status(url: str, headers: dict[str, str] | None = None, body: bytes | None = None) -> int:
    with httpx.Client(timeout=20) as client:
        return client.request("POST" if body else "GET", url, headers=headers, content=body).status_code
