"""What the cloud signs for a node is read, or refused with the reason."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from siaga_core.wire.codec import encode
from siaga_core.wire.fleet import (
    COMMAND_BODY,
    MAX_COMMAND_BYTES,
    MAX_CONFIG_BYTES,
    AnnounceStorm,
    CommandMessage,
    WantedConfig,
    command_statement,
    config_statement,
    sha256_of,
)
from siaga_core.wire.signed import RefusedError, body_of, check_expiry, read_command, read_config, read_key

AT = datetime(2026, 1, 15, 8, tzinfo=UTC)
SIGNATURE = bytes(range(64))
STORM = AnnounceStorm(until=AT + timedelta(hours=2))


@dataclass
class Verifier:
    """Accepts or refuses every signature, and records what it was asked about."""

    accepts: bool = True
    seen: list[tuple[bytes, bytes]] = field(default_factory=list)

    def __call__(self, signature: bytes, statement: bytes) -> bool:
        self.seen.append((signature, statement))
        return self.accepts


def command(body: str = STORM.model_dump_json(), **more: Any) -> CommandMessage:
    return CommandMessage(
        **{
            "node": "node-a",
            "number": 7,
            "expires_at": AT + timedelta(minutes=1),
            "body": body,
            "signature": base64.b64encode(SIGNATURE).decode(),
            **more,
        }
    )


def config(body: str = "[camera]", **more: Any) -> WantedConfig:
    return WantedConfig(
        **{
            "node": "node-a",
            "version": 3,
            "sha256": sha256_of(body.encode()),
            "body": body,
            "signature": base64.b64encode(SIGNATURE).decode(),
            **more,
        }
    )


def test_a_signed_command_is_read_with_its_body() -> None:
    verify = Verifier()
    message = read_command(encode(command()), node="node-a", verify=verify)
    assert message == command()
    assert body_of(message, COMMAND_BODY) == STORM
    assert verify.seen == [(SIGNATURE, command_statement(message))]


def test_a_signed_configuration_is_read() -> None:
    verify = Verifier()
    wanted = read_config(encode(config()), node="node-a", verify=verify)
    assert wanted == config()
    assert verify.seen == [(SIGNATURE, config_statement("node-a", 3, wanted.sha256))]


@pytest.mark.parametrize(
    ("read", "payload", "problem"),
    [
        (read_command, b" " * (MAX_COMMAND_BYTES + 1), "got 32769 bytes, expected at most 32768"),
        (read_command, b" " * MAX_COMMAND_BYTES, "payload: Invalid JSON"),
        (read_command, encode(command()).replace(b'"number":7', b'"number":0'), "number: Input should be greater"),
        (read_command, encode(command(node="node-b")), "node: got node-b, expected node-a"),
        (read_config, b" " * (MAX_CONFIG_BYTES + 1), "got 524289 bytes, expected at most 524288"),
        (read_config, b"{}", "node: Field required"),
        (read_config, encode(config(node="node-b")), "node: got node-b, expected node-a"),
        (read_config, encode(config(sha256="0" * 64)), "the body does not have the SHA-256 that was signed"),
    ],
)
def test_what_cannot_be_accepted_is_refused_with_the_reason(
    read: Callable[..., object], payload: bytes, problem: str
) -> None:
    with pytest.raises(RefusedError, match=problem):
        read(payload, node="node-a", verify=Verifier())


@pytest.mark.parametrize(("read", "payload"), [(read_command, encode(command())), (read_config, encode(config()))])
def test_a_signature_that_does_not_fit_is_refused(read: Callable[..., object], payload: bytes) -> None:
    with pytest.raises(
        RefusedError,
        match="the signature is not valid: the message was not signed with this city's key, or it was changed",
    ):
        read(payload, node="node-a", verify=Verifier(accepts=False))


def test_a_body_that_is_no_known_command_is_refused() -> None:
    with pytest.raises(RefusedError, match="payload: Input tag 'dance' found"):
        body_of(command('{"kind":"dance"}'), COMMAND_BODY)


def test_a_command_expires_at_its_time() -> None:
    check_expiry(command(), now=AT)
    with pytest.raises(RefusedError, match=r"expires_at: got 2026-01-15T08:01:00\+00:00, which is past"):
        check_expiry(command(), now=AT + timedelta(minutes=1))


def test_a_key_of_the_right_kind_is_read(tmp_path: Path) -> None:
    path = tmp_path / "city.pem"
    path.write_bytes(b"42")
    assert read_key(path, int, int) == 42
    with pytest.raises(RefusedError, match=r"city\.pem: got a key of another kind, expected an Ed25519 public key"):
        read_key(path, int, str)
    path.write_bytes(b"none")
    with pytest.raises(RefusedError, match=r"city\.pem: expected a PEM file with an Ed25519 public key: invalid"):
        read_key(path, int, int)
