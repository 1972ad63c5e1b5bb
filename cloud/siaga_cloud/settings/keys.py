"""Checks the keys that settings name, so that a wrong one is reported when a program starts."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

_LEAST_BITS: Final = 2048


def rsa_complaint(key_file: Path, cert_file: Path) -> str | None:
    """Return what is wrong with the key or the certificate that messages are signed with, or None."""
    try:
        key = load_pem_private_key(key_file.read_bytes(), password=None)
    except (OSError, TypeError, ValueError):
        return "SIAGA_CAP_KEY_FILE: got a file without a readable key, expected an RSA key as PEM without a password"
    if not isinstance(key, RSAPrivateKey) or key.key_size < _LEAST_BITS:
        return f"SIAGA_CAP_KEY_FILE: got a key of another kind or size, expected RSA of at least {_LEAST_BITS} bits"
    try:
        certificate = x509.load_pem_x509_certificate(cert_file.read_bytes())
    except (OSError, ValueError):
        return "SIAGA_CAP_CERT_FILE: got a file without a readable certificate, expected one as PEM"
    if certificate.public_key() != key.public_key():
        return "SIAGA_CAP_CERT_FILE: got the certificate of another key, expected that of SIAGA_CAP_KEY_FILE"
    return None
