"""The control room's page under a stream of changes: its heap, DOM nodes and listeners must not grow.

`python -m benchmarks.pages.soak [--minutes 15] [--events-per-second 25] [--cuts 20]`, by hand: too long for `make
bench`. Changes are real ones in a real database, told by NOTIFY, looked up by the API, sent as server-sent events. An
operator opens lists, incidents, cameras and gauges meanwhile. The line between browser and server breaks `--cuts`
times, so that the page opens its stream anew and loads everything again. Writes .run/soak_page.json; ends with 1 where
something grows or the page does not hear the server at the end.

Eight hours of a bad day (one change in 1.3 s: 22,000) come in a quarter of an hour at 25 changes a second. That is
the same number of changes, not the same time: what grows by the clock alone would show only in eight hours.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from benchmarks.chaos.relay import Relay, Weather
from playwright.sync_api import CDPSession, Page, Request, ViewportSize
from tests.support import control_seed
from tests.support.http_api import Api, SettingsForTests, add_signal, load_demo_city, serve, set_level
from tests.support.pages import chromium, context_of, give_password, sign_in

from siaga_cloud.platform.db import live
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.db.migrate import migrate
from siaga_sim.stack.postgres import Postgres

RUN: Final = Path(__file__).resolve().parents[2] / ".run"
OPERATOR: Final = "operator.balaikota"
STREAM: Final = "/api/v1/live"
EVERY_SECONDS: Final = 10.0
CUT_SECONDS: Final = 3.0
RECEIVED_AGAIN_SECONDS: Final = 45.0  # longer than the page's own patience with a silent line
WARM_SHARE: Final = 0.3
GAUGES: Final = ("manggarai", "depok", "katulampa", "pesanggrahan")
# What may differ between the first and the last third after warming up: rows of lists come and go.
MAY_GROW: Final = {"heap_mib": 1.15, "nodes": 1.15, "listeners": 1.15}


def main() -> int:
    """Run the soak and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--events-per-second", type=float, default=25)
    parser.add_argument("--cuts", type=int, default=20, help="how often the line breaks, evenly spread")
    options = parser.parse_args()
    folder = RUN / "soak-page"
    shutil.rmtree(folder, ignore_errors=True)
    with Postgres(folder=folder / "cluster", durable=False) as cluster:
        url = cluster.create_database("soak")
        migrate(url)
        tokens = load_demo_city(url)
        with serve(SettingsForTests(database_url=url, media_dir=folder / "media"), tokens) as api:
            figures = _soaked(api, Storm(options.minutes * 60, options.events_per_second, options.cuts))
    shutil.rmtree(folder, ignore_errors=True)
    (RUN / "soak_page.json").write_text(json.dumps(figures, indent=1) + "\n")
    print(json.dumps({**figures, "samples": len(figures["samples"])}, indent=1))
    return 0 if figures["met"] else 1


@dataclass(frozen=True, slots=True)
class Storm:
    """What the page is put through."""

    seconds: float
    changes_per_second: float
    cuts: int

    def cuts_until(self, passed: float) -> int:
        """How many there should have been, none at the very beginning or end."""
        return min(self.cuts, int(passed * (self.cuts + 1) / self.seconds))


def _soaked(api: Api, storm: Storm) -> dict[str, Any]:
    give_password(api, OPERATOR)
    control_seed.seed(api)
    with api.connection() as conn, Relay(int(api.url.rpartition(":")[2])) as line, chromium() as browser:
        for number in range(60):
            add_signal(conn, source=f"citizen:{number}", place=_somewhere(number), severity="moderate")
        context = context_of(browser, ViewportSize(width=1920, height=1080))
        sign_in(context, api, OPERATOR)
        page = context.new_page()
        errors, streams = list[str](), list[Request]()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", lambda request: streams.append(request) if request.url.endswith(STREAM) else None)
        page.goto(f"http://{line.host}:{line.port}/control")
        page.locator("#queue li").first.wait_for()
        devtools = context.new_cdp_session(page)
        devtools.send("Performance.enable")
        samples, sent = _run(page, devtools, conn, line, storm)
        page.wait_for_timeout(RECEIVED_AGAIN_SECONDS * 1000)
        state = page.locator("#connection").first.get_attribute("data-state")
    found = _judged(samples)
    found["met"] = found["met"] and state == "live" and len(streams) > storm.cuts and not errors
    counts = {"events": sent, "cuts": storm.cuts, "streams_opened": len(streams), "stream_at_the_end": state}
    return {**found, **counts, "minutes": round(storm.seconds / 60, 1), "errors": errors}


