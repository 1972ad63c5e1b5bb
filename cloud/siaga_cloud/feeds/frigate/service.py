"""Stores what Frigate publishes: events of our cameras, their snapshots, and whether the connection works."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

from siaga_cloud.cameras.store import events
from siaga_cloud.feeds.frigate import events as frigate
from siaga_cloud.feeds.frigate.events import Sighting
from siaga_cloud.feeds.items import ItemError
from siaga_cloud.feeds.options import FrigateTable
from siaga_cloud.feeds.service import items as item_service
from siaga_cloud.feeds.service.polling import FeedContext
from siaga_cloud.feeds.store import feeds as db
from siaga_cloud.feeds.store.feeds import Counts
from siaga_cloud.fleet.store import nodes, sources
from siaga_cloud.fleet.store.sources import SourceName
from siaga_cloud.ingest import events as sightings
from siaga_cloud.platform.db import live
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.input_errors import IntakeError
from siaga_cloud.platform.media.photo import Photo, clean_photo
from siaga_core.wire.messages import EvidenceHeader, EvidenceRole

MAX_EVENT_BYTES: Final = 256 * 1024
MAX_SNAPSHOT_BYTES: Final = 4 * 1024 * 1024
SNAPSHOT_FITS: Final = timedelta(seconds=120)
_OUTBOXES: Final = UUID("6c8a3c92-0a5e-4c2e-9a9e-4f4d7c1b8a10")


class FrigateImporter:
    """Imports from one Frigate server; one thread at a time uses it.

    A snapshot comes on a topic of its camera and label, without the id of the event. It belongs to the event of that
    camera and label that began within two minutes of it, and is stored once for the beginning.
    """

    def __init__(self, context: FeedContext, options: FrigateTable) -> None:
        self._context, self._options = context, options
        self.node = db.node_of(options.id)
        self._snapshots: dict[tuple[str, str], tuple[bytes, datetime]] = {}
        self._begun: dict[tuple[str, str], tuple[UUID, datetime]] = {}

    def process_event(self, payload: bytes) -> None:
        """Process a message of `events`; an unreadable one becomes a dead letter."""
        now, feed_id = self._context.clock(), self._options.id
        counts, lag = Counts(), None
        with self._context.database.transaction() as conn:
            try:
                counts, lag = self.process(conn, payload, now)
            except ItemError as error:
                item_service.bury(conn, feed_id, payload, str(error), now=now)
                counts.dead += 1
            db.count_success(conn, feed_id, counts, lag_seconds=lag, now=now)

    def process(self, conn: Connection, payload: bytes, now: datetime) -> tuple[Counts, float | None]:
        """Return a message of `events` in the caller's transaction, and its lag in seconds; raises ItemError."""
        seen = _checked(payload, self._options, now)
        if seen is None:
            return Counts(), None
        return self._store_event(conn, seen, payload, now), (now - seen.seen_at).total_seconds()

    def process_snapshot(self, camera: str, label: str, jpeg: bytes) -> None:
        """An image of `<camera>/<label>/snapshot`; those that are not images are recorded and forgotten."""
        link = next((one for one in self._options.camera if one.name == camera and label in one.labels), None)
        if link is None or not jpeg or len(jpeg) > MAX_SNAPSHOT_BYTES:
            return
        key, now = (camera, label), self._context.clock()
        self._snapshots[key] = (jpeg, now)
        begun = self._begun.get(key)
        if begun is not None and now - begun[1] <= SNAPSHOT_FITS:
            with self._context.database.transaction() as conn:
                self._store_snapshot(conn, key, begun[0], begun[1], now)

    def connected(self, is_connected: bool) -> None:
        """Frigate came or went: a camera that nobody watches is unknown, which is not clear."""
        now = self._context.clock()
        with self._context.database.transaction() as conn:
            for link in self._options.camera:
                if self._own_place(conn, link.camera, now) is None:
                    continue
                since = None if is_connected else now
                nodes.save_view(conn, camera_id=link.camera, node_id=self.node, unknown_since=since, at=now)
                live.announce(conn, "camera", link.camera, now)
            if not is_connected:
                db.note_error(conn, self._options.id, "Frigate is offline", now=now)

    def _store_event(self, conn: Connection, seen: Sighting, payload: bytes, now: datetime) -> Counts:
        goes_on = db.open_event(conn, seen.event_id)
        if not seen.persists and not goes_on:
            return Counts(repeated=1) if goes_on is False else Counts(skipped=1)
        place = self._own_place(conn, seen.link.camera, now)
        if place is None:
            raise ItemError(f"camera {seen.link.camera} is not there, or belongs to another node")
        event = frigate.event_of(
            seen,
            node=self.node,
            place=place,
            is_known=goes_on is not None,
            outbox_id=uuid5(_OUTBOXES, self._options.id),
        )
        is_new, _ = sightings.persist(conn, [(event, now)], now=now)
        if is_new:
            self._store_raw(conn, payload, now)
        if is_new and goes_on is None:
            key = (seen.link.name, seen.label)
            self._begun[key] = (seen.event_id, now)
            self._store_snapshot(conn, key, seen.event_id, now, now)
        return Counts(accepted=1) if is_new else Counts(repeated=1)

    def _own_place(self, conn: Connection, camera_id: str, now: datetime) -> tuple[float, float] | None:
        """Claim a camera that nobody owns; (lat, lon) of one that is Frigate's, None of another."""
        sources.claim(conn, SourceName("camera", camera_id), self.node, now=now)
        return db.camera_place(conn, camera_id, self.node)

    def _store_raw(self, conn: Connection, payload: bytes, now: datetime) -> None:
        db.store_raw(
            conn,
            self._options.id,
            payload,
            label="events",
            sha256=hashlib.sha256(payload).digest(),
            most_bytes=self._options.raw_limit_megabytes * 1024 * 1024,
            before=now - timedelta(days=self._options.raw_retention_days),
            now=now,
        )

    def _store_snapshot(
        self, conn: Connection, key: tuple[str, str], event_id: UUID, began_at: datetime, now: datetime
    ) -> None:
        """The newest image of a camera and label for an event's beginning, once; not redacted, so never public."""
        jpeg, taken_at = self._snapshots.get(key, (b"", began_at))
        if not jpeg or abs(taken_at - began_at) > SNAPSHOT_FITS:
            return
        try:
            photo = clean_photo(jpeg)
        except IntakeError as error:
            db.note_error(conn, self._options.id, f"snapshot: {error}", now=now)
            return
        self._context.media.persist(photo.jpeg)
        events.save_evidence(conn, [(self._header(photo, event_id, taken_at), len(photo.jpeg))], now=now)
        self._begun.pop(key, None)

    def _header(self, photo: Photo, event_id: UUID, taken_at: datetime) -> EvidenceHeader:
        return EvidenceHeader(
            id=uuid5(event_id, "0"),
            node=self.node,
            outbox_id=uuid5(_OUTBOXES, self._options.id),
            seq=1,
            measured_at=taken_at,
            sent_at=taken_at,
            event_id=event_id,
            number=0,
            role=EvidenceRole.THRESHOLD,
            sha256=photo.sha256,
            width=photo.width,
            height=photo.height,
            redacted=False,
        )


def _checked(payload: bytes, options: FrigateTable, now: datetime) -> Sighting | None:
    if len(payload) > MAX_EVENT_BYTES:
        raise ItemError(f"got {len(payload)} bytes, expected at most {MAX_EVENT_BYTES}")
    return frigate.read(payload, options, now=now)
