"""What citizens do, on a phone; two gauges are compared on a desk. All of it begins at the front page."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Final

import httpx
import numpy as np
from benchmarks.pages.demo import OPERATOR, Demo
from benchmarks.pages.tasks.hand import Hand, Task
from PIL import Image
from playwright.sync_api import FilePayload
from tests.support.pages import PHONE
from tests.support.proof_photos import as_photo

from siaga_sim.stack.child import wait_until

FRAME_SECONDS: Final = 90.0
CAMERA: Final = "cam-kampung-melayu"
STREET: Final = "jl sudirman"
MAILBOX: Final = "warga@demo.example"
PLACE: Final = (-6.2247, 106.8630)
_GAUGES: Final = "#gauges [data-gauge]"


def find_my_street(hand: Hand) -> None:
    """By the search of the map; the kelurahan's sentence is one list away on the front page."""
    hand.click("nav a[href='/map']:visible")
    hand.fill("input[role=combobox]", STREET)
    hand.click("[role=option]")
    hand.see(hand.page.locator(".map-search [role=status]").filter(has_text="Sudirman"))


def report_a_flood(hand: Hand) -> None:
    """With a photo that holds its place, and the depth by body."""
    page = hand.page
    photo = _photo(hand)
    hand.click("main a[href='/report']")
    hand.capture("input[type=file][multiple]", photo)
    page.locator(".thumb").first.wait_for()
    hand.click(page.get_by_role("button", name="Lanjut"))
    hand.click(page.get_by_role("button", name="Lanjut"))
    hand.click(page.get_by_role("radio", name="Banjir"))
    hand.click(page.locator("#depth").get_by_label("lutut"))
    hand.click(page.get_by_role("button", name="Kirim laporan"))
    hand.see(page.get_by_text("Laporan diterima"))


def follow_it(hand: Hand) -> None:
    """From the page that says that the report has come."""
    report_a_flood(hand)
    hand.start_again()
    hand.click(hand.page.get_by_role("link", name="Ikuti laporan"))
    hand.see("#progress [aria-current=step]")
    hand.note_address()


def compare_two_gauges(hand: Hand) -> None:
    """Manggarai's curve with that of Depok, which the water reaches before."""
    hand.click("a[data-gauge=manggarai]")
    compared = hand.page.get_by_label("Bandingkan dengan")
    hand.choose(compared, "depok")
    hand.see(hand.page.locator(".legend-lines li").nth(1))
    hand.see(".legend-lines li:has-text('Depok')")


def subscribe(hand: Hand) -> None:
    """By e-mail to one gauge."""
    page = hand.page
    hand.click("main a[href='/alerts']")
    hand.choose(page.get_by_label("Pos pantau"), "manggarai")
    hand.fill("input[type=email]", MAILBOX)
    hand.click("form button[type=submit]")
    hand.see("form .banner")


def _frame(demo: Demo) -> bytes:
    """The newest frame of the camera, which its node sends when somebody asks for it."""
    with demo.client(OPERATOR) as operator:
        own_page = {"Origin": demo.url}
        operator.post("/api/v1/camera-snapshots", json={"cameras": [CAMERA]}, headers=own_page).raise_for_status()
        wait_until(lambda: _newest(operator).is_success, seconds=FRAME_SECONDS, what=f"a frame of {CAMERA}", every=1.0)
        return _newest(operator).content


def _newest(operator: httpx.Client) -> httpx.Response:
    return operator.get(f"/api/v1/cameras/{CAMERA}/frame")


def _photo(hand: Hand) -> FilePayload:
    """What a camera of the demo sees of a flooded street, as the phone of somebody who stands there has it."""
    seen = _frame(hand.demo)
    street = np.asarray(Image.open(io.BytesIO(seen)).convert("RGB"))[:, :, ::-1].copy()
    image = as_photo(street, at=datetime.now(UTC), place=PLACE)
    return FilePayload(name="banjir.jpg", mimeType="image/jpeg", buffer=image)


CITIZENS: Final = (
    Task(name="find my street's state", do=find_my_street, start="/", ready=_GAUGES, size=PHONE),
    Task(name="report a flood", do=report_a_flood, start="/", ready=_GAUGES, size=PHONE),
    Task(name="follow it", do=follow_it, start="/", ready=_GAUGES, size=PHONE),
    Task(name="compare two gauges", do=compare_two_gauges, start="/", ready=_GAUGES),
    Task(name="subscribe", do=subscribe, start="/", ready=_GAUGES, size=PHONE),
)
