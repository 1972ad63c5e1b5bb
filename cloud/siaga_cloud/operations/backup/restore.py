"""Restores a backup into an empty database and compares the result with the manifest."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from siaga_cloud.operations.backup import manifest, pool
from siaga_cloud.operations.backup.manifest import DUMP, MEDIA_FILES, BackupError, Manifest
from siaga_cloud.operations.backup.programs import Program, find_program
from siaga_cloud.platform.db import inventory
from siaga_cloud.platform.db.connection import Connection, connect

_PROGRESS_EVERY = 500
_PROGRESS_SECONDS = 5.0

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreResult:
    """Holds what was restored. `logins_missing` are statements that create the former logins without their
    passwords."""

    manifest: Manifest
    logins_missing: tuple[str, ...]


def check_files(backup: Path, *, report: Report) -> Manifest:
    """Reads every byte of a backup and compares the hashes; raises `BackupError` naming what is not as it was."""
    found = manifest.read(backup)
    for name, fact in ((DUMP, found.dump), (MEDIA_FILES, found.media_archive)):
        path = backup / name
        if not path.is_file() or pool.sha256_of(path) != fact:
            raise BackupError(f"{path}: damaged or not there; its sha256 is not that of the manifest")
    names, folder = pool.listed(backup), backup.parent / pool.FOLDER
    for number, name in enumerate(names):
        path = pool.place(folder, name)
        if not path.is_file() or pool.sha256_of(path).sha256 != name:
            raise BackupError(f"{path}: damaged or not there")
        if number % _PROGRESS_EVERY == _PROGRESS_EVERY - 1:
            report(f"checked {number + 1} of {len(names)} media files")
    return found


def restore(backup: Path, url: str, media: Path, *, report: Report) -> RestoreResult:
    """Return all of it, or `BackupError`; until it is whole and compared, programs refuse the database."""
    found = check_files(backup, report=report)
    report(
        f"backup of {found.taken_at:%Y-%m-%d %H:%M:%S} UTC is valid: {found.rows} rows, {found.media_files} media files"
    )
    program = find_program("pg_restore", _check_target(url, found))
    with connect(url, statement_timeout_seconds=0, name="siaga-restore") as conn:
        conn.autocommit = True
        inventory.make_groups(conn, inventory.missing_roles(conn, list(found.groups)))
        inventory.begin_restoring(conn)
        _bring_database(conn, backup, url, found, program, report=report)
        _compare(conn, found, report=report)
        _restore_media(backup, media, report=report)
        inventory.end_restoring(conn)
        return RestoreResult(manifest=found, logins_missing=_logins_missing(conn, found))


def _check_target(url: str, found: Manifest) -> int:
    with connect(url, name="siaga-restore") as conn:
        server = inventory.server(conn)
        held = inventory.tables(conn)
        if inventory.is_being_restored(conn):
            raise BackupError(
                "a restore into this database did not complete; drop it, create it again and repeat the restore"
            )
    if held:
        raise BackupError(f"the database holds {len(held)} tables (such as {held[0]}), expected an empty one")
    if server.major < found.postgres_major:
        raise BackupError(f"got PostgreSQL {server.version}, expected {found.postgres_major} or newer")
    return server.major


def _bring_database(conn: Connection, backup: Path, url: str, found: Manifest, program: str, *, report: Report) -> None:
    if found.timescaledb is not None:
        inventory.begin_timescale(conn, found.timescaledb)
    began = progress_at = time.monotonic()

    def watch() -> None:
        nonlocal progress_at
        if time.monotonic() - progress_at > _PROGRESS_SECONDS:
            progress_at = time.monotonic()
            report(f"restoring the database: {progress_at - began:.0f} s")

    argv = [program, "--no-owner", "--exit-on-error", "--dbname=", str(backup / DUMP)]
    with tempfile.TemporaryFile() as errors:
        try:
            Program(argv, url, errors).wait(watch)
        finally:
            if found.timescaledb is not None:
                inventory.end_timescale(conn)
    inventory.analyze(conn)


def _compare(conn: Connection, found: Manifest, *, report: Report) -> None:
    wrong = []
    for name, expected in found.tables.items():
        got = inventory.fingerprint(conn, name)
        if got != expected:
            wrong.append(f"table {name}: got {got.count} rows, expected {expected.count}, or their content differs")
    for kind, expected in found.objects.items():
        got = inventory.objects(conn)[kind]
        if got != expected:
            wrong.append(f"{kind}: got {got.count}, expected {expected.count}, or their definition differs")
    if inventory.hypertables(conn) != dict(found.hypertables):
        wrong.append(f"hypertables: got {inventory.hypertables(conn)}, expected {dict(found.hypertables)}")
    if wrong:
        raise BackupError(
            "the restored database differs from the backup; programs do not start on it:\n" + "\n".join(wrong)
        )
    report(f"compared {len(found.tables)} tables, {found.rows} rows and every definition: no differences")


def _restore_media(backup: Path, media: Path, *, report: Report) -> None:
    names, folder = pool.listed(backup), backup.parent / pool.FOLDER
    for number, name in enumerate(names):
        if pool.copy_checked(pool.place(folder, name), pool.place(media, name)) is None:
            raise BackupError(f"{pool.place(folder, name)}: damaged or not there")
        if number % _PROGRESS_EVERY == _PROGRESS_EVERY - 1:
            report(f"restored {number + 1} of {len(names)} media files")


def _logins_missing(conn: Connection, found: Manifest) -> tuple[str, ...]:
    gone = inventory.missing_roles(conn, list(found.logins))
    return tuple(
        f"CREATE ROLE \"{name}\" LOGIN IN ROLE {', '.join(found.logins[name])} PASSWORD '...';" for name in gone
    )
