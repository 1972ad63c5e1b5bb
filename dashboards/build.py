"""Writes generated/: dashboards in both languages, alert rules, playlists. `python -m dashboards.build [--check]`.

`--check` writes nothing and fails where a file is not what would be written.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.playlist import Playlist, PlaylistItem

from dashboards.boards import (
    analysis,
    cameras,
    cameras_detail,
    channels,
    citizens,
    city_now,
    leaders,
    node,
    officers,
    platform,
    tasks,
    water,
    water_detail,
)
from dashboards.boards.alarms import rule_group
from dashboards.boards.boards import FOLDER_CITY, FOLDER_HEADS, FOLDER_PLATFORM, TITLE_PLATFORM, Frame, uid_of
from dashboards.boards.parts import PanelFactory
from dashboards.boards.words import LANGUAGES, Text

HERE: Final = Path(__file__).parent
COLUMNS: Final = 24
Make = Callable[[PanelFactory], dashboard.Dashboard]
BOARDS: Final[tuple[tuple[Frame, Make], ...]] = (
    (city_now.FRAME, city_now.city_now),
    (water.FRAME, water.water),
    (cameras.FRAME, cameras.cameras),
    (citizens.FRAME, citizens.citizens),
    (tasks.TASKS, tasks.tasks),
    (water_detail.FRAME, water_detail.water_detail),
    (cameras_detail.FRAME, cameras_detail.cameras_detail),
    (channels.FRAME, channels.channels),
    (leaders.LEADERS, leaders.leaders),
    (analysis.FRAME, analysis.analysis),
    (officers.OFFICERS, officers.officers),
    (platform.PLATFORM, platform.platform),
    (node.NODE, node.node),
)
# Whom a folder is for: teams that may look, besides administrators; the city folder is for everybody.
FOLDERS: Final = (
    {"uid": FOLDER_CITY, "title": "Siaga: kota", "roles": ["Viewer"], "teams": []},
    {"uid": FOLDER_HEADS, "title": "Siaga: kinerja", "roles": [], "teams": ["siaga-pimpinan"]},
    {
        "uid": FOLDER_PLATFORM,
        "title": TITLE_PLATFORM,
        "roles": [],
        "teams": ["siaga-platform", "siaga-operator"],
    },
)
TEAMS: Final = ("siaga-pimpinan", "siaga-platform", "siaga-operator")
_DASHBOARDS: Final = (city_now.FRAME, water.FRAME, cameras.FRAME, citizens.FRAME, tasks.TASKS)
_PLAYLISTS: Final[tuple[tuple[str, Text, str, tuple[Frame, ...]], ...]] = (
    ("siaga-city", Text("Siaga: kota", "Siaga: the city"), "1m", _DASHBOARDS),
    ("siaga-storm", Text("Siaga: saat badai", "Siaga: in a storm"), "30s", (city_now.FRAME, water.FRAME)),
    ("siaga-room", Text("Siaga: ruang teknik", "Siaga: engineers' room"), "1m", (platform.PLATFORM, cameras.FRAME)),
)


def files() -> Iterator[tuple[Path, str]]:
    """Every generated file and what is to stand in it."""
    for language in LANGUAGES:
        factory = PanelFactory(language)
        for frame, make in BOARDS:
            yield (
                Path("dashboards", frame.folder, f"{uid_of(frame.slug, factory)}.json"),
                _text(_plain(make(factory).build())),
            )
    yield Path("alerting", "siaga-platform.json"), _text(rule_group())
    yield (
        Path("playlists.json"),
        _text([_playlist(*one, PanelFactory(language)) for one in _PLAYLISTS for language in LANGUAGES]),
    )
    yield Path("access.json"), _text({"folders": FOLDERS, "teams": TEAMS})


def _plain(made: Any) -> Any:
    """As JSON, with a number for each panel: Grafana gives them by itself, but then a link to one does not hold."""
    model = json.loads(json.dumps(made, cls=JSONEncoder))
    heights = [0] * COLUMNS
    for number, panel in enumerate(model["panels"], 1):
        panel["id"] = number
        _place(panel["gridPos"], heights)
    return _of_this_version(_with_numbers(model))


def _with_numbers(model: Any) -> Any:
    """With the number of each panel of this board that a link names by its title."""
    numbers = {panel.get("title"): panel["id"] for panel in model["panels"]}
    text = json.dumps(model, ensure_ascii=False)
    return json.loads(re.sub(r"viewPanel=\[([^\]]*)\]", lambda found: f"viewPanel={numbers[found[1]]}", text))


def _of_this_version(model: Any) -> Any:
    """Without what the SDK fills in of older versions, and Grafana 12 no longer has there."""
    model.pop("style", None)
    for panel in model["panels"]:
        if panel["type"] == "table":
            panel["options"].pop("footer", None)
    for variable in model["templating"]["list"]:
        for name in ("auto", "auto_min", "auto_count", "id"):
            variable.pop(name, None)
    return model


def _place(grid: dict[str, int], heights: list[int]) -> None:
    """Puts a panel as high as it fits, then as far left; `heights`: how far down each column is taken."""
    spots = ((max(heights[x : x + grid["w"]]), x) for x in range(COLUMNS - grid["w"] + 1))
    grid["y"], grid["x"] = min(spots)
    heights[grid["x"] : grid["x"] + grid["w"]] = [grid["y"] + grid["h"]] * grid["w"]


def _playlist(uid: str, name: Text, interval: str, frames: tuple[Frame, ...], factory: PanelFactory) -> Playlist:
    items = [PlaylistItem("dashboard_by_uid", uid_of(frame.slug, factory)) for frame in frames]
    return Playlist(
        uid=uid if factory.language == "id" else f"{uid}-{factory.language}",
        name=factory.translate(name),
        interval=interval,
        items=items,
    )


def _text(content: Any) -> str:
    return json.dumps(content, cls=JSONEncoder, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def main(arguments: list[str]) -> int:
    """Writes, or checks, the files; 1 where one differs."""
    folder, wrong = HERE / "generated", []
    wanted = dict(files())
    spare = [path for path in folder.rglob("*.json") if path.relative_to(folder) not in wanted]
    for name, content in wanted.items():
        path = folder / name
        if "--check" in arguments:
            wrong += [] if path.is_file() and path.read_text("utf-8") == content else [str(name)]
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    if "--check" not in arguments:
        for path in spare:
            path.unlink()
        return 0
    wrong += [str(path.relative_to(folder)) for path in spare]
    for one in wrong:
        sys.stderr.write(f"dashboards/generated/{one}: not what build.py makes; run `make dashboards`\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
