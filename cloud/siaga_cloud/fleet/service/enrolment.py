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
from siaga_cloud.fleet.node_names import check_node_name
from siaga_cloud.fleet.store import blocks
from siaga_cloud.fleet.store import commands as fleet
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.errors import ConflictError
from siaga_cloud.settings import FleetSettings
from siaga_core.wire.ids import is_feed_name

PASSWORD_FILE: Final = "broker-passwords"  # noqa: S105 - the name of a file
_ITERATIONS: Final = 1000  # the passwords are 256 random bits: there is nothing to guess


class TokenError(Exception):
    """The token is unknown, used or expired; the answer does not disclose which."""


class RenewalError(Exception):
    """The certificate cannot be renewed; the node must enrol again."""


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
    """Return a token for one enrolment of a node; only its hash is stored.

    Raises `ConflictError` for a blocked node and `InvalidError` for the name of a feed.
    """
    check_node_name(node)
    if blocks.is_blocked(conn, node):
        raise ConflictError(f"{node} is blocked", code="node_blocked")
    token = secrets.token_urlsafe(32)
    fleet.add_token(conn, token_hash(token), node, at=now, expires_at=now + lasts, by=by)
    return token


def command_of(public_url: str) -> str:
    """Return the command that enrols a node; it asks for the token, so that no list of processes shows it."""
    return f"siaga-edge enrol --url {public_url} --token - --folder /etc/siaga"


def command_with_token(public_url: str, token: str) -> str:
    """Return the same command with the token as its input, for a QR code."""
    return f"{command_of(public_url)} <<< {token}"


def token_hash(token: str) -> bytes:
    """Return what the database holds of a token; it is random, so that one round is enough."""
    return hashlib.sha256(token.encode()).digest()


def enrol(conn: Connection, place: FleetSettings, token: str, csr: str, *, now: datetime, by: str) -> Credentials:
    """Uses up a token; raises `TokenError` or `keys.FleetKeyError`, and then the token is still good."""
    node = fleet.use_token(conn, token_hash(token), at=now, by=by)
    if node is None or is_feed_name(node):
        raise TokenError("the token is not known, was used, or is too old")
    fleet.lock_node(conn, node)  # a block that runs at the same time revokes what is given here
    if blocks.is_blocked(conn, node):
        raise TokenError("the token is not known, was used, or is too old")
    signing_key = keys.read_public(place.folder)
    certificate = password = None
    if keys.has_authority(place.folder):
        certificate = certified(conn, place.folder, csr, node, now=now)
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


def certified(conn: Connection, folder: Path, csr: str, node: str, *, now: datetime) -> str:
    """Return a certificate for a node's key and record its serial number; raises `keys.FleetKeyError`."""
    certificate = keys.certify(folder, csr, node, now=now)
    blocks.save_certificate(
        conn, keys.serial_of(certificate), node, issued_at=now, valid_until=keys.ends_at(certificate)
    )
    return certificate


def renew(conn: Connection, place: FleetSettings, certificate: str, csr: str, *, now: datetime) -> str:
    """Return a new certificate in place of one that has not ended, for the same key, which signs the request.

    Raises `RenewalError` where the city did not give the certificate, where it has ended or was revoked, for a blocked
    node, and for a request of another key; `keys.FleetKeyError` where the authority cannot be read.
    """
    held = keys.genuine(place.folder, certificate, now=now)
    if held is None or is_feed_name(held.node):
        raise RenewalError("the certificate is not the city's, has ended, or was revoked")
    fleet.lock_node(conn, held.node)  # a block that runs at the same time revokes what is given here
    if blocks.is_revoked(conn, held.serial) or blocks.is_blocked(conn, held.node):
        raise RenewalError("the certificate is not the city's, has ended, or was revoked")
    if not keys.is_same_key(certificate, csr):
        raise RenewalError("the request is signed by another key than that of the certificate")
    blocks.save_certificate(conn, held.serial, held.node, issued_at=held.issued_at, valid_until=held.valid_until)
    renewed = certified(conn, place.folder, csr, held.node, now=now)
    fleet.extend_credential(conn, held.node, until=keys.ends_at(renewed))
    return renewed


def set_password(path: Path, username: str, password: str) -> None:
    """Puts a user's hash into a Mosquitto password file; the broker reads it again at SIGHUP."""
    _write_passwords(path, username, [f"{username}:{mosquitto_hash(password)}"])


def remove_password(path: Path, username: str) -> None:
    """Takes a user out of a Mosquitto password file; the broker ends the user's connection at SIGHUP."""
    _write_passwords(path, username, [])


def _write_passwords(path: Path, username: str, new: list[str]) -> None:
    with _locked(path):
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        retained = [line for line in lines if line.partition(":")[0] != username]
        part = path.with_name(path.name + ".part")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write("".join(f"{line}\n" for line in [*retained, *new]))
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
