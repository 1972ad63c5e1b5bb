"""The check of the dashboards sees each kind of defect, one in a board, and nothing in a board without one."""

from __future__ import annotations

import copy
import json
import re
import subprocess
import time
from collections import defaultdict
from typing import Any, Final

import pytest
from dashboards.boards.words import GREEN, PURPLE, RED
from tools.dashboards_check.__main__ import CHECK

NOW = int(time.time() * 1000)
HOUR_MS = 3_600_000
ABOUT = "Apa ini"
SOURCE = {"type": "grafana-postgresql-datasource", "uid": "${source}"}
LINK = [{"title": "", "url": "/d/good?viewPanel=1&${__url_time_range}"}]
GREY_DASH = {"type": "special", "options": {"match": "null+nan", "result": {"text": "–", "color": "#8e8e8e"}}}


def override(name: str, **properties: Any) -> dict[str, Any]:
    """Settings of one field; a double underscore is a dot."""
    of = [{"id": key.replace("__", "."), "value": value} for key, value in properties.items()]
    return {"matcher": {"id": "byName", "options": name}, "properties": of}


def fields(*overrides: dict[str, Any], **defaults: Any) -> dict[str, Any]:
    """The settings of a panel's fields, of which `n`, `level`, `value` and `strip` lead somewhere."""
    linked = {"matcher": {"id": "byRegexp", "options": "/.*/"}, "properties": [{"id": "links", "value": LINK}]}
    return {"defaults": {"noValue": "–", **defaults}, "overrides": [linked, *overrides]}


def panel(number: int, kind: str, **changes: Any) -> dict[str, Any]:
    """A panel without a defect."""
    made = {
        "id": number,
        "type": kind,
        "title": f"Papan {number}",
        "description": ABOUT,
        "datasource": SOURCE,
        "gridPos": {"x": 0, "y": 0, "w": 12, "h": 8},
        "options": {},
        "fieldConfig": fields(),
    }
    return {**made, **changes}


def answer(rows: list[list[Any]], **columns: str) -> dict[str, Any]:
    """What a query answers."""
    return {"ref": "A", "columns": [{"name": name, "type": kind} for name, kind in columns.items()], "rows": rows}


SERIES = {"time": "time", "metric": "string", "value": "number"}
STATES = [{"type": "value", "options": {"1": {"text": "Siaga 1", "color": RED}, "0": {"text": "Tak diketahui"}}}]
MARKERS: dict[str, Any] = {
    "type": "markers",
    "name": "gauges",
    "config": {"style": {"color": {"field": "state"}}},
    "filterData": {"id": "byRefId", "options": "A"},
}
VIEW: dict[str, Any] = {"id": "fit", "layer": "gauges", "allLayers": False, "zoom": 14, "maxZoom": 14}
BASE = {"type": "xyz", "config": {"url": "public/siaga/blank.png"}}
REDUCE: dict[str, Any] = {"calcs": ["lastNotNull"], "fields": "/.*/", "values": False}
TILES = {"reduceOptions": REDUCE, "textMode": "value_and_name", "colorMode": "background"}
SPACED = fields(override("Manggarai", custom__spanNulls=True), override("Katulampa", custom__spanNulls=True),
                mappings=STATES)  # fmt: skip
TABLE, TIMELINE, BARS, MAP, LINES, STAT, NOTE = range(1, 8)
GOOD: Final = (
    (panel(TABLE, "table"), answer([["a", 1.0]], name="string", level="number")),
    (panel(TIMELINE, "state-timeline", fieldConfig=SPACED), answer([[NOW, "Manggarai", 0]], **SERIES)),
    (
        panel(BARS, "bargauge", options={"reduceOptions": {**REDUCE, "fields": "/^value$/", "values": True}},
              fieldConfig=fields(override("value", min=0, max=10))),
        answer([["Manggarai", 9], ["Katulampa", 5]], name="string", value="number"),
    ),
    (
        panel(MAP, "geomap", options={"view": VIEW, "basemap": BASE, "layers": [MARKERS]}),
        answer([[-6.2, 106.8, 0]], lat="number", lon="number", state="number"),
    ),
    (panel(LINES, "timeseries"), answer([[NOW, "Manggarai", 3]], **SERIES)),
    (panel(STAT, "stat", options=TILES), answer([[7]], n="number")),
    (panel(NOTE, "text", options={"content": '<a href="${siaga}/control?camera=${site}">Kamera</a>'}), None),
)  # fmt: skip
HUES = {"thresholds": {"mode": "absolute", "steps": [{"value": None, "color": GREEN}]}, "color": {"mode": "thresholds"}}


