"""Reads what the cloud signed for one node, and says why it is refused.

Who signs is checked by a function of the caller, so that core needs no library for cryptography.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from pydantic import TypeAdapter, ValidationError

from siaga_core.wire.errors import WireError
from siaga_core.wire.fleet import (
    MAX_COMMAND_BYTES,
    MAX_CONFIG_BYTES,
    CommandMessage,
    WantedConfig,
    command_statement,
    config_statement,
    sha256_of,
)
from siaga_core.wire.kinds import WireModel

Verifier: TypeAlias = Callable[[bytes, bytes], bool]
Message = TypeVar("Message", bound=WireModel)
Body = TypeVar("Body")


class RefusedError(WireError):
    """A command, a configuration or a key that is not accepted; the message says why."""


def read_config(payload: bytes, *, node: str, verify: Verifier) -> WantedConfig:
    """Return a configuration that the city signed for this node; raises `RefusedError`.

    `verify` says whether a signature (its first argument) fits a statement (its second).
    """
    wanted = _parse(WantedConfig, payload, MAX_CONFIG_BYTES)
    _check_node(wanted.node, node)
    _check_signature(wanted.signature, config_statement(wanted.node, wanted.version, wanted.sha256), verify)
    if sha256_of(wanted.body.encode()) != wanted.sha256:
        raise RefusedError("the body does not have the SHA-256 that was signed")
    return wanted


def read_command(payload: bytes, *, node: str, verify: Verifier) -> CommandMessage:
    """Return a command that the city signed for this node, however old it is; raises `RefusedError`."""
    message = _parse(CommandMessage, payload, MAX_COMMAND_BYTES)
    _check_node(message.node, node)
    _check_signature(message.signature, command_statement(message), verify)
    return message


def body_of(message: CommandMessage, bodies: TypeAdapter[Body]) -> Body:
    """Return what a command asks for; raises `RefusedError` for a body that is none of `bodies`."""
    try:
        return bodies.validate_json(message.body)
    except ValidationError as error:
        raise RefusedError(_first_problem(error)) from None


def check_expiry(message: CommandMessage, *, now: datetime) -> None:
    """Raise `RefusedError` for a command that is too late to be followed."""
    if message.expires_at <= now:
        raise RefusedError(f"expires_at: got {message.expires_at.isoformat()}, which is past")


def read_key(path: Path, load: Callable[[bytes], object], kind: type[Any]) -> Any:
    """Return the city's public key from a PEM file; raises `RefusedError` or OSError.

    `load` reads PEM bytes and raises ValueError; `kind` is the class of an Ed25519 public key, abstract in the library.
    """
    try:
        key = load(path.read_bytes())
    except ValueError as error:
        raise RefusedError(f"{path}: expected a PEM file with an Ed25519 public key: {error}") from None
    if not isinstance(key, kind):
        raise RefusedError(f"{path}: got a key of another kind, expected an Ed25519 public key")
    return key


def _parse(kind: type[Message], payload: bytes, most: int) -> Message:
    if len(payload) > most:
        raise RefusedError(f"got {len(payload)} bytes, expected at most {most}")
    try:
        return kind.model_validate_json(payload)
    except ValidationError as error:
        raise RefusedError(_first_problem(error)) from None


def _check_node(got: str, expected: str) -> None:
    if got != expected:
        raise RefusedError(f"node: got {got}, expected {expected}")


def _check_signature(signature: str, statement: bytes, verify: Verifier) -> None:
    if not verify(base64.b64decode(signature), statement):
        raise RefusedError(
            "the signature is not valid: the message was not signed with this city's key, or it was changed"
        )


def _first_problem(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "payload"
    return f"{where}: {first['msg']}"
