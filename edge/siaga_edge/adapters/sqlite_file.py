"""The outbox's file: opened safely, alone, and moved aside when it is broken."""

from __future__ import annotations

import fcntl
import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO
from uuid import uuid4

log = logging.getLogger(__name__)

LAYOUT = 1
# More than the WAL grows to before it is taken over, because taking it over may need that much again.
RESERVE_BYTES = 8 * 1024 * 1024
MOST_BROKEN_FILES = 3
_PAGES_A_STEP = 64
_BROKEN = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}

_SCHEMA = """
create table message (
    seq integer primary key,
    lane integer not null,
    topic text not null,
    body blob not null,
    blob blob,
    size integer not null,
    kept_at real not null
) strict;
create table open_event (event_id text primary key, state text not null) strict;
create table cursor (name text primary key, value text not null) strict;
create table fact (
    one integer primary key check (one = 1),
    layout integer not null,
    outbox_id text not null,
    last_seq integer not null,
    evicted integer not null
) strict;
"""

# Beside the messages, so that a program of before, which knows neither, reads the file too: it sends again what was
# acknowledged, which harms nobody.
_MARKS = """
create table if not exists waiting (lane integer not null, seq integer not null, primary key (lane, seq))
    strict, without rowid;
create table if not exists acked (seq integer primary key, at real not null) strict;
create table if not exists clip (seq integer primary key, size integer not null) strict;
drop index if exists message_by_lane;
delete from acked where seq not in (select seq from message);
delete from clip where seq not in (select seq from message);
delete from waiting where seq not in (select seq from message) or seq in (select seq from acked);
insert or ignore into waiting select lane, seq from message where seq not in (select seq from acked)
"""


class OutboxError(RuntimeError):
    """The outbox cannot keep anything; says why."""


def is_broken(error: sqlite3.Error) -> bool:
    """Whether the file itself is damaged, so that trying again is of no use."""
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF in _BROKEN


def is_full(error: sqlite3.Error) -> bool:
    """Whether the disk has no room."""
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF == sqlite3.SQLITE_FULL


def claim(folder: Path) -> IO[str]:
    """Takes the folder for this process until the handle is closed; raises `OutboxError` when another has it."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = (folder / "outbox.lock").open("w")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        handle.close()
        raise OutboxError(f"{folder}: another agent is using this data_dir") from None
    return handle


def open_file(path: Path, *, at: datetime) -> sqlite3.Connection:
    """The outbox's database; one that is damaged is moved aside, said so, and a new one begun."""
    try:
        return _opened(path)
    except sqlite3.DatabaseError as error:
        if not is_broken(error):
            raise OutboxError(f"{path}: cannot be opened: {error}") from error
        move_aside(path, at=at, reason=str(error))
    return _opened(path)


def move_aside(path: Path, *, at: datetime, reason: str) -> Path:
    """Renames a damaged file (and its WAL) so that it can be looked at, and says so."""
    aside = path.with_name(f"{path.name}.broken-{at:%Y%m%dT%H%M%S}")
    for ending in ("", "-wal", "-shm"):
        part = path.with_name(path.name + ending)
        if part.exists():
            part.rename(aside.with_name(aside.name + ending))
    log.error("outbox %s is damaged (%s); moved it to %s and created a new one", path, reason, aside.name)
    for old in broken_files(path)[:-MOST_BROKEN_FILES]:  # a disk that breaks files must not be filled by them too
        for ending in ("", "-wal", "-shm"):
            old.with_name(old.name + ending).unlink(missing_ok=True)
    return aside


def broken_files(path: Path) -> list[Path]:
    """Damaged files that were moved aside and still lie there, oldest first."""
    found = sorted(path.parent.glob(f"{path.name}.broken-*"))
    return [each for each in found if not each.name.endswith(("-wal", "-shm"))]


def give_back(connection: sqlite3.Connection, pages: int) -> None:
    """Gives free pages of the file back to the disk, in steps so small that a full disk has room for each."""
    for _ in range(pages // _PAGES_A_STEP):
        # A script, because each step of this pragma frees one page and `execute` takes a single step.
        connection.executescript(f"pragma incremental_vacuum({_PAGES_A_STEP})")
        shrink_wal(connection)


def shrink_wal(connection: sqlite3.Connection) -> None:
    """What is in the file need not lie beside it too."""
    connection.execute("pragma wal_checkpoint(truncate)").fetchall()


class Reserve:
    """Room on the disk that is given up when the disk is full: SQLite needs some to delete anything at all."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.is_held = path.is_file() and path.stat().st_size == RESERVE_BYTES

    def reserve(self, free_bytes: int) -> None:
        """Takes it where half as much is left beside it."""
        if self.is_held or free_bytes < RESERVE_BYTES * 3 / 2:
            return
        try:
            with self._path.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, RESERVE_BYTES)
        except OSError:
            self.give_up()
            return
        self.is_held = True

    def give_up(self) -> None:
        """The room is there for others."""
        self._path.unlink(missing_ok=True)
        self.is_held = False


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing, on disk when it returns."""
    connection.execute("begin immediate")
    try:
        yield
        connection.execute("commit")
    except BaseException:
        if connection.in_transaction:
            connection.execute("rollback")
        raise


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
    try:
        # FULL, because a message whose keeping was reported must outlive a power cut.
        connection.executescript(
            "pragma auto_vacuum = incremental; pragma journal_mode = wal; pragma synchronous = full;"
        )
        _check(connection)
        if not connection.execute("select 1 from sqlite_master where name = 'fact'").fetchone():
            _create(connection)
        _check_layout(connection, path)
        _mark(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _check(connection: sqlite3.Connection) -> None:
    found = connection.execute("pragma quick_check(1)").fetchone()[0]
    if found != "ok":
        error = sqlite3.DatabaseError(found)
        error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise error


def _create(connection: sqlite3.Connection) -> None:
    with transaction(connection):
        for statement in _SCHEMA.split(";"):
            connection.execute(statement)
        connection.execute("insert into fact values (1, ?, ?, 0, 0)", (LAYOUT, str(uuid4())))


def _mark(connection: sqlite3.Connection) -> None:
    with transaction(connection):
        for statement in _MARKS.split(";"):
            connection.execute(statement)


def _check_layout(connection: sqlite3.Connection, path: Path) -> None:
    row = connection.execute("select layout from fact").fetchone()
    if row is None or row[0] != LAYOUT:
        found = "none" if row is None else row[0]
        raise OutboxError(f"{path}: layout {found}, this version reads layout {LAYOUT}")