def _run(
    page: Page, devtools: CDPSession, conn: Connection, line: Relay, storm: Storm
) -> tuple[list[dict[str, float]], int]:
    began, sent, cut, samples = time.monotonic(), 0, 0, list[dict[str, float]]()
    chance, incidents = random.Random(7), [row["id"] for row in conn.execute("SELECT id FROM incident").fetchall()]
    while (passed := time.monotonic() - began) < storm.seconds:
        while sent < passed * storm.changes_per_second:
            _change(conn, incidents, sent, chance)
            sent += 1
        if passed >= len(samples) * EVERY_SECONDS:
            _look_about(page, len(samples))
            samples.append(_sample(devtools, passed))
        is_due = cut < storm.cuts_until(passed)
        line.set(Weather.CUT if is_due else Weather.FINE)
        cut += is_due
        page.wait_for_timeout(CUT_SECONDS * 1000 if is_due else 100)
    line.set(Weather.FINE)
    return samples, sent


def _change(conn: Connection, incidents: list[Any], number: int, chance: random.Random) -> None:
    """A reading, an incident that is believed more or less, or a camera that is told of."""
    now = datetime.now(UTC)
    if number % 3 == 0:
        set_level(conn, GAUGES[number % len(GAUGES)], 500 + chance.random() * 400, stage=1 + number % 4, at=now)
        return
    if number % 3 == 1:
        one = incidents[number % len(incidents)]
        conn.execute(
            "UPDATE incident SET confidence = %s, last_signal_at = %s WHERE id = %s", (chance.random(), now, one)
        )
        live.announce(conn, "incident", one, now)
    else:
        live.announce(conn, "camera", "cam-manggarai", now)
    conn.commit()


def _look_about(page: Page, turn: int) -> None:
    """What an operator opens: each list in turn, and something in it."""
    tabs = page.get_by_role("tab")
    tabs.nth(turn % tabs.count()).click()
    entries = page.locator(".wall-list li button, .wall-list [data-gauge]")
    if entries.count():
        entries.nth(turn % min(entries.count(), 5)).click()


def _sample(devtools: CDPSession, at: float) -> dict[str, float]:
    devtools.send("HeapProfiler.collectGarbage")
    found = {one["name"]: one["value"] for one in devtools.send("Performance.getMetrics")["metrics"]}
    return {
        "at": round(at, 1),
        "heap_mib": round(found["JSHeapUsedSize"] / 2**20, 2),
        "nodes": found["Nodes"],
        "listeners": found["JSEventListeners"],
    }


def _judged(samples: list[dict[str, float]]) -> dict[str, Any]:
    """The last third against the first one after warming up, by medians."""
    warm = samples[int(len(samples) * WARM_SHARE) :]
    third = max(1, len(warm) // 3)

    def middle(part: list[dict[str, float]], name: str) -> float:
        return sorted(one[name] for one in part)[len(part) // 2]

    grown = {name: round(middle(warm[-third:], name) / middle(warm[:third], name), 3) for name in MAY_GROW}
    return {"grown": grown, "met": all(grown[name] <= most for name, most in MAY_GROW.items()), "samples": samples}


def _somewhere(number: int) -> tuple[float, float]:
    return -6.15 - 0.012 * (number % 10), 106.75 + 0.015 * (number // 10)


if __name__ == "__main__":
    sys.exit(main())
