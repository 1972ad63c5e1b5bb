"""The durable outbox in SQLite: numbers messages without gaps, keeps them until the cloud says it has them."""

from __future__ import annotations

import logging
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from siaga_core.wire.ids import uuid7
from siaga_core.wire.messages import OutboxHealth, SeqRange
from siaga_edge.adapters.sqlite_acknowledged import SUMS, AcknowledgedMessages, delete, remove_acked, waiting_between
from siaga_edge.adapters.sqlite_eviction import aged, clips_over, expendable, note_clip
from siaga_edge.adapters.sqlite_file import (
    RESERVE_BYTES,
    OutboxError,
    Reserve,
    broken_files,
    claim,
    give_back,
    is_broken,
    is_full,
    move_aside,
    open_file,
    shrink_wal,
    transaction,
)
from siaga_edge.outbox.budget import Budget
from siaga_edge.outbox.parcels import Lane, Parcel
from siaga_edge.outbox.queued_message import QueuedMessage
from siaga_edge.outbox.store import OpenEvent

log = logging.getLogger(__name__)

FILE_NAME = "outbox.sqlite"
RESERVE_NAME = "outbox.reserve"
_ROW_OVERHEAD_BYTES = 200  # topic, index entry, page slack
_ROOM_ON_FULL_BYTES = 4 * 1024 * 1024
_PAGES_GIVEN_BACK = 500
_PAGE_BYTES = 4096
REPLAY_CURSOR = "cloud:replay"

Result = TypeVar("Result")


