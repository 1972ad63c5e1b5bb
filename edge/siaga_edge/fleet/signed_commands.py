"""Which commands are genuine, meant for this node, and newer than what came before."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final, TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from siaga_core.wire import signed
from siaga_core.wire.fleet import COMMAND_BODY, CommandBody, WantedConfig

NO_KEY: Final = "this node has no [fleet] key_file, so it accepts no commands"
CommandError: TypeAlias = signed.RefusedError


class ReplayedCommandError(CommandError):
    """A command that came before; brokers send twice, so this alone is no attack."""


class CommandChecker:
    """Reads commands for one node. Without a key none is genuine."""

    def __init__(self, node: str, key: Ed25519PublicKey | None) -> None:
        self._node, self._key = node, key

    def config(self, payload: bytes) -> WantedConfig:
        """Return a genuine configuration; raises `CommandError`."""
        return signed.read_config(payload, node=self._node, verify=self._is_signed)

    def command(self, payload: bytes, *, above: int, now: datetime) -> tuple[int, CommandBody]:
        """Number and body of a genuine command that is newer than number `above`; raises `CommandError`."""
        message = signed.read_command(payload, node=self._node, verify=self._is_signed)
        body = signed.body_of(message, COMMAND_BODY)
        if message.number <= above:
            raise ReplayedCommandError(f"number: got {message.number}, expected one above {above}")
        signed.check_expiry(message, now=now)
        return message.number, body

    def _is_signed(self, signature: bytes, statement: bytes) -> bool:
        if self._key is None:
            raise CommandError(NO_KEY)
        try:
            self._key.verify(signature, statement)
        except InvalidSignature:
            return False
        return True


def read_key(path: Path) -> Ed25519PublicKey:
    """Return the city's public key from a PEM file; raises `CommandError` or OSError."""
    key: Ed25519PublicKey = signed.read_key(path, load_pem_public_key, Ed25519PublicKey)
    return key
