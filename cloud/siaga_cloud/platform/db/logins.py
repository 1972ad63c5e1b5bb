"""Creates and changes login roles."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg import sql

from siaga_cloud.platform.db.connection import Connection


def save_login(conn: Connection, name: str, groups: Sequence[str], password: str) -> None:
    """A role that may log in with this password, a member of these groups and of no others.

    The server gets a SCRAM verifier, so that the password stands in no log of statements.
    """
    role = sql.Identifier(name)
    if conn.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,)).fetchone() is None:
        conn.execute(sql.SQL("CREATE ROLE {}").format(role))
    verifier = conn.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
    conn.execute(sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(role, sql.Literal(verifier)))
    held = conn.execute(
        "SELECT member_of.rolname FROM pg_auth_members JOIN pg_roles AS member_of ON member_of.oid = roleid"
        " WHERE member = %s::regrole",
        (name,),
    ).fetchall()
    for row in held:
        if row["rolname"] not in groups:
            conn.execute(sql.SQL("REVOKE {} FROM {}").format(sql.Identifier(row["rolname"]), role))
    for group in groups:
        conn.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(group), role))
