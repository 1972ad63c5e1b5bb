"""Creates the secret files of a deployment, each once: passwords, the broker's certificate and the keys of the fleet.

One folder holds them all (docs/deployment.md lists them). Existing files are never replaced, so the command may be
repeated: a lost or deleted file is created anew, and nothing else changes.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from siaga_cloud.fleet import broker_files, keys
from siaga_cloud.fleet.service.enrolment import set_password
from siaga_cloud.operations.setup import certificates
from siaga_cloud.operations.setup.logins import PASSWORD_FILES

# With an underscore, which no node's name may have: a node whose certificate names it cannot be taken for it.
BROKER_USER: Final = "cloud_ingest"
OWNER_PASSWORD: Final = "db_owner_password"  # noqa: S105 - names of files, here and below
GRAFANA_ADMIN_PASSWORD: Final = "grafana_admin_password"  # noqa: S105
BROKER_PASSWORD: Final = "broker_cloud_password"  # noqa: S105
SERVER_KEY: Final = "server_key"
WORDS: Final = (OWNER_PASSWORD, *PASSWORD_FILES, GRAFANA_ADMIN_PASSWORD, BROKER_PASSWORD, SERVER_KEY)

# A node that is prepared here does not know the address to renew at; a block ends it by its name.
_PREPARED_DAYS: Final = 825

# Who reads what in the containers of docker-compose.yml, by the accounts of their images: (owner, group).
SIAGA, POSTGRES, MOSQUITTO, GRAFANA, NGINX = 10001, 70, 1883, 472, 101


@dataclass(frozen=True, slots=True)
class Reader:
    """Represents the account that owns a file, and the group that may read it too (its own where nobody else may)."""

    uid: int
    gid: int


def reader_of(relative: str) -> Reader:
    """Return who reads a secret file of that name, relative to the folder."""
    if relative == OWNER_PASSWORD:
        return Reader(SIAGA, POSTGRES)
    if relative.startswith("grafana_"):
        return Reader(GRAFANA, SIAGA)
    if relative.startswith("front/"):
        return Reader(NGINX, NGINX)
    return Reader(MOSQUITTO, MOSQUITTO) if relative.startswith("broker/") else Reader(SIAGA, SIAGA)


def make_secrets(folder: Path, *, hosts: Sequence[str], node_ids: Iterable[str], now: datetime) -> list[Path]:
    """Makes what is missing and returns it. `hosts`: how nodes and programs call the broker; `node_ids`: nodes that get
    their credentials here instead of enrolling. Raises `keys.FleetKeyError` where a key there is unusable.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = [path for name in WORDS if (path := _word(folder / name))]
    fleet = folder / "fleet"
    made += _when_missing(fleet / keys.PUBLIC_FILE, lambda: keys.make_key(fleet))
    made += _when_missing(fleet / keys.CA_FILE, lambda: keys.make_authority(fleet, now=now))
    made += _broker_files(folder, hosts, now=now)
    made += _front_files(folder, hosts, now=now)
    for node_id in node_ids:
        made += _node_files(folder, node_id, now=now)
    return made


def give_to_readers(folder: Path) -> None:
    """As root: gives every file to the account in a container that reads it. Private keys are their owner's alone."""
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder).as_posix()
        reader = reader_of(relative)
        if path.is_dir():
            os.chown(path, reader.uid, reader.gid)
            continue
        os.chown(path, reader.uid, reader.gid)
        is_shared = reader.uid != reader.gid
        path.chmod(0o440 if is_shared else 0o400)


def _word(path: Path) -> Path | None:
    if path.exists():
        return None
    keys.write_private(path, (secrets.token_urlsafe(32) + "\n").encode())
    return path


def _when_missing(path: Path, make: Callable[[], Path]) -> list[Path]:
    return [] if path.exists() else [make()]


