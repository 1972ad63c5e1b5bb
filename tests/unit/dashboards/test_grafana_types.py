"""The built dashboards compared by tsc with the types of @grafana/schema."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

CHECK = Path(__file__).parents[3] / "dashboards" / "schema-check"


@pytest.mark.slow
def test_built_dashboards_are_of_grafanas_types() -> None:
    assert (CHECK / "node_modules" / "typescript").is_dir(), "Grafana's types are missing: run `make setup`"
    reported = subprocess.run(
        ["npm", "run", "--silent", "check"], cwd=CHECK, capture_output=True, text=True, check=False
    )
    assert reported.returncode == 0, reported.stdout[-3000:] + reported.stderr[-1000:]
    assert "26 dashboards" in reported.stdout
