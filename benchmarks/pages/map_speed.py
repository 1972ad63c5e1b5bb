"""How smoothly the wall's map pans and zooms with 5,000 cameras, 2,000 open incidents and the streets beneath them.

Without a graphics card the processor draws, by SwiftShader (the browser's own) or by Mesa's llvmpipe where the machine
has it: the least that a desk gets. Frames are those that the browser's trace calls presented with all their updates
(`PipelineReporter`, STATE_PRESENTED_ALL), not the beats of the page. Beside them stand milliseconds a frame, which
other work on the machine changes less: the processor's time of the process that draws and of the page's own, and the
page's scripts, styles and layout, which a graphics card would not take over. The same map without cameras, incidents
and gauges, but with its streets, is measured in the same run: `ratio` is what the points cost. A canvas of the map's
size that is only cleared is what no map can surpass.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks.pages.deadlines import log
from benchmarks.pages.targets import MOVEMENTS
from playwright.async_api import Browser, CDPSession, FloatRect, Page, ViewportSize, async_playwright
from tests.support.http_api import Api
from tests.support.pages import ARGUMENTS, CHROMIUM, session_cookies

MOVE_SECONDS: Final = 4.0
MOVES_A_SECOND: Final = 60
WHEEL_STEPS: Final = 12
_JSON: Final = "application/json"
SIZE: Final = ViewportSize(width=1440, height=900)
# Clicks on "closer" from the zoom before.
ZOOMS: Final = {"far": 0, "middle": 2, "close": 2}
Movement = Callable[[Page, float, float, float], Awaitable[None]]
_MESA: Final = Path("/usr/share/glvnd/egl_vendor.d/50_mesa.json")
_BARE: Final = """([width, height, place]) => {
  const host = document.querySelector(place);
  host.innerHTML = `<canvas width=${width} height=${height}></canvas>`;
  const gl = host.firstChild.getContext('webgl2', {stencil: true, antialias: false});
  let n = 0;
  const draw = () => {
    gl.clearColor((n++ % 60) / 60, 0.5, 0.5, 1);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.STENCIL_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    requestAnimationFrame(draw);
  };
  draw();
}"""
_RENDERER: Final = """() => {
  const gl = document.createElement('canvas').getContext('webgl2');
  const more = gl.getExtension('WEBGL_debug_renderer_info');
  return gl.getParameter(more ? more.UNMASKED_RENDERER_WEBGL : gl.RENDERER);
}"""


def has_mesa() -> bool:
    """Whether the machine has Mesa's drivers."""
    return _MESA.exists()


def map_frames(api: Api, found: dict[str, Any], *, drawing: Sequence[str], seconds: float) -> bool:
    """Puts into `found` what a renderer makes of the full map, of one without points and of a canvas that is only
    cleared; false where `seconds` were too few, and then `found` has what was done by then."""
    try:
        asyncio.run(asyncio.wait_for(_measured(api, found, drawing), seconds))
    except TimeoutError:
        return False
    return True


async def _measured(api: Api, found: dict[str, Any], drawing: Sequence[str]) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, *drawing])
        page = await _control_room(browser, api)
        found |= {"renderer": await page.evaluate(_RENDERER), "load": round(os.getloadavg()[0], 1)}
        bounds = await _bounding_rect(page)
        await _moved(browser, page, bounds, found)
        await page.goto("about:blank")
        bare: dict[str, Any] = {}
        without = await _control_room(browser, api, has_points=False)
        await _moved(browser, without, bounds, bare)
        found["without_points"] = bare
        found["ratio"] = {name: _ratio(found[name], bare[name]) for name in MOVEMENTS}
        await without.goto("about:blank")
        await page.evaluate(_BARE, [bounds["width"], bounds["height"], "body"])
        found["bare_canvas"] = await _traced(browser, page, bounds, _drag)
        log(f"bare canvas: {found['bare_canvas']}")
        await browser.close()


async def _moved(browser: Browser, page: Page, bounds: FloatRect, found: dict[str, Any]) -> None:
    """Drags at three zooms, then turns the wheel to and fro at the middle one."""
    for name, closer in ZOOMS.items():
        for _ in range(closer):
            await page.locator(".maplibregl-ctrl-zoom-in").click()
            await page.wait_for_timeout(1_000)
        found[name] = await _traced(browser, page, bounds, _drag)
        log(f"map, {name}: {found[name]}")
    found["zooming"] = await _traced(browser, page, bounds, _wheel)
    log(f"map, zooming: {found['zooming']}")


