"""Signs orders as the cloud does, for tests of the boxes that get them."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from siaga_core.wire.codec import encode
from siaga_core.wire.fleet import (
    CommandBody,
    CommandMessage,
    WantedConfig,
    command_statement,
    config_statement,
    sha256_of,
)

UNSIGNED = "A" * 86 + "=="


class Signer:
    """A city's key."""

    def __init__(self) -> None:
        self.key = Ed25519PrivateKey.generate()

    def write_public(self, path: Path) -> Path:
        path.write_bytes(self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        return path

    def config(self, node: str, version: int, body: str) -> WantedConfig:
        sha256 = sha256_of(body.encode())
        signature = self._sign(config_statement(node, version, sha256))
        return WantedConfig(node=node, version=version, sha256=sha256, body=body, signature=signature)

    def config_bytes(self, node: str, version: int, body: str) -> bytes:
        return encode(self.config(node, version, body))

    def command_bytes(self, node: str, number: int, body: CommandBody, *, expires_at: datetime | None = None) -> bytes:
        message = CommandMessage(
            node=node,
            number=number,
            expires_at=expires_at or datetime.now(UTC) + timedelta(hours=1),
            body=body.model_dump_json(),
            signature=UNSIGNED,
        )
        return encode(message.model_copy(update={"signature": self._sign(command_statement(message))}))

    def _sign(self, statement: bytes) -> str:
        return base64.b64encode(self.key.sign(statement)).decode()
