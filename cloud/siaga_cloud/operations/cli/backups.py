"""Defines `siaga-cloud admin backup`, `restore`, `check-backup` and `backups`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from siaga_cloud.operations.backup.manifest import Manifest
    from siaga_cloud.settings import Settings

Folder = Annotated[Path, typer.Argument(metavar="DIR", show_default=False, help="Folder that contains all backups.")]
Backup = Annotated[Path, typer.Argument(metavar="BACKUP", show_default=False, help="Folder of one backup.")]
_MIB = 1024 * 1024


def make_backup(
    folder: Folder,
    retain: Annotated[int, typer.Option(min=1, max=10_000, help="Number of newest backups to retain.")] = 7,
    leave_free_mib: Annotated[
        int, typer.Option(min=0, help="Space that must stay free on the disk; the backup stops before it uses it.")
    ] = 1024,
) -> None:
    """Back up the database and the media folder, completely or not at all, and delete the oldest backups."""
    from siaga_cloud.operations.backup.make import Place, make
    from siaga_cloud.operations.backup.manifest import read

    with complaining() as settings:
        place = Place(folder=folder, leave_free_bytes=leave_free_mib * _MIB, report=report)
        done = make(settings.database_url, settings.media_dir, place, retain=retain)
        found = read(done)
        record(settings, found, off_site=False)
    if found.media_missing:
        report(f"{found.media_missing} media files that the database refers to are missing or damaged")
    typer.echo(
        f"{done}: {found.rows} rows, {found.media_files} media files, {found.dump.size_bytes / _MIB:.1f} MiB of dump"
    )


def restore_backup(backup: Backup) -> None:
    """Restore a backup into the empty database SIAGA_DATABASE_URL and into SIAGA_MEDIA_DIR.

    The command compares every row count and file, migrates the database, and requests from the nodes what they sent
    after the backup.
    """
    from siaga_cloud.fleet.cli.replays import request_since
    from siaga_cloud.operations.backup.restore import restore
    from siaga_cloud.platform.db.connection import connect
    from siaga_cloud.platform.db.migrate import migrate

    with complaining() as settings:
        done = restore(backup, settings.database_url, settings.media_dir, report=report)
        applied = migrate(settings.database_url).applied
        with connect(settings.database_url, name="siaga-admin") as conn:
            request_since(conn, done.manifest.taken_at)
    for statement in done.logins_missing:
        report(f"a login of the backup is missing on this server; create it with: {statement}")
    report(
        f"{len(applied)} newer migrations applied; later messages will be requested from the nodes"
        " (see siaga-cloud admin replay show)"
    )
    typer.echo(f"restored the database as of {done.manifest.taken_at.isoformat(timespec='seconds')}")


def check_backup(backup: Backup) -> None:
    """Read every file of a backup and compare it with the hashes in the backup's manifest."""
    from siaga_cloud.operations.backup.restore import check_files

    with complaining(needs_settings=False):
        found = check_files(backup, report=report)
    typer.echo(f"{backup}: ok; {found.rows} rows, {found.media_files} media files as of {found.taken_at.isoformat()}")


def list_backups(folder: Folder) -> None:
    """List the complete backups, oldest first."""
    from siaga_cloud.operations.backup.make import Place
    from siaga_cloud.operations.backup.manifest import read

    for backup in Place(folder=folder, leave_free_bytes=0, report=report).finished():
        with complaining(needs_settings=False):
            found = read(backup)
        size = found.dump.size_bytes / _MIB
        typer.echo(f"{backup.name}  {found.rows:>12} rows  {size:>9.1f} MiB  {found.media_files:>9} media files")


def record(settings: Settings, found: Manifest, *, off_site: bool) -> None:
    """Record a backup in the database, for the alarm; a database that is away changes nothing about the backup."""
    import psycopg

    from siaga_cloud.operations.backup.make import name_of
    from siaga_cloud.operations.store.backups import record_backup
    from siaga_cloud.platform.db.connection import connect

    try:
        with connect(settings.database_url, name="siaga-backup") as conn, conn.transaction():
            is_recorded = record_backup(conn, name=name_of(found.taken_at), taken_at=found.taken_at, off_site=off_site)
    except psycopg.Error as error:
        report(f"the backup is complete, but not recorded in the database: {str(error).strip()}")
        return
    if not is_recorded:
        report("the backup is complete, but this database has no record of backups yet; run siaga-cloud migrate")


def report(line: str) -> None:
    """Print a line of progress."""
    typer.echo(line, err=True)


@contextmanager
def complaining(*, needs_settings: bool = True) -> Iterator[Settings]:
    """Give the settings; print an error that a person can mend, and end with an exit code."""
    import psycopg

    from siaga_cloud.operations.backup.manifest import BackupError
    from siaga_cloud.platform.cli import fail
    from siaga_cloud.platform.db.migrate import MigrationError
    from siaga_cloud.settings import SettingsError, load

    environment = os.environ if needs_settings else {"SIAGA_DATABASE_URL": "postgresql://none", **os.environ}
    try:
        yield load(environment)
    except SettingsError as error:
        fail(str(error), code=2)
    except (BackupError, MigrationError, OSError) as error:
        fail(str(error), code=1)
    except psycopg.Error as error:
        fail(f"the database reported an error: {str(error).strip()}", code=1)
