"""Builds the indexes of files `NNNN_name.concurrent.sql`, while programs write to the tables.

Such a file holds statements `CREATE INDEX CONCURRENTLY IF NOT EXISTS name ON table ...;` only. PostgreSQL runs each
outside of a transaction, so that a build which was interrupted leaves an invalid index: it is dropped first. A
hypertable knows no CONCURRENTLY; there, TimescaleDB builds in one transaction for each chunk.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from siaga_cloud.platform.db.connection import Connection

# A build waits for transactions that began before it (a backup reads in one), and blocks nobody meanwhile.
BUILD_SECONDS = 12 * 3600
_STATEMENT = re.compile(
    r"CREATE INDEX CONCURRENTLY IF NOT EXISTS (?P<name>[a-z][a-z0-9_]*) ON (?P<table>[a-z][a-z0-9_]*)\s+"
    r"(?P<keys>.+?)(?P<condition>\s+WHERE\s.+)?",
    re.DOTALL,
)

log = logging.getLogger(__name__)


class StatementError(ValueError):
    """A statement of such a file is another one than the creation of an index."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexBuild:
    """Describes an index that is to exist. `keys`: all from the columns to the condition, which starts with WHERE."""

    name: str
    table: str
    keys: str
    condition: str

    def sql(self, *, on_hypertable: bool) -> str:
        """The statement that creates the index on such a table."""
        concurrently, option = "CONCURRENTLY ", ""
        if on_hypertable:
            concurrently, option = "", " WITH (timescaledb.transaction_per_chunk)"
        return f"CREATE INDEX {concurrently}{self.name} ON {self.table} {self.keys}{option}{self.condition}"


def read(text: str) -> Iterator[IndexBuild]:
    """Yield the indexes of a file; raises `StatementError` where anything else stands in it."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("--")]
    for statement in filter(None, (part.strip() for part in "\n".join(lines).split(";"))):
        found = _STATEMENT.fullmatch(statement)
        if found is None:
            raise StatementError(f"expected CREATE INDEX CONCURRENTLY IF NOT EXISTS name ON table, got {statement!r}")
        yield IndexBuild(
            name=found["name"], table=found["table"], keys=found["keys"], condition=found["condition"] or ""
        )


def build(conn: Connection, index: IndexBuild) -> None:
    """Create the index where it is not there whole. The connection commits by itself."""
    on_hypertable, is_valid = _is_hypertable(conn, index.table), _is_valid(conn, index.name)
    if is_valid:
        return
    with _patience(conn, on_hypertable=on_hypertable):
        if is_valid is False:
            log.warning("index %s is invalid because its build was interrupted; building it again", index.name)
            conn.execute(f"DROP INDEX {'' if on_hypertable else 'CONCURRENTLY '}{index.name}".encode())
        log.info("building index %s on %s; programs continue", index.name, index.table)
        conn.execute(index.sql(on_hypertable=on_hypertable).encode())


@contextmanager
def _patience(conn: Connection, *, on_hypertable: bool) -> Iterator[None]:
    """A build may take long. It may also wait long where it blocks nobody; behind the lock of a chunk, writers wait."""
    names = ("statement_timeout",) if on_hypertable else ("statement_timeout", "lock_timeout")
    before = {name: _set(conn, name, f"{BUILD_SECONDS}s") for name in names}
    try:
        yield
    finally:
        for name, value in before.items():
            _set(conn, name, value)


def _set(conn: Connection, name: str, value: str) -> str:
    """Set a limit of this session, and return the one before."""
    row = conn.execute(
        "WITH held AS MATERIALIZED (SELECT current_setting(%(name)s) AS value)"
        " SELECT value, set_config(%(name)s, %(value)s, false) FROM held",
        {"name": name, "value": value},
    ).fetchone()
    return str(row["value"]) if row else "0"


def _is_valid(conn: Connection, name: str) -> bool | None:
    """None where there is no such index."""
    row = conn.execute(
        "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", (f"public.{name}",)
    ).fetchone()
    return bool(row["indisvalid"]) if row else None


def _is_hypertable(conn: Connection, table: str) -> bool:
    if conn.execute("SELECT FROM pg_extension WHERE extname = 'timescaledb'").fetchone() is None:
        return False
    row = conn.execute(
        "SELECT FROM timescaledb_information.hypertables WHERE hypertable_schema = 'public' AND hypertable_name = %s",
        (table,),
    ).fetchone()
    return row is not None
