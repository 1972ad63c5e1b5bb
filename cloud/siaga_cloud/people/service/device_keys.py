"""Registers the keys of devices and verifies the requests that they sign.

A device key is evidence that two requests come from one browser, and nothing more: everybody can make one. The network
that registered it and the time are stored, so that many new keys of one network can be weighed as one source.
"""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from siaga_cloud.people.store import device_keys as db
from siaga_cloud.people.store.device_keys import DeviceKeyRow, UserDevice
from siaga_cloud.platform.db import audit
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.errors import ConflictError, InvalidError, NotFoundError

FRESH: Final = timedelta(minutes=5)
MOST_PER_NETWORK: Final = 500  # a day; whole districts of mobile phones share one address
NETWORK_PERIOD: Final = timedelta(days=1)
FORGET_UNUSED_AFTER: Final = timedelta(days=7)
FORGET_QUIET_AFTER: Final = timedelta(days=400)
_SIGNATURE_BYTES: Final = 64
_MOST_CHARACTERS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRequest:
    """Holds what a request states of its signature, and what it is signed over. `signed_ms`: Unix time."""

    key_id: str
    signed_ms: int
    signature: str
    method: str
    path: str
    body_sha256: str

    def message(self) -> bytes:
        """Return the bytes that the device signed."""
        parts = ("siaga-request-1", self.method, self.path, self.key_id, str(self.signed_ms), self.body_sha256)
        return "\n".join(parts).encode()

    def is_fresh(self, now: datetime) -> bool:
        """Return whether it was signed within minutes of now, before or after."""
        return abs(now.timestamp() * 1000 - self.signed_ms) <= FRESH.total_seconds() * 1000


def verified_key(conn: Connection, request: SignedRequest | None, *, now: datetime) -> str | None:
    """Return the id of the key that signed a fresh request, once; None for anything else.

    None means "no evidence", not "refused": the request is as good as an unsigned one. A replay, a revoked key, a
    changed body and a wrong time all give None. Call it in the transaction that stores what the request brings.
    """
    if request is None or not request.is_fresh(now):
        return None
    key = db.get(conn, request.key_id)
    if key is None or key.revoked_at is not None:
        return None
    message = request.message()
    if not is_signed(key.public_key, message, request.signature):
        return None
    # By the message and not by the signature: an ECDSA signature can be changed into another valid one.
    is_first = db.insert_use(conn, key.id, hashlib.sha256(message).digest(), now=now)
    return key.id if is_first else None


def is_signed(public_key: bytes, message: bytes, signature: str) -> bool:
    """Return whether a signature (base64url of r and s, as WebCrypto writes it) is of this message and key."""
    raw = _decoded(signature)
    if raw is None or len(raw) != _SIGNATURE_BYTES:
        return False
    half = _SIGNATURE_BYTES // 2
    der = encode_dss_signature(int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big"))
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public_key)
    try:
        key.verify(der, message, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def register(conn: Connection, *, x: str, y: str, request: SignedRequest | None, network: str, now: datetime) -> str:
    """Register a public key, whose owner proves with a signed request that the private key is theirs; return its id.

    A second time changes nothing. The time of the request is not checked, because a device learns the server's time
    here. Raises InvalidError for what is no key or is not signed by it, and ConflictError for a revoked key and for a
    network that registered too many.
    """
    point = _point(x, y)
    key_id = thumbprint(point)
    if request is None or request.key_id != key_id or not is_signed(point, request.message(), request.signature):
        raise InvalidError("the registration is not signed by the key", code="device_key_unsigned")
    held = db.get(conn, key_id)
    if held is None:
        _insert(conn, key_id, point, network=network, now=now)
    elif held.revoked_at is not None:
        raise ConflictError("the key was revoked; make another", code="device_key_revoked")
    return key_id


def bind(conn: Connection, key_id: str, user_id: str, *, agent: str, now: datetime) -> None:
    """Record that a member of staff signed in on the device of a key; the first time is in the audit log."""
    if db.bind(conn, key_id, user_id, agent=agent, now=now):
        audit.record(conn, actor=user_id, action="bind_device", kind="device_key", object_id=key_id, now=now)


def is_bound(conn: Connection, key_id: str, user_id: str) -> bool:
    """Return whether a member of staff uses the device of a key that was not revoked."""
    return db.bound_at(conn, key_id, user_id) is not None


def devices(conn: Connection, user_id: str) -> list[UserDevice]:
    """Return the devices of a member of staff."""
    return db.devices(conn, user_id)


def revoke(conn: Connection, key_id: str, *, owner: str | None, by: str, now: datetime) -> None:
    """Revoke a key for good; raises NotFoundError where there is none, or `owner` is given and does not use it."""
    is_own = owner is None or is_bound(conn, key_id, owner)
    if not is_own or not db.revoke(conn, key_id, by=by, now=now):
        raise NotFoundError(f"there is no device key {key_id[:60]!r}", code="device_key_not_found")
    audit.record(conn, actor=by, action="revoke_device", kind="device_key", object_id=key_id, now=now)


def key_facts(conn: Connection, key_id: str) -> DeviceKeyRow | None:
    """Return what is known of a key: the network that registered it, and when."""
    return db.get(conn, key_id)


def forget_old(conn: Connection, *, now: datetime) -> None:
    """Delete accepted requests that are not fresh any more, and keys that nobody uses."""
    db.delete_old(
        conn,
        uses_before=now - 2 * FRESH - timedelta(minutes=1),
        unused_before=now - FORGET_UNUSED_AFTER,
        quiet_before=now - FORGET_QUIET_AFTER,
    )


def thumbprint(point: bytes) -> str:
    """Return the id of a key: the thumbprint of its JWK (RFC 7638)."""
    x, y = encoded(point[1:33]), encoded(point[33:])
    canonical = json.dumps({"crv": "P-256", "kty": "EC", "x": x, "y": y}, separators=(",", ":"))
    return encoded(hashlib.sha256(canonical.encode()).digest())


def encoded(data: bytes) -> str:
    """Return base64url without padding, as JWK writes it."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def signed_at(request: SignedRequest) -> datetime:
    """Return when the device says that it signed."""
    return datetime.fromtimestamp(request.signed_ms / 1000, UTC)


def _insert(conn: Connection, key_id: str, point: bytes, *, network: str, now: datetime) -> None:
    if db.count_of_network(conn, network, since=now - NETWORK_PERIOD) >= MOST_PER_NETWORK:
        raise ConflictError(f"{network} registered {MOST_PER_NETWORK} keys within a day", code="too_many_device_keys")
    db.insert(conn, key_id, point, network=network, now=now)


def _point(x: str, y: str) -> bytes:
    halves = [_decoded(x), _decoded(y)]
    point = b"\x04" + b"".join(half for half in halves if half is not None and len(half) == 32)
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        raise InvalidError("x, y: expected the coordinates of a P-256 key", code="invalid_device_key") from None
    return point


def _decoded(text: str) -> bytes | None:
    if len(text) > _MOST_CHARACTERS or not text.isascii():
        return None
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (Base64Error, ValueError):
        return None
