"""Keeps the dwells of cameras over a restart of the agent: who stood where since when, and the images of arrivals.

A file of its own beside the outbox, because losing its last seconds in a power cut costs seconds of a stay and nothing
that was reported. What is remembered are the rule's own frozen values; what another version wrote is not guessed at.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from pydantic import TypeAdapter, ValidationError

from siaga_core.rules.dwell import DwellWatch, Spot
from siaga_core.wire.messages import EvidenceRole
from siaga_edge.events.drafts import EvidenceImage

log = logging.getLogger(__name__)

# An unreported dwell that was not seen for longer may be another thing on the spot; a restart takes less.
LONGEST_GAP_SECONDS = 60.0
# One that was reported goes on under its number even after a long repair.
LONGEST_OPEN_GAP_SECONDS = 3600.0
# Between two writes while nothing begins or ends: a card in a node wears out by writes.
SAVE_EVERY_SECONDS = 5.0
MOST_SPOTS = 200  # of one zone
MOST_IMAGE_BYTES = 32 * 1024 * 1024  # of all arrivals of the node
_CLOCK_SET_BACK = timedelta(seconds=2)

_WATCH = TypeAdapter(DwellWatch)
_SCHEMA = """
pragma journal_mode = wal;
pragma synchronous = normal;
create table if not exists stay (
    camera text, zone text, saved_at real not null, watch blob not null, primary key (camera, zone)
) strict;
create table if not exists arrival (
    camera text, zone text, number integer, taken_at real not null, width integer not null, height integer not null,
    jpeg blob not null, primary key (camera, zone, number)
) strict;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneMemory:
    """What one zone knows of the dwells in it; arrivals by the spots' numbers."""

    watch: DwellWatch = field(default_factory=DwellWatch)
    arrivals: Mapping[int, EvidenceImage] = field(default_factory=dict)


class DwellPipeline(Protocol):
    """A pipeline as the dwell store uses it."""

    def dwells(self) -> Mapping[str, ZoneMemory]:
        """What each zone knows, by `kind:id`."""

    def recall(self, zones: Mapping[str, ZoneMemory]) -> None:
        """Goes on with what was known; before the first frame."""


class DwellStore:
    """The dwells of all cameras in one SQLite file. Safe from any thread; never raises for a disk that fails."""

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, threading.Lock()
        self._last_logged = False
        self._connection = self._opened()

    def load(self, camera: str) -> Mapping[str, tuple[datetime, ZoneMemory]]:
        """For each zone what was saved last, and when."""
        try:
            with self._lock:
                rows = self._connection.execute("select zone, saved_at, watch from stay where camera = ?", [camera])
                stored = rows.fetchall()
                return {zone: (_time(at), self._memory(camera, zone, watch)) for zone, at, watch in stored}
        except sqlite3.Error as error:
            self._complain("read", error)
            return {}

    def save(self, camera: str, zones: Mapping[str, ZoneMemory], *, at: datetime) -> None:
        """Replaces what is known of this camera; images that lie there already are not written again."""
        try:
            with self._lock, self._connection:
                self._connection.execute("delete from stay where camera = ?", [camera])
                for zone, memory in zones.items():
                    row = (camera, zone, at.timestamp(), _WATCH.dump_json(memory.watch))
                    self._connection.execute("insert into stay values (?, ?, ?, ?)", row)
                self._save_arrivals(camera, zones)
        except sqlite3.Error as error:
            self._complain("written", error)

    def close(self) -> None:
        """Close the file of the store."""
        with self._lock:
            self._connection.close()

    def _memory(self, camera: str, zone: str, watch: bytes) -> ZoneMemory:
        try:
            known = _WATCH.validate_json(watch)
        except ValidationError as error:
            log.warning(
                "%s: ignoring dwells of camera %s in zone %s, which another version wrote: %s",
                self._path,
                camera,
                zone,
                error.title,
            )
            return ZoneMemory()
        rows = self._connection.execute(
            "select number, taken_at, width, height, jpeg from arrival where camera = ? and zone = ?", [camera, zone]
        )
        return ZoneMemory(watch=known, arrivals={row[0]: _evidence_image(row) for row in rows})

    def _save_arrivals(self, camera: str, zones: Mapping[str, ZoneMemory]) -> None:
        wanted = {
            (zone, number): evidence for zone, memory in zones.items() for number, evidence in memory.arrivals.items()
        }
        rows = self._connection.execute("select zone, number, taken_at from arrival where camera = ?", [camera])
        there = {(zone, number): taken_at for zone, number, taken_at in rows.fetchall()}
        for key, taken_at in there.items():
            if key not in wanted or wanted[key].taken_at.timestamp() != taken_at:
                self._connection.execute(
                    "delete from arrival where camera = ? and zone = ? and number = ?", (camera, *key)
                )
        room = (
            MOST_IMAGE_BYTES
            - self._connection.execute("select coalesce(sum(length(jpeg)), 0) from arrival").fetchone()[0]
        )
        for (zone, number), evidence in wanted.items():
            if there.get((zone, number)) == evidence.taken_at.timestamp() or len(evidence.jpeg) > room:
                continue
            room -= len(evidence.jpeg)
            row = (camera, zone, number, evidence.taken_at.timestamp(), evidence.width, evidence.height, evidence.jpeg)
            self._connection.execute("insert into arrival values (?, ?, ?, ?, ?, ?, ?)", row)

    def _opened(self) -> sqlite3.Connection:
        try:
            return _connected(self._path)
        except sqlite3.Error as error:
            # Seconds of stays are not worth a repair: what cannot be read is begun anew.
            self._complain("read and is replaced by a new one", error)
        with suppress(OSError):
            for ending in ("", "-wal", "-shm"):
                self._path.with_name(self._path.name + ending).unlink(missing_ok=True)
        try:
            return _connected(self._path)
        except sqlite3.Error as error:
            self._complain("written", error)
            return _connected(Path(":memory:"))

    def _complain(self, what: str, error: sqlite3.Error) -> None:
        if not self._last_logged:
            self._last_logged = True
            log.warning("%s cannot be %s: %s", self._path, what, error)


