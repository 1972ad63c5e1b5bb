"""`make pages`: pictures of every page at four widths and in both languages, and what the pages weigh and take.

Writes .run/pages/*.png and .run/pages.json: axe findings, gzip bytes of JavaScript at the first load without and with
the map, and the largest paint on a throttled processor over slow 4G (as Lighthouse has it: 4 x slower, 150 ms,
1.6 Mbit/s), and how a full map pans (benchmarks/map_speed.py). Each part has a deadline. Ends with 1 where a target is
missed or a part did not come to its end; `--patience 4` gives a machine that has other work to do four times as long.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from benchmarks.deadlines import part, say
from benchmarks.map_speed import LEAST_FRAMES_A_SECOND, ZOOMS, fill, has_mesa, map_frames
from playwright.sync_api import Browser, Page, Response, ViewportSize
from playwright.sync_api import TimeoutError as NotInTime
from tests.support import control_seed
from tests.support.admin_city import busy_admin
from tests.support.heads_past import add_crew, add_past
from tests.support.http_api import Api, SettingsForTests, add_signal, load_demo_city, serve, set_level, task_of
from tests.support.pages import (
    ADMIN,
    CONTROL,
    HEADS,
    MESA,
    OFFICER,
    PHONE,
    PUBLIC,
    SWIFTSHADER,
    axe_findings,
    context_of,
    give_password,
    open_page,
    sign_in,
)

from siaga_cloud.db.connection import connect
from siaga_cloud.db.migrate import migrate
from siaga_cloud.services.areas import AreaLookup
from siaga_cloud.services.reports import NewReport, take_report
from siaga_cloud.services.subscriptions import Ways
from siaga_sim.stack.postgres import Postgres

RUN: Final = Path(__file__).resolve().parents[1] / ".run"
WIDTHS: Final = {360: 740, 768: 1024, 1440: 900, 3840: 2160}
LANGUAGES: Final = ("id", "en")
OFFICER_ID: Final = "petugas.sda"
# Pages that are like others of their kind, so that the tests leave them out.
ALIKE: Final = ("/admin/new/camera", "/admin/new/node", "/admin/connectors", "/control/no-such-page")
# Who opens the pages that begin so; all others need nobody.
SIGNED_IN: Final = {
    "/officer": OFFICER_ID,
    "/heads": "lurah.manggarai",
    "/control": "operator.balaikota",
    "/admin": "admin",
}
SLOW: Final = {"offline": False, "latency": 150, "downloadThroughput": 204_800, "uploadThroughput": 93_750}
CPU_RATE: Final = 4
MOST_BYTES: Final = {"without_map": 250_000, "with_map": 600_000}
# Areas and how bad it is there, 1 to 4.
FLOODED: Final = {"Manggarai": 2, "Bukit Duri": 3, "Kampung Melayu": 4, "Bidara Cina": 3, "Cawang": 1}
MOST_PAINT_SECONDS: Final = 2.5
_LARGEST: Final = """() => new Promise((resolve) => {
  let last = 0;
  new PerformanceObserver((list) => { for (const one of list.getEntries()) last = one.startTime; })
    .observe({type: 'largest-contentful-paint', buffered: true});
  setTimeout(() => resolve(last), 3000);
})"""


@contextmanager
def served_city() -> Iterator[tuple[Api, list[str]]]:
    """A flooded Jakarta, and the addresses of pages of one thing."""
    folder = RUN / "pages-stack"
    shutil.rmtree(folder, ignore_errors=True)
    with Postgres(folder=folder / "cluster", durable=False) as cluster:
        url = cluster.create_database("pages")
        migrate(url)
        tokens = load_demo_city(url)
        with connect(url) as conn:
            add_past(conn, folder / "past", days=400, per_day=12)
            add_crew(conn)
        ways = Ways(email=True, push_hosts=("https://push.example",), push_key="B" * 87)
        settings = SettingsForTests(database_url=url, media_dir=folder / "media")
        with serve(settings, tokens, alert_ways=ways) as api:
            more = _flood(api)
            busy_admin(api, folder / "fleet", now=datetime.now(UTC))
            yield api, more
    shutil.rmtree(folder, ignore_errors=True)


def _flood(api: Api) -> list[str]:
    with api.connection() as conn:
        begin = datetime.now(UTC) - timedelta(hours=6)
        for step in range(36):
            set_level(conn, "manggarai", 640 + step * 6.5, stage=2, at=begin + timedelta(minutes=10 * step))
        for gauge, level, stage in (
            ("depok", 210, 3),
            ("katulampa", 60, 4),
            ("pesanggrahan", 90, 4),
        ):
            set_level(conn, gauge, level, stage=stage)
        conn.execute(
            "INSERT INTO area_flood_state (area_id, state, computed, since, updated_at) SELECT id, state, state, %s, %s"
            " FROM area JOIN unnest(%s::text[], %s::int[]) AS told (area_name, state) ON name = area_name"
            " WHERE level = 'kelurahan' ON CONFLICT DO NOTHING",
            (begin, begin, list(FLOODED), list(FLOODED.values())),
        )
        incident = add_signal(conn, source="gauge:manggarai", minutes_ago=20)
        add_signal(conn, source="camera:cam-manggarai", minutes_ago=15)
        add_signal(conn, source="citizen:a", minutes_ago=10, confidence=1)
        add_signal(conn, category="trash", source="citizen:b", place=(-6.1751, 106.8272), severity="minor")
        add_signal(conn, category="illegal_parking", source="citizen:c", place=(-6.2441, 106.7995), severity="moderate")
        task = task_of(conn, incident)
    control_seed.seed(api)
    for user in SIGNED_IN.values():
        give_password(api, user)
    with api.client("operator.balaikota") as operator:
        operator.post(f"/api/v1/tasks/{task}/moves", json={"verb": "assign", "to": OFFICER_ID}).raise_for_status()
        area = operator.get("/api/v1/gauges/manggarai").json()["area_id"]
    return [f"/incidents/{incident}", f"/officer/tasks/{task}", f"/heads/tasks/{task}", f"/areas/{area}", _told(api)]


def _told(api: Api) -> str:
    """The page of somebody's own report."""
    with api.connection() as conn:
        told = take_report(
            conn,
            NewReport(
                channel="web", category="trash", body="Tumpukan sampah menutup saluran di depan SDN 01, air meluap",
                lat=-6.2079, lon=106.8484, reporter="somebody", photos=(),
            ),
            areas=AreaLookup(), now=datetime.now(UTC),
        )  # fmt: skip
        conn.commit()
    return f"/r/{told.secret}"


