"""The layout's law, as import-linter's contracts in pyproject.toml and a few that it cannot express."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from tests.architecture.source_tree import PACKAGES, PROGRAMS, ROOT, every_module, imports_of, modules, name_of, tree_of


def test_every_import_contract_holds() -> None:
    lint_imports = Path(sys.executable).with_name("lint-imports")
    reported = subprocess.run(
        [str(lint_imports), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=100
    )
    assert reported.returncode == 0, reported.stdout + reported.stderr
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    assert f"Contracts: {len(wanted)} kept, 0 broken." in reported.stdout
    assert len(wanted) >= 3


@pytest.mark.parametrize("package", PROGRAMS)
def test_a_program_reaches_core_by_its_five_doors_only(package: str) -> None:
    for path in modules(PROGRAMS[package]):
        for name in imports_of(tree_of(path)):
            if name.startswith("siaga_core."):
                doors = tuple(f"siaga_core.{door}" for door in ("wire", "rules", "vision", "hazards", "logs"))
                assert name.startswith(doors), f"{name_of(path)} imports {name}"


# A port is what a consumer needs; its adapters are put in at one place, so that every rim can be another one in tests.
ADAPTERS = "siaga_edge.adapters"
COMPOSITION_ROOTS = {"main", "runtime"}


def test_the_edge_has_adapters_and_one_place_that_puts_them_in() -> None:
    edge = PACKAGES["siaga_edge"]
    using = {
        path.relative_to(edge).with_suffix("").parts[0]
        for path in modules(edge)
        if any(name.startswith(ADAPTERS) for name in imports_of(tree_of(path)))
    }
    assert using == COMPOSITION_ROOTS | {"adapters"}


def test_of_the_edge_only_the_composition_root_imports_adapters() -> None:
    edge = PACKAGES["siaga_edge"]
    for path in modules(edge):
        place = path.relative_to(edge).with_suffix("").parts[0]
        if place not in COMPOSITION_ROOTS | {"adapters"}:
            found = {name for name in imports_of(tree_of(path)) if name.startswith(ADAPTERS)}
            assert not found, f"{name_of(path)} imports {found}; only the composition root may"


def test_modules_are_named_by_what_they_hold() -> None:
    banned = {"utils", "util", "common", "helpers", "helper", "manager", "managers", "base", "misc"}
    named = [path for path in every_module() if banned & set(path.relative_to(ROOT).with_suffix("").parts)]
    assert [name_of(path) for path in named] == []


def test_no_relative_imports_hide_where_a_name_comes_from() -> None:
    for path in every_module():
        assert not [name for name in imports_of(tree_of(path)) if name.startswith(".")], name_of(path)


MAX_LINES = 400


def test_no_file_is_longer_than_a_reader_holds() -> None:
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in every_module()}
    assert {name: length for name, length in lengths.items() if length > MAX_LINES} == {}


def test_nor_is_a_file_of_tests() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in (ROOT / "tests").rglob("*.py")}
    assert [str(path.relative_to(ROOT)) for path, length in lengths.items() if length > MAX_LINES] == []
