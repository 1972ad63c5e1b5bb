"""Stores the images of all backups once each, named by their contents, so that a new backup copies only new ones."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from siaga_cloud.operations.backup.manifest import MEDIA_FILES, BackupError, FileFact

FOLDER: Final = "media"
_PIECE: Final = 1024 * 1024
_NAME = re.compile(r"^[0-9a-f]{64}$")


def names_in(root: Path) -> Iterator[str]:
    """Yield the sha256 of every image in a media folder or pool, in no order."""
    if not root.is_dir():
        return
    for folder in root.iterdir():
        if len(folder.name) == len("00") and folder.is_dir():
            yield from (path.name for path in folder.iterdir() if _NAME.match(path.name))


def place(root: Path, sha256: str) -> Path:
    """Return where an image lies, in a media folder and in a pool alike."""
    return root / sha256[:2] / sha256


def copy_checked(source: Path, target: Path) -> int | None:
    """Copy an image unless it is there; return its size, or None where the source is missing or does not match its
    name.
    """
    if target.exists():
        return target.stat().st_size
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".new-{target.name}")
    digest, size = hashlib.sha256(), 0
    try:
        with source.open("rb") as reading, partial.open("wb") as writing:
            while piece := reading.read(_PIECE):
                digest.update(piece)
                writing.write(piece)
                size += len(piece)
            writing.flush()
            os.fsync(writing.fileno())
        if digest.hexdigest() != target.name:
            return None
        shutil.copymode(source, partial)
        partial.replace(target)
    except FileNotFoundError:
        return None
    finally:
        partial.unlink(missing_ok=True)
    return size


def sha256_of(path: Path) -> FileFact:
    """Size and hash of a file, read in pieces."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
            size += len(piece)
    return FileFact(size_bytes=size, sha256=digest.hexdigest())


def listed(backup: Path) -> list[str]:
    """Return the images of one backup."""
    names = (backup / MEDIA_FILES).read_text("ascii").split()
    wrong = next((name for name in names if not _NAME.match(name)), None)
    if wrong is not None:
        raise BackupError(f"{backup / MEDIA_FILES}: got {wrong[:70]!r}, expected one sha256 a line")
    return names


def sweep(pool: Path, backups: Iterable[Path]) -> int:
    """Deletes images that no backup names any more; how many."""
    named = {bytes.fromhex(name) for backup in backups for name in listed(backup)}
    gone = [name for name in names_in(pool) if bytes.fromhex(name) not in named]
    for name in gone:
        place(pool, name).unlink(missing_ok=True)
    return len(gone)
