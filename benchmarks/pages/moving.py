"""The moving image of README: the control room while the story of the demo goes on, frame by frame."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

from benchmarks.pages.deadlines import log
from benchmarks.pages.demo import OPERATOR, SHARE, Demo
from benchmarks.pages.screenshots import settle
from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize
from tests.support.pages import context_of, open_page

EVERY_SECONDS: Final = 12
SIZE: Final = ViewportSize(width=1280, height=800)
WIDTH, FRAME_MS, LAST_MS, QUALITY = 880, 800, 3000, 55
MOST_BYTES: Final = 1_500_000


def record_moving(browser: Browser, demo: Demo, folder: Path) -> None:
    """Photograph the control room into a folder until the flood is there."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.png"):
        old.unlink()
    context = context_of(browser, SIZE, locale="en-GB")
    context.set_default_timeout(120_000)
    context.add_init_script("localStorage.setItem('siaga-demo-step', 'off')")
    demo.sign_in(context, OPERATOR)
    page = open_page(context, f"{demo.url}/control")
    settle(page)
    frame = 0
    while demo.share() < SHARE:
        began = time.monotonic()
        page.screenshot(path=folder / f"{frame:04}.png")
        frame += 1
        _choose_first(page)
        time.sleep(max(0.0, EVERY_SECONDS - (time.monotonic() - began)))
    page.screenshot(path=folder / f"{frame:04}.png")
    context.close()
    log(f"{frame + 1} frames of the control room")


def _choose_first(page: Page) -> None:
    """Choose the most urgent incident once there is one, as an operator does."""
    if not page.locator(".room-chosen").count() and page.locator("#queue li button").count():
        page.locator("#queue li button").first.click()


def animated(folder: Path, file: Path) -> int:
    """Writes the frames of a folder as one animated WebP; its size. Raises ValueError where it is too large."""
    frames = [_scaled(one) for one in sorted(folder.glob("*.png"))]
    if not frames:
        raise ValueError(f"{folder}: no frame of the control room; run `make pages` first")
    times = [FRAME_MS] * (len(frames) - 1) + [LAST_MS]
    frames[0].save(file, save_all=True, append_images=frames[1:], duration=times, loop=0, quality=QUALITY, method=4)
    size = file.stat().st_size
    if size > MOST_BYTES:
        raise ValueError(f"{file}: {size} bytes, at most {MOST_BYTES}")
    return size


def _scaled(file: Path) -> Image.Image:
    with Image.open(file) as whole:
        height = round(whole.height * WIDTH / whole.width)
        return whole.convert("RGB").resize((WIDTH, height), Image.Resampling.LANCZOS)
