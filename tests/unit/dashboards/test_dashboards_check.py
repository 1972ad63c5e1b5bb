"""The check of the dashboards sees each kind of defect, and nothing in a board without one."""

from __future__ import annotations

import copy
import json
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from dashboards.boards.words import GREEN, RED
from tools.dashboards_check.__main__ import CHECK

NOW = int(time.time() * 1000)
HOUR_MS = 3_600_000
ABOUT = "Apa ini"
SOURCE = {"type": "grafana-postgresql-datasource", "uid": "${source}"}
GREY_DASH = {"type": "special", "options": {"match": "null+nan", "result": {"text": "–", "color": "#8e8e8e"}}}


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
        "fieldConfig": {"defaults": {"noValue": "–"}, "overrides": [override("n", links=[])]},
    }
    return {**made, **changes}


def override(name: str, **properties: Any) -> dict[str, Any]:
    """Settings of one field; a double underscore is a dot."""
    of = [{"id": key.replace("__", "."), "value": value} for key, value in properties.items()]
    return {"matcher": {"id": "byName", "options": name}, "properties": of}


def fields(*overrides: dict[str, Any], **defaults: Any) -> dict[str, Any]:
    """The settings of a panel's fields."""
    return {"defaults": {"noValue": "–", **defaults}, "overrides": [override("n", links=[]), *overrides]}


def answer(rows: list[list[Any]], **columns: str) -> dict[str, Any]:
    """What a query answers."""
    return {"ref": "A", "columns": [{"name": name, "type": kind} for name, kind in columns.items()], "rows": rows}


SERIES = {"time": "time", "metric": "string", "value": "number"}
STATES = [{"type": "value", "options": {"1": {"text": "Siaga 1", "color": RED}, "0": {"text": "Tak diketahui"}}}]
MARKERS = {
    "type": "markers",
    "name": "gauges",
    "config": {"style": {"color": {"field": "state"}}},
    "filterData": {"id": "byRefId", "options": "A"},
}
VIEW = {"id": "fit", "layer": "gauges", "allLayers": False, "zoom": 14, "maxZoom": 14}
BASE = {"type": "xyz", "config": {"url": "public/siaga/blank.png"}}
REDUCE = {"calcs": ["lastNotNull"], "fields": "/.*/", "values": False}
TWO_BARS = [["Manggarai", 9], ["Katulampa", 5]]
GOOD = (
    (panel(1, "table"), answer([["a", 1.0]], name="string", level="number")),
    (panel(2, "state-timeline", fieldConfig=fields(mappings=STATES)), answer([[NOW, "Manggarai", 0]], **SERIES)),
    (
        panel(3, "bargauge", options={"reduceOptions": {**REDUCE, "fields": "/^value$/", "values": True}},
              fieldConfig=fields(override("value", min=0, max=10))),
        answer(TWO_BARS, name="string", value="number"),
    ),
    (
        panel(4, "geomap", options={"view": VIEW, "basemap": BASE, "layers": [MARKERS]}),
        answer([[-6.2, 106.8, 0]], lat="number", lon="number", state="number"),
    ),
    (panel(5, "timeseries"), answer([[NOW, "Manggarai", 3]], **SERIES)),
    (panel(6, "stat", options={"reduceOptions": REDUCE, "textMode": "value_and_name"}), answer([[7]], n="number")),
)  # fmt: skip


def kinds_of(
    tmp_path: Path, changed: dict[int, dict[str, Any]], answers: dict[int, dict[str, Any]], **board: Any
) -> set[str]:
    """The kinds of defects that the check reports of a board with these panels changed."""
    panels, rows = [], {}
    for one, answered in copy.deepcopy(GOOD):
        panels.append({**one, **changed.get(one["id"], {})})
        rows[one["id"]] = [answers.get(one["id"], answered)]
    whole = {"uid": "one", "title": "Satu", "tags": ["siaga-id", "siaga-wall"], "panels": panels, **board}
    (tmp_path / "dashboards" / "city").mkdir(parents=True)
    (tmp_path / "alerting").mkdir()
    (tmp_path / "dashboards" / "city" / "one.json").write_text(json.dumps(whole))
    (tmp_path / "alerting" / "rules.json").write_text(json.dumps({"groups": []}))
    (tmp_path / "access.json").write_text(json.dumps({"folders": [{"uid": "city", "title": "Kota"}]}))
    answered = {"now": NOW, "proper": ["Manggarai", "Katulampa"], "databases": {"silent": {"one": rows}}}
    (tmp_path / "answers.json").write_text(json.dumps(answered))
    ran = subprocess.run(
        ["node", str(CHECK / "check.mjs"), str(tmp_path), str(tmp_path / "answers.json"), "silent"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return {line.split("\t", 1)[0] for line in ran.stdout.splitlines()}


def test_a_board_without_a_defect_passes(tmp_path: Path) -> None:
    assert kinds_of(tmp_path, {}, {}) == set()


def test_each_kind_of_defect_is_seen(tmp_path: Path) -> None:
    green = {"mode": "absolute", "steps": [{"value": None, "color": GREEN}]}
    coloured = {"thresholds": green, "color": {"mode": "thresholds"}}
    changed: dict[int, dict[str, Any]] = {
        1: {
            "fieldConfig": fields(
                override("level", unit="lengthcm", custom__width=60, custom__hidden=False, **coloured),
                override("level", custom__cellOptions={"type": "gauge"}),
                override("name", displayName="The longest title of all columns", custom__width=70, mappings=STATES),
            )
        },
        2: {"fieldConfig": fields(mappings=STATES), "gridPos": {"x": 0, "y": 24, "w": 12, "h": 8}},
        3: {"fieldConfig": fields(override("value", displayName="cm")), "description": ""},
        4: {"options": {"view": {"id": "fit"}, "basemap": {"type": "default"}, "layers": [MARKERS]}},
        5: {"fieldConfig": fields(unit="percentunit"), "datasource": {"uid": "fixed"}},
        6: {"fieldConfig": {"defaults": {}, "overrides": []}},
    }  # fmt: skip
    two_rows = [[NOW - HOUR_MS, "Manggarai", 1], [NOW - HOUR_MS, "Katulampa", 1]]
    many = {"time": "time", "metric": "string", "value": "number"}
    answers = {
        1: answer([["b", 1.0]] * 30, name="string", level="number"),
        2: answer(two_rows, **SERIES),
        4: answer([[-6.2, 106.8, 0]] * 101, lat="number", lon="number", state="number"),
        5: answer([[NOW, f"Pos {n}", 1] for n in range(11)], **many),
    }
    assert kinds_of(tmp_path, changed, answers, title="Kota") == {
        "bars-unnamed", "fixed-source", "map-buried", "map-zoom", "name-twice", "no-description", "no-link", "no-scale",
        "null-coloured", "other-language", "outside", "percent-axis", "rows-beyond", "shared-axis", "silence",
        "timeline-ends", "timeline-gaps", "too-wide", "unknown-option", "unknown-unit", "unworded", "wall-height",
    }  # fmt: skip


@pytest.mark.parametrize("zoom", [None, 17])
def test_a_fitted_map_needs_a_bound_for_its_zoom(zoom: int | None, tmp_path: Path) -> None:
    options = {"view": {**VIEW, "zoom": zoom}, "basemap": BASE, "layers": [MARKERS]}
    assert kinds_of(tmp_path, {4: {"options": options}}, {}) == {"map-zoom"}
