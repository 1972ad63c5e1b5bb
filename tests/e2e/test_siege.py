"""A short run of `make siege`: bots, a corrupt officer, a stolen node and forged messages beside an honest storm."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from siaga_sim.demo.layout import program

ROOT = Path(__file__).resolve().parents[2]
SECONDS, SEED = 40, 3


@pytest.mark.proof
@pytest.mark.timeout(400)
def test_nothing_false_is_believed_and_nothing_true_is_missed_under_attack(tmp_path: Path) -> None:
    out = tmp_path / "siege.json"
    words = ["siege", "--seconds", str(SECONDS), "--seed", str(SEED)]
    done = subprocess.run(
        [program("siaga-sim"), *words, "--run-dir", str(tmp_path / "run"), "--out", str(out)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert out.exists(), f"{done.stdout[-2000:]}{done.stderr[-2000:]}"
    found = json.loads(out.read_text())
    assert found["holds"], done.stdout[-4000:]
    assert found["true_alerts"] >= 5
    assert found["posts"] >= 50
    assert found["forged_proofs"] >= 4
    assert found["honest_proofs"] >= 4
