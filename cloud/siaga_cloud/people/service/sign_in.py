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

FREE_PER_ACCOUNT: Final = 5
FREE_PER_ADDRESS: Final = 30
FIRST_DELAY: Final = timedelta(seconds=30)
LONGEST_DELAY: Final = timedelta(minutes=15)
QUIET: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lockout:
    """Nobody may attempt to sign in now."""

    wait_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """Represents an attempt that may continue: the hash to compare with, None where there is no such user or no
    password.
    """

    account_key: str
    address_key: str
    password_hash: str | None


def delay(failures: int, *, free: int) -> timedelta:
    """How long nobody may try after so many failures: doubling from 30 s to 15 min."""
    if failures < free:
        return timedelta(0)
    return min(LONGEST_DELAY, FIRST_DELAY * 2.0 ** min(failures - free, 16))


def begin(conn: Connection, user_id: str, address: str, *, now: datetime) -> Attempt | Lockout:
    """Counts the try; must be committed before the password is compared."""
    account_key, address_key = account_guard(user_id), f"from:{address[:100]}"
    waits = [
        _count(conn, account_key, free=FREE_PER_ACCOUNT, now=now),
        _count(conn, address_key, free=FREE_PER_ADDRESS, now=now),
    ]
    if max(waits) > timedelta(0):
        return Lockout(wait_seconds=max(waits).total_seconds())
    return Attempt(account_key=account_key, address_key=address_key, password_hash=people.password_hash(conn, user_id))


def succeed(conn: Connection, attempt: Attempt, user_id: str, password: str, *, now: datetime) -> None:
    """Deletes the account's failures; makes the hash anew where its parameters are of yesterday."""
    sessions.clear_attempts(conn, attempt.account_key)
    sessions.release_attempt(conn, attempt.address_key)
    if attempt.password_hash is not None and passwords.is_outdated(attempt.password_hash):
        people.set_password(conn, user_id, passwords.make_hash(password), now=now)
    audit.record(conn, actor=user_id, action="sign_in", kind="user", object_id=user_id, now=now)


def unlock(conn: Connection, user_id: str) -> None:
    """Lets an account try again at once."""
    sessions.clear_attempts(conn, account_guard(user_id))


def account_guard(user_id: str) -> str:
    """Return the key of an account's tries. Hashed: people type passwords where the name belongs."""
    return f"user:{hashlib.sha256(user_id.encode()).hexdigest()[:40]}"


def _count(conn: Connection, key: str, *, free: int, now: datetime) -> timedelta:
    failures, locked_until = sessions.count_attempt(conn, key, now=now, quiet_since=now - QUIET)
    if locked_until is not None and locked_until > now:
        return locked_until - now
    wait = delay(failures, free=free)
    if wait:
        sessions.lock(conn, key, until=now + wait)
    return timedelta(0)
