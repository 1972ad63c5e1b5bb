"""Writes published files into a bucket of S3, from which a content delivery network hands them to everybody."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final

import obstore
from obstore.exceptions import BaseError

from siaga_cloud.platform.buckets import open_bucket
from siaga_cloud.published import names
from siaga_cloud.published.stamp import CACHING
from siaga_cloud.settings.http import PublishBucketSettings

_GZIP_LEVEL: Final = 9  # it is compressed once and sent often
_AT_ONCE: Final = 8
_TYPES: Final = {"json": "application/json; charset=utf-8", "html": "text/html; charset=utf-8"}


class BucketError(OSError):
    """The bucket cannot be read or written."""


class PublishBucket:
    """Represents the objects below a prefix of a bucket. Each is compressed with gzip and states its caching rule.

    An object is replaced as a whole, so that a reader sees the old or the new content. Only one process may write them.
    """

    def __init__(self, settings: PublishBucketSettings) -> None:
        self._url = settings.url
        self._store = open_bucket(settings)
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="publish")

    def open(self) -> None:
        """Read the bucket once; raise `BucketError` where that is not possible."""
        with self._errors():
            next(iter(obstore.list(self._store)), None)

    def close(self) -> None:
        """End the threads that write."""
        self._pool.shutdown()

    def write_all(self, files: Sequence[tuple[str, bytes]]) -> None:
        """Replace objects, several at once; the last one only when the others are there. Raises `BucketError`."""
        if not files:
            return
        with self._errors():
            for _ in self._pool.map(self._write, files[:-1]):
                pass
            self._write(files[-1])

    def _write(self, file: tuple[str, bytes]) -> None:
        name, body = file
        obstore.put(
            self._store,
            name,
            gzip.compress(body, _GZIP_LEVEL, mtime=0),
            attributes={
                "Content-Type": _TYPES[name.rpartition(".")[2]],
                "Content-Encoding": "gzip",
                "Cache-Control": CACHING,
            },
            use_multipart=False,
        )

    def remove(self, name: str) -> None:
        """Remove an object; nothing to do where there is none."""
        with self._errors():
            obstore.delete(self._store, name)

    def list(self) -> Iterator[str]:
        """Yield the names of the published objects; other objects are left alone."""
        with self._errors():
            for found in obstore.list(self._store, chunk_size=1000):
                yield from (one["path"] for one in found if names.is_file(one["path"]))

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (BaseError, FileNotFoundError, ValueError) as error:
            raise BucketError(f"{self._url}: {str(error).partition(chr(10))[0][:300]}") from error
