"""The database connection of a command, and the messages for its failures."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import psycopg
import typer

from siaga_cloud.platform.db.connection import Connection, connect
from siaga_cloud.platform.import_errors import ImportFileError
from siaga_cloud.platform.server_key import ServerKey, server_key
from siaga_cloud.settings import SettingsError
from siaga_cloud.settings import load as load_settings

COMMAND_TIMEOUT_SECONDS = 120.0


@contextmanager
def database() -> Iterator[Connection]:
    """Yield a connection that commits at the end; complaints go to stderr, exit code 2 for wrong input, 1 for the
    rest."""
    try:
        settings = load_settings(os.environ)
        server_key.register(ServerKey(settings.server_key))
        with connect(
            settings.database_url, statement_timeout_seconds=COMMAND_TIMEOUT_SECONDS, name="siaga-admin"
        ) as conn:
            yield conn
    except (SettingsError, ImportFileError) as error:
        fail(str(error), code=2)
    except psycopg.errors.UndefinedTable:
        fail("the database has no tables; run siaga-cloud migrate first", code=1)
    except psycopg.Error as error:
        fail(f"the database reported an error: {str(error).strip()}", code=1)


def media_dir() -> Path:
    """Return the folder of the images."""
    try:
        return load_settings(os.environ).media_dir
    except SettingsError as error:
        fail(str(error), code=2)


def actor() -> str:
    """Return who runs the command, as the audit log names them: no account of the pages has a colon."""
    return f"command:{getpass.getuser()}"


def fail(message: str, *, code: int) -> NoReturn:
    """Ends the command with a complaint."""
    for line in message.splitlines():
        typer.echo(f"siaga-cloud admin: {line}", err=True)
    raise typer.Exit(code)
