"""Creates, recognises and revokes bearer tokens. Every token has an end, and every new and revoked one is on record."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from siaga_cloud.people.service.sessions import Identity
from siaga_cloud.people.store import accounts as people
from siaga_cloud.people.store import tokens as db
from siaga_cloud.people.store.tokens import Token
from siaga_cloud.platform.db import audit
from siaga_cloud.platform.db.callers import Person, token_hash
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.errors import ConflictError, InvalidError, NotFoundError
from siaga_core.wire.ids import uuid7

MAX_TOKENS: Final = 20
LONGEST_DAYS: Final = 366
SCOPES: Final = ("read:public", "read:tasks", "write:tasks", "read:personal", "admin", "write:reports")
TOKEN_MARK: Final = "siaga_"  # so that scanners of leaked secrets know one  # noqa: S105
_RECORD_USE_AFTER: Final = timedelta(minutes=1)


def create(
    conn: Connection, person: Person, *, name: str, scopes: Iterable[str], expires_at: datetime, now: datetime
) -> tuple[Token, str]:
    """Return a token with limits and its secret, which is shown once; raises InvalidError and ConflictError."""
    wanted = sorted(set(scopes))
    unknown = [scope for scope in wanted if scope not in SCOPES]
    if unknown or not wanted:
        raise InvalidError(f"scopes: got {unknown or 'none'}, expected of {', '.join(SCOPES)}", code="scopes_unknown")
    if "admin" in wanted and person.role != "admin":
        raise InvalidError(f"scopes: admin is not for the role {person.role}", code="admin_scope_not_allowed")
    token = _token(person.id, name=name, scopes=wanted, expires_at=expires_at, now=now)
    return token, _insert(conn, token, by=person.id, now=now)


def create_with_all_scopes(
    conn: Connection, user_id: str, *, name: str, expires_at: datetime, by: str, now: datetime
) -> tuple[Token, str]:
    """Return a token that may do whatever the user's role may, and its secret. The user's other tokens stay valid.

    Raises NotFoundError for a user who is unknown or disabled, InvalidError and ConflictError.
    """
    if people.person(conn, user_id) is None:
        raise NotFoundError(
            f"user: got {user_id!r}, expected the id of an imported, active user", code="user_not_found"
        )
    token = _token(user_id, name=name, scopes=[], expires_at=expires_at, now=now)
    return token, _insert(conn, token, by=by, now=now)


def by_token(conn: Connection, secret: str, *, now: datetime, notes_use: bool = True) -> Identity | None:
    """Return who holds this bearer token; None where it expired, was revoked, or its user is disabled."""
    token = db.get(conn, token_hash(secret), now=now)
    person = people.person(conn, token.user_id) if token else None
    if token is None or person is None:
        return None
    if notes_use:
        db.update_used(conn, token.id, now=now, since=now - _RECORD_USE_AFTER)
    return Identity(person=person, scopes=None if token.has_all_scopes else frozenset(token.scopes))


def list_tokens(conn: Connection, user_id: str, *, now: datetime) -> list[Token]:
    """Return the valid tokens of a user, newest first."""
    return db.list_tokens(conn, user_id, now=now)


def revoke(conn: Connection, user_id: str, token_id: UUID, *, by: str, now: datetime) -> None:
    """Revoke one token; raises NotFoundError where the user has no valid token of this ID."""
    if not db.update_revoked(conn, user_id, token_id=token_id, now=now):
        raise NotFoundError(f"there is no token {token_id}", code="token_not_found")
    _record(conn, "revoke_token", user_id, {"token": str(token_id)}, by=by, now=now)


def revoke_all(conn: Connection, user_id: str, *, by: str, now: datetime) -> int:
    """Revoke every token of a user; return how many were valid until now."""
    count = db.update_revoked(conn, user_id, token_id=None, now=now)
    if count:
        _record(conn, "revoke_token", user_id, {"tokens": str(count)}, by=by, now=now)
    return count


def _token(user_id: str, *, name: str, scopes: list[str], expires_at: datetime, now: datetime) -> Token:
    if not now < expires_at <= now + timedelta(days=LONGEST_DAYS):
        raise InvalidError("expires_at: expected a time within the next 366 days", code="invalid_expiry")
    return Token(
        id=uuid7(now),
        user_id=user_id,
        name=name,
        scopes=scopes,
        has_all_scopes=not scopes,
        made_at=now,
        expires_at=expires_at,
        used_at=None,
    )


def _insert(conn: Connection, token: Token, *, by: str, now: datetime) -> str:
    people.lock(conn, token.user_id)
    if len(db.list_tokens(conn, token.user_id, now=now)) >= MAX_TOKENS:
        raise ConflictError(
            f"{token.user_id} has {MAX_TOKENS} tokens; revoke one first", code="too_many_tokens", most=MAX_TOKENS
        )
    secret = TOKEN_MARK + secrets.token_urlsafe(32)
    db.insert(conn, token, token_hash(secret))
    details = {"token": str(token.id), "name": token.name, "scopes": ", ".join(token.scopes) or "all"}
    _record(conn, "add_token", token.user_id, details, by=by, now=now)
    return secret


def _record(conn: Connection, action: str, user_id: str, details: dict[str, str], *, by: str, now: datetime) -> None:
    audit.record(conn, actor=by, action=action, kind="user", object_id=user_id, details=details, now=now)