def name_of(path: str) -> str:
    """A file's name for a page."""
    found = urlsplit(path)
    parts = [part for part in (*found.path.split("/"), *parse_qs(found.query).get("list", [])) if part]
    return "-".join(part if len(part) < 20 else "one" for part in parts) or "water"


def settle(page: Page) -> None:
    """Waits until what was asked for has come."""
    page.wait_for_function(
        "() => !document.querySelector("
        "'.map-box[data-state=waiting], .map-box[data-state=shown] > .canvas:not([data-drawn])')"
    )
    page.wait_for_function(
        "() => ![...document.querySelectorAll('.empty, .still-none')]"
        ".some((one) => /^(Memuat|Loading|Meminta|Asking)/.test(one.textContent))"
    )


def pictures(
    browser: Browser,
    api: Api,
    paths: list[str],
    widths: list[int],
    taken: dict[str, list[str]],
    *,
    patience: float = 1,
) -> None:
    """Takes them all, each page opened once per language and then widened; axe looks at the smallest width."""
    for language in LANGUAGES:
        for user, own in by_user(paths).items():
            context = context_of(browser, _size(min(widths)), locale="id-ID" if language == "id" else "en-GB")
            context.set_default_timeout(30_000 * patience)
            if user:
                sign_in(context, api, user)
            for path in own:
                try:
                    page = open_page(context, api.url + path)
                    _photographed(page, f"{name_of(path)}-{{}}-{language}", sorted(widths), taken["axe"])
                    page.close()
                    taken["pages"].append(f"{path} {language}")
                except (NotInTime, AssertionError) as error:  # one page that never settles costs no other
                    taken["failed"].append(f"{path} {language}: {str(error).splitlines()[0]}")
                say(f"pictures: {language} {path}")
            context.close()


def _photographed(page: Page, name: str, widths: list[int], findings: list[str]) -> None:
    for width in widths:
        page.set_viewport_size(_size(width))
        settle(page)
        page.screenshot(path=RUN / "pages" / f"{name.format(width)}.png", full_page=width < 3840)
        if width == widths[0]:
            findings += axe_findings(page)


def _size(width: int) -> ViewportSize:
    return ViewportSize(width=width, height=WIDTHS[width])


def by_user(paths: list[str]) -> dict[str | None, list[str]]:
    """Pages by who opens them."""
    found: dict[str | None, list[str]] = {}
    for path in paths:
        user = next((who for start, who in SIGNED_IN.items() if path.startswith(start)), None)
        found.setdefault(user, []).append(path)
    return found


