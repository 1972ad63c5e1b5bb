"""The packages of the edge agent import one another in one direction, and the tool that counts this sees cycles."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.architecture.source_tree import ROOT

TOOL = ROOT / "tools" / "import_graph.py"


def graph(package: str, tool: Path = TOOL) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(tool), package]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("package", ["siaga_edge", "siaga_edge.camera"])
def test_the_edge_has_no_cycle_of_packages(package: str) -> None:
    found = graph(package)
    assert found.returncode == 0, found.stdout + found.stderr
    assert found.stdout.splitlines()[0].endswith(" 0 cycles")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository of one package `city`, with the tool in its place."""
    for name in ("roads", "rivers", "maps"):
        (tmp_path / "city" / name).mkdir(parents=True)
        (tmp_path / "city" / name / "__init__.py").write_text("")
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / TOOL.name).write_text(TOOL.read_text())
    (tmp_path / "city" / "roads" / "lanes.py").write_text("from city.rivers import banks, beds\n")
    return tmp_path


BACK = [
    "from city.roads import lanes",
    "def lane():\n    import city.roads.lanes",
    "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from city.roads.lanes import Lane",
    "from ..roads import lanes",
    "from city import roads",
    "import_module('city.roads.lanes')",
]


@pytest.mark.parametrize("back", BACK)
def test_an_import_of_any_kind_closes_a_cycle(repository: Path, back: str) -> None:
    (repository / "city" / "rivers" / "banks.py").write_text(back)
    found = graph("city", repository / "tools" / TOOL.name)
    assert found.returncode == 1
    assert "cycle of 2: rivers, roads" in found.stdout
    assert "roads -> rivers (2)" in found.stdout


def test_a_package_without_a_cycle_is_fine_and_one_that_is_not_there_is_an_error(repository: Path) -> None:
    tool = repository / "tools" / TOOL.name
    assert graph("city", tool).returncode == 0
    assert "maps -> (nothing)" in graph("city", tool).stdout
    assert graph("village", tool).returncode == 2
