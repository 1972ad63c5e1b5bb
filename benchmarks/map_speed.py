"""How smoothly the wall's map pans with 5,000 cameras and 2,000 open incidents of a real database.

Chromium draws by software (SwiftShader) where there is no graphics card, so the figure is the least that a desk gets.
A frame counts when the browser gave the page one; the map draws its own in the same beat.
"""

from __future__ import annotations

import os
from itertools import pairwise
from typing import Any, Final

from playwright.sync_api import Browser, CDPSession, Page, ViewportSize
from tests.support.http_api import Api
from tests.support.pages import context_of, sign_in

CAMERAS: Final = 5_000
INCIDENTS: Final = 2_000
STEPS: Final = 60
SIZE: Final = ViewportSize(width=1440, height=900)
_BEGIN: Final = """() => {
  window.beats = [];
  const beat = (at) => { window.beats.push(at); window.beating = requestAnimationFrame(beat); };
  window.beating = requestAnimationFrame(beat);
}"""
_END: Final = "() => { cancelAnimationFrame(window.beating); return window.beats; }"


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


def map_frames(browser: Browser, api: Api) -> dict[str, Any]:
    """Frames a second while the map is dragged about: an almost empty one, and a full one far out and close by."""
    found: dict[str, Any] = {"cameras": CAMERAS, "incidents": INCIDENTS, "load": round(os.getloadavg()[0], 1)}
    found["empty"] = _on_the_wall(browser, api, at_least=1, zooms={"far": 0})["far"]
    fill(api)
    return found | _on_the_wall(browser, api, at_least=150, zooms={"far": 0, "middle": 2, "close": 2})


def _on_the_wall(browser: Browser, api: Api, *, at_least: int, zooms: dict[str, int]) -> dict[str, dict[str, float]]:
    """By name of a zoom, reached by so many clicks from the one before."""
    context = context_of(browser, SIZE)
    sign_in(context, api, "operator.balaikota")
    page = context.new_page()
    page.goto(f"{api.url}/control", timeout=60_000)
    page.locator("#queue li").nth(at_least - 1).wait_for(timeout=60_000)
    page.locator(".map-box[data-state=shown] > .canvas[data-drawn]").wait_for(timeout=120_000)
    devtools = context.new_cdp_session(page)
    devtools.send("Performance.enable")
    found = {}
    for name, closer in zooms.items():
        for _ in range(closer):
            page.locator(".maplibregl-ctrl-zoom-in").click()
            page.wait_for_timeout(1500)
        found[name] = _panned(page, devtools)
    context.close()
    return found


def _panned(page: Page, devtools: CDPSession) -> dict[str, float]:
    box = page.locator(".wall-map canvas").bounding_box()
    if box is None:
        raise RuntimeError("the map is not shown")
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.evaluate(_BEGIN)
    before = _busy(devtools)
    for step in range(STEPS):
        there = 3 * (step if step < STEPS / 2 else STEPS - step)
        page.mouse.move(x - there, y + there / 2)
    after, beats = _busy(devtools), page.evaluate(_END)
    page.mouse.up()
    gaps = sorted(later - earlier for earlier, later in pairwise(beats))
    frames = max(1, len(gaps))
    return {
        "frames_a_second": round(1000 * frames / max(1.0, beats[-1] - beats[0]), 1),
        "median_ms": round(gaps[frames // 2], 1),
        "p95_ms": round(gaps[int(frames * 0.95)], 1),
        # What the page itself takes of the main thread; the rest is drawing, by a graphics card where there is one.
        "page_ms_a_frame": round(1000 * (after["TaskDuration"] - before["TaskDuration"]) / frames, 1),
        "script_ms_a_frame": round(1000 * (after["ScriptDuration"] - before["ScriptDuration"]) / frames, 1),
    }


def _busy(devtools: CDPSession) -> dict[str, float]:
    return {one["name"]: one["value"] for one in devtools.send("Performance.getMetrics")["metrics"]}
