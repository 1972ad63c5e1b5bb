"""Runs the programs of PostgreSQL in the server's major version and passes the login in their environment only."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Final

from psycopg.conninfo import conninfo_to_dict

from siaga_cloud.operations.backup.manifest import BackupError

DEBIAN: Final = "/usr/lib/postgresql/{major}/bin"
POLL_SECONDS: Final = 0.5
_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")
_VARIABLES = {
    "host": "PGHOST",
    "hostaddr": "PGHOSTADDR",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "passfile": "PGPASSFILE",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
}
_HARMLESS = "circular foreign-key constraints"


def find_program(name: str, major: int) -> str:
    """pg_dump or pg_restore of that major version; raises `BackupError`, because another one may lose things."""
    places = [Path(DEBIAN.format(major=major)) / name, shutil.which(name)]
    for place in places:
        if place is not None and _major_of(str(place)) == major:
            return str(place)
    raise BackupError(f"{name} {major}: not found; install postgresql-client-{major}")


def _major_of(path: str) -> int | None:
    try:
        output = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    except OSError:
        return None
    found = _VERSION.search(output)
    return int(found[1]) if found else None


def login(url: str) -> dict[str, str]:
    """Return the environment that names the database: unlike arguments, others cannot read it."""
    parts = conninfo_to_dict(url)
    return {variable: str(parts[key]) for key, variable in _VARIABLES.items() if parts.get(key) is not None}


class Program:
    """Represents one run of such a program. Its error output is stored without the password."""

    def __init__(self, argv: Sequence[str], url: str, errors: IO[bytes]) -> None:
        self._errors, self._secret = errors, login(url).get("PGPASSWORD", "")
        self._name = Path(argv[0]).name
        self._process = subprocess.Popen(
            argv, env=_environment(login(url)), stdin=subprocess.DEVNULL, stdout=errors, stderr=errors
        )

    def wait(self, watch: Callable[[], None]) -> None:
        """Until it ends; raises `BackupError` when it failed. What `watch` raises, now and then, ends it."""
        try:
            while self._is_running():
                watch()
        finally:
            self.end()
        if self._process.returncode:
            raise BackupError(f"{self._name} ended with {self._process.returncode}: {self._last_lines()}")

    def end(self) -> None:
        """It runs no longer."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()

    def _is_running(self) -> bool:
        try:
            self._process.wait(POLL_SECONDS)
        except subprocess.TimeoutExpired:
            return True
        return False

    def _last_lines(self) -> str:
        self._errors.seek(0)
        text = self._errors.read().decode(errors="replace")
        lines = [line for line in text.splitlines() if _HARMLESS not in line]
        output = "\n".join(lines[-10:]) or "no reason given"
        return output.replace(self._secret, "***") if self._secret else output


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "SIAGA_"))}
    return {**own, **more, "PGCONNECT_TIMEOUT": "10", "PGAPPNAME": "siaga-backup"}
