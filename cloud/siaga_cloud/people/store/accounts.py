"""Stores accounts, and sets the person on whose behalf a transaction runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from siaga_cloud.platform.db.callers import Person
from siaga_cloud.platform.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Represents a person as administrators see them, without secrets."""

    id: str
    name: str
    role: str
    area_id: str | None
    area_name: str | None
    agency_id: str | None
    email: str | None
    has_password: bool
    oidc_subject: str | None
    created_at: datetime
    disabled_at: datetime | None
    erased_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """Holds the values of a new account."""

    id: str
    name: str
    role: str
    area_id: str | None = None
    agency_id: str | None = None
    email: str | None = None
    oidc_issuer: str | None = None
    oidc_subject: str | None = None


_ACCOUNT = (
    "SELECT id, name, role, area_id, (SELECT area.name FROM area WHERE area.id = app_user.area_id) AS area_name,"
    " agency_id, email, password_hash IS NOT NULL AS has_password, oidc_subject,"
    " created_at, disabled_at, erased_at FROM app_user"
)
_PERSON = "SELECT id, name, role, area_id, agency_id FROM app_user"


def accounts(
    conn: Connection, *, after: str = "", text: str | None = None, role: str | None = None, limit: int
) -> list[Account]:
    """Accounts by id, those after one; `text` is looked for in id, name and e-mail."""
    found = conn.cursor(row_factory=class_row(Account)).execute(
        _ACCOUNT + " WHERE id > %(after)s AND (%(role)s::text IS NULL OR role = %(role)s) AND (%(text)s::text IS NULL"
        " OR position(lower(%(text)s) IN lower(id || ' ' || name || ' ' || coalesce(email, ''))) > 0)"
        " ORDER BY id LIMIT %(limit)s",
        {"after": after, "role": role, "text": text, "limit": limit},
    )
    return found.fetchall()


def lock(conn: Connection, user_id: str) -> None:
    """Until the transaction ends, nobody else changes this account."""
    conn.execute("SELECT FROM app_user WHERE id = %s FOR UPDATE", (user_id,))


def account(conn: Connection, user_id: str) -> Account | None:
    """Return one account by its id."""
    return conn.cursor(row_factory=class_row(Account)).execute(_ACCOUNT + " WHERE id = %s", (user_id,)).fetchone()


def person(conn: Connection, user_id: str) -> Person | None:
    """Someone who is not disabled."""
    found = conn.cursor(row_factory=class_row(Person)).execute(
        _PERSON + " WHERE id = %s AND disabled_at IS NULL", (user_id,)
    )
    return found.fetchone()


def by_subject(conn: Connection, issuer: str, subject: str) -> Account | None:
    """Return the account of someone that an identity provider knows, disabled ones too."""
    found = conn.cursor(row_factory=class_row(Account)).execute(
        _ACCOUNT + " WHERE oidc_issuer = %s AND oidc_subject = %s", (issuer, subject)
    )
    return found.fetchone()


def exists_in(conn: Connection, table: str, wanted: str) -> bool:
    """Return whether an area or an agency has this id."""
    query = {"area": "SELECT FROM area WHERE id = %s", "agency": "SELECT FROM agency WHERE id = %s"}[table]
    return conn.execute(query, (wanted,)).fetchone() is not None


def add(conn: Connection, new: NewAccount, *, now: datetime) -> bool:
    """Makes an account; False where the id is taken."""
    made = conn.execute(
        "INSERT INTO app_user (id, name, role, area_id, agency_id, email, oidc_issuer, oidc_subject, created_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (id) DO NOTHING",
        (
            new.id,
            new.name,
            new.role,
            new.area_id,
            new.agency_id,
            new.email,
            new.oidc_issuer,
            new.oidc_subject,
            now,
        ),
    )
    return made.rowcount == 1


def change(conn: Connection, changed: NewAccount) -> None:
    """Writes name, role, area, agency and e-mail of an account."""
    conn.execute(
        "UPDATE app_user SET name = %s, role = %s, area_id = %s, agency_id = %s, email = %s WHERE id = %s",
        (changed.name, changed.role, changed.area_id, changed.agency_id, changed.email, changed.id),
    )


def link(conn: Connection, user_id: str, issuer: str, subject: str) -> None:
    """Records whom the identity provider means by an account."""
    conn.execute("UPDATE app_user SET oidc_issuer = %s, oidc_subject = %s WHERE id = %s", (issuer, subject, user_id))


def set_disabled(conn: Connection, user_id: str, *, at: datetime | None) -> None:
    """Disables an account, or enables it again (`at` None)."""
    conn.execute("UPDATE app_user SET disabled_at = %s WHERE id = %s", (at, user_id))


def set_password(conn: Connection, user_id: str, password_hash: str, *, now: datetime) -> None:
    """Writes the hash of a password."""
    conn.execute(
        "UPDATE app_user SET password_hash = %s, password_set_at = %s WHERE id = %s", (password_hash, now, user_id)
    )


def password_hash(conn: Connection, user_id: str) -> str | None:
    """Of someone who is not disabled and has a password."""
    row = conn.execute(
        "SELECT password_hash FROM app_user WHERE id = %s AND disabled_at IS NULL", (user_id,)
    ).fetchone()
    return row["password_hash"] if row else None
