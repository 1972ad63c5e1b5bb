"""Reads from a streaming replica while its measured lag is small.

A replica that lost its primary believes itself current. So the position of the primary is recorded regularly, and a
replica is as old as the newest record that it has replayed.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass

import psycopg
from psycopg_pool import PoolTimeout

from siaga_cloud.platform.db.connection import Connection, Database

LOOK_SECONDS = 0.5
CONNECT_WAIT_SECONDS = 0.5
_NOTES = 1200

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Describes the replica. `lag_seconds` is None where it is unknown; `reason` states why the replica is not used."""

    lag_seconds: float | None
    reason: str | None

    @property
    def is_fresh(self) -> bool:
        """Return whether it may be read from."""
        return self.reason is None


class Replica:
    """Represents a replica for any thread. A thread of its own calls `look` between `open` and `close`."""

    def __init__(
        self,
        database: Database,
        primary: Database,
        *,
        max_lag_seconds: float,
        on_look: Callable[[Standing], None] = lambda _: None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database, self._primary, self._max_lag = database, primary, max_lag_seconds
        self._on_look, self._monotonic = on_look, monotonic
        self._notes: deque[tuple[float, int]] = deque(maxlen=_NOTES)
        self._replayed_at: float | None = None
        self._reason: str | None = "not looked at yet"
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="replica", daemon=True)

    def open(self) -> None:
        """Open the pool and start the thread that looks."""
        self._database.open()
        self._thread.start()

    def close(self) -> None:
        """Stop the thread and close the pool."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(5)
        self._database.close()

    @property
    def standing(self) -> Standing:
        """Return how it is now: also time that passed since the last look counts as lag."""
        if self._reason is not None:
            return Standing(lag_seconds=None, reason=self._reason)
        if self._replayed_at is None:
            return Standing(lag_seconds=None, reason="it has not replayed anything yet that was noted")
        lag = max(0.0, self._monotonic() - self._replayed_at)
        reason = None if lag <= self._max_lag else f"{lag:.1f} s behind, at most {self._max_lag:g} are allowed"
        return Standing(lag_seconds=lag, reason=reason)

    def connection(self, stack: ExitStack) -> Connection | None:
        """Return a connection to read from until the stack unwinds; None where the primary must be used."""
        if not self.standing.is_fresh:
            return None
        try:
            return stack.enter_context(self._database.transaction())
        except (PoolTimeout, psycopg.OperationalError):
            self._reason = "it does not answer"
            return None

    def look(self) -> None:
        """Records where the primary is, and how far of the notes the replica has come."""
        before = self.standing.is_fresh
        with suppress(PoolTimeout, psycopg.Error):  # without a new note the replica grows old by itself
            self._notes.append(
                (self._monotonic(), _position(self._primary, b"SELECT pg_current_wal_lsn()::text AS at"))
            )
        self._reason = self._why_not()
        standing = self.standing
        if standing.is_fresh != before:
            if standing.reason:
                log.warning("read replica disabled: %s", standing.reason)
            else:
                log.warning("read replica enabled again; it is %.1f s behind", standing.lag_seconds)
        self._on_look(standing)

    def _why_not(self) -> str | None:
        try:
            replayed = _position(
                self._database, b"SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()::text END AS at"
            )
        except (PoolTimeout, psycopg.Error):
            return "it does not answer"
        except LookupError:
            return "it is no replica any more: it was promoted"
        while self._notes and self._notes[0][1] <= replayed:
            self._replayed_at = self._notes.popleft()[0]
        return None

    def _watch(self) -> None:
        while not self._stopping.is_set():
            self.look()
            self._stopping.wait(LOOK_SECONDS)


def _position(database: Database, query: bytes) -> int:
    """Return a place in the write-ahead log as a number; raises LookupError where there is none."""
    with database.transaction() as conn:
        row = conn.execute(query).fetchone()
    if row is None or row["at"] is None:
        raise LookupError("no position")
    high, _, low = str(row["at"]).partition("/")
    return int(high, 16) << 32 | int(low, 16)
