"""`siaga-cloud init` writes a city that can be imported, and names what is wrong by file, line, key and value."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner, Result

from siaga_cloud.city.files.areas import PropertyNames, read_area_file
from siaga_cloud.city.files.city import AgenciesFile, GaugesFile, SitesFile, UsersFile
from siaga_cloud.city.service.policy_file import PolicyFile
from siaga_cloud.operations.new_city.cli import init
from siaga_cloud.platform.import_errors import read_toml

DATA = Path(__file__).parents[2] / "data" / "second_city"
Run = Callable[..., Result]

app = Typer()
app.command()(init)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs `siaga-cloud init` into a folder of the test."""

    def command(*args: str | Path, typed: str | None = None) -> Result:
        return CliRunner().invoke(app, [str(tmp_path / "city"), *map(str, args)], input=typed)

    return command


def test_the_folder_contains_the_files_of_the_answers(run: Run, tmp_path: Path) -> None:
    done = run("--from", DATA / "answers.toml")
    assert done.exit_code == 0, done.output
    folder = tmp_path / "city"
    areas = read_area_file(folder / "areas.geojson", PropertyNames(), frozenset()).areas
    assert [(one.id, one.level, one.parent_id) for one in areas] == [
        ("EX", "city", None), ("EX.01", "kelurahan", "EX"), ("EX.02", "kelurahan", "EX"),
    ]  # fmt: skip
    gauges = read_toml(folder / "gauges.toml", GaugesFile).gauge
    assert [(one.id, one.s3_cm, one.downstream) for one in gauges] == [("ponte-alta", 120, "foz"), ("foz", None, None)]
    cameras = read_toml(folder / "sites.toml", SitesFile).camera
    assert [(one.id, bool(one.permission)) for one in cameras] == [("largo-da-ponte", True), ("mercado", False)]
    agencies = read_toml(folder / "agencies.toml", AgenciesFile).agency
    assert agencies[0].categories == ("flooding", "drainage", "gauge_check", "asset_check")
    assert read_toml(folder / "users.toml", UsersFile).user[0].role == "admin"
    calendar = read_toml(folder / "policy.toml", PolicyFile).calendar
    assert calendar is not None
    assert (calendar.zone, calendar.mon, calendar.sat) == ("Asia/Dili", ("09:00", "17:30"), None)


def test_addresses_of_cameras_are_in_the_files_of_nodes_alone(run: Run, tmp_path: Path) -> None:
    assert run("--from", DATA / "answers.toml").exit_code == 0
    files = [path for path in (tmp_path / "city").rglob("*") if path.is_file()]
    holding = [path for path in files if "secret@" in path.read_text()]
    assert [path.name for path in holding] == ["posto-um.toml"]
    assert stat.S_IMODE(holding[0].stat().st_mode) == 0o600
    assert stat.S_IMODE(holding[0].parent.stat().st_mode) == 0o700


def test_a_folder_is_replaced_only_by_force_and_files_of_before_are_removed(run: Run, tmp_path: Path) -> None:
    assert run("--from", DATA / "answers.toml").exit_code == 0
    again = run("--name", "Other", "--timezone", "Asia/Makassar")
    assert again.exit_code == 2
    assert "expected a new or empty one (or --force)" in again.output
    assert (tmp_path / "city" / "gauges.toml").exists()
    assert run("--name", "Other", "--timezone", "Asia/Makassar", "--force").exit_code == 0
    left = {path.name for path in (tmp_path / "city").rglob("*.*") if path.suffix in (".toml", ".geojson", ".csv")}
    assert left == {"policy.toml", "users.toml"}


def test_the_report_is_json_with_the_policy_and_the_checklist(run: Run) -> None:
    done = run("--from", DATA / "answers.toml", "--json", "--lang", "id")
    report = json.loads(done.stdout)
    assert (report["city"], report["timezone"]) == ("Cidade Exemplo", "Asia/Dili")
    assert "Serviço de Limpeza bertanggung jawab atas sampah." in report["policy"]
    states = {topic["id"]: topic["state"] for topic in report["topics"]}
    assert states == {
        "borders": "complete", "policy": "complete", "agencies": "missing", "people": "complete", "gauges": "missing",
        "cameras": "missing", "nodes": "unchecked", "places": "complete", "messages": "unchecked",
    }  # fmt: skip
    gaps = {gap["code"]: gap["names"] for topic in report["topics"] for gap in topic["gaps"]}
    assert gaps["gauge_without_limits"] == ["foz"]
    assert gaps["camera_without_permission"] == ["mercado"]
    assert gaps["category_unrouted"] == ["other"]
    assert "words_missing" not in gaps


