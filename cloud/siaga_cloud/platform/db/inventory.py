"""Describes the contents of a database by counts and hashes that a dump and a restore do not change."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from psycopg import sql

from siaga_cloud.platform.db.connection import Connection

RESTORING = "siaga_restoring"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """Holds a count and a hash that does not depend on the sequence of the rows."""

    count: int
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Describes the database server; `timescaledb` is None for plain tables."""

    version: str
    major: int
    timescaledb: str | None
    size_bytes: int


def server(conn: Connection) -> Server:
    """Versions, and the size of this database."""
    row = conn.execute(
        "SELECT current_setting('server_version') AS version,"
        " current_setting('server_version_num')::int / 10000 AS major,"
        " (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb') AS timescaledb,"
        " pg_database_size(current_database()) AS size_bytes"
    ).fetchone()
    if row is None:
        raise LookupError("the server did not report its version")
    return Server(**row)


def hold_snapshot(conn: Connection) -> str:
    """This new transaction, and whoever takes on the returned name, see one moment until it ends."""
    conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
    conn.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
    conn.execute("SET LOCAL statement_timeout = 0")
    row = conn.execute("SELECT pg_export_snapshot() AS name").fetchone()
    if row is None:
        raise LookupError("no snapshot")
    return str(row["name"])


def tables(conn: Connection) -> list[str]:
    """Return every table of ours, hypertables as one."""
    rows = conn.execute(
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition"
        " AND relnamespace = 'public'::regnamespace ORDER BY relname"
    )
    return [row["relname"] for row in rows]


def fingerprint(conn: Connection, table: str) -> Fingerprint:
    """Rows of a table and the sum of their hashes; the same on every major version of PostgreSQL."""
    row = conn.execute(
        sql.SQL(
            "SELECT count(*) AS n, coalesce(sum(('x' || left(md5(t::text), 15))::bit(60)::bigint), 0)::text AS total"
            " FROM {} AS t"
        ).format(sql.Identifier("public", table))
    ).fetchone()
    if row is None:
        raise LookupError("an aggregate gives one row")
    return Fingerprint(count=row["n"], content=row["total"])


def hypertables(conn: Connection) -> dict[str, int]:
    """Hypertables and how many chunks each has; empty without TimescaleDB."""
    if server(conn).timescaledb is None:
        return {}
    rows = conn.execute(
        "SELECT hypertable_name, num_chunks FROM timescaledb_information.hypertables"
        " WHERE hypertable_schema = 'public' ORDER BY 1"
    )
    return {row["hypertable_name"]: row["num_chunks"] for row in rows}


def objects(conn: Connection) -> dict[str, Fingerprint]:
    """Views, functions, indexes, constraints, triggers, policies and grants, by kind."""
    return {kind: _lines_of(row["line"] for row in conn.execute(query.encode())) for kind, query in _OBJECTS.items()}


def _lines_of(lines: Iterator[str]) -> Fingerprint:
    found = sorted(lines)
    return Fingerprint(count=len(found), content=hashlib.sha256("\n".join(found).encode()).hexdigest())


def logins(conn: Connection) -> dict[str, list[str]]:
    """Login roles that belong to groups of ours, and to which; roles are the server's and in no dump."""
    rows = conn.execute(
        "SELECT login.rolname AS login, array_agg(grp.rolname ORDER BY grp.rolname) AS groups"
        " FROM pg_auth_members AS member JOIN pg_roles AS login ON login.oid = member.member"
        " JOIN pg_roles AS grp ON grp.oid = member.roleid"
        " WHERE grp.rolname LIKE 'siaga\\_%' AND login.rolcanlogin GROUP BY 1 ORDER BY 1"
    )
    return {row["login"]: row["groups"] for row in rows}


def missing_roles(conn: Connection, wanted: list[str]) -> list[str]:
    """Return which of these roles the server does not have."""
    rows = conn.execute("SELECT rolname FROM pg_roles WHERE rolname = ANY (%s)", (wanted,))
    found = {row["rolname"] for row in rows}
    return [name for name in wanted if name not in found]


def make_groups(conn: Connection, names: list[str]) -> None:
    """Group roles that a dump's grants name."""
    for name in names:
        conn.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(name)))


