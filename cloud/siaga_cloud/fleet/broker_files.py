"""Writes what the broker reads about nodes: the access list with the blocked ones, and the revocation list.

Files that exist are written in place, so that their owner, mode and place in a container stay. The broker reads them
again at SIGHUP (packaging/mosquitto sends it).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from siaga_cloud.fleet import keys
from siaga_core.wire.topics import cloud_patterns, node_patterns

ACL_FILE, CRL_FILE = "acl", "node-crl.pem"
INGEST_USER: Final = "cloud_ingest"
# As long as the authority: a list that has expired would lock out every node.
_CRL_DAYS: Final = 3650
_CLOCKS_DIFFER: Final = timedelta(hours=1)


def access_list(blocked: Iterable[str]) -> str:
    """Return the access list of Mosquitto: named streams for nodes, nothing for the blocked ones."""
    lines = [
        "# A node writes under its own up/, by named streams, and reads its own down/; %u is the name in its",
        "# certificate. The file is written by siaga-cloud admin (secrets, fleet block, fleet broker-files).",
        *node_patterns(),
        "",
        "# The cloud. Names of nodes hold no underscore, so no certificate can carry this one. It writes to up/",
        "# only to clear what a node has retained there.",
        f"user {INGEST_USER}",
        *cloud_patterns(),
        "topic write v1.1/#",
    ]
    for node in sorted(blocked):
        lines += ["", "# Blocked: siaga-cloud admin fleet block", f"user {node}", "topic deny #"]
    return "\n".join(lines) + "\n"


def revocation_list(folder: Path, revoked: Sequence[tuple[str, datetime]], *, now: datetime) -> bytes:
    """Return the signed list of revoked certificates (serial in hexadecimal, when); raises `keys.FleetKeyError`."""
    authority = x509.load_pem_x509_certificate((folder / keys.CA_FILE).read_bytes())
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.subject)
        .last_update(now - _CLOCKS_DIFFER)
        .next_update(now + timedelta(days=_CRL_DAYS))
        .add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
    )
    for serial, at in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(int(serial, 16)).revocation_date(at).build()
        builder = builder.add_revoked_certificate(entry)
    signed = builder.sign(keys.authority_key(folder), hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.PEM)


def write_in_place(path: Path, data: bytes) -> None:
    """Write a file that only its owner may read, or new contents into the existing one."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
