"""What build.py makes: equal to what is in git, every address once, the same SQL in both languages, words for codes."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from dashboards import build
from dashboards.boards import words
from dashboards.boards.alarms import ALARMS
from dashboards.boards.fields import DATASOURCE_UID
from dashboards.boards.queries import MacroError, Range, expand, panel_query
from dashboards.query_times import GENERATED, built

from siaga_core.rules.task import TaskState
from siaga_core.wire.messages import Hazard

ROOT = Path(__file__).parents[3]
SPAN = Range(start=datetime(2026, 11, 20, tzinfo=UTC), end=datetime(2026, 11, 21, 12, 30, tzinfo=UTC))
BOTH = {language: built(language) for language in words.LANGUAGES}


def test_generated_files_are_what_build_makes(capsys: pytest.CaptureFixture[str]) -> None:
    assert build.main(["--check"]) == 0, capsys.readouterr().err


def test_a_file_that_differs_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(build, "HERE", tmp_path)
    build.main([])
    playlists, spare = tmp_path / "generated" / "playlists.json", tmp_path / "generated" / "old.json"
    playlists.write_text("[]")
    spare.write_text("{}")
    assert build.main(["--check"]) == 1
    assert re.findall(r"generated/(\S+):", capsys.readouterr().err) == ["playlists.json", "old.json"]
    build.main([])
    assert not spare.exists()


def test_every_address_is_there_once() -> None:
    dashboards = [one["uid"] for language in BOTH for one in BOTH[language]]
    rules = [alarm.uid for alarm in ALARMS]
    playlists = [one["uid"] for one in json.loads((GENERATED / "playlists.json").read_text("utf-8"))]
    assert len(dashboards) == 26
    folders = [one["uid"] for one in json.loads((GENERATED / "access.json").read_text("utf-8"))["folders"]]
    assert not set(folders) & set(dashboards)
    for uids in (dashboards, rules, playlists):
        assert len(set(uids)) == len(uids)
    # Grafana takes no more than 40 characters of these.
    assert [uid for uid in [*dashboards, *rules, *playlists] if not re.fullmatch(r"[a-z0-9-]{3,40}", uid)] == []


def test_playlists_and_links_lead_to_dashboards_that_there_are() -> None:
    there = {one["uid"] for language in BOTH for one in BOTH[language]}
    playlists = json.loads((GENERATED / "playlists.json").read_text("utf-8"))
    assert {item["value"] for one in playlists for item in one["items"]} <= there
    text = "".join(path.read_text("utf-8") for path in GENERATED.glob("dashboards/*/*.json"))
    assert set(re.findall(r'"/d/([a-z0-9-]+)', text)) <= there


def test_dashboards_have_no_id_of_one_grafana_and_may_not_be_edited_there() -> None:
    for one in BOTH["id"] + BOTH["en"]:
        assert "id" not in one
        assert one["editable"] is False
        ids = [panel["id"] for panel in one["panels"]]
        assert ids == list(range(1, len(ids) + 1))


def test_every_query_is_of_the_data_source_that_a_hidden_variable_names() -> None:
    for one in BOTH["id"]:
        variable = next(each for each in one["templating"]["list"] if each["type"] == "datasource")
        assert (variable["name"], variable["hide"], variable["current"]["value"]) == ("source", 2, DATASOURCE_UID)
        of = [each["datasource"]["uid"] for panel in one["panels"] for each in panel.get("targets", ())]
        of += [each["datasource"]["uid"] for each in one["templating"]["list"] if each["type"] == "query"]
        assert set(of) == {"${source}"}
    source = (ROOT / "dashboards" / "provisioning" / "datasources" / "siaga.yaml").read_text("utf-8")
    assert f"uid: {DATASOURCE_UID}\n" in source
    assert "timescaledb: true\n" in source


def test_panels_lie_side_by_side_and_not_on_one_another() -> None:
    for one in BOTH["id"]:
        cells = [
            (x, y)
            for grid in (panel["gridPos"] for panel in one["panels"])
            for x in range(grid["x"], grid["x"] + grid["w"])
            for y in range(grid["y"], grid["y"] + grid["h"])
        ]
        assert len(set(cells)) == len(cells), one["uid"]
        assert max(x for x, _ in cells) < 24


def message(dashboard: dict[str, Any]) -> list[str]:
    texts = [panel.get(key, "") for panel in dashboard["panels"] for key in ("title", "description")]
    return [text for text in texts if text and not text.startswith("${")]


def test_both_languages_have_the_same_questions_in_different_words() -> None:
    for first, second in zip(BOTH["id"], BOTH["en"], strict=True):
        assert second["uid"] == f"{first['uid']}-en"
        questions = [re.sub(r"'(?:[^']|'')*'", "''", one.sql) for one in panel_query(first)]
        assert questions == [re.sub(r"'(?:[^']|'')*'", "''", one.sql) for one in panel_query(second)]
        same = set(message(first)) & set(message(second))
        assert len(same) < len(message(first)) / 3, same


def test_every_code_has_words() -> None:
    folder = ROOT / "cloud" / "siaga_cloud" / "intake" / "words"
    categories = {path.stem for path in folder.glob("*.toml")} - {"short", "turns"}
    assert categories | {hazard.value for hazard in Hazard} <= set(words.CATEGORY)
    assert {state.value for state in TaskState} - {"following"} <= set(words.TASK)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("$__timeFilter(a.at)", "a.at BETWEEN '2026-11-20T00:00:00Z' AND '2026-11-21T12:30:00Z'"),
        ("at < $__timeFrom()::timestamptz", "at < '2026-11-20T00:00:00Z'::timestamptz"),
        ("$__timeGroup(at, $__interval)", "time_bucket('300.000s',at)"),
        ("$__timeGroup(at, '6h')", "time_bucket('21600.000s',at)"),
        ("x = ${area:sqlstring} AND '${siaga}/x'", "x = 'it''s' AND 'http://here/x'"),
    ],
)
def test_macros_are_expanded_as_grafana_does(sql: str, expected: str) -> None:
    assert expand(sql, SPAN, "300s", {"area": "it's", "siaga": "http://here"}) == expected


@pytest.mark.parametrize("sql", ["$__timeGap(at)", "${nobody}", "${area:csv}", "$__timeGroup(lower(at), '1m')"])
def test_what_grafana_could_not_expand_is_refused(sql: str) -> None:
    with pytest.raises((MacroError, ValueError)):
        expand(sql, SPAN, "300s", {"area": "x"})


def test_every_alarm_states_where_to_read_on() -> None:
    runbook = (ROOT / "docs" / "runbook.md").read_text("utf-8")
    headings = set(re.findall(r"^## (\S+)$", runbook, re.MULTILINE))
    rules = (ROOT / "packaging" / "prometheus" / "rules.yml").read_text("utf-8")
    watched = set(re.findall(r"runbook: docs/runbook\.md#(\S+)$", rules, re.MULTILINE))
    procedures = {"a-node-was-stolen", "personal-data-breach"}  # begun by a person, not by an alarm
    assert {alarm.anchor for alarm in ALARMS} | watched | procedures == headings
