"""Reads the signing key of the city and the authority that certifies nodes, from private files that only their owner
may read.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from siaga_core.wire.ids import NAME_PATTERN

KEY_FILE, PUBLIC_FILE = "fleet-key.pem", "fleet-key.pub.pem"
CA_KEY_FILE, CA_FILE = "node-ca.key.pem", "node-ca.pem"

_CA_DAYS, NODE_DAYS = 3650, 90
_CLOCKS_DIFFER = timedelta(hours=1)


class FleetKeyError(Exception):
    """A key is missing, readable by others or invalid; the message names the file and what was expected."""


def make_key(folder: Path) -> Path:
    """Makes the signing key; returns the public file. Raises `FleetKeyError` where there is one already."""
    path = folder / KEY_FILE
    if path.exists():
        raise FleetKeyError(f"{path}: the key exists; it is not replaced, because every node trusts it")
    key = Ed25519PrivateKey.generate()
    write_private(path, private_pem(key))
    public = folder / PUBLIC_FILE
    public.write_bytes(public_pem(key))
    return public


def load_key(folder: Path) -> Ed25519PrivateKey:
    """Return the signing key; raises `FleetKeyError`."""
    path = folder / KEY_FILE
    key = _read_private(path, hint="make it with: siaga-cloud admin fleet-key")
    if not isinstance(key, Ed25519PrivateKey):
        raise FleetKeyError(f"{path}: got a key of another kind, expected Ed25519")
    return key


def has_key(folder: Path) -> bool:
    """Return whether the city has a signing key in this folder."""
    return (folder / KEY_FILE).is_file()


def public_pem(key: Ed25519PrivateKey) -> bytes:
    """Return what nodes get of it."""
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def read_public(folder: Path) -> str:
    """Return the public half, for enrolment; raises `FleetKeyError`."""
    try:
        return (folder / PUBLIC_FILE).read_text("ascii")
    except OSError as error:
        raise FleetKeyError(f"{folder / PUBLIC_FILE}: {error.strerror}; siaga-cloud admin fleet-key makes it") from None


def make_authority(folder: Path, *, now: datetime) -> Path:
    """Makes the authority whose certificates the broker trusts; raises `FleetKeyError` where there is one."""
    if (folder / CA_KEY_FILE).exists():
        raise FleetKeyError(f"{folder / CA_KEY_FILE}: there is an authority already")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Siaga nodes")])
    certificate = (
        begun(name, name, key.public_key(), now=now, days=_CA_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage(signs=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    write_private(folder / CA_KEY_FILE, private_pem(key))
    (folder / CA_FILE).write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return folder / CA_FILE


def has_authority(folder: Path) -> bool:
    """Return whether nodes get certificates here."""
    return (folder / CA_KEY_FILE).is_file()


def certify(folder: Path, request_pem: str, node: str, *, now: datetime, days: int = NODE_DAYS) -> str:
    """Return a client certificate for a node's key. Of the request only the key counts: the name is the token's.

    Raises `FleetKeyError` where the request is none, and where the authority cannot be read.
    """
    try:
        request = x509.load_pem_x509_csr(request_pem.encode())
        is_genuine = request.is_signature_valid
    except ValueError as error:
        raise FleetKeyError(f"csr: expected a certificate request in PEM: {error}") from None
    public = request.public_key()
    if not is_genuine or not isinstance(public, ec.EllipticCurvePublicKey):
        raise FleetKeyError("csr: expected a request that its own elliptic-curve key has signed")
    authority = x509.load_pem_x509_certificate((folder / CA_FILE).read_bytes())
    key = authority_key(folder)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, node)])
    certificate = (
        begun(name, authority.subject, public, now=now, days=days)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def authority_key(folder: Path) -> ec.EllipticCurvePrivateKey:
    """Return the key of the authority; raises `FleetKeyError`."""
    key = _read_private(folder / CA_KEY_FILE, hint="make it with: siaga-cloud admin fleet-key --authority")
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise FleetKeyError(f"{folder / CA_KEY_FILE}: expected an elliptic-curve key")
    return key


def serial_of(certificate_pem: str) -> str:
    """Return the serial number of a certificate in hexadecimal."""
    return f"{x509.load_pem_x509_certificate(certificate_pem.encode()).serial_number:x}"


def ends_at(certificate_pem: str) -> datetime:
    """Until when a certificate holds."""
    return x509.load_pem_x509_certificate(certificate_pem.encode()).not_valid_after_utc


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeCertificate:
    """Describes a certificate of the city's node authority."""

    node: str
    serial: str
    issued_at: datetime
    valid_until: datetime


def genuine(folder: Path, certificate_pem: str, *, now: datetime) -> NodeCertificate | None:
    """Return what a certificate states where our authority signed it and it holds now; None for any other."""
    authority = x509.load_pem_x509_certificate((folder / CA_FILE).read_bytes())
    try:
        held = x509.load_pem_x509_certificate(certificate_pem.encode())
        held.verify_directly_issued_by(authority)
        node = str(held.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)
    except (ValueError, TypeError, IndexError, InvalidSignature):
        return None
    if not held.not_valid_before_utc <= now <= held.not_valid_after_utc or not re.fullmatch(NAME_PATTERN, node):
        return None
    return NodeCertificate(
        node=node,
        serial=f"{held.serial_number:x}",
        issued_at=held.not_valid_before_utc,
        valid_until=held.not_valid_after_utc,
    )


def is_same_key(certificate_pem: str, request_pem: str) -> bool:
    """Whether a certificate request was signed by the key of the certificate."""
    try:
        request = x509.load_pem_x509_csr(request_pem.encode())
        held = x509.load_pem_x509_certificate(certificate_pem.encode())
    except ValueError:
        return False
    form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    same = request.public_key().public_bytes(*form) == held.public_key().public_bytes(*form)
    return request.is_signature_valid and same


def write_private(path: Path, data: bytes) -> None:
    """A new file that only its owner may read; never replaces one."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)


def begun(
    name: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, *, now: datetime, days: int
) -> x509.CertificateBuilder:
    """Return a certificate that has neither extensions nor a signature yet."""
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCKS_DIFFER)
        .not_valid_after(now + timedelta(days=days))
    )


def usage(*, signs: bool) -> x509.KeyUsage:
    """Return what a key may do: sign certificates, or prove who it is."""
    return x509.KeyUsage(
        digital_signature=not signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


def private_pem(key: Ed25519PrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    """As it lies in a file that only its owner may read."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _read_private(path: Path, *, hint: str) -> PrivateKeyTypes:
    try:
        mode = path.stat().st_mode
        data = path.read_bytes()
    except OSError as error:
        raise FleetKeyError(f"{path}: {error.strerror}; {hint}") from None
    if mode & 0o077:
        raise FleetKeyError(
            f"{path}: got mode {mode & 0o777:04o}, expected 0600, because only its owner may read a private key"
        )
    try:
        return serialization.load_pem_private_key(data, password=None)
    except (ValueError, TypeError):
        raise FleetKeyError(f"{path}: expected a private key in PEM without a password") from None
