"""How smoothly the wall's map pans with 5,000 cameras and 2,000 open incidents of a real database.

Without a graphics card the processor draws, by SwiftShader (the browser's own) or by Mesa's llvmpipe where the machine
has it: the least that a desk gets. Frames are those that the browser's trace calls presented with all their updates
(`PipelineReporter`, STATE_PRESENTED_ALL), not the beats of the page. Beside them stand the processor's milliseconds a
frame, which other work on the machine does not change: of the process that draws and of the page's own. A canvas of
the map's size that is only cleared is the baseline: no map can be drawn quicker than that. The same page with a map
that has nothing but its background tells what the rest of the page costs.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks.pages.deadlines import log
from playwright.async_api import Browser, FloatRect, Page, ViewportSize, async_playwright
from tests.support.http_api import Api
from tests.support.pages import ARGUMENTS, CHROMIUM, session_cookies

CAMERAS: Final = 5_000
INCIDENTS: Final = 2_000
PAN_SECONDS: Final = 4.0
LEAST_FRAMES_A_SECOND: Final = 30
MOVES_A_SECOND: Final = 60
_JSON: Final = "application/json"
SIZE: Final = ViewportSize(width=1440, height=900)
# Clicks on "closer" from the zoom before.
ZOOMS: Final = {"far": 0, "middle": 2, "close": 2}
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


def fill(api: Api) -> None:
    """Cameras and incidents all over the city, most of them where most people live."""
    with api.connection() as conn:
        conn.execute(
            "INSERT INTO camera (id, name, lat, lon) SELECT 'cam-many-' || n, 'Kamera ' || n,"
            " -6.2 + 0.05 * (random() + random() - 1), 106.83 + 0.07 * (random() + random() - 1)"
            " FROM generate_series(1, %s) AS n ON CONFLICT DO NOTHING",
            (CAMERAS,),
        )
        conn.execute(  # one in fifty does not see
            "INSERT INTO camera_latest (camera_id, node_id, last_frame_at, unknown_since, at) SELECT id, 'node-many',"
            " now(), CASE WHEN random() < 0.02 THEN now() END, now() FROM camera WHERE starts_with(id, 'cam-many-')"
            " ON CONFLICT DO NOTHING"
        )
        conn.execute(
            "INSERT INTO incident (id, category, severity, confidence, lat, lon, began_at, last_signal_at, created_at,"
            " updated_at) SELECT gen_random_uuid(), (ARRAY['flooding', 'trash', 'illegal_parking'])[1 + n %% 3],"
            " (ARRAY['minor', 'moderate', 'severe'])[1 + n %% 3], 0.2 + 0.7 * random(),"
            " -6.2 + 0.05 * (random() + random() - 1), 106.83 + 0.07 * (random() + random() - 1), now(), now(), now(),"
            " now() FROM generate_series(1, %s) AS n",
            (INCIDENTS,),
        )
        conn.commit()


def map_frames(api: Api, found: dict[str, Any], *, drawing: Sequence[str], seconds: float) -> bool:
    """Puts into `found` what a renderer makes of the full map, of its background alone and of a canvas that is only
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
        for name, closer in ZOOMS.items():
            for _ in range(closer):
                await page.locator(".maplibregl-ctrl-zoom-in").click()
                await page.wait_for_timeout(1_000)
            found[name] = await _panned(browser, page, bounds)
            log(f"map, {name}: {found[name]}")
        control_room = await _control_room(browser, api, empty=True)
        found["background_only"] = await _panned(browser, control_room, bounds)
        await control_room.evaluate(_BARE, [bounds["width"], bounds["height"], ".map-box > .canvas"])
        found["bare_canvas_in_the_page"] = await _panned(browser, control_room, bounds)
        await page.goto("about:blank")
        await page.evaluate(_BARE, [bounds["width"], bounds["height"], "body"])
        found["bare_canvas"] = await _panned(browser, page, bounds)
        for name in ("background_only", "bare_canvas_in_the_page", "bare_canvas"):
            log(f"{name}: {found[name]}")
        least = min(found[name]["frames_a_second"] for name in ZOOMS)
        found["frames_of_bare_canvas"] = round(least / max(0.1, found["bare_canvas"]["frames_a_second"]), 2)
        await browser.close()