def test_a_language_without_a_word_list_is_listed(run: Run) -> None:
    report = json.loads(run("--name", "X", "--timezone", "UTC", "--languages", "id su", "--json").stdout)
    gaps = {gap["code"]: gap["names"] for topic in report["topics"] for gap in topic["gaps"]}
    assert gaps["words_missing"] == ["su"]


def test_the_questions_at_a_terminal_give_the_same_as_a_file(run: Run, tmp_path: Path) -> None:
    typed = f"Kota Tanya\nMars/Olympus\nAsia/Makassar\nid\n{tmp_path}/none.osm\n{DATA / 'borders.osm'}\n\n\n\n"
    answers = tmp_path / "levels.toml"
    answers.write_text('admin_levels = { 6 = "city", 9 = "kelurahan" }\n')
    done = run("--from", answers, "--interactive", typed=typed)
    assert done.exit_code == 0, done.output
    assert "got 'Mars/Olympus', expected the name of a time zone" in done.output
    assert "expected the path of a file" in done.output
    assert "Kota Tanya: 3 areas, 0 agencies" in done.output
    assert 'zone = "Asia/Makassar"' in (tmp_path / "city" / "policy.toml").read_text()


@pytest.mark.parametrize(
    ("option", "content", "complaint"),
    [
        ("gauges", "name,lat\nA,1\n", "header: got 'name,lat', expected the columns lon"),
        ("gauges", "name,lat,lon,colour\nA,1,2,red\n", "got the column 'colour', expected only id, name"),
        ("gauges", "name,lat,lon\nA,north,2\n", "line 2: lat: got 'north', expected a valid number"),
        ("gauges", "name,lat,lon\nA,1,2\nB,95,2\n", "line 3: lat: got '95', expected less than or equal to 90"),
        ("gauges", "name,lat,lon,s3_cm,s2_cm\nAlto,1,2,9,5\n", "line 2: line: got 'these values'"),
        ("gauges", "name,lat,lon\nAlto,1,2\nAlto,1,2\n", "alto: given 2 times, expected each id once"),
        ("gauges", "name,lat,lon,area\nAlto,1,2,X\n", "alto: area: got 'X', expected the id of an area of this city"),
        ("gauges", "name,lat,lon,downstream,travel_minutes\nAlto,1,2,baixo,5\n", "alto: downstream: got 'baixo'"),
        ("gauges", "name,lat,lon\nAlto,1\n", "line 2: expected as many columns as the header has"),
        ("gauges", "name,lat,lon\n", "got no lines, expected at least one after the header"),
        ("gauges", b"\xff\xfe", "not readable as CSV"),
        ("cameras", "name,lat,lon,address\nAlto,1,2,secret.example/x\n", "address: got '***', expected an address"),
        ("agencies", "name,categories\nAlto,floods\n", "alto: categories: got 'floods', expected one of"),
        ("agencies", "name,categories\nAlto,trash\nBaixo,trash\n", "expected one agency per category; trash goes"),
        ("words", 'language = "pt"\n[category.floods]\n"cheia" = 1\n', "category: got 'floods', expected one of"),
        ("users", '[[user]]\nid = "petugas"\nname = "P"\nrole = "officer"\nagency = "x"\n', "agency: got 'x'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_and_nothing_is_written(
    run: Run, tmp_path: Path, option: str, content: str | bytes, complaint: str
) -> None:
    file = tmp_path / f"wrong.{'toml' if option in ('words', 'users') else 'csv'}"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    done = run("--name", "X", "--timezone", "UTC", f"--{option}", file)
    assert done.exit_code == 2
    assert str(file) in done.output
    assert complaint in done.output
    assert not (tmp_path / "city").exists()


@pytest.mark.parametrize(
    ("answers", "complaint"),
    [
        ('name = "X"\n', "timezone: got nothing, expected a value"),
        ('name = "X"\ntimezone = "Mars/Olympus"\n', "timezone: got 'Mars/Olympus', expected the name of a time zone"),
        ('name = "X"\ntimezone = "UTC"\ncolour = "red"\n', "colour: got 'red', expected no such key"),
        ('name = "X"\ntimezone = "UTC"\nlanguages = ["Bahasa"]\n', "languages.0: got 'Bahasa'"),
        ('name = "X"\ntimezone = "UTC"\noffice = { opens = "17:00" }\n', "expected opens before closes"),
        ('name = "X"\ntimezone = "UTC"\nadmin_levels = { 4 = "state" }\n', "expected levels among province"),
    ],
)
def test_a_wrong_answer_is_named(run: Run, tmp_path: Path, answers: str, complaint: str) -> None:
    file = tmp_path / "answers.toml"
    file.write_text(answers)
    done = run("--from", file)
    assert done.exit_code == 2
    assert str(file) in done.output
    assert complaint in done.output
