"""Writes and compares SHA256SUMS, in the format of `sha256sum`."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import file_digest
from pathlib import Path

NAME = "SHA256SUMS"
_UNLISTED = (NAME, f"{NAME}.sig")


def sha256(path: Path) -> str:
    """Return the digest of a file."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def digests(folder: Path) -> dict[str, str]:
    """Return the digest of each file of a folder but the list itself and its signature."""
    files = (path for path in sorted(folder.iterdir()) if path.is_file() and path.name not in _UNLISTED)
    return {path.name: sha256(path) for path in files}


def as_text(found: Mapping[str, str]) -> str:
    """Return the lines of `sha256sum`, sorted by name."""
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(found.items()))


def differences(first: Mapping[str, str], second: Mapping[str, str]) -> list[str]:
    """Return the names whose bytes differ, or that only one of both has."""
    return sorted(name for name in first.keys() | second.keys() if first.get(name) != second.get(name))
