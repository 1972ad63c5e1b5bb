"""Defines `admin fleet block`, `unblock`, `blocked` and `broker-files`: what to do when a node was stolen."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from siaga_cloud.fleet.cli.sources import Reason
from siaga_cloud.platform.cli import actor, database, fail

Node = Annotated[str, typer.Argument(metavar="NODE", show_default=False, help="Name of the node.")]
BrokerFolder = Annotated[
    Path | None,
    typer.Option("--broker-dir", help="Folder of the broker's files; SIAGA_FLEET_DIR where it is left out."),
]


def block(node: Node, reason: Reason, broker_dir: BrokerFolder = None) -> None:
    """End a stolen node at once: ingest drops all of it, no command goes out, and the broker refuses it.

    The files of the broker are written anew; send SIGHUP to the broker where nothing else does.
    """
    from siaga_cloud.fleet.service import blocks
    from siaga_cloud.platform.errors import SiagaError

    try:
        with database() as conn:
            revoked = blocks.block(conn, node, reason=reason, by=actor(), now=datetime.now(UTC))
    except SiagaError as error:
        fail(str(error), code=2)
    typer.echo(f"{node}: blocked, {revoked} certificates revoked; ingest drops its messages from now on")
    write_files(broker_dir)


def unblock(node: Node, reason: Reason, broker_dir: BrokerFolder = None) -> None:
    """End the block of a node; its certificates stay revoked, so that it must enrol again."""
    from siaga_cloud.fleet.service import blocks
    from siaga_cloud.platform.errors import SiagaError

    try:
        with database() as conn:
            blocks.unblock(conn, node, reason=reason, by=actor(), now=datetime.now(UTC))
    except SiagaError as error:
        fail(str(error), code=2)
    typer.echo(f"{node}: no longer blocked; it needs a new token (siaga-cloud admin enrol {node})")
    write_files(broker_dir)


def blocked() -> None:
    """List the blocked nodes with what ingest dropped of each."""
    from siaga_cloud.fleet.store import blocks as db

    with database() as conn:
        lines = db.blocks(conn)
    for one in lines:
        typer.echo(f"{one.node_id} since {one.blocked_at:%Y-%m-%d %H:%M:%S} UTC: {one.reason}; {one.dropped} dropped")


def write_files(broker_dir: BrokerFolder = None) -> None:
    """Write the access list and the revocation list of the broker from what the database says."""
    from siaga_cloud.fleet.keys import FleetKeyError
    from siaga_cloud.fleet.service import blocks
    from siaga_cloud.settings import load

    folder = load(os.environ).fleet.folder
    if not folder.is_dir():
        fail(f"{folder}: no such folder; run siaga-cloud admin fleet broker-files where the broker's files are", code=1)
    try:
        with database() as conn:
            files = blocks.write_broker_files(conn, folder, broker_dir or folder, now=datetime.now(UTC))
    except (FleetKeyError, OSError) as error:
        fail(f"the broker's files could not be written: {error}", code=1)
    for path in files:
        typer.echo(f"wrote {path}")
