"""Which orders are genuine, meant for this box, and newer than what came before."""

from __future__ import annotations

import base64
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from pydantic import ValidationError

from siaga_core.wire.fleet import (
    COMMAND_BODY,
    MAX_COMMAND_BYTES,
    MAX_CONFIG_BYTES,
    CommandBody,
    CommandMessage,
    WantedConfig,
    command_statement,
    config_statement,
    sha256_of,
)

NO_KEY: Final = "this node has no [fleet] key_file, so it takes no orders"


class CommandError(ValueError):
    """An order that is not followed; says why."""


class ReplayedCommandError(CommandError):
    """A command that came before; brokers send twice, so this alone is no attack."""


class CommandChecker:
    """Reads orders for one node. Without a key none is genuine."""

    def __init__(self, node: str, key: Ed25519PublicKey | None) -> None:
        self._node, self._key = node, key

    def config(self, payload: bytes) -> WantedConfig:
        """Return a genuine configuration; raises `CommandError`."""
        if len(payload) > MAX_CONFIG_BYTES:
            raise CommandError(f"got {len(payload)} bytes, expected at most {MAX_CONFIG_BYTES}")
        try:
            wanted = WantedConfig.model_validate_json(payload)
        except ValidationError as error:
            raise CommandError(_first_problem(error)) from None
        self._check_node(wanted.node)
        self._check(config_statement(wanted.node, wanted.version, wanted.sha256), wanted.signature)
        if sha256_of(wanted.body.encode()) != wanted.sha256:
            raise CommandError("the body does not have the SHA-256 that was signed")
        return wanted

    def command(self, payload: bytes, *, above: int, now: datetime) -> tuple[int, CommandBody]:
        """Number and body of a genuine command that is newer than number `above`; raises `CommandError`."""
        if len(payload) > MAX_COMMAND_BYTES:
            raise CommandError(f"got {len(payload)} bytes, expected at most {MAX_COMMAND_BYTES}")
        try:
            message = CommandMessage.model_validate_json(payload)
            self._check_node(message.node)
            self._check(command_statement(message), message.signature)
            body = COMMAND_BODY.validate_json(message.body)
        except ValidationError as error:
            raise CommandError(_first_problem(error)) from None
        if message.number <= above:
            raise ReplayedCommandError(f"number: got {message.number}, expected one above {above}")
        if message.expires_at <= now:
            raise CommandError(f"expires_at: got {message.expires_at.isoformat()}, which is past")
        return message.number, body

    def _check_node(self, node: str) -> None:
        if node != self._node:
            raise CommandError(f"node: got {node}, expected {self._node}")

    def _check(self, statement: bytes, signature: str) -> None:
        if self._key is None:
            raise CommandError(NO_KEY)
        try:
            self._key.verify(base64.b64decode(signature), statement)
        except InvalidSignature:
            raise CommandError("the signature does not fit: not signed by this city's key, or changed since") from None


def read_key(path: Path) -> Ed25519PublicKey:
    """The city's public key from a PEM file; raises `CommandError` or OSError."""
    try:
        key = load_pem_public_key(path.read_bytes())
    except ValueError as error:
        raise CommandError(f"{path}: expected a PEM file with an Ed25519 public key: {error}") from None
    if not isinstance(key, Ed25519PublicKey):
        raise CommandError(f"{path}: got a key of another kind, expected an Ed25519 public key")
    return key


def _first_problem(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "payload"
    return f"{where}: {first['msg']}"
