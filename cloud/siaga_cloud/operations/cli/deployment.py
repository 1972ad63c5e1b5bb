"""Defines `siaga-cloud admin secrets` and `first-start`, which a deployment needs before its programs run."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", show_default=False, help="where the secret files lie")]


def make_secrets(
    folder: Folder,
    host: Annotated[list[str], typer.Option(help="how boxes and programs call the broker; may be given again")],
    node: Annotated[
        list[str] | None, typer.Option(help="a node that is prepared here instead of enrolling; may be given again")
    ] = None,
    for_containers: Annotated[
        bool, typer.Option("--for-containers", help="as root: give each file to who reads it in docker-compose.yml")
    ] = False,
) -> None:
    """Make the passwords, certificates and keys that are missing; what exists is never replaced."""
    from siaga_cloud.fleet.keys import FleetKeyError
    from siaga_cloud.operations.setup import secret_files
    from siaga_cloud.platform.cli import fail

    if for_containers and os.geteuid() != 0:
        fail("--for-containers: expected to be root, who alone may give files away", code=2)
    _check_names(node or ())
    try:
        made = secret_files.make_secrets(folder, hosts=host, node_ids=node or (), now=datetime.now(UTC))
        if for_containers:
            secret_files.give_to_readers(folder)
    except (FleetKeyError, OSError, ValueError) as error:
        fail(str(error), code=1)
    for path in made:
        typer.echo(f"made {path}")
    typer.echo(f"{folder}: {len(made)} made, the rest was there")


def first_start(
    folder: Folder,
    city: Annotated[
        Path | None, typer.Option(metavar="FOLDER", show_default=False, help="a city to load where there is none")
    ] = None,
    wait: Annotated[float, typer.Option(min=0, max=3600, help="how many seconds to wait for the database")] = 120,
) -> None:
    """Migrate the database, make the programs' login roles from the password files, load a city; may be repeated."""
    import psycopg

    from siaga_cloud.operations.setup.first_start import first_start as start
    from siaga_cloud.operations.setup.logins import LoginError
    from siaga_cloud.platform.cli import fail
    from siaga_cloud.platform.db.migrate import MigrationError
    from siaga_cloud.platform.import_errors import ImportFileError
    from siaga_cloud.settings import SettingsError, load

    try:
        start(load(os.environ).database_url, folder, city, wait_seconds=wait, report=typer.echo)
    except (SettingsError, ImportFileError) as error:
        fail(str(error), code=2)
    except (MigrationError, LoginError, psycopg.Error) as error:
        fail(str(error).strip(), code=1)


def _check_names(node_ids: tuple[str, ...] | list[str]) -> None:
    import re

    from siaga_cloud.platform.cli import fail
    from siaga_core.wire.ids import NAME_PATTERN

    for node in node_ids:
        if not re.fullmatch(NAME_PATTERN, node):
            fail(f"--box: got {node!r}, expected a name that matches {NAME_PATTERN}", code=2)