def _ratio(with_points: Mapping[str, float], without: Mapping[str, float]) -> dict[str, float]:
    """Frames, and milliseconds a frame, with points over without."""
    return {name: round(value / max(0.01, without[name]), 2) for name, value in with_points.items()}


async def _control_room(browser: Browser, api: Api, *, has_points: bool = True) -> Page:
    """The control room with its map drawn; without points its server knows streets, areas and rivers alone."""
    context = await browser.new_context(viewport=SIZE, locale="id-ID", reduced_motion="reduce", service_workers="block")
    await context.add_cookies(session_cookies(api, "operator.balaikota"))  # type: ignore[arg-type]
    page = await context.new_page()
    if not has_points:
        for path in ("gauges", "cameras", "incidents?*", "flood-states", "live"):
            await page.route(f"**/api/v1/{path}", lambda route: route.fulfill(body="[]", content_type=_JSON))
    await page.goto(f"{api.url}/control", timeout=60_000)
    if has_points:
        await page.locator("#queue li").nth(150).wait_for(timeout=60_000)
    await page.locator(".map-box[data-state=shown] > .canvas[data-drawn]").wait_for(timeout=60_000)
    return page


async def _bounding_rect(page: Page) -> FloatRect:
    bounds = await page.locator(".map-box .maplibregl-canvas").bounding_box()
    if bounds is None:
        raise RuntimeError("the map is not shown")
    return bounds


async def _traced(browser: Browser, page: Page, bounds: FloatRect, move: Movement) -> dict[str, float]:
    """Moves the map for some seconds, however slowly the frames come, and counts them."""
    await page.bring_to_front()
    x, y = bounds["x"] + bounds["width"] / 2, bounds["y"] + bounds["height"] / 2
    await page.mouse.move(x, y)
    await move(page, x, y, 1)  # what is drawn for the first time is not counted
    own = await page.context.new_cdp_session(page)
    await own.send("Performance.enable")
    await browser.start_tracing(page=page, categories=["cc", "benchmark"])
    before, began = await _spent(browser, own), time.monotonic()
    await move(page, x, y, MOVE_SECONDS)
    after, elapsed = await _spent(browser, own), time.monotonic() - began
    frames = _presented(await browser.stop_tracing())
    await own.detach()
    found = {"frames_a_second": round(frames / elapsed, 1)}
    return found | {name: round(1000 * (after[name] - before[name]) / max(1, frames), 2) for name in after}


async def _drag(page: Page, x: float, y: float, seconds: float) -> None:
    """As a mouse does it: at its own pace, not waiting for the page. One that waits halves the frames."""

    def move(at: int) -> Awaitable[None]:
        there = 3 * min(at % 60, 60 - at % 60)
        return page.mouse.move(x - there, y + there / 2)

    await page.mouse.down()
    await _paced(move, seconds)
    await page.mouse.up()


async def _wheel(page: Page, x: float, y: float, seconds: float) -> None:
    """In and out again, so that the zoom ends where it began."""
    await _paced(lambda at: page.mouse.wheel(0, -40 if at % (2 * WHEEL_STEPS) < WHEEL_STEPS else 40), seconds)


async def _paced(act: Callable[[int], Awaitable[None]], seconds: float) -> None:
    began, sent = time.monotonic(), list[asyncio.Future[None]]()
    while (passed := time.monotonic() - began) < seconds:
        sent.append(asyncio.ensure_future(act(len(sent))))
        await asyncio.sleep(max(0.0, len(sent) / MOVES_A_SECOND - passed))
    await asyncio.gather(*sent)


def _presented(trace: bytes) -> int:
    """Frames that reached the screen with all that the page had changed."""
    reports = (one.get("args", {}).get("frame_reporter", {}) for one in json.loads(trace)["traceEvents"])
    return sum(one.get("state") == "STATE_PRESENTED_ALL" for one in reports)


async def _spent(browser: Browser, own: CDPSession) -> dict[str, float]:
    """Seconds so far: of the processor by kind of process, and of the page by kind of work."""
    devtools = await browser.new_browser_cdp_session()
    reported = (await devtools.send("SystemInfo.getProcessInfo"))["processInfo"]
    await devtools.detach()
    page_work = {one["name"]: one["value"] for one in (await own.send("Performance.getMetrics"))["metrics"]}
    processes = {"drawing_ms": "GPU", "page_ms": "renderer"}
    spent = {name: sum(one["cpuTime"] for one in reported if one["type"] == kind) for name, kind in processes.items()}
    return spent | {
        "script_ms": page_work["ScriptDuration"],
        "layout_ms": page_work["LayoutDuration"] + page_work["RecalcStyleDuration"],
    }
