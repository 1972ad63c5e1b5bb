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

    The files of the broker are written anew; send SIGHUP to the broker where nothing else does. Exit code 3: the node
    is blocked at ingest, but not all files of the broker were written.
    """
    from siaga_cloud.fleet.service import blocks
    from siaga_cloud.platform.errors import SiagaError

    try:
        with database() as conn:
            revoked = blocks.block(conn, node, reason=reason, by=actor(), now=datetime.now(UTC))
    except SiagaError as error:
        fail(str(error), code=2)
    typer.echo(f"{node}: blocked, {revoked} certificates revoked; ingest drops its messages from now on")
    _write_files_too(broker_dir, f"{node} is blocked at ingest, but the broker may still let it in")


def unblock(node: Node, reason: Reason, broker_dir: BrokerFolder = None) -> None:
    """End the block of a node; its certificates stay revoked, so that it must enrol again.

    Exit code 3: the block has ended at ingest, but not all files of the broker were written.
    """
    from siaga_cloud.fleet.service import blocks
    from siaga_cloud.platform.errors import SiagaError

    try:
        with database() as conn:
            revoked = blocks.unblock(conn, node, reason=reason, by=actor(), now=datetime.now(UTC))
    except SiagaError as error:
        fail(str(error), code=2)
    typer.echo(f"{node}: no longer blocked; it needs a new token (siaga-cloud admin enrol {node})")
    if not revoked:
        typer.echo(
            f"{node}: no revoked certificate is on record; one that admin secrets or release 0.2 gave it works again",
            err=True,
        )
    _write_files_too(broker_dir, f"{node} is no longer blocked at ingest, but the broker may still refuse it")


def blocked() -> None:
    """List the blocked nodes with what ingest dropped of each."""
    from siaga_cloud.fleet.store import blocks as db

    with database() as conn:
        lines = db.blocks(conn)
    for one in lines:
        typer.echo(f"{one.node_id} since {one.blocked_at:%Y-%m-%d %H:%M:%S} UTC: {one.reason}; {one.dropped} dropped")


def write_files(broker_dir: BrokerFolder = None) -> None:
    """Write the access list and the revocation list of the broker from what the database says."""
    from siaga_cloud.fleet.broker_files import CRL_FILE
    from siaga_cloud.fleet.keys import FleetKeyError
    from siaga_cloud.fleet.service import blocks
    from siaga_cloud.fleet.service.enrolment import PASSWORD_FILE
    from siaga_cloud.settings import load

    folder = load(os.environ).fleet.folder
    if not folder.is_dir() and broker_dir is None:
        fail(f"{folder}: no such folder (SIAGA_FLEET_DIR); no file of the broker was written", code=1)
    try:
        with database() as conn:
            files = blocks.write_broker_files(conn, folder, broker_dir or folder, now=datetime.now(UTC))
    except (FleetKeyError, OSError) as error:
        fail(f"not all files of the broker could be written: {error}", code=1)
    for path in files:
        typer.echo(f"wrote {path}")
    if not folder.is_dir():
        missing = f"{CRL_FILE} and {PASSWORD_FILE} were not written"
        fail(f"{folder}: no such folder (SIAGA_FLEET_DIR), so {missing}", code=1)


def _write_files_too(broker_dir: Path | None, state: str) -> None:
    """Write the broker's files after a change that is in force already; where that fails, say both."""
    try:
        write_files(broker_dir)
    except typer.Exit:
        fail(f"{state}; run siaga-cloud admin fleet broker-files where the broker's files are", code=3)
