"""How smoothly the wall's map pans with 5,000 cameras and 2,000 open incidents of a real database.

Without a graphics card the processor draws, by SwiftShader (the browser's own) or by Mesa's llvmpipe where the machine
has it: the least that a desk gets. Frames are those that the browser's trace calls presented with all their updates
(`PipelineReporter`, STATE_PRESENTED_ALL), not the beats of the page. Beside them stand the processor's milliseconds a
frame, which other work on the machine does not change: of the process that draws and of the page's own. A canvas of
the map's size that is only cleared is the baseline: no map can be drawn quicker than that.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any, Final

from benchmarks.deadlines import say
from playwright.sync_api import Browser, FloatRect, Page, ViewportSize
from tests.support.http_api import Api
from tests.support.pages import context_of, sign_in

CAMERAS: Final = 5_000
INCIDENTS: Final = 2_000
PAN_SECONDS: Final = 4.0
LEAST_FRAMES_A_SECOND: Final = 30
SIZE: Final = ViewportSize(width=1440, height=900)
# Clicks on "closer" from the zoom before.
ZOOMS: Final = {"far": 0, "middle": 2, "close": 2}
_MESA: Final = Path("/usr/share/glvnd/egl_vendor.d/50_mesa.json")
_BARE: Final = """([width, height]) => {
  document.body.innerHTML = `<canvas width=${width} height=${height}></canvas>`;
  const gl = document.querySelector('canvas').getContext('webgl2', {stencil: true, antialias: false});
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


def map_frames(browser: Browser, api: Api, found: dict[str, Any]) -> None:
    """Puts into `found` what the browser's renderer makes of the full map, and of a canvas that is only cleared."""
    context = context_of(browser, SIZE)
    sign_in(context, api, "operator.balaikota")
    page = context.new_page()
    page.goto(f"{api.url}/control", timeout=60_000)
    page.locator("#queue li").nth(150).wait_for(timeout=60_000)
    page.locator(".map-box[data-state=shown] > .canvas[data-drawn]").wait_for(timeout=60_000)
    found |= {"renderer": page.evaluate(_RENDERER), "load": round(os.getloadavg()[0], 1)}
    box = _box(page)
    for name, closer in ZOOMS.items():
        for _ in range(closer):
            page.locator(".maplibregl-ctrl-zoom-in").click()
            page.wait_for_timeout(1_000)
        found[name] = _panned(browser, page, box)
        say(f"map, {name}: {found[name]}")
    page.goto("about:blank")
    page.evaluate(_BARE, [box["width"], box["height"]])
    found["bare_canvas"] = _panned(browser, page, box)
    found["frames_of_bare_canvas"] = round(
        found["far"]["frames_a_second"] / max(0.1, found["bare_canvas"]["frames_a_second"]), 2
    )
    context.close()


def _box(page: Page) -> FloatRect:
    box = page.locator(".wall-map canvas").bounding_box()
    if box is None:
        raise RuntimeError("the map is not shown")
    return box


def _panned(browser: Browser, page: Page, box: FloatRect) -> dict[str, float]:
    """Drags about for some seconds, however slowly the pictures come."""
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    _drag(page, x, y, seconds=1)  # what is drawn for the first time is not counted
    browser.start_tracing(page=page, categories=["cc", "benchmark"])
    before, began = _spent(browser), time.monotonic()
    _drag(page, x, y, seconds=PAN_SECONDS)
    after, took = _spent(browser), time.monotonic() - began
    frames = _presented(browser.stop_tracing())
    page.mouse.up()
    return {
        "frames_a_second": round(frames / took, 1),
        "drawing_ms_a_frame": round(1000 * (after["GPU"] - before["GPU"]) / max(1, frames), 1),
        "page_ms_a_frame": round(1000 * (after["renderer"] - before["renderer"]) / max(1, frames), 1),
    }


def _drag(page: Page, x: float, y: float, *, seconds: float) -> None:
    step, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        there = 3 * (step % 60 if step % 60 < 30 else 60 - step % 60)
        page.mouse.move(x - there, y + there / 2)
        step += 1


def _presented(trace: bytes) -> int:
    """Frames that reached the screen with all that the page had changed."""
    reports = (one.get("args", {}).get("frame_reporter", {}) for one in json.loads(trace)["traceEvents"])
    return sum(one.get("state") == "STATE_PRESENTED_ALL" for one in reports)


def _spent(browser: Browser) -> dict[str, float]:
    """Processor seconds by kind of process."""
    devtools = browser.new_browser_cdp_session()
    told = devtools.send("SystemInfo.getProcessInfo")["processInfo"]
    devtools.detach()
    kinds = {one["type"] for one in told} | {"GPU", "renderer"}
    return {kind: sum(one["cpuTime"] for one in told if one["type"] == kind) for kind in kinds}
