"""Defines `siaga-cloud admin secrets` and `first-start`, which a deployment needs before its programs run."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from siaga_cloud.basemap import cli as basemap

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", show_default=False, help="Folder of the secret files.")]


def make_secrets(
    folder: Folder,
    host: Annotated[
        list[str], typer.Option(help="Host name or address by which nodes and programs reach the broker. Repeatable.")
    ],
    node: Annotated[
        list[str] | None,
        typer.Option(help="Name of a node for which credentials are created here, without enrolment. Repeatable."),
    ] = None,
    for_containers: Annotated[
        bool,
        typer.Option(
            "--for-containers",
            help="Give each file to the user that reads it in docker-compose.yml; requires root.",
        ),
    ] = False,
) -> None:
    """Create the missing passwords, certificates and keys; existing files are never replaced."""
    from siaga_cloud.fleet.keys import FleetKeyError
    from siaga_cloud.operations.setup import secret_files
    from siaga_cloud.platform.cli import fail

    if for_containers and os.geteuid() != 0:
        fail("--for-containers: expected to run as root, because only root may change the owner of files", code=2)
    _check_names(node or ())
    try:
        made = secret_files.make_secrets(folder, hosts=host, node_ids=node or (), now=datetime.now(UTC))
        if for_containers:
            secret_files.give_to_readers(folder)
    except (FleetKeyError, OSError, ValueError) as error:
        fail(str(error), code=1)
    for path in made:
        typer.echo(f"created {path}")
    typer.echo(f"{folder}: {len(made)} files created, the others exist")


def first_start(
    folder: Folder,
    city: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", show_default=False, help="Folder of a city to import if the database contains none."
        ),
    ] = None,
    wait: Annotated[
        float, typer.Option(min=0, max=3600, help="Longest time in seconds to wait for the database.")
    ] = 120,
) -> None:
    """Prepare a deployment: migrate the database, create the programs' login roles and import a city.

    The passwords of the roles come from the secret files. The command may be repeated.
    """
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
    if city is not None:
        basemap.install_drawn_map(city)


def _check_names(node_ids: tuple[str, ...] | list[str]) -> None:
    import re

    from siaga_cloud.fleet.node_names import check_node_name
    from siaga_cloud.platform.cli import fail
    from siaga_cloud.platform.errors import InvalidError
    from siaga_core.wire.ids import NAME_PATTERN

    for node in node_ids:
        if not re.fullmatch(NAME_PATTERN, node):
            fail(f"--node: got {node!r}, expected a name that matches {NAME_PATTERN}", code=2)
        try:
            check_node_name(node)
        except InvalidError as error:
            fail(f"--node: {error}", code=2)
