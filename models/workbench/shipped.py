"""The manifest of shipped weights: what each file is, and proof that it is that file."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path
from typing import Any

HEADER = """\
# What the edge may load. A file whose SHA-256 differs from its row is refused.
# `models/export.py` writes this file; figures are described in ../cards.
"""


class ManifestError(ValueError):
    """The manifest, or a file that it names, is not what it must be; says which row, key and value."""


def sha256_of(path: Path) -> str:
    """The file's SHA-256, in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def read_manifest(path: Path) -> dict[str, dict[str, Any]]:
    """All rows by name; every row has file, sha256, task, classes, input and thresholds."""
    rows = tomllib.loads(path.read_text())
    for name, row in rows.items():
        for key in ("file", "sha256", "task", "classes", "input", "thresholds"):
            if key not in row:
                raise ManifestError(f"{path}: [{name}] has no key `{key}`")
    return rows


def check_files(path: Path) -> None:
    """Every file named by the manifest is there and has its hash; else ManifestError."""
    for name, row in read_manifest(path).items():
        file = path.parent / row["file"]
        if not file.is_file():
            raise ManifestError(f"{path}: [{name}] names {row['file']}, which is not there")
        actual = sha256_of(file)
        if actual != row["sha256"]:
            raise ManifestError(f"{path}: [{name}] sha256 is {row['sha256']}, the file has {actual}")


def row_of(weights: Path) -> dict[str, Any] | None:
    """The manifest row beside a weights file whose hash it is, or None."""
    manifest = weights.parent / "manifest.toml"
    if not manifest.is_file() or not weights.is_file():
        return None
    digest = sha256_of(weights)
    return next((row for row in read_manifest(manifest).values() if row["sha256"] == digest), None)


def write_manifest(path: Path, rows: dict[str, dict[str, Any]]) -> None:
    """Write all rows, in order, one table each."""
    tables = [f"[{name}]\n" + "".join(f"{k} = {_toml(v)}\n" for k, v in row.items()) for name, row in rows.items()]
    path.write_text(HEADER + "\n" + "\n".join(tables))


def _toml(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case str():
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        case list() | tuple():
            return "[" + ", ".join(_toml(one) for one in value) + "]"
        case dict():
            return "{ " + ", ".join(f"{key} = {_toml(one)}" for key, one in value.items()) + " }"
        case _:
            raise ManifestError(f"{value!r} cannot be written to TOML")
