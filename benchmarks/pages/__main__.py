"""`make pages`: pictures of every page at four widths and in both languages, and what the pages weigh and take.

Writes .run/pages/*.png and .run/pages.json: axe findings by page, gzip bytes of JavaScript at first load without and
with the map, and the largest paint on a throttled processor over slow 4G (as Lighthouse has it: 4 x slower, 150 ms,
1.6 Mbit/s), and how a full map pans (map_speed.py). Each part has a deadline. Ends with 1 where a target is
missed or a part did not come to its end; `--patience 4` gives a machine that has other work to do four times as long.

The city is that of `make demo`, in the middle of its flood, which takes some minutes to come; frames of the control
room until then are left in .run/pages/moving for the moving image of README (readme.py). The full map and `--empty`
have a server of their own, of which nothing was heard yet.

A run of some parts or pages (`--only /admin`, `--no-map`, `--no-figures`, `--no-images`, `--appearances sun`,
`--empty` for a city without data) leaves in pages.json what others measured; only a whole run forgets pages that are
no more.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from benchmarks.pages.city import ServedCity, bare_city, demo_city, without_data
from benchmarks.pages.deadlines import log, part
from benchmarks.pages.map_speed import LEAST_FRAMES_A_SECOND, ZOOMS, fill, has_mesa, map_frames
from benchmarks.pages.moving import recorded
from benchmarks.pages.screenshots import APPEARANCES, LANGUAGES, WIDTHS, ViewPreference, images, settle
from playwright.sync_api import Browser, Response
from tests.support.pages import ADMIN, CONTROL, HEADS, MESA, OFFICER, PHONE, PUBLIC, SWIFTSHADER

NOTHING: Final[dict[str, Any]] = {
    "javascript_gzip_bytes": {}, "largest_paint_seconds": {}, "map_frames": {}, "pages": {}, "late": [],
}  # fmt: skip
RUN: Final = Path(__file__).resolve().parents[2] / ".run"
# Pages that are like others of their kind, so that the tests leave them out.
ALIKE: Final = ("/admin/new/camera", "/admin/new/node", "/admin/connectors", "/control/no-such-page")
SLOW: Final = {"offline": False, "latency": 150, "downloadThroughput": 204_800, "uploadThroughput": 93_750}
OF_TESTS: Final = ("/admin/edit/node/node-manggarai",)  # a node of the tests' city
OF_A_DEMO: Final = ("/demo", "/admin/edit/node/pintu-manggarai")
CPU_RATE: Final = 4
MOST_BYTES: Final = {"without_map": 250_000, "with_map": 600_000}
MOST_PAINT_SECONDS: Final = 2.5
IMAGE_SECONDS: Final = 4
_LARGEST: Final = """() => new Promise((resolve) => {
  let last = 0;
  new PerformanceObserver((list) => { for (const one of list.getEntries()) last = one.startTime; })
    .observe({type: 'largest-contentful-paint', buffered: true});
  setTimeout(() => resolve(last), 3000);
})"""


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
    elapsed = float(page.evaluate(_LARGEST)) / 1000
    context.close()
    return round(elapsed, 2)


def measured(city: ServedCity, options: ViewPreference, *, figures: bool, photos: bool) -> dict[str, Any]:
    """What was asked for, each part in a browser of its own and ended at its deadline; `late`: which were."""
    late: list[str] = []
    sizes: dict[str, int] = {}
    paint: dict[str, float] = {}
    captured_value: dict[str, dict[str, Any]] = {}
    patience = options.patience
    if figures:
        with part("sizes of scripts", seconds=30 * patience, late=late) as browser:
            sizes["without_map"] = first_load(browser, city.url)
            sizes["with_map"] = first_load(browser, f"{city.url}/map")
        with part("largest paint", seconds=30 * patience, late=late) as browser:
            paint["/"] = largest_paint_seconds(browser, city.url)
    if photos:
        with part("pictures", seconds=(60 + IMAGE_SECONDS * options.count) * patience, late=late) as browser:
            images(browser, city, options, captured_value)
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "javascript_gzip_bytes": sizes,
        "largest_paint_seconds": paint,
        "map_frames": {},
        "pages": captured_value,
        "late": late,
    }


def _maps(late: list[str], patience: float) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    with bare_city(RUN / "pages-map") as api:
        fill(api)
        for name, drawing in {"swiftshader": SWIFTSHADER, **({"mesa": MESA} if has_mesa() else {})}.items():
            found[name] = {}
            text = f"map, drawn by {name}"
            if not map_frames(api, found[name], drawing=drawing, seconds=60 * patience):
                late.append(text)
            log(f"{text}: {'ENDED AT ITS DEADLINE' if text in late else 'done'}")
    return found


def merged(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """What was measured now, and what was measured before and not now."""
    found = {**before, **{name: value for name, value in now.items() if value}}
    for name in ("pages", "javascript_gzip_bytes", "largest_paint_seconds", "map_frames"):
        found[name] = {**before.get(name, {}), **now[name]}
    return found | {"late": now["late"]}


def missed(figures: Mapping[str, Any]) -> list[str]:
    """In words. The map counts as the quickest renderer draws it, at its slowest zoom."""
    sizes, paint = figures["javascript_gzip_bytes"], figures["largest_paint_seconds"]
    found = [
        f"{sizes[name]} bytes of scripts {name}, at most {most}"
        for name, most in MOST_BYTES.items()
        if sizes.get(name, 0) > most
    ]
    found += [f"largest paint {elapsed} s at {path}" for path, elapsed in paint.items() if elapsed > MOST_PAINT_SECONDS]
    for page, reported in figures["pages"].items():
        found += [f"{page}: {one}" for one in reported["axe"]]
        found += [f"no picture of {page}: {reported['problem']}"] if "problem" in reported else []
    slowest = [
        min(one.get(zoom, {}).get("frames_a_second", 0) for zoom in ZOOMS) for one in figures["map_frames"].values()
    ]
    if slowest and max(slowest) < LEAST_FRAMES_A_SECOND:
        found.append(f"the map pans at {max(slowest)} frames a second")
    return found + [f"not done in time: {name}" for name in figures["late"]]


def main() -> int:
    """Takes the pictures and the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--widths", type=int, nargs="+", choices=sorted(WIDTHS), default=sorted(WIDTHS))
    parser.add_argument("--only", nargs="*", help="pages whose address begins so; / alone is the front page")
    parser.add_argument("--appearances", nargs="+", choices=APPEARANCES, default=["light"])
    parser.add_argument("--languages", nargs="+", choices=sorted(LANGUAGES), default=sorted(LANGUAGES))
    parser.add_argument("--empty", action="store_true", help="pages of a city of which nothing was heard yet")
    for name, words in (("map", "pan a full map"), ("figures", "sizes and largest paint"), ("images", "and axe")):
        parser.add_argument(f"--{name}", action=argparse.BooleanOptionalAction, default=True, help=words)
    parser.add_argument("--patience", type=float, default=1, help="times as long for each part")
    options = parser.parse_args()
    (RUN / "pages").mkdir(parents=True, exist_ok=True)
    log("a city is made")
    now = _with_a_city(options) if options.figures or options.images else dict(NOTHING)
    if options.map and not options.empty:
        now["map_frames"] = _maps(now["late"], options.patience)
    is_whole = not options.only and not options.empty and options.images and options.widths == sorted(WIDTHS)
    is_whole = is_whole and options.languages == sorted(LANGUAGES)
    figures = merged(_before(RUN / "pages.json", pages=not is_whole), now)
    figures["missed"] = missed(figures)
    (RUN / "pages.json").write_text(json.dumps(figures, indent=1) + "\n")
    print(json.dumps({**figures, "pages": len(figures["pages"])}, indent=1))
    return 1 if figures["missed"] else 0