def groups(conn: Connection) -> list[str]:
    """Roles that something here is granted to."""
    rows = conn.execute(
        "SELECT DISTINCT role.rolname FROM pg_class, aclexplode(relacl) AS acl JOIN pg_roles AS role"
        " ON role.oid = acl.grantee WHERE relnamespace IN (SELECT oid FROM pg_namespace WHERE nspname IN"
        " ('public', 'dashboards')) AND acl.grantee <> relowner ORDER BY 1"
    )
    return [row["rolname"] for row in rows]


def media_hashes(conn: Connection) -> Iterator[str]:
    """Yield the sha256 of every image that is on record."""
    with conn.cursor(name="media_hashes") as cursor:
        for row in cursor.execute("SELECT DISTINCT sha256 FROM media"):
            yield row["sha256"]


def newest_migration(conn: Connection) -> int:
    """Return the number of the last migration that was applied; 0 for a database without any."""
    if "siaga_migration" not in tables(conn):
        return 0
    row = conn.execute("SELECT max(version) AS version FROM siaga_migration").fetchone()
    return int(row["version"] or 0) if row else 0


def begin_restoring(conn: Connection) -> None:
    """From now on programs refuse this database."""
    conn.execute("CREATE SCHEMA siaga_restoring")


def is_being_restored(conn: Connection) -> bool:
    """Return whether a restore began here and did not end well."""
    row = conn.execute("SELECT to_regnamespace(%s) IS NOT NULL AS yes", (RESTORING,)).fetchone()
    return bool(row and row["yes"])


def end_restoring(conn: Connection) -> None:
    """Programs may use it."""
    conn.execute("DROP SCHEMA siaga_restoring")


def begin_timescale(conn: Connection, version: str) -> None:
    """The extension, asleep, so that its own tables can be filled; raises psycopg.Error where it is not installed."""
    conn.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS timescaledb VERSION {}").format(sql.Literal(version)))
    conn.execute("SELECT timescaledb_pre_restore()")


def end_timescale(conn: Connection) -> None:
    """The extension works again."""
    conn.execute("SELECT timescaledb_post_restore()")


def analyze(conn: Connection) -> None:
    """The planner learns what there is."""
    conn.execute("ANALYZE")


_OBJECTS = {
    "views": """
        SELECT oid::regclass || ' ' || pg_get_viewdef(oid) AS line FROM pg_class
        WHERE relkind IN ('v', 'm') AND relnamespace::regnamespace::text IN ('public', 'dashboards')""",
    "functions": """
        SELECT pg_get_functiondef(oid) AS line FROM pg_proc
        WHERE pronamespace::regnamespace::text IN ('public', 'dashboards') AND prokind IN ('f', 'p')
            AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')""",
    "indexes": "SELECT indexdef AS line FROM pg_indexes WHERE schemaname = 'public'",
    "constraints": """
        SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) AS line
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid <> 0""",
    "triggers": """
        SELECT pg_get_triggerdef(trigger.oid) AS line FROM pg_trigger AS trigger
        JOIN pg_class ON pg_class.oid = tgrelid
        WHERE NOT tgisinternal AND relnamespace = 'public'::regnamespace""",
    "policies": """
        SELECT concat_ws(' ', tablename, policyname, cmd, roles::text, qual, with_check) AS line
        FROM pg_policies WHERE schemaname = 'public'""",
    "grants": """
        SELECT object || ' ' || role.rolname || ' ' || privilege_type AS line
        FROM (SELECT oid::regclass::text AS object, relnamespace AS schema, relowner AS owner, relacl AS acl
                FROM pg_class
              UNION ALL
              SELECT attrelid::regclass || '.' || attname, relnamespace, relowner, attacl
                FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid WHERE attacl IS NOT NULL
              UNION ALL
              SELECT oid::regprocedure::text, pronamespace, proowner, proacl FROM pg_proc
                WHERE NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')) AS held,
            aclexplode(acl) AS one JOIN pg_roles AS role ON role.oid = one.grantee
        WHERE schema::regnamespace::text IN ('public', 'dashboards') AND one.grantee <> owner""",
}
