"""Encrypts and decrypts with the program `age`, so that a thief of the other place reads nothing."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Final

from siaga_cloud.operations.backup.manifest import BackupError

PIECE: Final = 1024 * 1024


def encrypted(path: Path, recipients: Sequence[str]) -> Iterator[bytes]:
    """Yield the encrypted content of a file in pieces; raise `BackupError` at the end where `age` failed."""
    argv = [_age(), "--encrypt", *(word for one in recipients for word in ("--recipient", one))]
    with path.open("rb") as source, tempfile.TemporaryFile() as errors:
        with subprocess.Popen(argv, stdin=source, stdout=subprocess.PIPE, stderr=errors) as process:
            try:
                yield from _pieces(process.stdout)
            finally:
                _end(process)
        _check(process, errors, str(path))


def decrypt(pieces: Iterable[bytes], target: Path, identity: Path) -> None:
    """Write what was encrypted into a file; raise `BackupError` where the key does not fit or a byte was changed."""
    argv = [_age(), "--decrypt", "--identity", str(identity)]
    with target.open("wb") as file, tempfile.TemporaryFile() as errors:
        with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=file, stderr=errors) as process:
            try:
                _feed(process.stdin, pieces)
                process.wait()
            finally:
                _end(process)
        _check(process, errors, target.name)


def _age() -> str:
    found = shutil.which("age")
    if found is None:
        raise BackupError("age: not found; install the Debian package age")
    return found


def _pieces(source: IO[bytes] | None) -> Iterator[bytes]:
    while source is not None and (piece := source.read(PIECE)):
        yield piece


def _feed(target: IO[bytes] | None, pieces: Iterable[bytes]) -> None:
    if target is None:
        return
    try:
        for piece in pieces:
            target.write(piece)
        target.close()
    except BrokenPipeError:
        return  # it has ended; its exit code and errors say why


def _end(process: subprocess.Popen[bytes]) -> None:
    """Wait for a program whose output was read to its end; end one that somebody gave up on."""
    if process.stdout is not None and process.stdout.read(1) == b"":
        process.wait()
    elif process.poll() is None:
        process.kill()


def _check(process: subprocess.Popen[bytes], errors: IO[bytes], name: str) -> None:
    if process.returncode:
        errors.seek(0)
        lines = errors.read().decode(errors="replace").strip().splitlines()
        raise BackupError(f"{name}: age ended with {process.returncode}: {lines[0] if lines else 'no reason given'}")
