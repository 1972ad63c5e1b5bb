"""Exchanges the one-time token of a new node for a certificate or a password."""

from __future__ import annotations

import base64
import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from siaga_cloud.fleet import keys
from siaga_cloud.fleet.store import commands as fleet
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.settings import FleetSettings

PASSWORD_FILE: Final = "broker-passwords"  # noqa: S105 - the name of a file
_ITERATIONS: Final = 1000  # the passwords are 256 random bits: there is nothing to guess


class TokenError(Exception):
    """The token is unknown, used or expired; the answer does not disclose which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Holds what a node receives, once: either `certificate` or `password`."""

    node: str
    broker_host: str
    broker_port: int
    broker_ca: str | None
    signing_key: str
    certificate: str | None
    password: str | None


def make_token(conn: Connection, node: str, *, now: datetime, lasts: timedelta, by: str = "") -> str:
    """Return a token for one enrolment of a node; only its hash is stored."""
    token = secrets.token_urlsafe(32)
    fleet.add_token(conn, token_hash(token), node, at=now, expires_at=now + lasts, by=by)
    return token


def token_hash(token: str) -> bytes:
    """Return what the database holds of a token; it is random, so that one round is enough."""
    return hashlib.sha256(token.encode()).digest()


def enrol(conn: Connection, place: FleetSettings, token: str, csr: str, *, now: datetime, by: str) -> Credentials:
    """Uses up a token; raises `TokenError` or `keys.FleetKeyError`, and then the token is still good."""
    node = fleet.use_token(conn, token_hash(token), at=now, by=by)
    if node is None:
        raise TokenError("the token is not known, was used, or is too old")
    signing_key = keys.read_public(place.folder)
    certificate = password = None
    if keys.has_authority(place.folder):
        certificate = keys.certify(place.folder, csr, node, now=now)
        fleet.note_credential(conn, token_hash(token), credential="certificate", until=keys.ends_at(certificate))
    else:
        fleet.note_credential(conn, token_hash(token), credential="password", until=None)
        password = secrets.token_urlsafe(32)
        set_password(place.folder / PASSWORD_FILE, node, password)
    return Credentials(
        node=node,
        broker_host=place.broker_host,
        broker_port=place.broker_port,
        broker_ca=place.broker_ca_file.read_text("ascii") if place.broker_ca_file else None,
        signing_key=signing_key,
        certificate=certificate,
        password=password,
    )


def set_password(path: Path, username: str, password: str) -> None:
    """Puts a user's hash into a Mosquitto password file; the broker reads it again at SIGHUP."""
    with _locked(path):
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        retained = [line for line in lines if line.partition(":")[0] != username]
        part = path.with_name(path.name + ".part")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write("".join(f"{line}\n" for line in [*retained, f"{username}:{mosquitto_hash(password)}"]))
        part.replace(path)


def mosquitto_hash(password: str) -> str:
    """PBKDF2 with SHA-512, as `mosquitto_passwd` writes it since version 2."""
    salt = secrets.token_bytes(12)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ITERATIONS, dklen=64)
    return f"$7${_ITERATIONS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.with_name(path.name + ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
