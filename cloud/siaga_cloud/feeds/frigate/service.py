"""Stores what Frigate publishes: events of our cameras, its reviews, and which cameras it sees."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Final

from siaga_cloud.feeds.frigate import events as frigate
from siaga_cloud.feeds.frigate import images
from siaga_cloud.feeds.frigate.events import Sighting
from siaga_cloud.feeds.frigate.streams import StreamStates
from siaga_cloud.feeds.items import ItemError
from siaga_cloud.feeds.options import FrigateLink, FrigateTable
from siaga_cloud.feeds.service import dead_letters
from siaga_cloud.feeds.service.polling import FeedContext
from siaga_cloud.feeds.store import feeds as db
from siaga_cloud.feeds.store.feeds import Counts
from siaga_cloud.fleet.store import nodes, sources
from siaga_cloud.fleet.store.sources import SourceName
from siaga_cloud.ingest import events as sightings
from siaga_cloud.platform.db import jobs, live
from siaga_cloud.platform.db.connection import Connection
from siaga_core.wire.messages import EventState

MAX_EVENT_BYTES: Final = 256 * 1024
MAX_ALERTED: Final = 10_000
# Frigate moves the last segment of a recording to its storage some seconds after an object has gone.
FETCH_CLIP_AFTER: Final = timedelta(seconds=20)


class FrigateImporter:
    """Imports from one Frigate server; one thread at a time uses it.

    The image of an event is fetched by the object's id (`images.py`), by a job that is deferred with the event.
    """

    def __init__(self, context: FeedContext, options: FrigateTable) -> None:
        self._context, self._options = context, options
        self.node = db.node_of(options.id)
        self._streams = StreamStates()
        self._alerted: dict[str, None] = {}

    def process_event(self, payload: bytes) -> None:
        """Process a message of `events`; an unreadable one becomes a dead letter."""
        now, feed_id = self._context.clock(), self._options.id
        counts, lag = Counts(), None
        with self._context.database.transaction() as conn:
            try:
                counts, lag = self.process(conn, payload, now)
            except ItemError as error:
                dead_letters.bury(conn, feed_id, payload, str(error), now=now)
                counts.dead += 1
            db.count_success(conn, feed_id, counts, lag_seconds=lag, now=now)

    def process(self, conn: Connection, payload: bytes, now: datetime) -> tuple[Counts, float | None]:
        """Return a message of `events` in the caller's transaction, and its lag in seconds; raises ItemError."""
        seen = _checked(payload, self._options, now)
        if seen is None:
            return Counts(), None
        return self._store_event(conn, seen, payload, now), (now - seen.seen_at).total_seconds()

    def process_review(self, payload: bytes) -> None:
        """Remember the objects of an alert; a review that cannot be read is recorded."""
        try:
            alerted = frigate.alerted_ids(payload) if len(payload) <= MAX_EVENT_BYTES else ()
        except ItemError as error:
            with self._context.database.transaction() as conn:
                db.note_error(conn, self._options.id, f"review: {error}", now=self._context.clock())
            return
        self._alerted.update(dict.fromkeys(alerted))
        while len(self._alerted) > MAX_ALERTED:
            del self._alerted[next(iter(self._alerted))]

    def process_status(self, camera: str, status: str) -> None:
        """Process `<camera>/status/detect`: a camera that Frigate lost is unknown, which is not clear."""
        now = self._context.clock()
        is_seen = self._streams.report(camera, status, now)
        if is_seen is None:
            return
        with self._context.database.transaction() as conn:
            for link in self._options.camera:
                if link.name == camera:
                    self._save_view(conn, link, is_seen=is_seen, now=now)

    def connected(self, is_connected: bool) -> None:
        """Frigate came or went: a camera that nobody watches is unknown, which is not clear."""
        now = self._context.clock()
        with self._context.database.transaction() as conn:
            for link in self._options.camera:
                if not (is_connected and self._streams.is_lost(link.name)):
                    self._save_view(conn, link, is_seen=is_connected, now=now)
            if not is_connected:
                db.note_error(conn, self._options.id, "Frigate is offline", now=now)

    def _save_view(self, conn: Connection, link: FrigateLink, *, is_seen: bool, now: datetime) -> None:
        if self._own_place(conn, link.camera, now) is None:
            return
        since = None if is_seen else now
        nodes.save_view(conn, camera_id=link.camera, node_id=self.node, unknown_since=since, at=now)
        live.announce(conn, "camera", link.camera, now)

    def _store_event(self, conn: Connection, seen: Sighting, payload: bytes, now: datetime) -> Counts:
        goes_on = db.open_event(conn, seen.event_id)
        if not seen.persists and not goes_on:
            return Counts(repeated=1) if goes_on is False else Counts(skipped=1)
        if goes_on is None and seen.link.alerts_only and seen.frigate_id not in self._alerted:
            return Counts(skipped=1)
        place = self._own_place(conn, seen.link.camera, now)
        if place is None:
            raise ItemError(f"camera {seen.link.camera} is not there, or belongs to another node")
        event = frigate.event_of(
            seen,
            node=self.node,
            place=place,
            is_known=goes_on is not None,
            outbox_id=images.outbox_of(self._options.id),
        )
        is_new, _ = sightings.persist(conn, [(event, now)], now=now)
        if is_new:
            self._store_raw(conn, payload, now)
        if is_new and goes_on is None and self._options.api_url is not None:
            self._defer_image(conn, seen)
        if is_new and event.state is EventState.ENDED and seen.has_clip:
            self._defer_clip(conn, seen, now)
        return Counts(accepted=1) if is_new else Counts(repeated=1)

    def _defer_image(self, conn: Connection, seen: Sighting) -> None:
        jobs.defer_frigate_image(
            conn,
            self._options.id,
            seen.event_id,
            seen.frigate_id,
            frame_at=seen.snapshot_at,
            seen_at=seen.seen_at,
        )

    def _defer_clip(self, conn: Connection, seen: Sighting, now: datetime) -> None:
        if self._options.api_url is None or not self._options.clips:
            return
        not_before = now + FETCH_CLIP_AFTER
        is_deferred = jobs.defer_frigate_clip(
            conn, self._options.id, seen.event_id, seen.frigate_id, began_at=seen.began_at, not_before=not_before
        )
        if not is_deferred:
            error = f"clip of {seen.frigate_id[:60]}: not fetched, because {jobs.MAX_WAITING_CLIPS} others wait"
            db.note_error(conn, self._options.id, error, now=now)

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


def _checked(payload: bytes, options: FrigateTable, now: datetime) -> Sighting | None:
    if len(payload) > MAX_EVENT_BYTES:
        raise ItemError(f"got {len(payload)} bytes, expected at most {MAX_EVENT_BYTES}")
    return frigate.read(payload, options, now=now)
