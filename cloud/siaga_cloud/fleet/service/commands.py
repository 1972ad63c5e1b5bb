"""Creates signed commands: it checks what the cloud can check, numbers, stores and signs them. The node validates the
rest.
"""

from __future__ import annotations

import base64
import tomllib
from datetime import datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from siaga_cloud.fleet import drawing_tables as drawings
from siaga_cloud.fleet.store import blocks
from siaga_cloud.fleet.store import commands as fleet
from siaga_cloud.fleet.store.commands import StoredConfig
from siaga_cloud.platform.db.connection import Connection
from siaga_core.wire import toml
from siaga_core.wire.fleet import (
    CHUNK_BYTES,
    MAX_CONFIG_BYTES,
    CommandBody,
    CommandMessage,
    WantedConfig,
    command_statement,
    config_statement,
    sha256_of,
)

LOCAL: Final = ("node", "broker", "fleet", "status")
COMMAND_LASTS: Final = timedelta(hours=24)
_UNSIGNED: Final = "A" * 86 + "=="


class CommandFileError(Exception):
    """No node would accept the configuration; the message states why."""


def make_config(
    conn: Connection, key: Ed25519PrivateKey, node: str, body: str, *, now: datetime, by: str
) -> WantedConfig:
    """Store and return a new version of the configuration of a node; raises `CommandFileError`.

    A body that names no `drawing`, `camera_site` or `gauge_site` keeps those of the version before: files are written
    without them.
    """
    _check(body)
    fleet.lock_node(conn, node)
    _refuse_blocked(conn, node)
    body = drawings.with_those_of(wanted_body(conn, node), body)
    _check(body)
    version, sha256 = fleet.next_version(conn, node), sha256_of(body.encode())
    signature = base64.b64encode(key.sign(config_statement(node, version, sha256))).decode()
    config = StoredConfig(node_id=node, version=version, sha256=sha256, body=body, signature=signature)
    fleet.save_config(conn, config, at=now, by=by)
    return message_of(config)


def wanted_body(conn: Connection, node: str) -> str:
    """Return the wanted configuration of a node; empty where there never was one."""
    return next((config.body for config in fleet.wanted(conn, node)), "")


def message_of(config: StoredConfig) -> WantedConfig:
    """As it goes over the wire."""
    return WantedConfig(
        node=config.node_id,
        version=config.version,
        sha256=config.sha256,
        body=config.body,
        signature=config.signature,
    )


def make_command(
    conn: Connection,
    key: Ed25519PrivateKey,
    node: str,
    body: CommandBody,
    *,
    now: datetime,
    by: str,
    expires_at: datetime | None = None,
) -> CommandMessage:
    """Store and return the next command to a node; without `expires_at` it may wait for the node for a day.

    Raises `CommandFileError` for a blocked node.
    """
    fleet.lock_node(conn, node)
    _refuse_blocked(conn, node)
    number, text = fleet.next_number(conn, node), body.model_dump_json()
    fleet.save_command(conn, node, number, kind=body.kind, body=text, at=now, by=by)
    until = expires_at or now + COMMAND_LASTS
    message = CommandMessage(node=node, number=number, expires_at=until, body=text, signature=_UNSIGNED)
    signature = base64.b64encode(key.sign(command_statement(message))).decode()
    return message.model_copy(update={"signature": signature})


def _refuse_blocked(conn: Connection, node: str) -> None:
    if blocks.is_blocked(conn, node):
        raise CommandFileError(f"node {node} is blocked; nothing is sent to it")


def pieces(data: bytes) -> list[bytes]:
    """Return a model file in pieces, as they go over the wire."""
    return [data[start : start + CHUNK_BYTES] for start in range(0, len(data), CHUNK_BYTES)]


def _check(body: str) -> None:
    if len(body.encode()) > MAX_CONFIG_BYTES - 2048:
        raise CommandFileError(f"got {len(body.encode())} bytes, expected at most {MAX_CONFIG_BYTES - 2048}")
    try:
        tables = toml.parsed(body)
    except tomllib.TOMLDecodeError as error:
        raise CommandFileError(f"not valid TOML: {error}") from None
    local = [name for name in LOCAL if name in tables]
    if local:
        raise CommandFileError(f"got [{'], ['.join(local)}], which only NODE.toml may contain; expected no such table")
