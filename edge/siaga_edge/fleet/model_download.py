"""Brings an offered file onto the disk, by URL or in pieces; only bytes with the signed SHA-256 are ever kept."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from siaga_core.wire.fleet import CHUNK_BYTES, OfferModel

log = logging.getLogger(__name__)

_READ_BYTES = 64 * 1024
_SOCKET_SECONDS = 10.0


class ModelDownloadError(RuntimeError):
    """The file did not come whole; says why."""


class OfferedFile(Protocol):
    """A file that a signed command names."""

    @property
    def url(self) -> str | None:
        """Where it is fetched."""

    @property
    def sha256(self) -> str:
        """Return the hash of the file in hexadecimal."""

    @property
    def size_bytes(self) -> int:
        """Return the exact size of the file."""


def download(offer: OfferedFile, path: Path, *, is_stopping: Callable[[], bool]) -> None:
    """Fetches the offered file to `path` by http or https, as the hash is checked; raises `ModelDownloadError`."""
    url = offer.url or ""
    if urlsplit(url).scheme not in {"http", "https"}:
        raise ModelDownloadError(f"url: got {url[:80]!r}, expected http:// or https://")
    part = path.with_suffix(".part")
    digest, size = hashlib.sha256(), 0
    try:
        with urlopen(Request(url), timeout=_SOCKET_SECONDS) as answer, part.open("wb") as file:  # noqa: S310 - the scheme is checked above
            while piece := answer.read(_READ_BYTES):
                size += len(piece)
                if size > offer.size_bytes or is_stopping():
                    raise ModelDownloadError(
                        f"got {size} bytes so far, expected {offer.size_bytes} in all, or was stopped"
                    )
                digest.update(piece)
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        _check(digest.hexdigest(), size, offer)
        part.replace(path)
    except (URLError, OSError, ValueError) as error:
        raise ModelDownloadError(f"{_without_query(url)}: {error}") from None
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


class ModelPieces:
    """Collects the pieces of one model in a file of its own; they may come twice, in any order, over restarts."""

    def __init__(self, offer: OfferModel, path: Path) -> None:
        self._offer, self._path = offer, path
        self._part = path.with_suffix(".pieces")
        self._count = -(-offer.size_bytes // CHUNK_BYTES)
        self._have: set[int] = set()
        self._part.unlink(missing_ok=True)

    @property
    def missing(self) -> list[int]:
        """Indices that did not come yet."""
        return sorted(set(range(self._count)) - self._have)

    def add(self, index: int, data: bytes) -> bool:
        """Stores a piece; True when the model is complete. Raises `ModelDownloadError` when its hash is wrong."""
        if index >= self._count or len(data) != self._length(index) or index in self._have:
            return False
        with self._part.open("r+b" if self._part.exists() else "w+b") as file:
            file.seek(index * CHUNK_BYTES)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        self._have.add(index)
        return not self.missing and self._finish()

    def _finish(self) -> bool:
        digest = hashlib.sha256()
        with self._part.open("rb") as file:
            while piece := file.read(_READ_BYTES):
                digest.update(piece)
        self._have.clear()
        try:
            _check(digest.hexdigest(), self._part.stat().st_size, self._offer)
        except ModelDownloadError:
            self._part.unlink()
            raise
        self._part.replace(self._path)
        return True

    def _length(self, index: int) -> int:
        return min(CHUNK_BYTES, self._offer.size_bytes - index * CHUNK_BYTES)


def _check(found: str, size: int, offer: OfferedFile) -> None:
    if (found, size) != (offer.sha256, offer.size_bytes):
        raise ModelDownloadError(
            f"got {size} bytes with SHA-256 {found}, expected {offer.size_bytes} with {offer.sha256}"
        )


def _without_query(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}{parts.path}"
