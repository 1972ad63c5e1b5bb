"""When a node asks for a new certificate, also after its clock was wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from siaga_edge.fleet.renewal import CertificateRenewal, RenewalError

NOW = datetime(2026, 12, 1, tzinfo=UTC)


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def renewal(folder: Path, clock: Clock, *, ends_at: datetime) -> CertificateRenewal:
    """A node with a certificate of 90 days that cannot reach its cloud, so that each attempt is an error."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "posko-utara")])
    held = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(ends_at - timedelta(days=90))
        .not_valid_after(ends_at)
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    (folder / "cert.pem").write_bytes(held.public_bytes(pem))
    (folder / "key.pem").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    return CertificateRenewal(
        url="http://127.0.0.1:1", cert_file=folder / "cert.pem", key_file=folder / "key.pem", clock=clock
    )


def test_it_requests_in_the_last_third_and_again_after_an_hour(tmp_path: Path) -> None:
    clock = Clock()
    node = renewal(tmp_path, clock, ends_at=NOW + timedelta(days=30, minutes=30))
    assert not node.tick(), "the last third has not begun"
    clock.now += timedelta(minutes=59)
    assert not node.tick(), "an hour has not passed"
    clock.now += timedelta(minutes=1)
    with pytest.raises(RenewalError):
        node.tick()
    assert not node.tick(), "after a failure an hour passes, too"


def test_a_clock_that_was_ahead_does_not_block_the_request(tmp_path: Path) -> None:
    clock = Clock()
    node = renewal(tmp_path, clock, ends_at=NOW + timedelta(days=20))
    clock.now = datetime(2099, 1, 1, tzinfo=UTC)
    with pytest.raises(RenewalError):
        node.tick()
    clock.now = NOW
    with pytest.raises(RenewalError):
        node.tick()