class DwellRecorder:
    """Records the dwells of one camera; called after every frame, writes seldom."""

    def __init__(self, store: DwellStore, camera: str) -> None:
        self._store, self._camera = store, camera
        self._saved_at: datetime | None = None
        self._saved: Mapping[str, object] = {}

    def recall(self, pipeline: DwellPipeline, *, at: datetime) -> None:
        """Before a pipeline's first frame, which was taken `at`: gives it what is not too old."""
        stored = self._store.load(self._camera)
        known = {zone: known_at(memory, at) for zone, (_, memory) in stored.items()}
        pipeline.recall(known)
        dwells = sum(len(memory.watch.spots) for memory in known.values())
        if dwells:
            log.info("camera %s: restored %d dwells of the last run", self._camera, dwells)

    def note(self, pipeline: DwellPipeline, *, at: datetime, at_once: bool = False) -> None:
        """Saves what has changed, `at_once` or when it is time again."""
        if not at_once and not self._is_due(at):
            return
        self._saved_at = at
        zones = {zone: worth_storing(memory) for zone, memory in pipeline.dwells().items()}
        state = {zone: (memory.watch, sorted(memory.arrivals)) for zone, memory in zones.items()}
        if state != self._saved:
            self._store.save(self._camera, zones, at=at)
            self._saved = state

    def _is_due(self, at: datetime) -> bool:
        if self._saved_at is None or at < self._saved_at:
            return True
        return (at - self._saved_at).total_seconds() >= SAVE_EVERY_SECONDS


def worth_storing(memory: ZoneMemory) -> ZoneMemory:
    """Without what was seen once only, which mostly drives by; bounded, stays that were reported first."""
    spots = sorted(
        (spot for spot in memory.watch.spots if spot.sightings > 1 or spot.began_at is not None),
        key=lambda spot: (spot.began_at is None, spot.arrived_at),
    )[:MOST_SPOTS]
    return _with_spots(memory, spots)


def known_at(memory: ZoneMemory, at: datetime) -> ZoneMemory:
    """What may go on at `at`: not too long unseen, and not from a clock that was ahead.

    Track numbers begin anew with each start, so a stored one must match no new track: only the place counts. Nobody
    looked meanwhile, so the time of looking in vain begins now.
    """
    spots = [replace(spot, track_id=-spot.number, missed_at=at) for spot in memory.watch.spots if _is_recent(spot, at)]
    recalled = _with_spots(memory, spots)
    return replace(recalled, watch=replace(recalled.watch, looked_at=None))


def _is_recent(spot: Spot, at: datetime) -> bool:
    longest = LONGEST_GAP_SECONDS if spot.began_at is None else LONGEST_OPEN_GAP_SECONDS
    return -_CLOCK_SET_BACK <= at - spot.seen_at <= timedelta(seconds=longest)


def _with_spots(memory: ZoneMemory, spots: Sequence[Spot]) -> ZoneMemory:
    numbers = {spot.number for spot in spots}
    arrivals = {number: evidence for number, evidence in memory.arrivals.items() if number in numbers}
    return ZoneMemory(watch=replace(memory.watch, spots=tuple(spots)), arrivals=arrivals)


def _connected(path: Path) -> sqlite3.Connection:
    if str(path) != ":memory:":
        # Arrivals are redacted, but where vehicles stand is still nobody else's business.
        with suppress(OSError):
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
    connection = sqlite3.connect(path, check_same_thread=False, timeout=5)
    try:
        connection.executescript(_SCHEMA)
        connection.execute("select count(*) from stay").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def _evidence_image(row: tuple[int, float, int, int, bytes]) -> EvidenceImage:
    _, taken_at, width, height, jpeg = row
    return EvidenceImage(
        role=EvidenceRole.ARRIVAL, taken_at=_time(taken_at), jpeg=jpeg, width=width, height=height, redacted=True
    )


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
