"""The repository as the architecture tests see it."""

from __future__ import annotations

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = {
    "siaga_core": ROOT / "core" / "siaga_core",
    "siaga_edge": ROOT / "edge" / "siaga_edge",
    "siaga_cloud": ROOT / "cloud" / "siaga_cloud",
    "siaga_sim": ROOT / "firmware-sim" / "siaga_sim",
}
PROGRAMS = {name: folder for name, folder in PACKAGES.items() if name != "siaga_core"}


def name_of(path: Path) -> str:
    """The path as a reader writes it."""
    return path.relative_to(ROOT).as_posix()


@cache
def modules(folder: Path) -> tuple[Path, ...]:
    """The Python files under a folder."""
    return tuple(sorted(folder.rglob("*.py")))


def every_module() -> tuple[Path, ...]:
    """The Python files of the four packages."""
    return tuple(path for folder in PACKAGES.values() for path in modules(folder))


@cache
def tree_of(path: Path) -> ast.Module:
    """A parsed file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imports_of(tree: ast.AST) -> set[str]:
    """The full names of what is imported anywhere in a tree: `from a import b` gives `a.b`."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            dots = "." * node.level
            found |= {f"{dots}{node.module or ''}.{alias.name}" for alias in node.names}
    return found


@cache
def tracked_files() -> tuple[Path, ...]:
    """What a clone holds; of a tree that is no checkout, everything outside hidden and built folders."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode == 0:
        names = [name for name in listed.stdout.decode().split("\0") if name]
        return tuple(path for name in names if (path := ROOT / name).is_file())
    return tuple(path for path in ROOT.rglob("*") if path.is_file() and not _is_hidden(path))


def _is_hidden(path: Path) -> bool:
    parts = path.relative_to(ROOT).parts
    return any(part.startswith(".") or part in {"node_modules", "__pycache__", "dist"} for part in parts)
