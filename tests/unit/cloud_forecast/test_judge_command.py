"""`siaga-cloud admin forecast judge`: what it prints, and what it says of files that it can't use."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from siaga_cloud.forecast.judge_cli import app

HEADER = "time_utc,station,level_cm,discharge_m3s,rain_mm"


def record(hours: int = 24 * 40) -> str:
    """A river of two stations, the lower one three hours later, with a flow at the upper one and some rain."""
    chance = np.random.default_rng(2)
    wave = np.convolve(np.where(chance.random(hours) < 0.03, 60.0, 0.0), np.exp(-np.arange(30) / 6.0))[:hours]
    lines = [HEADER]
    for hour in range(hours):
        at = np.datetime64("2026-01-01T00:00") + np.timedelta64(hour, "h")
        lines.append(f"{at}Z,upper,{wave[hour] + 50:.1f},{wave[hour] * 2:.1f},")
        lines.append(f"{at}Z,lower,{wave[max(0, hour - 3)] + 80 + chance.normal():.1f},,")
        lines.append(f"{at}Z,roof,,,{float(hour % 7 == 0)}")
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def series(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("river") / "river.csv"
    path.write_text(record())
    return path


def run(*argv: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["judge", *argv])
    return done.exit_code, done.stdout, done.stderr


def usual(series: Path) -> list[str]:
    return [str(series), "--gauge", "lower", "--upstream", "upper", "--fit-until", "2026-01-25T00:00Z"]


def test_it_prints_one_object_with_lags_and_errors(series: Path) -> None:
    code, out, _ = run(*usual(series), "--rain", "roof", "--json")
    found = json.loads(out)
    assert code == 0
    assert found["gauge"] == "lower"
    assert found["lags_hours"] == {"upper": pytest.approx(3, abs=1)}
    assert {1, 3, 6, 12} <= {one["hours"] for one in found["horizons"]}
    three = next(one for one in found["horizons"] if one["hours"] == 3)
    assert set(three) == {"hours", "n", "rms_cm", "persistence_rms_cm", "coverage", "moving"}
    assert set(three["moving"]) == {"n", "rms_cm", "persistence_rms_cm", "coverage"}
    assert three["rms_cm"] < 0.5 * three["persistence_rms_cm"]


def test_it_prints_a_table_for_people(series: Path) -> None:
    code, out, _ = run(*usual(series))
    assert code == 0
    assert out.startswith("lower; lags: upper 3.0 h")
    assert "12.0 h" in out


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("lower", "nowhere"), "got the station 'lower', expected one with level_cm: nowhere, upper"),
        (("Z,upper,", "Z,other,"), "got the station 'upper', expected one with level_cm: lower, other"),
        (("time_utc", "when"), "line 1: got the columns 'when,station,level_cm,discharge_m3s,rain_mm'"),
        (("2026-01-01T05:00Z,roof", "yesterday,roof"), "line 19: time_utc: got 'yesterday', expected an ISO 8601 time"),
        (("2026-01-01T05:00Z,roof,,,0.0", "2026-01-01T05:00Z,roof,,,much"), "line 19: rain_mm: got 'much'"),
        (("2026-01-01T05:00Z,roof,,,0.0", "2026-01-01T05:00Z"), "line 19: station: got nothing, expected a name"),
        (("roof", "r" * 200_000), "not readable as CSV: field larger than field limit"),
    ],
)
def test_a_file_that_it_cannot_use_is_refused_with_the_place(
    tmp_path: Path, change: tuple[str, str], complaint: str
) -> None:
    path = tmp_path / "river.csv"
    path.write_text(record(hours=24).replace(*change))
    code, _, err = run(*usual(path))
    assert code == 2
    assert complaint in err
    assert str(path) in err


def test_where_nothing_can_be_judged_the_error_states_it(series: Path) -> None:
    code, _, err = run(str(series), "--gauge", "lower", "--upstream", "upper", "--fit-until", "2027-01-01")
    assert code == 1
    assert "got no forecast to judge after 2027-01-01T00:00" in err


def test_a_time_that_is_none_is_refused(series: Path) -> None:
    code, _, err = run(str(series), "--gauge", "lower", "--upstream", "upper", "--fit-until", "soon")
    assert code == 2
    assert "got 'soon', expected an ISO 8601 time" in err
