"""Creates, recognises and ends sessions by cookie."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from siaga_cloud.people.store import accounts as people
from siaga_cloud.people.store import sessions as db
from siaga_cloud.people.store.sessions import Session
from siaga_cloud.platform.db.callers import Person, token_hash
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.errors import NotFoundError
from siaga_core.wire.ids import uuid7

IDLE: Final = timedelta(hours=12)
ABSOLUTE: Final = timedelta(days=7)
_NOTE_AFTER: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Represents the caller and the credential. `scopes` None means whatever the role allows; `csrf` belongs to a
    cookie. `needs_passkey`: the city requires a passkey of this role and the password alone was given, which opens
    nothing but the registration of the first passkey.
    """

    person: Person
    scopes: frozenset[str] | None = None
    session: Session | None = None
    csrf: str | None = None
    needs_passkey: bool = False

    def may(self, scope: str) -> bool:
        """Return whether the token, if it has limits, allows this."""
        return self.scopes is None or scope in self.scopes


def begin(
    conn: Connection, user_id: str, *, method: Literal["password", "oidc", "passkey", "demo"], agent: str, now: datetime
) -> tuple[Session, str]:
    """Return a new sign-in and the cookie's secret, always a fresh one: nobody can plant it beforehand."""
    secret = secrets.token_urlsafe(32)
    session = Session(
        id=uuid7(now),
        user_id=user_id,
        method=method,
        agent=agent[:200],
        made_at=now,
        seen_at=now,
        expires_at=now + ABSOLUTE,
    )
    db.add(conn, session, token_hash(secret))
    return session, secret


def by_cookie(conn: Connection, secret: str, *, now: datetime, notes_use: bool = True) -> Identity | None:
    """Return who holds this cookie; None where the sign-in ended, expired, was idle too long, or its user is disabled.

    Without `notes_use` the idle clock does not move.
    """
    session = db.lasting(conn, token_hash(secret), now=now, seen_since=now - IDLE)
    person = people.person(conn, session.user_id) if session else None
    if session is None or person is None:
        return None
    if notes_use and session.seen_at < now - _NOTE_AFTER:
        db.note_seen(conn, session.id, now=now)
    return Identity(person=person, session=session, csrf=csrf_token(secret))


def csrf_token(secret: str) -> str:
    """Return what a page sends back to prove that it may read our answers; it reveals nothing of the cookie."""
    return hashlib.sha256(b"siaga csrf " + secret.encode()).hexdigest()[:32]


def lasting(conn: Connection, user_id: str, *, now: datetime) -> list[Session]:
    """Return the sign-ins of a user."""
    return db.sessions(conn, user_id, now=now, seen_since=now - IDLE)


def end(conn: Connection, user_id: str, *, session_id: UUID | None = None, now: datetime) -> int:
    """Ends one sign-in of a user, or all; raises NotFoundError where the one is not there."""
    ended = db.end(conn, user_id, session_id=session_id, now=now)
    if session_id is not None and not ended:
        raise NotFoundError(f"there is no sign-in {session_id}", code="session_not_found")
    return ended


def end_cookie(conn: Connection, secret: str | None, *, now: datetime) -> None:
    """Ends the sign-in that a browser held before it signed in again."""
    session = db.lasting(conn, token_hash(secret), now=now, seen_since=now - IDLE) if secret else None
    if session is not None:
        db.end(conn, session.user_id, session_id=session.id, now=now)
