"""The archive of a server, filled and read by the scripts of packaging/backup with the commands that they document."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from siaga_sim.stack.folders import drop_to, give_to
from siaga_sim.stack.postgres import Programs

SCRIPTS: Final = Path(__file__).resolve().parents[2] / "packaging" / "backup"
_COMMAND: Final = re.compile(r"^# (archive_command|restore_command) = '(.*)'$", re.MULTILINE)
_ENCRYPTED: Final = b"age-encryption.org/v1\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """A folder of its own that the server's account can enter: scripts, settings, the archive, and the secret key. In a
    city the key is on no server until something is to be recovered.
    """

    folder: Path
    recipient: str
    programs: Programs

    @property
    def path(self) -> Path:
        """Where WAL and base backups are."""
        return self.folder / "archive"

    def archive_command(self) -> str:
        """As its script documents it, with the paths of this drill."""
        return self._documented("siaga-archive-wal")

    def restore_command(self) -> str:
        """As its script documents it, with the paths of this drill."""
        return self._documented("siaga-restore-wal")

    def base_backup(self, url: str) -> float:
        """As the timer does; seconds that it took."""
        began = time.monotonic()
        self._run("siaga-base-backup", SIAGA_BASE_URL=url, SIAGA_BACKUP_RECIPIENTS=self.recipient)
        return time.monotonic() - began

    def restore_base(self, data: Path) -> None:
        """Put the newest base backup into a new data folder."""
        self._run("siaga-restore-base", str(data), SIAGA_IDENTITY=str(self.folder / "siaga.key"))

    def files(self) -> tuple[int, int]:
        """Count what is encrypted and what is not."""
        found = [path.read_bytes()[: len(_ENCRYPTED)] == _ENCRYPTED for path in self.path.rglob("*") if path.is_file()]
        return sum(found), len(found) - sum(found)

    def _documented(self, script: str) -> str:
        found = _COMMAND.search((SCRIPTS / script).read_text("utf-8"))
        if found is None:
            raise LookupError(f"{script} does not document its command")
        command = found[2].replace("/usr/local/lib/siaga/", f"{self.folder}/").replace("/etc/siaga/", f"{self.folder}/")
        return command.replace("SIAGA_ARCHIVE=/archive", f"SIAGA_ARCHIVE={self.path}")

    def _run(self, script: str, *arguments: str, **environment: str) -> None:
        path = f"{self.programs.bin_dir}:{os.environ['PATH']}"
        subprocess.run(
            [*drop_to(self.programs.account), str(self.folder / script), *arguments],
            check=True,
            env={**os.environ, "PATH": path, "SIAGA_ARCHIVE": str(self.path), **environment},
        )


@contextmanager
def encrypted_archive(programs: Programs) -> Iterator[Archive]:
    """An empty archive with a key made for it; gone at the end. Outside of folders that only root can enter."""
    folder = Path(tempfile.mkdtemp(prefix="siaga-archive-", dir="/var/tmp"))
    try:
        (folder / "archive").mkdir(mode=0o700)
        for script in ("siaga-archive-wal", "siaga-restore-wal", "siaga-base-backup", "siaga-restore-base"):
            shutil.copy2(SCRIPTS / script, folder)
        recipient = _new_key(folder / "siaga.key")
        settings = f"SIAGA_ARCHIVE={folder / 'archive'}\nSIAGA_BACKUP_RECIPIENTS={recipient}\n"
        (folder / "archive.env").write_text(settings, encoding="utf-8")
        for path in (folder, *folder.iterdir()):
            give_to(programs.account, path)
        yield Archive(folder=folder, recipient=recipient, programs=programs)
    finally:
        shutil.rmtree(folder)


def _new_key(path: Path) -> str:
    subprocess.run(["age-keygen", "-o", str(path)], check=True, capture_output=True)
    return subprocess.run(["age-keygen", "-y", str(path)], check=True, capture_output=True, text=True).stdout.strip()
