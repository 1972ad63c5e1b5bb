"""A past made up by the simulator, loaded by the cloud's command; and pasts that do not hold together."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.support.http_api import load_demo_city
from typer.testing import CliRunner, Result

from siaga_cloud.main import _mount_admin
from siaga_cloud.main import app as cloud
from siaga_cloud.platform.db.connection import connect
from siaga_sim.main import app as sim

RUN = CliRunner()
CITY = Path(__file__).parents[3] / "city" / "jakarta"


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("past") / "files"
    options = ["--city", str(CITY), "--days", "3", "--per-day", "150", "--gauges", "20", "--until", "2026-10-01"]
    made = RUN.invoke(sim, ["history", str(folder), *options])
    assert made.exit_code == 0, made.output
    return folder


@pytest.fixture
def load(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[Path], Result]:
    load_demo_city(database_url)
    for name, value in {"SIAGA_DATABASE_URL": database_url, "SIAGA_MEDIA_DIR": str(tmp_path / "media")}.items():
        monkeypatch.setenv(name, value)
    if not any(group.name == "admin" for group in cloud.registered_groups):
        _mount_admin()
    return lambda folder: RUN.invoke(cloud, ["admin", "import", "history", str(folder)])


def one(database_url: str, query: str) -> Any:
    with connect(database_url) as conn:
        row = conn.execute(query.encode()).fetchone()
    assert row is not None
    return next(iter(row.values()))


def lines(past: Path) -> list[dict[str, str]]:
    with gzip.open(past / "complaints.csv.gz", "rt", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_simulator_needs_an_empty_folder(past: Path) -> None:
    again = RUN.invoke(sim, ["history", str(past), "--city", str(CITY)])
    assert (again.exit_code, "expected an empty one" in again.output) == (2, True)


def test_the_simulator_needs_a_city(tmp_path: Path) -> None:
    reported = RUN.invoke(sim, ["history", str(tmp_path / "out"), "--city", str(tmp_path)])
    assert reported.exit_code == 2
    assert f"{tmp_path / 'areas.geojson'}: got No such file" in reported.output


def test_a_past_is_loaded_once_and_for_all(past: Path, load: Callable[[Path], Result], database_url: str) -> None:
    reported = load(past)
    assert reported.exit_code == 0, reported.output
    rows = lines(past)
    firsts = [row for row in rows if not row["same_as"]]
    assert one(database_url, "SELECT count(*) FROM report") == len(rows) > 300
    assert one(database_url, "SELECT count(*) FROM incident_member") == len(rows)
    assert (
        one(database_url, "SELECT count(*) FROM incident")
        == one(database_url, "SELECT count(*) FROM task")
        == len(firsts)
    )
    assert one(database_url, "SELECT count(*) FROM reading") == 3 * 24 * 60 * 20
    assert one(database_url, "SELECT count(*) FROM reading_hourly") == 3 * 24 * 20
    for outcome in ("open", "resolved", "verified", "dismissed"):
        expected = sum(row["outcome"] == outcome for row in firsts)
        in_hand = "CASE WHEN state IN ('accepted', 'on_site') THEN 'open' ELSE state END"
        assert one(database_url, f"SELECT count(*) FROM task WHERE {in_hand} = '{outcome}'") == expected  # noqa: S608
    reopened = sum(int(row["reopened"]) > 0 for row in firsts)
    assert one(database_url, "SELECT count(*) FROM task_move WHERE verb = 'reopen'") == reopened
    moves = one(database_url, "SELECT count(*) FROM task_move")
    assert load(past).exit_code == 0
    assert one(database_url, "SELECT count(*) FROM report") == len(rows)
    assert one(database_url, "SELECT count(*) FROM task_move") == moves


GOOD = {
    "number": "1",
    "same_as": "",
    "channel": "qlue",
    "category": "trash",
    "severity": "minor",
    "lat": "-6.2",
    "lon": "106.8",
    "reported_at": "2026-01-01T00:00:00Z",
    "reporter": "somebody",
    "outcome": "open",
}
SECOND = {**GOOD, "number": "2"}


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        pytest.param([{**GOOD, "lat": "95"}], "line 2: lat: got '95': Input should be less than", id="no such place"),
        pytest.param([{**GOOD, "reported_at": "2026-01-01T00:00:00"}], "line 2: reported_at: got ", id="no zone"),
        pytest.param([{**GOOD, "outcome": "verified"}], "resolved_at: expected a time", id="resolved, but when"),
        pytest.param([{**GOOD, "outcome": ""}], "expected either same_as or an outcome", id="what became of it"),
        pytest.param(
            [GOOD, {**SECOND, "same_as": "9", "outcome": ""}],
            "line 3: same_as: got '9', expected an earlier",
            id="same as none",
        ),
        pytest.param([{**GOOD, "agency": "nasa"}], "agency: got 'nasa', expected a known agency", id="no such agency"),
        pytest.param(
            [{**GOOD, "acknowledged_at": "2025-12-31T00:00:00Z"}], "expected times that follow one another", id="before"
        ),
        pytest.param([{**GOOD, "wind": "north"}], "unknown column wind", id="unknown column"),
        pytest.param([{"number": "1"}], "got no column category, channel", id="missing columns"),
        pytest.param([{**GOOD, "words": "x" * 9000}], "line 2: expected at most 8000 characters", id="endless line"),
    ],
)
def test_a_past_that_does_not_hold_together_is_refused_whole(
    rows: list[dict[str, str]], complaint: str, load: Callable[[Path], Result], database_url: str, tmp_path: Path
) -> None:
    with (tmp_path / "complaints.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(key for row in rows for key in row)))
        writer.writeheader()
        writer.writerows(rows)
    reported = load(tmp_path)
    assert reported.exit_code == 2
    assert complaint in reported.output
    assert one(database_url, "SELECT count(*) FROM report") == 0


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("gauge,level\n", "expected gauge, measured_at, level_cm"),
        ("gauge,measured_at,level_cm\nmanggarai,2026-01-01T00:00,1\n", "line 2: got ['manggarai',"),
        ("gauge,measured_at,level_cm\nmanggarai,2026-01-01T00:00Z,deep\n", "could not convert string to float: 'deep'"),
        ("gauge,measured_at,level_cm\nnile,2026-01-01T00:00Z,1\n", "gauge: got 'nile', expected a known gauge"),
    ],
)
def test_readings_that_are_wrong_are_refused(
    text: str, complaint: str, load: Callable[[Path], Result], tmp_path: Path
) -> None:
    (tmp_path / "readings-2026-01-01.csv").write_text(text, encoding="utf-8")
    reported = load(tmp_path)
    assert (reported.exit_code, complaint in reported.output) == (2, True), reported.output


def test_an_empty_folder_reports_what_was_expected(load: Callable[[Path], Result], tmp_path: Path) -> None:
    reported = load(tmp_path)
    assert (reported.exit_code, "expected complaints.csv(.gz) or readings-*.csv(.gz)" in reported.output) == (2, True)
