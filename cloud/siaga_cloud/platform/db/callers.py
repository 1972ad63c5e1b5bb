"""Names the person on whose behalf a transaction runs."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from siaga_cloud.platform.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Represents a person who signs in."""

    id: str
    name: str
    role: str
    area_id: str | None
    agency_id: str | None


def token_hash(token: str) -> bytes:
    """Return what is stored of a token. Tokens are 32 random bytes, so a fast hash does."""
    return hashlib.sha256(token.encode()).digest()


def show_report(conn: Connection, secret_sha256: bytes) -> None:
    """Lets the rest of the transaction see the one report of this secret: whoever has the secret may."""
    conn.execute("SELECT set_config('siaga.secret', %s, true)", (secret_sha256.hex(),))


def act_for(conn: Connection, person: Person | None, *, writes: bool) -> None:
    """Whom the rest of the transaction acts for; None is the public."""
    known = (person.role, person.id, person.agency_id or "", person.area_id or "") if person else ("", "", "", "")
    conn.execute("SELECT act_for(%s, %s, %s, %s, %s)", (*known, writes))