def _with_a_city(options: argparse.Namespace) -> dict[str, Any]:
    late: list[str] = []
    with ExitStack() as stack:
        if options.empty:
            city = without_data(stack.enter_context(bare_city(RUN / "pages-stack")))
        else:
            city = stack.enter_context(demo_city(RUN / "pages-stack", recorded(RUN / "pages" / "moving", late)))
        now = measured(city, _chosen(options, city), figures=options.figures, photos=options.images)
    return now | {"late": late + now["late"]}


def _chosen(options: argparse.Namespace, city: ServedCity) -> ViewPreference:
    every = (*PUBLIC, *OFFICER, *HEADS, *CONTROL, *ADMIN, *ALIKE, *(() if options.empty else OF_A_DEMO), *city.paths)
    return ViewPreference(
        folder=RUN / "pages",
        paths=[one for one in dict.fromkeys(every) if _is_in(one, options.only) and one not in OF_TESTS],
        widths=options.widths,
        appearances=options.appearances,
        languages=options.languages,
        prefix="empty-" if options.empty else "",
        patience=options.patience,
    )


def _is_in(path: str, only: list[str] | None) -> bool:
    return not only or any(path == start or (start != "/" and path.startswith(start)) for start in only)


def _before(file: Path, *, pages: bool) -> dict[str, Any]:
    """What pages.json holds; of its pages nothing, unless they are wanted."""
    found: dict[str, Any] = {}
    with suppress(FileNotFoundError, ValueError):
        found = json.loads(file.read_text())
    return found if pages and isinstance(found.get("pages"), dict) else {**found, "pages": {}}


if __name__ == "__main__":
    sys.exit(main())
