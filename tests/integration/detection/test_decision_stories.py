"""Three short labelled stories through the real `siaga-edge replay`: a heap, a car that stays, and a wet road."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.proof]

PILE = """layout = "canal"
seconds = 7
seed = 595
[[trash]]
at = 0
size = 0.6
brought = false
"""
CAR = """layout = "arterial"
seconds = 7
seed = 3
[[standers]]
kind = "mpv"
place = "no_stopping"
"""
WET = """layout = "canal"
seconds = 7
seed = 4
rain = 0.3
wet_road = true
"""
SITE = """[camera]
id = "cam-test"
place = { lat = -6.2, lon = 106.8 }
water_every_seconds = 1
"""


@pytest.mark.parametrize(
    ("script", "reported"),
    [
        pytest.param(PILE, ["trash"], id="a heap in the watched zone"),
        pytest.param(CAR, ["illegal_parking"], id="a car at the kerb"),
        pytest.param(WET, [], id="a wet road"),
    ],
)
def test_a_short_story_is_decided_rightly(tmp_path: Path, script: str, reported: list[str]) -> None:
    (tmp_path / "script.toml").write_text(f"width = 640\nheight = 360\nfps = 2\n{script}")
    regions = json.loads(_scene(tmp_path, "zones", "script.toml"))
    _scene(tmp_path, "render", "script.toml", "--out", "clip.mp4")
    keys = {"no_stopping": "allowed_seconds = 4", "watch": "allowed_seconds = 4", "road": ""}
    tables = [
        f'[[camera.zone]]\nid = "{kind.replace("_", "-")}"\nkind = "{kind}"\npolygon = {regions[kind]}\n{own}\n'
        for kind, own in keys.items()
    ]
    (tmp_path / "site.toml").write_text(SITE + "\n".join(tables))
    drafts = _replayed(tmp_path)
    assert [draft["hazard"] for draft in drafts if draft["state"] == "began"] == reported
    assert all(draft["at_s"] <= 6 for draft in drafts)


def _scene(folder: Path, *arguments: str) -> str:
    program = [sys.executable, "-m", "siaga_sim.scene", *arguments]
    return subprocess.run(program, cwd=folder, capture_output=True, text=True, check=True, timeout=110).stdout


def _replayed(folder: Path) -> list[dict[str, Any]]:
    program = [sys.executable, "-m", "siaga_edge.main", "replay", "clip.mp4", "--site", "site.toml", "--json"]
    done = subprocess.run(program, cwd=folder, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]
