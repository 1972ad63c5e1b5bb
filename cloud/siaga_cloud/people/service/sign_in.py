"""Signs people in by password, with the same answer for every failure and a delay that grows with repeated attempts."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from siaga_cloud.people.service import passwords
from siaga_cloud.people.store import accounts as people
from siaga_cloud.people.store import sessions
from siaga_cloud.platform.db import audit
from siaga_cloud.platform.db.connection import Connection

FREE_PER_NETWORK: Final = 5
FREE_PER_DEVICE: Final = 5
FREE_PER_ADDRESS: Final = 30
FREE_UNDER_ATTACK: Final = 2
ATTACKED_FROM: Final = 50
FIRST_DELAY: Final = timedelta(seconds=30)
LONGEST_DELAY: Final = timedelta(minutes=15)
QUIET: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a sign-in comes from. `device` names a browser in which the same user signed in before (devices.py)."""

    address: str
    network: str
    device: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lockout:
    """This device, network or address may not attempt to sign in now."""

    wait_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """Represents an attempt that may continue: the hash to compare with, None where there is no such user or no
    password.
    """

    account_key: str
    own_key: str
    address_key: str | None
    password_hash: str | None


def delay(failures: int, *, free: int, first: timedelta = FIRST_DELAY) -> timedelta:
    """Return how long nobody may try after so many failures: doubling from `first` to 15 min."""
    if failures < free:
        return timedelta(0)
    return min(LONGEST_DELAY, first * 2.0 ** min(failures - free, 16))


def begin(conn: Connection, user_id: str, origin: Origin, *, now: datetime) -> Attempt | Lockout:
    """Count the try; this must be committed before the password is compared.

    Failures lock a device, or an account for one network, or an address: never an account for everybody, as then a
    stranger could keep a named person out. Failures of strangers in all networks together only leave each network
    fewer tries.
    """
    account_key = account_guard(user_id)
    if origin.device is not None:
        keys = _Keys(own=f"device:{account_key}:{origin.device[:40]}")
        wait = _count(conn, keys.own, free=FREE_PER_DEVICE, now=now)
    else:
        keys = _Keys(own=f"net:{account_key}:{origin.network[:50]}", address=f"from:{origin.address[:100]}")
        wait = _count_stranger(conn, account_key, keys, now=now)
    if wait:
        return Lockout(wait_seconds=wait.total_seconds())
    held = people.password_hash(conn, user_id)
    return Attempt(account_key=account_key, own_key=keys.own, address_key=keys.address, password_hash=held)


def succeed(conn: Connection, attempt: Attempt, user_id: str, password: str, *, now: datetime) -> None:
    """Delete the failures of the device or network; make the hash anew where its parameters are of yesterday."""
    forgive(conn, attempt)
    if attempt.password_hash is not None and passwords.is_outdated(attempt.password_hash):
        people.set_password(conn, user_id, passwords.make_hash(password), now=now)
    audit.record(conn, actor=user_id, action="sign_in", kind="user", object_id=user_id, now=now)


def forgive(conn: Connection, attempt: Attempt) -> None:
    """Undo what `begin` counted for an attempt that was right: it proves nothing about other networks' failures."""
    sessions.clear_attempts(conn, attempt.own_key)
    if attempt.address_key is not None:
        sessions.release_attempt(conn, attempt.address_key)
        sessions.release_attempt(conn, attempt.account_key)


def unlock(conn: Connection, user_id: str) -> None:
    """Let every device and network try again at once."""
    sessions.clear_account_attempts(conn, account_guard(user_id))


def account_guard(user_id: str) -> str:
    """Return the key of an account's tries. Hashed: people type passwords where the name belongs."""
    return f"user:{hashlib.sha256(user_id.encode()).hexdigest()[:40]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Keys:
    own: str
    address: str | None = None


def _count_stranger(conn: Connection, account_key: str, keys: _Keys, *, now: datetime) -> timedelta:
    wait = _count(conn, keys.address or "", free=FREE_PER_ADDRESS, now=now)
    if sessions.count_failures(conn, account_key, quiet_since=now - QUIET) >= ATTACKED_FROM:
        wait = max(wait, _count(conn, keys.own, free=FREE_UNDER_ATTACK, first=LONGEST_DELAY, now=now))
    else:
        wait = max(wait, _count(conn, keys.own, free=FREE_PER_NETWORK, now=now))
    if not wait:
        sessions.count_attempt(conn, account_key, now=now, quiet_since=now - QUIET)
    return wait


def _count(conn: Connection, key: str, *, free: int, first: timedelta = FIRST_DELAY, now: datetime) -> timedelta:
    """Return how long the key was locked already; a key that has no free try left is locked for the next one."""
    failures, locked_until = sessions.count_attempt(conn, key, now=now, quiet_since=now - QUIET)
    if locked_until is not None and locked_until > now:
        return locked_until - now
    wait = delay(failures, free=free, first=first)
    if wait:
        sessions.lock(conn, key, until=now + wait)
    return timedelta(0)
