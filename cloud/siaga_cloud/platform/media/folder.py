"""Stores images as files named by their sha256: they are written once, completely, and synced before anyone learns of
them.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from pathlib import Path

_SHA256 = re.compile(r"^[0-9a-f]{64}$")


class MediaFolder:
    """Represents a folder of JPEGs, two levels deep so that no directory becomes huge."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def persist(self, content: bytes) -> str:
        """Stores the bytes durably (a second time costs nothing) and returns their sha256; raises OSError."""
        sha256 = hashlib.sha256(content).hexdigest()
        path = self.path(sha256)
        if not path.exists():
            _write_durably(path, content)
        return sha256

    def path(self, sha256: str) -> Path:
        """Return where an image lies or would lie; raises ValueError for anything that is not a sha256."""
        if not _SHA256.match(sha256):
            raise ValueError(f"expected a sha256 in hex, got {sha256!r}")
        return self.root / sha256[:2] / sha256

    def discard(self, sha256: str) -> None:
        """Deletes an image's bytes; nothing to do where they are gone."""
        self.path(sha256).unlink(missing_ok=True)

    def read(self, sha256: str) -> bytes:
        """Return the bytes; raises FileNotFoundError."""
        return self.path(sha256).read_bytes()


def _write_durably(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o640)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    # Without this a crash can forget the name of a file whose bytes are safe.
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
