"""`siaga-edge replay` on drawn streets: what happens in them is told by what the shipped models see, nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

SIZE = "width = 960\nheight = 540\nfps = 3\n"
SLOW = "width = 640\nheight = 360\nfps = 1\n"
PARKING = f"""layout = "arterial"
seed = 3
seconds = 31
{SIZE}
[[parkers]]
kind = "mpv"
colour = "#b9bcc0"
enters_at = 2
stops_at = 7
leaves_at = 18
"""
FLOOD = f"""layout = "canal"
seed = 4
seconds = 14
rain = 0.2
water = [[0, 35], [14, 35]]
{SLOW}
"""
WET = f"""layout = "canal"
seed = 4
seconds = 12
rain = 0.3
wet_road = true
{SLOW}
"""
SITE = """[camera]
id = "cam-test"
place = { lat = -6.2, lon = 106.8 }
water_every_seconds = 3
"""


def _scene(*arguments: str, cwd: Path) -> str:
    program = [sys.executable, "-m", "siaga_sim.scene", *arguments]
    return subprocess.run(program, cwd=cwd, capture_output=True, text=True, check=True, timeout=110).stdout


def _drawn(folder: Path, script: str, zones: dict[str, str]) -> Path:
    """A clip of a script and the SITE.toml beside it; `zones` names the view's regions with further keys for each."""
    (folder / "script.toml").write_text(script)
    regions = json.loads(_scene("zones", "script.toml", cwd=folder))
    tables = [
        f'[[camera.zone]]\nid = "{kind.replace("_", "-")}"\nkind = "{kind}"\npolygon = {regions[kind]}\n{keys}\n'
        for kind, keys in zones.items()
    ]
    (folder / "site.toml").write_text(SITE + "\n".join(tables))
    _scene("render", "script.toml", "--out", "clip.mp4", cwd=folder)
    return folder


def _replayed(folder: Path, *arguments: str) -> list[dict[str, Any]]:
    program = [sys.executable, "-m", "siaga_edge.main", "replay", "clip.mp4", "--site", "site.toml", "--json"]
    done = subprocess.run([*program, *arguments], cwd=folder, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def parking(tmp_path_factory: pytest.TempPathFactory) -> Path:
    zones = {"no_stopping": "allowed_seconds = 6", "watch": "", "road": ""}
    return _drawn(tmp_path_factory.mktemp("parking"), PARKING, zones)


def test_a_car_that_stops_and_leaves_is_one_event_with_evidence(parking: Path) -> None:
    began, ended = _replayed(parking, "--save", "evidence")
    assert (began["state"], began["hazard"], began["zone"]) == ("began", "illegal_parking", "no-stopping")
    assert 11 <= began["at_s"] <= 17
    assert began["details"]["label"] == "car"
    assert began["details"]["dwell_seconds"] > 6
    assert (ended["state"], ended["key"], ended["began_at"]) == ("ended", began["key"], began["at"])
    assert "2026-01-01T00:00:17" <= ended["ended_at"] <= "2026-01-01T00:00:22"
    roles = [evidence["role"] for event in (began, ended) for evidence in event["evidence"]]
    assert roles == ["arrival", "threshold", "departure"]
    assert all(evidence["redacted"] for event in (began, ended) for evidence in event["evidence"])
    assert len(list((parking / "evidence").glob("*.jpg"))) == 3


@pytest.mark.proof
def test_a_replay_gives_the_same_each_time(parking: Path) -> None:
    first = _replayed(parking)
    assert len(first) > 0
    assert _replayed(parking) == first


def test_water_over_the_road_is_seen_and_a_wet_road_is_not_mistaken_for_it(tmp_path: Path) -> None:
    (tmp_path / "flood").mkdir()
    (tmp_path / "wet").mkdir()
    flood = _replayed(_drawn(tmp_path / "flood", FLOOD, {"road": ""}))
    assert (flood[0]["hazard"], flood[0]["state"]) == ("flooding", "began")
    assert flood[0]["details"]["water_share"] >= 0.25
    assert _replayed(_drawn(tmp_path / "wet", WET, {"road": ""})) == []


def test_a_wrong_site_file_is_refused_with_what_is_wrong(parking: Path, tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text(SITE + '[[camera.zone]]\nid = "a-zone"\nkind = "parking"\npolygon = [[0, 0], [1, 0], [1, 1]]\n')
    program = [sys.executable, "-m", "siaga_edge.main", "replay", str(parking / "clip.mp4"), "--site", str(site)]
    done = subprocess.run(program, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert f'{site}: camera.zone[a-zone].kind: got "parking", expected "no_stopping"' in done.stderr
