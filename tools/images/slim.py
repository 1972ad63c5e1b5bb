"""Takes out of installed packages what no program loads, and moves some packages into folders of their own.

The Dockerfiles run it after an installation: `python slim.py SITE_PACKAGES [GROUP...]`. A group of layers.toml moves to
/opt/GROUP, which one image has as a layer and another has not; a `.pth` file names these folders and that of Siaga's
own code, and Python passes over those that are not there.
"""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

LAYERS: Final = Path(__file__).with_name("layers.toml")
# Sources and interfaces for compilers and type checkers, and static libraries.
_NEEDLESS_SUFFIXES: Final = frozenset((".pyi", ".pyx", ".pxd", ".pxi", ".h", ".hpp", ".c", ".a", ".rlib", ".d"))
_LEAST_STRIPPED_BYTES: Final = 100_000


def groups() -> dict[str, list[str]]:
    """Return the packages of each layer by the name of the layer."""
    found: dict[str, list[str]] = tomllib.loads(LAYERS.read_text("utf-8"))["layers"]
    return found


def needless() -> list[str]:
    """Return the patterns of paths in site-packages that no program needs."""
    found: list[str] = tomllib.loads(LAYERS.read_text("utf-8"))["needless"]["paths"]
    return found


def files_of(site: Path, package: str) -> Iterator[Path]:
    """Yield what a package installed, relative to site-packages; raises `LookupError` where it is not installed."""
    wanted = re.sub(r"[-_.]+", "-", package).lower()
    for record in site.glob("*.dist-info/RECORD"):
        name = record.parent.name.removesuffix(".dist-info").rpartition("-")[0]
        if re.sub(r"[-_.]+", "-", name).lower() == wanted:
            with record.open(encoding="utf-8") as rows:
                yield from (Path(row[0]) for row in csv.reader(rows))
            return
    raise LookupError(f"{package} is not installed in {site}")


def move(site: Path, packages: Iterable[str], folder: Path) -> None:
    """Move whole packages into another folder; their command lines stay."""
    for package in packages:
        for file in list(files_of(site, package)):
            source, target = site / file, folder / file
            if ".." in file.parts or not source.exists():
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(source, target)


def prune(site: Path, patterns: Iterable[str]) -> None:
    """Remove tests, sources for compilers, and what the patterns name."""
    for path in [found for pattern in patterns for found in site.glob(pattern)]:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    for folder in [one for one in site.rglob("tests") if one.is_dir() and (one.parent / "__init__.py").exists()]:
        shutil.rmtree(folder, ignore_errors=True)
    for path in list(site.rglob("*")):
        if path.is_file() and path.suffix in _NEEDLESS_SUFFIXES:
            path.unlink()


def strip(folder: Path) -> None:
    """Remove the symbols of libraries that only a debugger reads."""
    for path in folder.rglob("*.so*"):
        if path.is_file() and not path.is_symlink() and path.stat().st_size >= _LEAST_STRIPPED_BYTES:
            subprocess.run(["strip", "--strip-unneeded", str(path)], check=True)


def remove_empty_folders(folder: Path) -> None:
    """Remove folders from which everything was moved away."""
    for path in sorted(folder.rglob("*"), key=lambda one: len(one.parts), reverse=True):
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()


def main(words: list[str]) -> int:
    """Slim one environment; returns the exit code."""
    site, names = Path(words[0]), words[1:]
    prune(site, needless())
    strip(site)
    for name in names:
        move(site, groups()[name], Path("/opt") / name)
    remove_empty_folders(site)
    (site / "siaga-layers.pth").write_text("".join(f"/opt/{name}\n" for name in ("program", *names)), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
