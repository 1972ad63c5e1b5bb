"""An image without the layers of photos and of the worker has every package that its programs load."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
from tests.architecture.test_locks import pins, plain
from tests.unit.packaging.compose_file import ROOT, services, words_of
from tools.images import slim

from siaga_cloud import main

HAS = {"siaga-cloud": set(), "siaga-backup": set(), "siaga-api": {"photos"}, "siaga-worker": {"photos", "worker"}}
OURS = {name: one for name, one in services().items() if one["image"].partition(":")[0] in HAS}


def lacking(image: str) -> set[str]:
    """The modules of the packages that an image has not."""
    left_out = {plain(name) for layer, names in slim.groups().items() if layer not in HAS[image] for name in names}
    return {
        module
        for module, distributions in packages_distributions().items()
        if {plain(one) for one in distributions} & left_out and module.isidentifier()
    }


def loaded_by(words: list[str]) -> set[str]:
    """The modules that main.py imports for a command, in its function and in those of main.py that it names."""
    tree = ast.parse(Path(main.__file__).read_text("utf-8"))
    functions = {one.name: one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)}
    waiting = ["_mount_admin"] if words[0] == "admin" else [f"{words[0]}_command"]
    assert waiting[0] in functions, f"main.py has no function for {words[0]}"
    found: dict[str, ast.FunctionDef] = {}
    while waiting:
        name = waiting.pop()
        found[name] = functions[name]
        named = {one.id for one in ast.walk(functions[name]) if isinstance(one, ast.Name)}
        waiting += sorted((named & functions.keys()) - found.keys())
    imports = [one for function in found.values() for one in ast.walk(function) if isinstance(one, ast.ImportFrom)]
    return {one.module for one in imports if one.module is not None}


def commands(image: str) -> set[tuple[str, ...]]:
    """The words with which the services of an image start."""
    found = set()
    for one in OURS.values():
        if one["image"].startswith(f"{image}:"):
            entry: list[Any] = one.get("entrypoint", [])
            words = words_of(one) if entry else [str(word) for word in one["command"]]
            found.add(tuple(words[:2]))
    return found


def run_without(modules: set[str], code: str) -> subprocess.CompletedProcess[str]:
    blocker = f"import sys; sys.modules.update(dict.fromkeys({sorted(modules)!r}))\n"
    return subprocess.run([sys.executable, "-c", blocker + code], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("image", sorted(HAS))
def test_its_programs_start_without_what_it_lacks(image: str) -> None:
    wanted = {module for words in commands(image) for module in loaded_by(list(words))}
    assert wanted
    done = run_without(lacking(image), "".join(f"import {module}\n" for module in sorted(wanted)))
    assert done.returncode == 0, done.stderr


def test_a_program_in_too_small_an_image_would_be_found() -> None:
    assert {"cv2", "PIL", "c2pa", "onnxruntime", "av"} <= lacking("siaga-cloud")
    assert lacking("siaga-api") == {"av", "onnxruntime", "scipy"}
    assert lacking("siaga-worker") == set()
    done = run_without(lacking("siaga-cloud"), "import siaga_cloud.app")
    assert "ModuleNotFoundError" in done.stderr


def test_the_layers_are_of_the_lock_of_the_cloud() -> None:
    named = {plain(name) for names in slim.groups().values() for name in names}
    assert named - set(pins(ROOT / "locks" / "cloud.txt")) == set()


def test_what_is_removed_leaves_what_is_loaded(tmp_path: Path) -> None:
    retained = ["one/__init__.py", "one/data.txt", "tests/__init__.py"]
    gone = ["one/tests/test_one.py", "one/one.pyi", "one/lib/one.rlib", "two/heavy/__init__.py"]
    for name in (*retained, *gone):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1", "utf-8")
    slim.prune(tmp_path, ["two/heavy"])
    slim.remove_empty_folders(tmp_path)
    found = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert found == set(retained), "a package that is itself called tests stays"


def test_a_package_is_moved_whole(tmp_path: Path) -> None:
    site, folder = tmp_path / "site", tmp_path / "photos"
    record = "some_pkg/__init__.py,,\nsome_pkg.libs/a.so,,\nsome_pkg-1.0.dist-info/RECORD,,\n../../bin/some,,\n"
    for name in ("some_pkg/__init__.py", "some_pkg.libs/a.so", "some_pkg-1.0.dist-info/RECORD", "other.py"):
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(record, "utf-8")
    slim.move(site, ["Some.Pkg"], folder)
    assert {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} == {
        "some_pkg/__init__.py", "some_pkg.libs/a.so", "some_pkg-1.0.dist-info/RECORD",
    }  # fmt: skip
    assert [path.name for path in site.rglob("*") if path.is_file()] == ["other.py"]
    with pytest.raises(LookupError, match="not installed"):
        slim.move(site, ["absent"], folder)
