"""Connects to PostgreSQL through a bounded pool whose connections limit every query."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self, TypeAlias

import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg_pool import ConnectionPool, PoolTimeout

Connection: TypeAlias = psycopg.Connection[DictRow]

STATEMENT_TIMEOUT_SECONDS = 15.0
LOCK_TIMEOUT_SECONDS = 5.0
CONNECT_TIMEOUT_SECONDS = 5

# What may pass by itself: the server is gone or starting, a deadlock, a lost race, a timeout, a full disk.
_TRANSIENT = (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout)


def is_transient(error: BaseException) -> bool:
    """Return whether the same work may succeed when it is tried again later."""
    # procrastinate wraps what the driver raised.
    return isinstance(error, _TRANSIENT) or isinstance(error.__cause__, _TRANSIENT)


def backoff_seconds(attempt: int, *, first: float = 0.2, most: float = 5.0) -> float:
    """How long to wait before try number `attempt` (from 1): doubling, with full jitter in the upper half."""
    ceiling = min(most, first * 2.0 ** min(attempt - 1, 16))
    return ceiling * random.uniform(0.5, 1.0)  # noqa: S311 - spreads retries, guards nothing


def connection_options(*, statement_timeout_seconds: float = STATEMENT_TIMEOUT_SECONDS) -> str:
    """libpq `options` with Siaga's limits; UTC so that times read back aware and equal everywhere.

    Without JIT: a plan over the chunks of half a year counts as dear, and compiling it takes longer than running it.
    A page of an index costs hardly more than the next page of a table, because no disk arm has to move: with the
    default of 4 a table is read whole although an index has every column.
    """
    return (
        f"-c statement_timeout={int(statement_timeout_seconds * 1000)} "
        f"-c lock_timeout={int(LOCK_TIMEOUT_SECONDS * 1000)} "
        "-c idle_in_transaction_session_timeout=60000 -c timezone=UTC -c jit=off "
        "-c random_page_cost=1.1"
    )


def connect(
    url: str, *, statement_timeout_seconds: float = STATEMENT_TIMEOUT_SECONDS, name: str = "siaga"
) -> Connection:
    """Return one connection outside of any pool, not autocommit; raises psycopg.OperationalError."""
    return psycopg.Connection[DictRow].connect(url, **_arguments(name, statement_timeout_seconds))


def _arguments(name: str, statement_timeout_seconds: float) -> dict[str, Any]:
    return {
        "row_factory": dict_row,
        "connect_timeout": CONNECT_TIMEOUT_SECONDS,
        "application_name": name,
        "options": connection_options(statement_timeout_seconds=statement_timeout_seconds),
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
    }


class Database:
    """Represents a bounded pool. `with Database(url) as db: with db.transaction() as conn: ...`; rows are dicts."""

    def __init__(
        self,
        url: str,
        *,
        max_connections: int = 8,
        wait_seconds: float = 5.0,
        statement_timeout_seconds: float = STATEMENT_TIMEOUT_SECONDS,
        name: str = "siaga",
    ) -> None:
        self.url = url
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            url,
            connection_class=psycopg.Connection[DictRow],
            kwargs=_arguments(name, statement_timeout_seconds),
            min_size=1,
            max_size=max_connections,
            timeout=wait_seconds,
            check=ConnectionPool.check_connection,
            reconnect_timeout=30,
            open=False,
            name=name,
        )

    def open(self) -> None:
        """Starts the pool; does not wait for the server, the first transaction does."""
        self._pool.open(wait=False)

    def close(self) -> None:
        """Close every connection of the pool."""
        self._pool.close()

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Yield a connection whose work is committed when the block ends well, rolled back when it raises."""
        with self._pool.connection() as conn:
            yield conn