class SqliteOutbox:
    """Safe to use from any thread. Everything that `save` has stored survives kill -9 and power cuts."""

    def __init__(
        self,
        folder: Path,
        *,
        node: str,
        budget: Budget,
        clock: Callable[[], datetime],
        on_stored: Callable[[], None] = lambda: None,
        free_bytes: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free,
    ) -> None:
        self._node, self._budget, self._clock = node, budget, clock
        self._folder, self._free_bytes, self._on_stored = folder, free_bytes, on_stored
        self._lock = threading.RLock()
        self._claim = claim(folder)
        self._in_flight: set[int] = set()
        self._outbox_id = UUID(int=0)
        self._last_seq = self._evicted = self._messages = self._bytes = 0
        self._acked = AcknowledgedMessages()
        try:
            self._connection = open_file(folder / FILE_NAME, at=clock())
            self._load_totals()
            self._reserve = Reserve(folder / RESERVE_NAME)
            self._reserve.reserve(free_bytes(folder))
        except BaseException:
            self._claim.close()
            raise

    @property
    def outbox_id(self) -> UUID:
        """Names the count of numbers; another one once a damaged file was replaced."""
        return self._outbox_id

    def close(self) -> None:
        """Gives the file and the folder free."""
        with self._lock:
            self._connection.close()
            self._claim.close()

    # --- taking in -----------------------------------------------------------------------------------------------

    def set_budget(self, budget: Budget) -> None:
        """From the next message on, other limits count; lowered ones may give up what waits, alerts never."""
        self._budget = budget

    def save(
        self, parcels: Sequence[Parcel], *, opened: Sequence[OpenEvent] = (), closed: Sequence[str] = ()
    ) -> list[int]:
        """Numbers and stores all or nothing, together with the change of open events; returns the numbers.

        Raises `OutboxError` when the disk is full, and pydantic's `ValidationError` for a message that the cloud
        could not read.
        """

        def store() -> list[int]:
            self._store_open_events(opened, closed)
            return [self._insert(parcel) for parcel in parcels]

        added = sum(_size_of(parcel) for parcel in parcels)
        seqs = self._changing(store, added)
        self._on_stored()
        return seqs

    def set_cursor(self, name: str, value: str) -> None:
        """Remembers how far something was read."""
        self._changing(lambda: self._note_cursor(name, value), 0)

    # --- giving out ----------------------------------------------------------------------------------------------

    def after(self, lane: Lane, seq: int, limit: int) -> list[int]:
        """Numbers of a lane above `seq`, in order."""
        query = "select seq from waiting where lane = ? and seq > ? order by seq limit ?"
        with self._lock:
            return [row[0] for row in self._connection.execute(query, (lane, seq, limit))]

    def load(self, seq: int) -> QueuedMessage | None:
        """One message, or None when it is gone. It counts as under way from now on."""
        query = (
            "select message.lane, topic, body, blob, kept_at from message"
            " join waiting on waiting.lane = message.lane and waiting.seq = message.seq where message.seq = ?"
        )
        with self._lock:
            row = self._connection.execute(query, (seq,)).fetchone()
            if row is None:
                return None
            self._in_flight.add(seq)
        return QueuedMessage(seq=seq, lane=Lane(row[0]), topic=row[1], body=row[2], blob=row[3], stored_at=row[4])

    def acknowledge(self, outbox_id: UUID, ranges: Iterable[SeqRange]) -> list[int]:
        """What the cloud has waits no longer; returns the numbers. Ranges of another outbox are none of ours."""
        if outbox_id != self.outbox_id:
            return []

        def note() -> list[tuple[int, int]]:
            # By number: acknowledgements that came together may name one twice, sent again and acknowledged again.
            found: dict[int, int] = {}
            for each in ranges:
                found.update(waiting_between(self._connection, each.first, min(each.last, 2**62)))
            gone = list(found.items())
            remove_acked(self._connection, gone)
            if self._budget.retain_acked_seconds:
                self._acked.put(self._connection, gone, at=self._clock())
            else:
                delete(self._connection, gone)
            self._count_out(gone)
            return gone

        return [seq for seq, _ in self._changing(note, 0)]

    def replay(self, request_id: UUID, since: datetime) -> int | None:
        """What was acknowledged then or later waits again; how many, None for a request that was followed before."""

        def recall() -> int | None:
            if self.cursor(REPLAY_CURSOR) == str(request_id):
                return None
            self._note_cursor(REPLAY_CURSOR, str(request_id))
            again = self._acked.recall(self._connection, since)
            self._messages, self._bytes = self._messages + len(again), self._bytes + sum(size for _, size in again)
            return len(again)

        return self._changing(recall, 0)

    def open_events(self) -> list[OpenEvent]:
        """Events that were open when the agent last ran, oldest first."""
        query = "select event_id, state from open_event order by event_id"  # UUIDv7 sorts by time
        with self._lock:
            return [OpenEvent(event_id=row[0], state=row[1]) for row in self._connection.execute(query)]

    def cursor(self, name: str) -> str | None:
        """Return what `set_cursor` stored under a name."""
        with self._lock:
            row = self._connection.execute("select value from cursor where name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def health(self) -> OutboxHealth:
        """What waits, for the health message."""
        with self._lock:
            oldest, followed = self._oldest_stored_at(), self.cursor(REPLAY_CURSOR)
            return OutboxHealth(
                waiting=self._messages,
                oldest_at=None if oldest is None else datetime.fromtimestamp(oldest, UTC),
                evicted=self._evicted,
                bytes=self._bytes,
                free_bytes=self._free_bytes(self._folder),
                broken=len(broken_files(self._folder / FILE_NAME)),
                acked=self._acked.messages,
                acked_since=self._acked.since(self._connection),
                replayed=None if followed is None else UUID(followed),
            )

    def _oldest_stored_at(self) -> float | None:
        # The first of each lane, by the index: a minimum over all rows would read past every image.
        query = "select kept_at from message where seq = (select min(seq) from waiting where lane = ?)"
        found = [self._connection.execute(query, (lane,)).fetchone() for lane in Lane]
        return min((row[0] for row in found if row is not None), default=None)

    def tidy(self) -> None:
        """Gives a little of the room that acknowledged messages left back to the disk."""
        with self._lock:
            if self._connection.execute("pragma freelist_count").fetchone()[0] > _PAGES_GIVEN_BACK:
                # A script, because each step of this pragma frees one page and `execute` takes a single step.
                self._connection.executescript(f"pragma incremental_vacuum({_PAGES_GIVEN_BACK})")

    # --- inside --------------------------------------------------------------------------------------------------

    def _changing(self, change: Callable[[], Result], added: int) -> Result:
        """Runs a change in a transaction; once more after a damaged file was replaced or a full disk relieved."""
        with self._lock:
            for attempt in (1, 2):
                try:
                    result = self._change_once(change, added)
                except sqlite3.DatabaseError as error:
                    self._load_totals_if_sound(error)
                    if attempt == 2 or not self._relieved(error, added):
                        raise OutboxError(f"{self._folder / FILE_NAME}: {error}") from error
                else:
                    self._restore_reserve()
                    return result
        raise AssertionError("unreachable")

    def _change_once(self, change: Callable[[], Result], added: int) -> Result:
        before = self._sums
        try:
            with transaction(self._connection):
                result = change()
                self._acked.age_out(
                    self._connection, self._clock() - timedelta(seconds=self._budget.retain_acked_seconds)
                )
                if added:
                    self._age_out()
                    self._make_room_for_clips()
                    self._make_room(added)
                self._connection.execute("update fact set last_seq = ?, evicted = ?", (self._last_seq, self._evicted))
        except BaseException:
            self._sums = before
            raise
        return result

    @property
    def _sums(self) -> tuple[int, ...]:
        waiting = (self._messages, self._bytes, self._evicted, self._last_seq)
        return (*waiting, self._acked.messages, self._acked.bytes)

    @_sums.setter
    def _sums(self, sums: tuple[int, ...]) -> None:
        self._messages, self._bytes, self._evicted, self._last_seq = sums[:4]
        self._acked.messages, self._acked.bytes = sums[4:]

    def _load_totals_if_sound(self, error: sqlite3.DatabaseError) -> None:
        if is_broken(error):
            self._connection.close()
            move_aside(self._folder / FILE_NAME, at=self._clock(), reason=str(error))
            self._connection = open_file(self._folder / FILE_NAME, at=self._clock())
            self._in_flight.clear()
            self._load_totals()

    def _relieved(self, error: sqlite3.DatabaseError, added: int) -> bool:
        if not is_full(error):
            return is_broken(error)
        self._reserve.give_up()
        try:
            if added:
                with transaction(self._connection):
                    self._evict(messages=0, size=_ROOM_ON_FULL_BYTES)
                    self._connection.execute("update fact set evicted = ?", (self._evicted,))
            shrink_wal(self._connection)
        except sqlite3.DatabaseError:
            self._load_totals()
            return False
        return True

    def _restore_reserve(self) -> None:
        if self._reserve.is_held:
            return
        pages = RESERVE_BYTES // _PAGE_BYTES
        try:
            if self._connection.execute("pragma freelist_count").fetchone()[0] > 2 * pages:
                give_back(self._connection, pages)
        except sqlite3.DatabaseError:
            return  # still full; the next message tries again
        self._reserve.reserve(self._free_bytes(self._folder))

    def _load_totals(self) -> None:
        row = self._connection.execute("select outbox_id, last_seq, evicted from fact").fetchone()
        self._outbox_id, self._last_seq, self._evicted = UUID(row[0]), row[1], row[2]
        messages, size = self._connection.execute(SUMS).fetchone()
        self._acked.load(self._connection)
        self._messages, self._bytes = messages - self._acked.messages, size - self._acked.bytes

    def _store_open_events(self, opened: Sequence[OpenEvent], closed: Sequence[str]) -> None:
        statement = "insert into open_event values (?, ?) on conflict (event_id) do update set state = excluded.state"
        for event in opened:
            self._connection.execute(statement, (event.event_id, event.state))
        for event_id in closed:
            self._connection.execute("delete from open_event where event_id = ?", (event_id,))

    def _insert(self, parcel: Parcel) -> int:
        seq = self._last_seq + 1
        body = self._body(parcel, seq)
        size = len(body) + len(parcel.blob or b"") + _ROW_OVERHEAD_BYTES
        row = (seq, parcel.lane, parcel.topic, body, parcel.blob, size, self._clock().timestamp())
        self._connection.execute("insert into message values (?, ?, ?, ?, ?, ?, ?)", row)
        self._connection.execute("insert into waiting values (?, ?)", (parcel.lane, seq))
        if parcel.lane is Lane.CLIPS:
            note_clip(self._connection, seq, size)
        self._last_seq, self._messages, self._bytes = seq, self._messages + 1, self._bytes + size
        return seq

    def _body(self, parcel: Parcel, seq: int) -> bytes:
        message = parcel.model(
            id=uuid7(parcel.measured_at),
            node=self._node,
            outbox_id=self.outbox_id,
            seq=seq,
            measured_at=parcel.measured_at,
            sent_at=parcel.measured_at,
            **parcel.fields,
        )
        return message.model_dump_json(exclude={"sent_at", "late"}).encode()

    def _age_out(self) -> None:
        now = self._clock().timestamp()
        for lane, seconds in self._budget.max_age_seconds.items():
            if lane is not Lane.ALERTS:
                self._give_up(aged(self._connection, lane, before=now - seconds))

    def _make_room_for_clips(self) -> None:
        acked, waiting = clips_over(self._connection, self._budget.max_clip_bytes)
        self._acked.forget(self._connection, acked)
        self._give_up(waiting)

    def _make_room(self, added: int) -> None:
        messages = max(0, self._messages + self._acked.messages - self._budget.max_messages)
        size = max(0, self._bytes + self._acked.bytes - self._budget.max_bytes)
        if self._free_bytes(self._folder) < self._budget.min_free_bytes:
            # Deleted rows leave pages for new ones, so the file does not grow as long as as much goes as comes.
            size = max(size, added)
        if messages or size:
            self._evict(messages=messages, size=size)

    def _evict(self, *, messages: int, size: int) -> None:
        """Gives up what the cloud has, then the least worth and the oldest of it; what is under way only at last."""
        messages, size = self._acked.make_room(self._connection, messages=messages, size=size)
        for may_be_in_flight in (False, True):
            if messages <= 0 and size <= 0:
                return
            without = frozenset() if may_be_in_flight else self._in_flight
            gone = expendable(self._connection, messages, size, without=without)
            self._give_up(gone)
            messages -= len(gone)
            size -= sum(each for _, each in gone)

    def _give_up(self, gone: Sequence[tuple[int, int]]) -> None:
        remove_acked(self._connection, gone)
        delete(self._connection, gone)
        self._evicted += len(gone)
        self._count_out(gone)

    def _count_out(self, gone: Iterable[tuple[int, int]]) -> None:
        for seq, size in gone:
            self._messages -= 1
            self._bytes -= size
            self._in_flight.discard(seq)

    def _note_cursor(self, name: str, value: str) -> None:
        statement = "insert into cursor values (?, ?) on conflict (name) do update set value = excluded.value"
        self._connection.execute(statement, (name, value))


def _size_of(parcel: Parcel) -> int:
    return len(parcel.blob or b"") + _ROW_OVERHEAD_BYTES
