"""Migration 0360: tokens of the command line get an end, and programs of the previous version read and write on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from tests.support.old_release import apply_until, create_old_database

from siaga_cloud.people.service import tokens
from siaga_cloud.platform.db.connection import Connection, connect
from siaga_cloud.platform.db.migrate import migrate

PREVIOUS = 290
BEFORE, AFTER = (
    "UPDATE app_user SET token_sha256 = %s, token_made_at = now() WHERE id = %s",
    ("SELECT id FROM app_user WHERE token_sha256 = %s AND disabled_at IS NULL"),
)


@pytest.fixture
def upgraded(empty_database_url: str) -> str:
    """A database in which `officer-1` and a disabled person had a token of the command line."""
    create_old_database(empty_database_url)
    apply_until(empty_database_url, PREVIOUS)
    with connect(empty_database_url) as conn:
        conn.execute("INSERT INTO app_user (id, name, role, disabled_at) VALUES ('gone', 'G', 'operator', now())")
        for user in ("officer-1", "gone"):
            conn.execute(BEFORE, (digest(f"old {user}"), user))
    migrate(empty_database_url)
    return empty_database_url


def digest(token: str) -> bytes:
    return sha256(token.encode()).digest()


def owner(conn: Connection, token: str, *, after: timedelta = timedelta(0)) -> str | None:
    """Whom this version recognises by a token."""
    known = tokens.by_token(conn, token, now=datetime.now(UTC) + after)
    return known.person.id if known else None


def former_owner(conn: Connection, token: str) -> str | None:
    """Whom the previous version recognises by a token."""
    row = conn.execute(AFTER, (digest(token),)).fetchone()
    return row["id"] if row else None


def test_tokens_work_on_with_an_end(upgraded: str) -> None:
    with connect(upgraded) as conn:
        assert owner(conn, "old officer-1") == "officer-1"
        assert owner(conn, "old officer-1", after=timedelta(days=367)) is None
        conn.execute("UPDATE app_user SET disabled_at = NULL WHERE id = 'gone'")
        assert (owner(conn, "old gone"), former_owner(conn, "old gone")) == (None, None)


def test_programs_of_the_previous_version_make_and_lose_tokens(upgraded: str) -> None:
    with connect(upgraded) as conn:
        conn.execute(BEFORE, (digest("new"), "officer-1"))
        assert (owner(conn, "new"), owner(conn, "old officer-1")) == ("officer-1", None)
        tokens.revoke_all(conn, "officer-1", by="test", now=datetime.now(UTC))
        assert (owner(conn, "new"), former_owner(conn, "new")) == (None, None)


def test_the_former_columns_go_once_the_previous_version_is_gone(upgraded: str) -> None:
    migrate(upgraded, finish=True)
    with connect(upgraded) as conn:
        assert owner(conn, "old officer-1") == "officer-1"
        tokens.revoke_all(conn, "officer-1", by="test", now=datetime.now(UTC))
        assert owner(conn, "old officer-1") is None
