"""Every program imports only packages of its own lock file: its image has no others."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from siaga_core.vision import manifest
from siaga_edge.settings import ModelsSettings

ROOT = Path(__file__).parents[3]
OURS = {"siaga_core", "siaga_edge", "siaga_cloud", "siaga_sim"}
# Engines that a city installs beside the agent, imported only where the settings choose them.
BY_CHOICE = {"openvino", "torch", "ultralytics"}
PROGRAMS = {
    "cloud": ["core/siaga_core", "cloud/siaga_cloud"],
    "edge": ["core/siaga_core", "edge/siaga_edge"],
    "sim": ["core/siaga_core", "edge/siaga_edge", "firmware-sim/siaga_sim"],
}


def canonical(name: str) -> str:
    """The name of a package as an index spells it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(program: str) -> set[str]:
    """The packages that are installed into the image of a program."""
    lines = (ROOT / "locks" / f"{program}.txt").read_text("utf-8").splitlines()
    return {canonical(line.partition("==")[0]) for line in lines if "==" in line}


def imported(folders: list[str]) -> dict[str, str]:
    """The third-party modules that the sources import, each with one of the files."""
    found: dict[str, str] = {}
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    names = [node.module]
                for name in names:
                    found.setdefault(name.partition(".")[0], str(path.relative_to(ROOT)))
    return {name: path for name, path in found.items() if name not in OURS and name not in sys.stdlib_module_names}


@pytest.mark.parametrize("program", sorted(PROGRAMS))
def test_a_program_imports_only_what_its_image_has(program: str) -> None:
    packages, distributions = locked(program), packages_distributions()
    missing = {
        name: path
        for name, path in imported(PROGRAMS[program]).items()
        if name not in BY_CHOICE and not {canonical(one) for one in distributions.get(name, [name])} & packages
    }
    assert missing == {}


def test_a_package_that_the_image_lacks_would_be_found() -> None:
    assert "onnxruntime" in imported(["core/siaga_core/vision"])
    assert "fastapi" in locked("cloud") - locked("edge")
    assert canonical("Paho_MQTT") == "paho-mqtt"


def test_the_weights_lie_where_an_installed_program_looks_for_them() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    included = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert included["models/weights"] == "siaga_core/weights"
    assert Path(manifest.__file__).parents[1] / "weights" / "manifest.toml" == manifest._PACKAGED
    assert ModelsSettings().manifest == manifest.default_manifest()
