"""Creates a login role for each program, a member of its group role only; passwords come from files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from siaga_cloud.platform.db import logins as db
from siaga_cloud.platform.db.connection import Connection

# Channels store reports as the API does, and record the state of connectors as the worker does.
GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "ingest": ("siaga_ingest",),
    "api": ("siaga_api",),
    "worker": ("siaga_worker",),
    "feeds": ("siaga_feeds",),
    "fetch": ("siaga_api", "siaga_worker"),
    "publish": ("siaga_publish",),
}
GRAFANA_PASSWORD: Final = "grafana_db_password"  # noqa: S105 - the name of a file


class LoginError(Exception):
    """A password file is missing or empty; the message names it."""


def login_of(program: str) -> str:
    """Return the login role of a program."""
    return f"siaga_{program}_login"


def password_file_of(program: str) -> str:
    """Return the name of the file with a program's password."""
    return f"db_{program}_password"


PASSWORD_FILES: Final = (*(password_file_of(program) for program in GROUPS), GRAFANA_PASSWORD)


def make_logins(conn: Connection, folder: Path) -> list[str]:
    """Makes the roles and sets the passwords that the folder holds; returns their names. Raises `LoginError`."""
    passwords = {name: _password(folder / name) for name in PASSWORD_FILES}
    for program, groups in GROUPS.items():
        db.save_login(conn, login_of(program), groups, passwords[password_file_of(program)])
    db.save_login(conn, "siaga_grafana", (), passwords[GRAFANA_PASSWORD])
    return [*map(login_of, GROUPS), "siaga_grafana"]


def _password(path: Path) -> str:
    try:
        word = path.read_text("utf-8").partition("\n")[0]
    except OSError as error:
        raise LoginError(f"{path}: {error.strerror}; siaga-cloud admin secrets makes it") from None
    if not word:
        raise LoginError(f"{path}: expected a password in the first line, got nothing")
    return word
