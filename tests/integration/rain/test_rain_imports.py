"""Files of rain gauges and of rain: stored once, and refused with the line, the column and what was expected."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.support.cloud_core import NOW
from typer.testing import CliRunner, Result

from siaga_cloud.cli import app
from siaga_cloud.platform.db.connection import Connection, connect
from siaga_cloud.platform.import_errors import ImportFileError
from siaga_cloud.rain import files
from siaga_cloud.rain.cli import load_of_city
from siaga_cloud.rain.files import read_gauges
from siaga_cloud.rain.service import importing
from siaga_cloud.rain.store import gauges, readings

GAUGES = "id,name,lat,lon\nhujan-katulampa,Katulampa,-6.6336,106.8372\nhujan-depok,Depok,-6.4002,106.8317\n"
TIDY = """time_utc,station,level_cm,discharge_m3s,rain_mm
2026-11-20T07:00:00Z,Katulampa,50,,2.5
2026-11-20T14:10:00+07:00,hujan-katulampa,51,,0
2026-11-20T07:20:00,Katulampa,52,,
2026-11-20T07:20:00,Manggarai,600,,
"""


@pytest.fixture
def conn(database_url: str, tmp_path: Path) -> Iterator[Connection]:
    with connect(database_url) as connection:
        lines = read_gauges(write(tmp_path / "rain-gauges.csv", GAUGES))
        importing.import_gauges(connection, lines, origin="rain-gauges.csv", now=NOW)
        connection.commit()
        yield connection


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def stored(conn: Connection) -> list[tuple[str, str, float, int]]:
    found = readings.list_readings(
        conn, ["hujan-katulampa", "hujan-depok"], since=NOW - timedelta(days=500), until=NOW + timedelta(days=1)
    )
    return [(one.rain_gauge_id, f"{one.ends_at:%H:%M}", one.mm, one.minutes) for one in found]


def test_rain_in_the_tidy_form_is_stored_once(conn: Connection, tmp_path: Path) -> None:
    file = write(tmp_path / "rain.csv", TIDY)
    first = importing.import_rain(conn, file, minutes=10, now=NOW)
    again = importing.import_rain(conn, file, minutes=10, now=NOW)
    assert (first.readings, first.changed, again.changed) == (2, 2, 0)
    assert stored(conn) == [("hujan-katulampa", "07:00", 2.5, 10), ("hujan-katulampa", "07:10", 0, 10)]
    changed = importing.import_rain(conn, write(file, TIDY.replace("2.5", "2.75")), minutes=10, now=NOW)
    assert changed.changed == 1
    assert stored(conn)[0][2] == 2.75


def test_rain_that_would_be_forgotten_at_once_is_left_out(conn: Connection, tmp_path: Path) -> None:
    file = write(tmp_path / "rain.csv", TIDY + "2024-01-01T00:00:00Z,Depok,,,3\n")
    done = importing.import_rain(conn, file, minutes=10, now=NOW)
    assert (done.readings, done.too_old) == (2, 1)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("2026-11-20T07:30:00Z,Katulampa,,,-1", "line 6: rain_mm: got '-1', expected 0 to 50 mm in 10 minutes"),
        ("2026-11-20T07:30:00Z,Katulampa,,,51", "line 6: rain_mm: got '51', expected 0 to 50 mm in 10 minutes"),
        ("2026-11-20T07:30:00Z,Katulampa,,,nan", "rain_mm: got 'nan'"),
        ("2026-11-20T07:30:00Z,Katulampa,,,x", "or nothing where it was not measured"),
        ("2026-11-20T07:30:00Z,Bogor,,,1", "station: got 'Bogor', expected the id or name of an imported rain gauge"),
        ("yesterday,Katulampa,,,1", "time_utc: got 'yesterday', expected an ISO 8601 time"),
        ("2026-11-20T09:00:00Z,Katulampa,,,1", "expected a time since 1900 that has come"),
        ("0001-01-01T00:00:00+14:00,Katulampa,,,1", "expected a time since 1900 that has come"),
        ("2026-11-20T07:15:00Z,Katulampa,,,1", "5 minutes after another of hujan-katulampa, expected at least the 10"),
        ("2026-11-20T07:00:00Z,Katulampa,,,1", "0 minutes after another of hujan-katulampa"),
        ("2026-11-20T07:30:00Z,Katulampa,,,1,2", "line 6: got more fields than the heading has"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_stored(
    conn: Connection, tmp_path: Path, line: str, expected: str
) -> None:
    file = write(tmp_path / "rain.csv", TIDY + line + "\n")
    with pytest.raises(ImportFileError) as caught:
        importing.import_rain(conn, file, minutes=10, now=NOW)
    assert str(caught.value).startswith(f"{file}: line 6")
    assert expected in str(caught.value)
    assert stored(conn) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("time_utc,station,level_cm\n2026-11-20T07:00:00Z,Katulampa,5\n", "line 1: got the columns .* rain_mm"),
        ("time_utc,station,rain_mm\n", "got no lines"),
        ("", "line 1: got the columns"),
    ],
)
def test_a_file_of_another_form_is_refused(conn: Connection, tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(ImportFileError, match=expected):
        importing.import_rain(conn, write(tmp_path / "rain.csv", text), minutes=10, now=NOW)


def test_a_name_that_two_rain_gauges_have_names_neither(conn: Connection, tmp_path: Path) -> None:
    file = write(tmp_path / "more.csv", "id,name,lat,lon\nhujan-katulampa-2,Katulampa,-6.6,106.8\n")
    importing.import_gauges(conn, read_gauges(file), origin="more.csv", now=NOW)
    with pytest.raises(ImportFileError, match="station: got 'Katulampa'"):
        importing.import_rain(conn, write(tmp_path / "rain.csv", TIDY), minutes=10, now=NOW)


def test_a_file_that_is_too_long_is_refused(conn: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_LINES", 3)
    with pytest.raises(ImportFileError, match="got more than 3 lines"):
        importing.import_rain(conn, write(tmp_path / "rain.csv", TIDY), minutes=10, now=NOW)


# --- rain gauges --------------------------------------------------------------------------------------------------


def test_a_file_of_rain_gauges_replaces_what_it_held_before(conn: Connection, tmp_path: Path) -> None:
    write(tmp_path / "rain-gauges.csv", GAUGES.replace("Depok", "Depok Baru").replace("hujan-katulampa,", "bogor,"))
    [done] = load_of_city(conn, tmp_path)
    assert done.startswith("2 rain gauges from")
    assert [(one.id, one.name) for one in gauges.list_gauges(conn)] == [
        ("hujan-depok", "Depok Baru"),
        ("bogor", "Katulampa"),
    ]
    assert load_of_city(conn, tmp_path / "nowhere") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (GAUGES + "No!,X,1,1\n", "line 4: id: got 'No!'"),
        (GAUGES + "bogor,,1,1\n", "line 4: name: got ''"),
        (GAUGES + "bogor,X,91,1\n", "line 4: lat: got '91'"),
        (GAUGES + "hujan-depok,X,1,1\n", '"hujan-depok": got the id more than once'),
        (GAUGES.replace("lon\n", "lon,height\n").replace("8372\n", "8372,1\n"), "line 2: height: got a column"),
        ("id,name,lat,lon\n", "got no lines"),
    ],
)
def test_a_wrong_file_of_rain_gauges_is_refused(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(ImportFileError, match=expected):
        read_gauges(write(tmp_path / "rain-gauges.csv", text))


def test_a_city_has_a_bounded_number_of_rain_gauges(
    conn: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "MOST_GAUGES", 2)
    file = write(tmp_path / "more.csv", "id,name,lat,lon\nbogor,Bogor,-6.6,106.8\n")
    with pytest.raises(ImportFileError, match="got 3 of all files together, expected at most 2"):
        importing.import_gauges(conn, read_gauges(file), origin="more.csv", now=NOW)


# --- commands -----------------------------------------------------------------------------------------------------


def run(database_url: str, *words: str) -> Result:
    environment = {"SIAGA_DATABASE_URL": database_url}
    return CliRunner().invoke(app, ["import", *words], env=environment)


def test_the_commands_report_what_they_did(conn: Connection, database_url: str, tmp_path: Path) -> None:
    gauge_file = write(tmp_path / "rain-gauges.csv", GAUGES)
    rain_file = write(tmp_path / "rain.csv", TIDY)
    assert f"imported 2 rain gauges from {gauge_file}" in run(database_url, "rain-gauges", str(gauge_file)).output
    done = run(database_url, "rain", str(rain_file), "--minutes", "10")
    assert f"imported 2 intervals of rain, 2 of them new or changed, from {rain_file}" in done.output
    assert len(stored(conn)) == 2
    refused = run(database_url, "rain", str(write(rain_file, TIDY + "x,Depok,,,1\n")), "--minutes", "10")
    assert refused.exit_code == 2
    assert "line 6: time_utc: got 'x'" in refused.output
    assert run(database_url, "rain", str(rain_file)).exit_code == 2
