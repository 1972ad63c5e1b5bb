"""`make pages`: pictures of every page of the demo city, and what the pages weigh and take; docs/pages.md.

Starts the demo, photographs the control room until the flood of its story has come (moving.py), lets the story stand,
does ten tasks as their people (tasks), photographs every page at four widths in both languages while axe looks at each,
and measures scripts and the largest paint. After the demo has ended it measures how a full map moves (map_speed.py).
Writes .run/pages/*.png, .run/pages.json after each page, and contact sheets; ends with 1 where a target is missed. Each
part has a deadline; `--patience 4` gives a machine that has other work to do four times as long.

Run again, it goes on with what it has not done for the pages as they are built now; `--anew` does all of it again.
`--parts map`, `--only /admin`, `--widths 360` do some of it. `--at URL CONSOLE` uses a demo that runs already.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from benchmarks.pages.deadlines import log, part
from benchmarks.pages.demo import Demo, running_demo
from benchmarks.pages.map_city import map_city
from benchmarks.pages.map_speed import has_mesa, map_frames
from benchmarks.pages.moving import record_moving
from benchmarks.pages.paint import first_load, largest_paints
from benchmarks.pages.record import Record, build_of_pages
from benchmarks.pages.screenshots import APPEARANCES, WIDTHS, ViewPreference, images, name_of
from benchmarks.pages.sheets import write_sheets
from benchmarks.pages.targets import missed
from benchmarks.pages.tasks import do_tasks
from tests.support.pages import MESA, SWIFTSHADER

RUN: Final = Path(__file__).resolve().parents[2] / ".run"
IMAGE_SECONDS: Final = 6
MAP_SECONDS: Final = 150
MOVING_SECONDS: Final = 900
IN_DEMO: Final = ("moving", "tasks", "images", "figures")
PARTS: Final = (*IN_DEMO, "map", "sheets")


def main() -> int:
    """Takes the pictures and the figures."""
    options = _options()
    (RUN / "pages").mkdir(parents=True, exist_ok=True)
    record, late = Record(RUN / "pages.json"), list[str]()
    if options.anew:
        record.data |= {"pages": {}}
    if set(IN_DEMO) & set(options.parts):
        with _demo(options) as demo:
            _in_demo(demo, options, record, late)
    if "map" in options.parts:
        _maps(record, late, options.patience)
    if "sheets" in options.parts:
        write_sheets(RUN / "pages", RUN / "sheets")
    record.data |= {"measured_at": datetime.now(UTC).isoformat(timespec="seconds"), "late": late}
    record.data["missed"] = missed(record.data)
    record.write()
    print(json.dumps({**record.data, "pages": len(record.data["pages"])}, indent=1))
    return 1 if record.data["missed"] else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--widths", type=int, nargs="+", choices=sorted(WIDTHS), default=sorted(WIDTHS))
    parser.add_argument("--only", nargs="*", help="pages whose address begins so; / alone is the front page")
    parser.add_argument("--appearances", nargs="+", choices=APPEARANCES, default=["light"])
    parser.add_argument("--anew", action="store_true", help="also what was done for the pages as they are now")
    parser.add_argument("--at", nargs=2, metavar=("URL", "CONSOLE"), help="a demo that runs, and its story's clock")
    parser.add_argument("--patience", type=float, default=1, help="times as long for each part")
    return parser.parse_args()


@contextmanager
def _demo(options: argparse.Namespace) -> Iterator[Demo]:
    if options.at:
        yield Demo(*options.at)
        return
    log("the demo starts")
    with running_demo(RUN / "pages-demo") as demo:
        yield demo


def _in_demo(demo: Demo, options: argparse.Namespace, record: Record, late: list[str]) -> None:
    paths = list[str]()
    if "moving" in options.parts:
        with part("moving image", seconds=MOVING_SECONDS * options.patience, late=late) as browser:
            record_moving(browser, demo, RUN / "pages" / "moving")
    if {"tasks", "images"} & set(options.parts):
        log(f"the demo is at {demo.url}; its story is awaited")
        demo.wait_for_story()
        demo.pause()
        log("the story stands")
        paths = demo.paths()
    if "tasks" in options.parts:
        with part("ten tasks", seconds=400 * options.patience, late=late) as browser:
            do_tasks(browser, demo, record)
    if "figures" in options.parts:
        _figures(demo, options.patience, record, late)
    if "images" in options.parts:
        paths += record.data["tasks"].get("follow it", {}).get("paths", [])
        _images(demo, options, paths, record, late)


def _figures(demo: Demo, patience: float, record: Record, late: list[str]) -> None:
    with part("sizes of scripts", seconds=60 * patience, late=late) as browser:
        for name, path in (("without_map", "/"), ("with_map", "/map")):
            record.put("javascript_bytes", name, first_load(browser, f"{demo.url}{path}"))
    with part("largest paint", seconds=180 * patience, late=late) as browser:
        largest_paints(browser, demo.url, record)


def _images(demo: Demo, options: argparse.Namespace, paths: list[str], record: Record, late: list[str]) -> None:
    record.forget_pages(but=[name_of(one) for one in paths])
    chosen = ViewPreference(
        folder=RUN / "pages",
        paths=[one for one in paths if _is_in(one, options.only)],
        widths=options.widths,
        appearances=options.appearances,
        build=build_of_pages(),
        patience=options.patience,
    )
    with part("pictures", seconds=(60 + IMAGE_SECONDS * chosen.count) * options.patience, late=late) as browser:
        images(browser, demo, chosen, record)


def _maps(record: Record, late: list[str], patience: float) -> None:
    with map_city(RUN / "pages-map") as api:
        for name, drawing in {"swiftshader": SWIFTSHADER, **({"mesa": MESA} if has_mesa() else {})}.items():
            found: dict[str, Any] = {}
            if not map_frames(api, found, drawing=drawing, seconds=MAP_SECONDS * patience):
                late.append(f"map, drawn by {name}")
            record.put("map_frames", name, found)
            log(f"map, drawn by {name}: done")


def _is_in(path: str, only: list[str] | None) -> bool:
    return not only or any(path == start or (start != "/" and path.startswith(start)) for start in only)


if __name__ == "__main__":
    sys.exit(main())
