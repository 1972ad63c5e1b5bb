"""Writes published files atomically and compressed, and removes those whose subject is gone."""

from __future__ import annotations

import fcntl
import gzip
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Final

import brotli

from siaga_cloud.published import names

SUFFIXES: Final = ("", ".gz", ".br")
_LOCK: Final = ".lock"
_READABLE: Final = 0o644  # the web server runs under another account
_GZIP_LEVEL: Final = 6
_BROTLI_QUALITY: Final = 5
_TEMPORARY: Final = ".new-"


class FolderInUseError(Exception):
    """Another publisher writes the folder."""


class PublishFolder:
    """Represents the folder that a web server serves as `/state/`. Only one process writes it at a time."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._held: IO[str] | None = None

    def open(self) -> None:
        """Make the folder and hold it; raise `FolderInUseError` where another process does, and OSError."""
        for folder in ("", *names.FOLDERS):
            (self.root / folder).mkdir(mode=0o755, parents=True, exist_ok=True)
        held = (self.root / _LOCK).open("w")
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held.close()
            raise FolderInUseError(f"{self.root}: another publisher writes this folder") from None
        self._held = held
        for left in self.root.rglob(f"{_TEMPORARY}*"):
            left.unlink(missing_ok=True)

    def close(self) -> None:
        """Let another process write the folder."""
        if self._held is not None:
            self._held.close()
            self._held = None

    def write_all(self, files: Sequence[tuple[str, bytes]]) -> None:
        """Replace files in sequence; raises OSError."""
        for name, body in files:
            self.write(name, body)

    def write(self, name: str, body: bytes) -> None:
        """Replace a file and its compressed copies. A reader sees the old or the new content, never a part."""
        path = self.root / name
        for suffix, content in zip(SUFFIXES, (body, _gzipped(body), _brotlied(body)), strict=True):
            _replace(path.with_name(path.name + suffix), content)

    def remove(self, name: str) -> None:
        """Remove a file and its compressed copies; nothing to do where there is none."""
        path = self.root / name
        for suffix in SUFFIXES:
            path.with_name(path.name + suffix).unlink(missing_ok=True)

    def list(self) -> Iterator[str]:
        """Yield the names of the published files that lie in the folder; other files of it are left alone."""
        for folder in ("", *names.FOLDERS):
            for path in (self.root / folder).iterdir():
                name = str(path.relative_to(self.root))
                if names.is_file(name):
                    yield name


def _gzipped(body: bytes) -> bytes:
    return gzip.compress(body, _GZIP_LEVEL, mtime=0)


def _brotlied(body: bytes) -> bytes:
    return bytes(brotli.compress(body, quality=_BROTLI_QUALITY))


def _replace(path: Path, content: bytes) -> None:
    """Sync the content before its name: after a loss of power the name leads to a whole file, old or new."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=_TEMPORARY)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fdatasync(file.fileno())
        Path(temporary).chmod(_READABLE)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
