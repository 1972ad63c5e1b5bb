"""Describes the contents of a backup, so that a restore can prove that nothing is missing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from siaga_cloud.platform.db.inventory import Fingerprint

LAYOUT: Final = 1
FILE: Final = "manifest.json"
DUMP: Final = "database.dump"
MEDIA_FILES: Final = "media.txt"


class BackupError(Exception):
    """A backup cannot be made, read or restored; the message states why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFact:
    """Describes a file of the backup."""

    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Describes a backup. `taken_at` is the moment of the database; `media_missing` counts recorded images without a
    file.
    """

    taken_at: datetime
    software: str
    postgres: str
    postgres_major: int
    timescaledb: str | None
    migration: int
    dump: FileFact
    media_archive: FileFact
    media_files: int
    media_bytes: int
    media_missing: int
    tables: Mapping[str, Fingerprint]
    hypertables: Mapping[str, int]
    objects: Mapping[str, Fingerprint]
    groups: Sequence[str]
    logins: Mapping[str, Sequence[str]]

    @property
    def rows(self) -> int:
        """Return the number of rows of all tables."""
        return sum(table.count for table in self.tables.values())


def write(folder: Path, manifest: Manifest) -> None:
    """Beside the files that it is of."""
    fields = {"layout": LAYOUT, **asdict(manifest), "taken_at": manifest.taken_at.isoformat()}
    (folder / FILE).write_text(json.dumps(fields, indent=1) + "\n", encoding="utf-8")


def read(folder: Path) -> Manifest:
    """Of a finished backup; raises `BackupError`."""
    path = folder / FILE
    try:
        fields: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise BackupError(f"{folder}: got no {FILE}, expected the folder of one backup") from None
    except (OSError, ValueError) as error:
        raise BackupError(f"{path}: {error}") from None
    if fields.pop("layout", None) != LAYOUT:
        raise BackupError(f"{path}: got another layout, this version reads layout {LAYOUT}")
    try:
        return _whole(fields)
    except (KeyError, TypeError, ValueError) as error:
        raise BackupError(f"{path}: not as `siaga-cloud admin backup` writes it: {error}") from None


def _whole(fields: dict[str, Any]) -> Manifest:
    if "pictures" in fields:  # backups made before 0.2.0
        fields["media_archive"] = fields.pop("pictures")
    for name in ("tables", "objects"):
        fields[name] = {key: Fingerprint(**value) for key, value in fields[name].items()}
    for name in ("dump", "media_archive"):
        fields[name] = FileFact(**fields[name])
    return Manifest(**{**fields, "taken_at": datetime.fromisoformat(fields["taken_at"])})