def first_load(browser: Browser, url: str) -> int:
    """Gzip bytes of JavaScript that a first visit fetches; the service worker's own come after and are not counted."""
    context = browser.new_context(
        viewport=PHONE, service_workers="block", extra_http_headers={"Accept-Encoding": "gzip"}
    )
    context.set_default_timeout(0)  # the part's deadline ends it
    page = context.new_page()
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))  # the driver marks it, and cannot mark a built-in
    page.goto(url)
    page.locator("h1").first.wait_for(state="attached")
    settle(page)
    scripts = [one for one in answers if "javascript" in one.headers.get("content-type", "")]
    size = sum(int(one.headers.get("content-length", "0")) for one in scripts)
    context.close()
    return size


def largest_paint_seconds(browser: Browser, url: str) -> float:
    """When the biggest thing stood there, on a slow phone over a slow network."""
    context = browser.new_context(viewport=PHONE, service_workers="block")
    context.set_default_timeout(0)
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", SLOW)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": CPU_RATE})
    page.goto(url)
    page.locator("h1").first.wait_for()
    took = float(page.evaluate(_LARGEST)) / 1000
    context.close()
    return round(took, 2)


def measured(api: Api, paths: list[str], widths: list[int], *, patience: float, with_map: bool) -> dict[str, Any]:
    """All parts, each in a browser of its own and ended at its deadline; `late`: which were."""
    late: list[str] = []
    sizes: dict[str, int] = {}
    paint: dict[str, float] = {}
    taken: dict[str, list[str]] = {"axe": [], "pages": [], "failed": []}
    with part("sizes of scripts", seconds=30 * patience, late=late) as browser:
        sizes["without_map"] = first_load(browser, api.url)
        sizes["with_map"] = first_load(browser, f"{api.url}/map")
    with part("largest paint", seconds=30 * patience, late=late) as browser:
        paint["/"] = largest_paint_seconds(browser, api.url)
    with part("pictures", seconds=180 * patience, late=late) as browser:
        pictures(browser, api, paths, widths, taken, patience=patience)
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "javascript_gzip_bytes": sizes,
        "largest_paint_seconds": paint,
        "axe_serious_or_critical": taken["axe"],
        "pages_taken": len(taken["pages"]),
        "pages_not_taken": taken["failed"],
        "map_frames": _maps(api, late, patience) if with_map else {},
        "late": late,
    }


def _maps(api: Api, late: list[str], patience: float) -> dict[str, dict[str, Any]]:
    fill(api)
    found: dict[str, dict[str, Any]] = {}
    for name, drawing in {"swiftshader": SWIFTSHADER, **({"mesa": MESA} if has_mesa() else {})}.items():
        found[name] = {}
        with part(f"map, drawn by {name}", seconds=50 * patience, late=late, drawing=drawing) as browser:
            map_frames(browser, api, found[name])
    return found


def missed(figures: dict[str, Any]) -> list[str]:
    """In words. The map counts as the quickest renderer draws it, at its slowest zoom."""
    sizes, paint = figures["javascript_gzip_bytes"], figures["largest_paint_seconds"]
    found = [
        f"{sizes[name]} bytes of scripts {name}, at most {most}"
        for name, most in MOST_BYTES.items()
        if sizes.get(name, 0) > most
    ]
    found += [f"largest paint {took} s at {path}" for path, took in paint.items() if took > MOST_PAINT_SECONDS]
    found += figures["axe_serious_or_critical"]
    found += [f"no picture of {told}" for told in figures["pages_not_taken"]]
    slowest = [
        min(one.get(zoom, {}).get("frames_a_second", 0) for zoom in ZOOMS) for one in figures["map_frames"].values()
    ]
    if slowest and max(slowest) < LEAST_FRAMES_A_SECOND:
        found.append(f"the map pans at {max(slowest)} frames a second")
    return found + [f"not done in time: {name}" for name in figures["late"]]


def main() -> int:
    """Takes the pictures and the figures."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--widths", type=int, nargs="+", choices=sorted(WIDTHS), default=sorted(WIDTHS))
    asked.add_argument("--only", nargs="*", help="pages whose address begins so")
    asked.add_argument("--map", action=argparse.BooleanOptionalAction, default=True, help="pan a full map")
    asked.add_argument("--patience", type=float, default=1, help="times as long for each part")
    wish = asked.parse_args()
    (RUN / "pages").mkdir(parents=True, exist_ok=True)
    say("a city is made")
    with served_city() as (api, more):
        paths = [*PUBLIC, *OFFICER, *HEADS, *CONTROL, *ADMIN, *ALIKE, *more]
        chosen = [one for one in paths if not wish.only or any(one.startswith(start) for start in wish.only)]
        figures = measured(api, chosen, wish.widths, patience=wish.patience, with_map=wish.map)
    figures["missed"] = missed(figures)
    (RUN / "pages.json").write_text(json.dumps(figures, indent=1) + "\n")
    print(json.dumps(figures, indent=1))
    return 1 if figures["missed"] else 0


if __name__ == "__main__":
    sys.exit(main())