def changed(number: int, answered: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """One of the good panels, changed, and perhaps what its query answers."""
    return {"number": number, "panel": changes, "answer": answered}


def mapped(view: dict[str, Any] | None = None, layer: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """The good map with another view, another layer or another base map."""
    options = {"view": VIEW if view is None else view, "basemap": BASE, "layers": [layer or MARKERS], **more}
    return changed(MAP, options=options)


def linked(url: str) -> dict[str, Any]:
    """The good tile, leading to another address."""
    return changed(STAT, fieldConfig=fields(override("n", links=[{"title": "", "url": url}])))


EVERY_SPACED = {"matcher": {"id": "byRegexp", "options": "/.*/"},
                "properties": [{"id": "custom.spanNulls", "value": True}]}  # fmt: skip
SMALL = {"x": 0, "y": 0, "w": 2, "h": 4}
LONG = "Dinas Perumahan Rakyat dan Kawasan Permukiman"
COLOURED = {"type": "color-text"}
UNKNOWN = [{"type": "value", "options": {"0": {"text": "Tak diketahui", "color": PURPLE}}}]
STRIP = [{"type": "regex", "options": {"pattern": "^(AMAN)$", "result": {"text": "Aman", "color": GREEN}}}]
# To each kind of defect the boards that have it and no other.
DEFECTS: Final[dict[str, list[dict[str, Any]]]] = {
    "unknown-unit": [
        changed(TABLE, fieldConfig=fields(override("level", unit="lengthcm"))),
        changed(LINES, fieldConfig=fields(unit="suffix: cm")),
    ],
    "null-coloured": [
        changed(TABLE, fieldConfig=fields(override("level", custom__cellOptions={"type": "color-background"}, **HUES))),
        changed(STAT, fieldConfig=fields(override("n", **HUES))),
        changed(BARS, fieldConfig=fields(override("value", min=0, max=10, **HUES))),
        changed(
            MAP, answer([[-6.2, 106.8, None]], lat="number", lon="number", state="number"),
            fieldConfig=fields(override("state", **HUES)),
        ),
    ],
    "too-wide": [
        changed(TABLE, answer([[LONG, 1.0]], name="string", level="number"),
                fieldConfig=fields(override("name", custom__width=120))),
        changed(TABLE, fieldConfig=fields(override("level", displayName="Bagian lewat", custom__width=60))),
        changed(TABLE, fieldConfig=fields(override("name", custom__width=900), override("level", custom__width=90))),
        changed(STAT, answer([[1_234_567]], n="number"), fieldConfig=fields(unit="suffix:cm"),
                gridPos=SMALL, options={**TILES, "text": {"valueSize": 44, "titleSize": 16}}),
        changed(STAT, fieldConfig=fields(override("n", displayName="Kelurahan tergenang")),
                gridPos=SMALL, options={**TILES, "text": {"valueSize": 30, "titleSize": 18}}),
    ],
    "other-language": [
        changed(TABLE, title="Open tasks"),
        changed(TABLE, description="What cameras see"),
        changed(TABLE, fieldConfig={"defaults": {}, "overrides": fields()["overrides"]}),  # "No data"
        changed(LINES, fieldConfig={"defaults": {"noValue": "nothing today"}, "overrides": []}),
        changed(TABLE, answer([["a", 7300]], name="string", level="number"),
                fieldConfig=fields(override("level", unit="dtdurations"))),
        changed(LINES, fieldConfig=fields(unit="dtdurations")),
        changed(NOTE, options={"content": "<b>No cameras</b>"}),
        {"number": TABLE, "panel": {"title": "Tugas terbuka"}, "answer": None, "tags": ["siaga-en", "siaga-wall"]},
    ],
    "bars-unnamed": [changed(BARS, fieldConfig=fields(override("value", min=0, max=10, displayName="cm/jam")))],
    "no-scale": [
        changed(BARS, fieldConfig=fields(override("value", max=10))),
        changed(TABLE, fieldConfig=fields(override("level", min=0, custom__cellOptions={"type": "gauge"}))),
    ],
    "timeline-ends": [changed(TIMELINE, answer([[NOW - 2 * HOUR_MS, "Manggarai", 0]], **SERIES))],
    "timeline-gaps": [
        changed(TIMELINE, answer([[NOW, "Manggarai", 0], [NOW, "Katulampa", 0]], **SERIES),
                fieldConfig=fields(override("Manggarai", custom__spanNulls=True), mappings=STATES)),
    ],
    "map-zoom": [
        mapped({**VIEW, "zoom": None}),
        mapped({**VIEW, "zoom": 1}),
        mapped({**VIEW, "zoom": 9}),
        mapped({**VIEW, "zoom": 17}),
        mapped({**VIEW, "allLayers": True}),
        mapped({**VIEW, "layer": "cameras"}),
    ],
    "map-layer": [mapped(layer={**MARKERS, "filterData": {"id": "byRefId", "options": "B"}})],
    "map-buried": [changed(MAP, answer([[-6.2, 106.8, 0]] * 101, lat="number", lon="number", state="number"))],
    "outside": [
        mapped(basemap={"type": "default"}),
        mapped(basemap={"type": "xyz", "config": {"url": "https://tiles.example.org/{z}/{x}/{y}.png"}}),
        changed(NOTE, options={"content": '<img src="https://example.org/a.png">'}),
    ],
    "wall-height": [
        changed(TABLE, gridPos={"x": 0, "y": 21, "w": 12, "h": 8}),
        changed(TABLE, repeat="gauge"),
    ],
    "rows-beyond": [
        changed(TABLE, answer([["a", 1.0]] * 8, name="string", level="number")),
        changed(TIMELINE, answer([[NOW, f"Pos {n}", 0] for n in range(20)], **SERIES),
                fieldConfig={"defaults": {"noValue": "–", "mappings": STATES}, "overrides": [EVERY_SPACED]}),
        changed(BARS, answer([[f"Pos {n}", n] for n in range(15)], name="string", value="number")),
    ],
    "rows-uncounted": [changed(TABLE, answer([["a", 1.0]] * 5, name="string", level="number"))],
    "unknown-option": [
        changed(TABLE, fieldConfig=fields(override("level", custom__hidden=False))),
        changed(LINES, fieldConfig=fields(custom={"lineColour": RED})),
        changed(TABLE, fieldConfig=fields(override("level", colour=RED))),
    ],
    "silence": [
        changed(TIMELINE, answer([[NOW, "Manggarai", 1]], **SERIES)),
        changed(TABLE, answer([["a", 1]], name="string", state="number"),
                fieldConfig=fields(override("state", mappings=[*STATES, GREY_DASH]))),
        changed(STAT, answer([[2]], siaga_1="number")),
        changed(STAT, answer([["AMAN"]], strip="string"), options={**TILES, "textMode": "value"},
                fieldConfig=fields(override("strip", mappings=STRIP))),
        changed(MAP, answer([[-6.2, 106.8, 1]], lat="number", lon="number", state="number"),
                fieldConfig=fields(override("state", mappings=[*STATES, GREY_DASH]))),
    ],
    "shared-axis": [
        changed(LINES, answer([[NOW, f"Pos {n}", 1] for n in range(11)], **SERIES)),
        changed(LINES, answer([[NOW, "Manggarai", 1], [NOW, "Katulampa", 1]], **SERIES),
                fieldConfig=fields(unit="suffix:cm")),
    ],
    "percent-axis": [changed(LINES, fieldConfig=fields(unit="percentunit"))],
    "fixed-source": [changed(LINES, datasource={"uid": "siaga"})],
    "no-description": [changed(LINES, description="")],
    "unworded": [
        changed(TIMELINE, answer([[NOW, "Manggarai", 5]], **SERIES)),
        changed(LINES, answer([[NOW, "on_time", 3]], **SERIES)),
        changed(TABLE, answer([["xyz", 1]], category="string", level="number"),
                fieldConfig=fields(override("category", mappings=STATES))),
    ],
    "no-link": [
        changed(STAT, fieldConfig={"defaults": {"noValue": "–"}, "overrides": []}),
        changed(STAT, answer([[7, 8]], n="number", m="number"),
                fieldConfig={"defaults": {"noValue": "–"}, "overrides": [override("n", links=LINK)]}),
        changed(TABLE, fieldConfig={"defaults": {"noValue": "–"}, "overrides": []}),
        changed(BARS, fieldConfig={"defaults": {"noValue": "–"}, "overrides": [override("value", min=0, max=10)]}),
    ],
    "dead-link": [
        linked("/d/nowhere?${__url_time_range}"),
        linked("/d/english"),
        linked("/d/good?viewPanel=99"),
        linked("/d/good?var-gauge=${__value.raw}"),
        linked("/alerting/grafana/no-rule/view"),
        linked("/explore"),
        linked("${siaga}/nowhere"),
        linked("${siaga}/control?incidents=${__value.raw}"),
        linked("${siaga}/control?list=nothing"),
        changed(NOTE, options={"content": '<a href="${siaga}/control?site=${site}">Kamera</a>'}),
    ],
}  # fmt: skip
FINE: Final = (
    linked("/d/good?var-area=${area}&${__url_time_range}"),
    linked("/alerting/grafana/a-rule/view"),
    linked("${siaga}/gauges/${__data.fields.gauge_id}"),
    linked("${siaga}/control?number=${__value.raw}"),
    linked("${siaga}/control?task=${__value.raw}"),
    linked("${siaga}/control?list=cameras&camera=${site}"),
    linked("${siaga}/control/inbox"),
    mapped({**VIEW, "zoom": 10}),
    mapped({**VIEW, "zoom": 16}),
    changed(TABLE, answer([["a", 1.0]] * 5, name="string", level="number"), title="Pos · ${gauges} seluruhnya"),
    changed(TABLE, answer([["a", None]], name="string", level="number"),
            fieldConfig=fields(override("level", mappings=[GREY_DASH], custom__cellOptions=COLOURED, **HUES))),
    changed(TABLE, answer([["a", 0]], name="string", state="number"),
            fieldConfig=fields(override("state", mappings=UNKNOWN))),
)  # fmt: skip
CASES: Final = [(kind, f"{kind}-{n}", one) for kind, ones in DEFECTS.items() for n, one in enumerate(ones)] + [
    ("", f"fine-{n}", one) for n, one in enumerate(FINE)
]


def board(uid: str, case: dict[str, Any] | None, **more: Any) -> tuple[dict[str, Any], dict[int, Any]]:
    """A board of the good panels with one of them changed, and what its queries answer."""
    panels, answers = [], {}
    for one, answered in copy.deepcopy(GOOD):
        mine = case is not None and case["number"] == one["id"]
        panels.append({**one, **(case["panel"] if mine and case else {})})
        of = case["answer"] if mine and case and case["answer"] else answered
        answers[one["id"]] = [of] if of else []
    tags = (case or {}).get("tags", ["siaga-id", "siaga-wall"])
    variables = {"list": [{"name": "area"}]}
    made = {"uid": uid, "title": f"Papan {uid}", "tags": tags, "panels": panels, "templating": variables, **more}
    if "siaga-en" in made["tags"]:  # links lead to boards of the same language
        made = json.loads(json.dumps(made).replace("/d/good", "/d/english"))
    return made, answers


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[tuple[str, str]]]:
    """To each board the kinds of defects and their texts, of one run over the boards of all cases."""
    folder = tmp_path_factory.mktemp("boards")
    boards = [board(uid, one) for _, uid, one in CASES]
    boards += [board("good", None), board("english", None, tags=["siaga-en"]), board("kota", None, title="Kota")]
    boards += [board("twice-1", None, title="Dua"), board("twice-2", None, title="Dua")]
    (folder / "dashboards" / "city").mkdir(parents=True)
    (folder / "alerting").mkdir()
    for made, _ in boards:
        (folder / "dashboards" / "city" / f"{made['uid']}.json").write_text(json.dumps(made))
    groups = [{"folder": "Papan good", "rules": [{"uid": "a-rule"}]}]
    (folder / "alerting" / "rules.json").write_text(json.dumps({"groups": groups}))
    folders = [{"uid": "good", "title": "Semua"}, {"uid": "city", "title": "kota"}]
    (folder / "access.json").write_text(json.dumps({"folders": folders}))
    answers = {"silent": {made["uid"]: answered for made, answered in boards}}
    (folder / "answers.json").write_text(
        json.dumps({"now": NOW, "proper": ["Manggarai", "Katulampa"], "databases": answers})
    )
    program = ["node", str(CHECK / "check.mjs"), str(folder), str(folder / "answers.json"), "silent"]
    ran = subprocess.run(program, capture_output=True, text=True, check=True)
    found: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for line in ran.stdout.splitlines():
        kind, uid, _, text = line.split("\t", 3)
        found[uid].add((kind, text))
    return found


@pytest.mark.parametrize(("kind", "uid"), [pytest.param(kind, uid, id=uid) for kind, uid, _ in CASES])
def test_a_board_has_the_defect_that_it_was_given_and_no_other(
    kind: str, uid: str, reported: dict[str, set[tuple[str, str]]]
) -> None:
    assert {found for found, _ in reported[uid]} == ({kind} if kind else set()), reported[uid]


def test_a_board_without_a_defect_passes(reported: dict[str, set[tuple[str, str]]]) -> None:
    assert reported["good"] == set()


def test_a_uid_or_title_that_is_there_twice_is_named(reported: dict[str, set[tuple[str, str]]]) -> None:
    assert reported[""] == {
        ("name-twice", "board and board are both called Dua"),
        ("name-twice", "folder and board are both called Kota"),
        ("name-twice", "folder and board are both called good"),
        ("name-twice", "rules are in a folder Papan good, which nobody makes"),
        ("name-twice", "rules are in a folder that is called as the board Papan good"),
    }


def test_every_kind_that_the_check_reports_has_a_board() -> None:
    """A rule of the check that no board breaks could have stopped to work."""
    text = "".join(file.read_text("utf-8") for file in [*CHECK.glob("*.mjs"), *CHECK.glob("panels/*.mjs")])
    kinds = set(re.findall(r'(?:report|add)\("([a-z-]+)"', text))
    assert kinds == {*DEFECTS, "name-twice"}