def _broker_files(folder: Path, hosts: Sequence[str], *, now: datetime) -> list[Path]:
    broker = folder / "broker"
    made = []
    if not (broker / "server.pem").exists():
        made += _broker_certificate(folder, broker, hosts, now=now)
    if not (broker / "passwords").exists():
        set_password(broker / "passwords", BROKER_USER, (folder / BROKER_PASSWORD).read_text().strip())
        made.append(broker / "passwords")
    if not (broker / keys.CA_FILE).exists():
        (broker / keys.CA_FILE).write_bytes((folder / "fleet" / keys.CA_FILE).read_bytes())
        made.append(broker / keys.CA_FILE)
    if not (broker / broker_files.ACL_FILE).exists():
        broker_files.write_in_place(broker / broker_files.ACL_FILE, broker_files.access_list(()).encode())
        made.append(broker / broker_files.ACL_FILE)
    if not (broker / broker_files.CRL_FILE).exists():
        nothing = broker_files.revocation_list(folder / "fleet", (), now=now)
        broker_files.write_in_place(broker / broker_files.CRL_FILE, nothing)
        made.append(broker / broker_files.CRL_FILE)
    return made


def _broker_certificate(folder: Path, broker: Path, hosts: Sequence[str], *, now: datetime) -> list[Path]:
    authority_key, authority = _authority(folder, now=now)
    key = certificates.new_key()
    (broker / "server.key.pem").unlink(missing_ok=True)
    keys.write_private(broker / "server.key.pem", keys.private_pem(key))
    shown = certificates.broker_certificate(key, authority, authority_key, hosts, now=now)
    (broker / "server.pem").write_bytes(certificates.pem(shown))
    return [broker / "server.pem"]


def _front_files(folder: Path, hosts: Sequence[str], *, now: datetime) -> list[Path]:
    """Write a certificate of the front door by the broker's authority, until the city puts its own there."""
    front = folder / "front"
    if (front / "fullchain.pem").exists():
        return []
    authority_key, authority = _authority(folder, now=now)
    key = certificates.new_key()
    (front / "privkey.pem").unlink(missing_ok=True)
    keys.write_private(front / "privkey.pem", keys.private_pem(key))
    shown = certificates.broker_certificate(key, authority, authority_key, hosts, now=now)
    (front / "fullchain.pem").write_bytes(certificates.pem(shown) + certificates.pem(authority))
    return [front / "fullchain.pem"]


def _authority(folder: Path, *, now: datetime) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    """Return the authority behind the broker's certificate, made where there is none: `broker-ca.pem` and its key."""
    key_file, file = folder / "broker-ca.key.pem", folder / "broker-ca.pem"
    if not key_file.exists():
        key = certificates.new_key()
        keys.write_private(key_file, keys.private_pem(key))
        file.write_bytes(certificates.pem(certificates.broker_authority(key, now=now)))
    held = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
    if not isinstance(held, ec.EllipticCurvePrivateKey):
        raise keys.FleetKeyError(f"{key_file}: expected an elliptic-curve key")
    return held, x509.load_pem_x509_certificate(file.read_bytes())


def _node_files(folder: Path, node: str, *, now: datetime) -> list[Path]:
    """Write the files that `siaga-edge enrol` would write, for a node that is prepared without enrolment."""
    node_id = folder / "nodes" / node
    if (node_id / "node.key.pem").exists():
        return []
    key = certificates.new_key()
    keys.write_private(node_id / "node.key.pem", keys.private_pem(key))
    request = certificates.request_pem(key, node)
    (node_id / "node.cert.pem").write_text(keys.certify(folder / "fleet", request, node, now=now, days=_PREPARED_DAYS))
    (node_id / "broker-ca.pem").write_bytes((folder / "broker-ca.pem").read_bytes())
    (node_id / keys.PUBLIC_FILE).write_bytes((folder / "fleet" / keys.PUBLIC_FILE).read_bytes())
    return [node_id]
