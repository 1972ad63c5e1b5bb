"""Sends encrypted backups to a bucket at another place, and fetches them from there."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import obstore
from obstore.exceptions import BaseError

from siaga_cloud.operations.backup import manifest, pool
from siaga_cloud.operations.backup.encryption import PIECE, decrypt, encrypted
from siaga_cloud.operations.backup.make import PARTIAL, PREFIX, Place, alone
from siaga_cloud.operations.backup.manifest import DUMP, MEDIA_FILES, BackupError
from siaga_cloud.platform.buckets import BucketAddress, open_bucket

_SUFFIX: Final = ".age"
_MANIFEST: Final = f"{manifest.FILE}{_SUFFIX}"
_PART_BYTES: Final = 32 * 1024 * 1024  # of 10,000 parts: 320 GB
_AT_ONCE: Final = 4
_TIMEOUT: Final = timedelta(minutes=5)

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class SendResult:
    """Counts what was sent and deleted."""

    backups: tuple[Path, ...]
    media_files: int
    deleted: int


class OffSite:
    """Represents the encrypted backups in a bucket. A backup is complete when its manifest is there."""

    def __init__(self, address: BucketAddress, *, report: Report) -> None:
        self._url, self._report = address.url, report
        self._store = open_bucket(address, timeout=_TIMEOUT)

    def finished(self) -> list[str]:
        """Return the names of complete backups, oldest first."""
        with self._errors():
            names = obstore.list_with_delimiter(self._store)["common_prefixes"]
            return sorted(name for name in names if name.startswith(PREFIX) and self._is_there(f"{name}/{_MANIFEST}"))

    def send(self, place: Place, recipients: Sequence[str], *, retain: int) -> SendResult:
        """Send the backups that are not there yet, and retain the newest ones there."""
        with alone(place.folder), self._errors():
            there = set(self.finished())
            new = [one for one in place.finished()[-retain:] if one.name not in there]
            media_files = self._send_media(place, new, recipients)
            for backup in new:
                self._send_backup(backup, recipients)
                _remember(place, backup)
            return SendResult(backups=tuple(new), media_files=media_files, deleted=self._forget_old(place, retain))

    def fetch(self, name: str, folder: Path, identity: Path) -> Path:
        """Fetch and decrypt a backup into a folder of backups, where `restore` finds it."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with alone(folder), self._errors(), tempfile.TemporaryDirectory(prefix=PARTIAL, dir=folder) as partial:
            if name not in self.finished():
                raise BackupError(f"{self._url}: got no complete backup {name}")
            for file in (manifest.FILE, MEDIA_FILES, DUMP):
                decrypt(self._read(f"{name}/{file}{_SUFFIX}"), Path(partial) / file, identity)
            self._fetch_media(pool.listed(Path(partial)), folder / pool.FOLDER, identity)
            shutil.rmtree(folder / name, ignore_errors=True)
            shutil.copytree(partial, folder / name)
        return folder / name

    def _send_backup(self, backup: Path, recipients: Sequence[str]) -> None:
        self._report(f"sending {backup.name}")
        for file in (DUMP, MEDIA_FILES, manifest.FILE):  # the manifest last: it says that all is there
            obstore.put(
                self._store,
                f"{backup.name}/{file}{_SUFFIX}",
                encrypted(backup / file, recipients),
                chunk_size=_PART_BYTES,
                max_concurrency=2,
            )

    def _send_media(self, place: Place, backups: Sequence[Path], recipients: Sequence[str]) -> int:
        there = self._media()
        missing = sorted({name for one in backups for name in pool.listed(one)} - there)

        def send(name: str) -> None:
            content = b"".join(encrypted(pool.place(place.pool, name), recipients))
            obstore.put(self._store, _media_object(name), content, use_multipart=False)

        self._for_each(send, missing, "sent")
        return len(missing)

    def _fetch_media(self, names: Sequence[str], target: Path, identity: Path) -> None:
        def fetch(name: str) -> None:
            path = pool.place(target, name)
            if path.exists():
                return
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_name(f".new-{name}")
            try:
                decrypt(self._read(_media_object(name)), partial, identity)
                if pool.sha256_of(partial).sha256 != name:
                    raise BackupError(f"{self._url}/{_media_object(name)}: got another content")
                partial.replace(path)
            finally:
                partial.unlink(missing_ok=True)

        self._for_each(fetch, names, "fetched")

    def _for_each(self, work: Callable[[str], None], names: Sequence[str], verb: str) -> None:
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="off-site") as threads:
            for number, _ in enumerate(threads.map(work, names), start=1):
                if number % 500 == 0:
                    self._report(f"{verb} {number} of {len(names)} media files")

    def _forget_old(self, place: Place, retain: int) -> int:
        names = self.finished()
        old, retained = names[:-retain], names[-retain:]
        for name in old:
            self._report(f"deleting {name}, which is older than the {retain} backups to retain there")
            self._delete([f"{name}/{file}{_SUFFIX}" for file in (manifest.FILE, MEDIA_FILES, DUMP)])
        lists = {one.name: one for one in (*_sent(place).glob(f"{PREFIX}*"), *place.finished())}
        if set(retained) <= set(lists):
            named = {name for one in retained for name in pool.listed(lists[one])}
            self._delete([_media_object(name) for name in self._media() - named])
        else:  # what their lists name cannot be read here: they are encrypted
            self._report("media files there stay, because the lists of some backups there are not in this folder")
        for path in (one for name, one in lists.items() if name not in retained and one.parent == _sent(place)):
            shutil.rmtree(path)
        return len(old)

    def _delete(self, names: Sequence[str]) -> None:
        for name in names:
            obstore.delete(self._store, name)

    def _media(self) -> set[str]:
        found = (one for some in obstore.list(self._store, prefix=pool.FOLDER, chunk_size=1000) for one in some)
        return {one["path"].rpartition("/")[2].removesuffix(_SUFFIX) for one in found}

    def _read(self, name: str) -> Iterable[bytes]:
        stream: Iterator[object] = iter(obstore.get(self._store, name).stream(min_chunk_size=PIECE))
        return (bytes(memoryview(piece)) for piece in stream)  # type: ignore[arg-type]

    def _is_there(self, name: str) -> bool:
        try:
            obstore.head(self._store, name)
        except FileNotFoundError:
            return False
        return True

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (BaseError, FileNotFoundError, ValueError) as error:
            raise BackupError(f"{self._url}: {str(error).partition(chr(10))[0][:300]}") from error


def _media_object(sha256: str) -> str:
    return f"{pool.FOLDER}/{sha256[:2]}/{sha256}{_SUFFIX}"


def _sent(place: Place) -> Path:
    """Return the folder of the lists of what was sent; backups here may be deleted before those there."""
    return place.folder / ".sent"


def _remember(place: Place, backup: Path) -> None:
    target = _sent(place) / backup.name
    target.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(backup / MEDIA_FILES, target / MEDIA_FILES)