async def _control_room(browser: Browser, api: Api, *, empty: bool = False) -> Page:
    """The control room with its map drawn. `empty`: the same page whose server knows nothing of a city."""
    context = await browser.new_context(viewport=SIZE, locale="id-ID", reduced_motion="reduce", service_workers="block")
    await context.add_cookies(session_cookies(api, "operator.balaikota"))  # type: ignore[arg-type]
    page = await context.new_page()
    if empty:
        shapes = json.dumps({"type": "FeatureCollection", "features": []})
        for path in ("areas", "rivers"):
            await page.route(f"**/api/v1/{path}", lambda route: route.fulfill(body=shapes, content_type=_JSON))
        for path in ("gauges", "cameras", "incidents?*", "flood-states", "live"):
            await page.route(f"**/api/v1/{path}", lambda route: route.fulfill(body="[]", content_type=_JSON))
    await page.goto(f"{api.url}/control", timeout=60_000)
    if not empty:
        await page.locator("#queue li").nth(150).wait_for(timeout=60_000)
    await page.locator(".map-box[data-state=shown] > .canvas[data-drawn]").wait_for(timeout=60_000)
    return page


async def _bounding_rect(page: Page) -> FloatRect:
    bounds = await page.locator(".wall-map canvas").bounding_box()
    if bounds is None:
        raise RuntimeError("the map is not shown")
    return bounds


async def _panned(browser: Browser, page: Page, bounds: FloatRect) -> dict[str, float]:
    """Drags about for some seconds, however slowly the pictures come."""
    await page.bring_to_front()
    x, y = bounds["x"] + bounds["width"] / 2, bounds["y"] + bounds["height"] / 2
    await page.mouse.move(x, y)
    await page.mouse.down()
    await _drag(page, x, y, seconds=1)  # what is drawn for the first time is not counted
    await browser.start_tracing(page=page, categories=["cc", "benchmark"])
    before, began = await _spent(browser), time.monotonic()
    await _drag(page, x, y, seconds=PAN_SECONDS)
    after, elapsed = await _spent(browser), time.monotonic() - began
    frames = _presented(await browser.stop_tracing())
    await page.mouse.up()
    return {
        "frames_a_second": round(frames / elapsed, 1),
        "drawing_ms_a_frame": round(1000 * (after["GPU"] - before["GPU"]) / max(1, frames), 1),
        "page_ms_a_frame": round(1000 * (after["renderer"] - before["renderer"]) / max(1, frames), 1),
    }


async def _drag(page: Page, x: float, y: float, *, seconds: float) -> None:
    """As a mouse does it: at its own pace, not waiting for the page. One that waits halves the frames."""
    began, sent = time.monotonic(), list[asyncio.Task[None]]()
    while (passed := time.monotonic() - began) < seconds:
        at = len(sent) % 60
        there = 3 * min(at, 60 - at)
        sent.append(asyncio.create_task(page.mouse.move(x - there, y + there / 2)))
        await asyncio.sleep(max(0.0, len(sent) / MOVES_A_SECOND - passed))
    await asyncio.gather(*sent)


def _presented(trace: bytes) -> int:
    """Frames that reached the screen with all that the page had changed."""
    reports = (one.get("args", {}).get("frame_reporter", {}) for one in json.loads(trace)["traceEvents"])
    return sum(one.get("state") == "STATE_PRESENTED_ALL" for one in reports)


async def _spent(browser: Browser) -> dict[str, float]:
    """Processor seconds by kind of process."""
    devtools = await browser.new_browser_cdp_session()
    reported = (await devtools.send("SystemInfo.getProcessInfo"))["processInfo"]
    await devtools.detach()
    kinds = {one["type"] for one in reported} | {"GPU", "renderer"}
    return {kind: sum(one["cpuTime"] for one in reported if one["type"] == kind) for kind in kinds}
