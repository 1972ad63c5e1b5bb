"""What is installed is compared with hashes: the locks agree with constraints.txt, and every install uses them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
LOCKS: Final = sorted((ROOT / "locks").glob("*.txt"))
EXTRAS: Final = {"dev": ("dev", "edge", "cloud", "telemetry", "sim", "dashboards"), "cloud": ("cloud", "telemetry"),
                 "edge": ("edge",), "sim": ("sim", "edge")}  # fmt: skip
_NAME: Final = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*")
_AGAIN: Final = "run make lock"


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(path: Path) -> dict[str, str]:
    """Name to version of every pin of a file."""
    found = re.findall(
        r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^]]*\])?==([^ ;\\\n]+)", path.read_text("utf-8"), re.MULTILINE
    )
    return {plain(name): version for name, version in found}


def hashed(path: Path) -> set[str]:
    """The names of a lock that have a hash."""
    entries = re.split(r"\n(?=\S)", path.read_text("utf-8"))
    return {plain(match.group()) for one in entries if "--hash=sha256:" in one and (match := _NAME.match(one))}


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.stem)
def test_every_pin_has_a_hash_and_the_version_of_the_constraints(path: Path) -> None:
    constraints, locked = pins(ROOT / "constraints.txt"), pins(path)
    assert locked
    assert hashed(path) == set(locked)
    other = {name: version for name, version in locked.items() if constraints.get(name, version) != version}
    assert other == {}, _AGAIN


@pytest.mark.parametrize("name", sorted(EXTRAS))
def test_a_lock_has_every_direct_dependency(name: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *(one for e in EXTRAS[name] for one in project["optional-dependencies"][e])]
    names = {plain(match.group()) for one in wanted if (match := _NAME.match(one))} - {"siaga"}
    assert names - set(pins(ROOT / "locks" / f"{name}.txt")) == set(), _AGAIN


def test_every_installation_but_that_for_training_compares_hashes() -> None:
    scripts = [ROOT / "tools" / name for name in ("setup.sh", "sbom.sh", "deb.sh")]
    files = [*scripts, *sorted((ROOT / "packaging").glob("Dockerfile.*"))]
    installs = [
        line.strip()
        for file in files
        for line in file.read_text("utf-8").replace("\\\n", " ").replace(" && ", "\n").splitlines()
        if re.search(r"\bpip (--python \S+ )?install\b", line) and not line.lstrip().startswith("#")
    ]
    assert len(installs) >= 12
    assert [one for one in installs if "--require-hashes" not in one and "--no-deps" not in one] == []
