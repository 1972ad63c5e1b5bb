"""Makes a backup: the dump and the counts of one moment, then the images, under a temporary name until all of it is on
disk.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Final

from siaga_cloud.operations.backup import manifest, pool
from siaga_cloud.operations.backup.manifest import DUMP, MEDIA_FILES, BackupError, Manifest
from siaga_cloud.operations.backup.programs import Program, find_program
from siaga_cloud.platform.db import inventory
from siaga_cloud.platform.db.connection import Connection, connect

PREFIX: Final = "siaga-"
PARTIAL: Final = ".partial-"
_PROGRESS_EVERY_SECONDS: Final = 5.0
_MIB: Final = 1024 * 1024

Report = Callable[[str], None]


@dataclass(slots=True, kw_only=True)
class Place:
    """Describes where backups are stored, and how much of that disk must remain free."""

    folder: Path
    leave_free_bytes: int
    report: Report
    _progress_at: float = field(default=0.0)

    @property
    def pool(self) -> Path:
        """Images of all backups."""
        return self.folder / pool.FOLDER

    def finished(self) -> list[Path]:
        """Whole backups, oldest first."""
        return sorted(path.parent for path in self.folder.glob(f"{PREFIX}*/{manifest.FILE}"))

    def check_room(self) -> None:
        """Raises `BackupError` once too little is left."""
        free = shutil.disk_usage(self.folder).free
        if free < self.leave_free_bytes:
            raise BackupError(
                f"{self.folder}: got {free // _MIB} MiB of free space, expected at least"
                f" {self.leave_free_bytes // _MIB} MiB; the incomplete backup was deleted"
            )

    def progress(self, line: str) -> None:
        """Report the progress, unless a report was made just now."""
        if time.monotonic() - self._progress_at >= _PROGRESS_EVERY_SECONDS:
            self._progress_at = time.monotonic()
            self.report(line)


def name_of(taken_at: datetime) -> str:
    """Return the name of the backup of a moment."""
    return f"{PREFIX}{taken_at:%Y%m%dT%H%M%S.%fZ}"


def make(url: str, media: Path, place: Place, *, retain: int) -> Path:
    """Return a new backup; the newest `retain` stay. Nothing is stored when it raises `BackupError`, psycopg.Error,
    OSError.
    """
    place.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with alone(place.folder), _partial(place.folder) as partial:
        place.check_room()
        found = _fill(url, media, place, partial)
        done = place.folder / name_of(found.taken_at)
        _sync(partial)
        partial.rename(done)
        _sync(place.folder)
        _forget_old(place, retain)
    return done


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder of backups; raise `BackupError` where another program holds it."""
    with (folder / ".lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BackupError(f"{folder}: another backup into this folder is running") from None
        yield


@contextmanager
def _partial(folder: Path) -> Iterator[Path]:
    for left in folder.glob(f"{PARTIAL}*"):  # of one that was killed; nobody else is here
        shutil.rmtree(left, ignore_errors=True)
    made = Path(tempfile.mkdtemp(prefix=PARTIAL, dir=folder))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _fill(url: str, media: Path, place: Place, partial: Path) -> Manifest:
    with connect(url, statement_timeout_seconds=0, name="siaga-backup") as conn:
        snapshot, taken_at = inventory.hold_snapshot(conn), datetime.now(UTC)
        server = inventory.server(conn)
        dump = partial / DUMP
        with tempfile.TemporaryFile() as errors:
            argv = [find_program("pg_dump", server.major), "--format=custom", "--compress=3", "--no-owner"]
            argv += [f"--snapshot={snapshot}", "--lock-wait-timeout=60s", f"--file={dump}"]
            dumping = Program(argv, url, errors)
            try:
                tables = _count_tables(conn, place)
                facts = _facts(conn)
                on_record = set(inventory.media_hashes(conn)) if "media" in tables else set()
            except BaseException:
                dumping.end()
                raise
            dumping.wait(lambda: _watch(place, dump))
    media_archive = _copy_media(media, place, partial, on_record)
    found = Manifest(
        taken_at=taken_at,
        software=metadata.version("siaga"),
        postgres=server.version,
        postgres_major=server.major,
        timescaledb=server.timescaledb,
        dump=pool.sha256_of(dump),
        media_archive=pool.sha256_of(partial / MEDIA_FILES),
        tables=tables,
        media_files=media_archive.files,
        media_bytes=media_archive.size_bytes,
        media_missing=media_archive.missing,
        migration=facts.migration,
        hypertables=facts.hypertables,
        objects=facts.objects,
        groups=facts.groups,
        logins=facts.logins,
    )
    manifest.write(partial, found)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    migration: int
    hypertables: dict[str, int]
    objects: dict[str, inventory.Fingerprint]
    groups: list[str]
    logins: dict[str, list[str]]


def _facts(conn: Connection) -> _Facts:
    return _Facts(
        migration=inventory.newest_migration(conn),
        hypertables=inventory.hypertables(conn),
        objects=inventory.objects(conn),
        groups=inventory.groups(conn),
        logins=inventory.logins(conn),
    )


def _count_tables(conn: Connection, place: Place) -> dict[str, inventory.Fingerprint]:
    names = inventory.tables(conn)
    found = {}
    for number, name in enumerate(names):
        place.progress(f"counting table {number + 1} of {len(names)}: {name}")
        found[name] = inventory.fingerprint(conn, name)
        place.check_room()
    return found


def _watch(place: Place, dump: Path) -> None:
    place.check_room()
    size = dump.stat().st_size if dump.exists() else 0
    place.progress(f"dumping: {size / _MIB:.0f} MiB")


@dataclass(slots=True, kw_only=True)
class _MediaFiles:
    files: int = 0
    size_bytes: int = 0
    missing: int = 0


def _copy_media(media: Path, place: Place, partial: Path, on_record: set[str]) -> _MediaFiles:
    # After the dump: an image is on disk before its row is committed, so all that the dump names are there by now.
    names, found = sorted(pool.names_in(media)), _MediaFiles()
    found.missing = len(on_record.difference(names))
    with (partial / MEDIA_FILES).open("w", encoding="ascii") as listing:
        for number, name in enumerate(names):
            size = pool.copy_checked(pool.place(media, name), pool.place(place.pool, name))
            if size is None:
                found.missing += name in on_record
                continue
            listing.write(f"{name}\n")
            found.files, found.size_bytes = found.files + 1, found.size_bytes + size
            if number % 100 == 0:
                place.check_room()
                place.progress(f"copying picture {number + 1} of {len(names)}")
    return found


def _forget_old(place: Place, retain: int) -> None:
    old = place.finished()[:-retain]
    for backup in old:
        place.report(f"deleted {backup.name}, which is older than the {retain} backups to retain")
        (backup / manifest.FILE).unlink()  # from here on it is no backup any more
        shutil.rmtree(backup)
    gone = pool.sweep(place.pool, place.finished())
    if gone:
        place.report(f"deleted {gone} media files that no backup refers to")


def _sync(folder: Path) -> None:
    paths: Iterable[Path] = [*folder.iterdir(), folder] if folder.name.startswith(PARTIAL) else [folder]
    for path in paths:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
