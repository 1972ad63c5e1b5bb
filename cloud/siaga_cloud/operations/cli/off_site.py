"""Defines `siaga-cloud admin send-backup` and `fetch-backup`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from siaga_cloud.operations.cli.backups import Folder, complaining, record, report

if TYPE_CHECKING:
    from siaga_cloud.operations.backup.off_site import OffSite
    from siaga_cloud.settings import Settings


def send_backup(
    folder: Folder,
    retain: Annotated[int, typer.Option(min=1, max=10_000, help="Number of newest backups to retain there.")] = 30,
) -> None:
    """Send the backups of a folder, encrypted with age, to the bucket SIAGA_BACKUP_S3_URL at another place."""
    from siaga_cloud.operations.backup.make import Place
    from siaga_cloud.operations.backup.manifest import BackupError, read

    with complaining() as settings:
        if not settings.backup_recipients:
            raise BackupError("SIAGA_BACKUP_RECIPIENTS: got nothing, expected a public key of age")
        place = Place(folder=folder, leave_free_bytes=0, report=report)
        if not place.finished():
            raise BackupError(f"{folder}: got no complete backup")
        done = _bucket(settings).send(place, settings.backup_recipients, retain=retain)
        record(settings, read(place.finished()[-1]), off_site=True)
    typer.echo(f"sent {len(done.backups)} backups with {done.media_files} new media files, deleted {done.deleted}")


def fetch_backup(
    folder: Folder,
    identity: Annotated[Path, typer.Option(help="File with the secret key of age.")],
    name: Annotated[str | None, typer.Option(help="Name of the backup; the newest one by default.")] = None,
) -> None:
    """Fetch a backup from the bucket SIAGA_BACKUP_S3_URL, decrypt it into a folder, and compare every byte."""
    from siaga_cloud.operations.backup.manifest import BackupError
    from siaga_cloud.operations.backup.restore import check_files

    with complaining() as settings:
        bucket = _bucket(settings)
        there = [name] if name is not None else bucket.finished()[-1:]
        if not there:
            raise BackupError("the bucket holds no complete backup")
        backup = bucket.fetch(there[0], folder, identity)
        found = check_files(backup, report=report)
    typer.echo(f"{backup}: ok; {found.rows} rows, {found.media_files} media files as of {found.taken_at.isoformat()}")


def _bucket(settings: Settings) -> OffSite:
    from siaga_cloud.operations.backup.manifest import BackupError
    from siaga_cloud.operations.backup.off_site import OffSite

    if settings.backup_bucket is None:
        raise BackupError("SIAGA_BACKUP_S3_URL: got nothing, expected s3://bucket/prefix")
    return OffSite(settings.backup_bucket, report=report)
