"""Stores the uplinks of a network server: each frame once, whichever gateways received it and however often it came."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Final

from siaga_cloud.feeds.items import ItemError, RawItem
from siaga_cloud.feeds.lorawan.options import LorawanTable
from siaga_cloud.feeds.lorawan.uplinks import Uplink, read
from siaga_cloud.feeds.service import dead_letters, polling
from siaga_cloud.feeds.service import items as item_service
from siaga_cloud.feeds.service.items import ReadItem, StoreContext
from siaga_cloud.feeds.service.polling import FeedContext
from siaga_cloud.feeds.store import feeds as db
from siaga_cloud.feeds.store.feeds import Counts, HeldItem
from siaga_cloud.ingest.store import messages
from siaga_cloud.platform.db.connection import Connection

MAX_UPLINK_BYTES: Final = 256 * 1024
# A frame that several gateways received arrives within seconds. A device that was reset may use a number again.
SAME_FRAME: Final = timedelta(minutes=5)


class UplinkImporter:
    """Imports the uplinks of one feed; one thread at a time uses it."""

    def __init__(self, context: FeedContext, options: LorawanTable) -> None:
        self._context, self._options = context, options

    def process_uplink(self, payload: bytes) -> Counts:
        """Process an uplink; an unreadable one becomes a dead letter."""
        now = self._context.clock()
        with self._context.database.transaction() as conn:
            messages.prepare_reading_stage(conn)
            counts, lag = Counts(), None
            try:
                counts, lag = self.process(conn, payload, now)
            except ItemError as error:
                dead_letters.bury(conn, self._options.id, payload, str(error), now=now)
                counts.dead += 1
            db.count_success(conn, self._options.id, counts, lag_seconds=lag, now=now)
            if counts.dead:
                db.note_error(conn, self._options.id, "an uplink was refused; see the dead letters", now=now)
        return counts

    def process(self, conn: Connection, payload: bytes, now: datetime) -> tuple[Counts, float | None]:
        """Store an uplink in the caller's transaction and return its lag in seconds; raises ItemError."""
        if len(payload) > MAX_UPLINK_BYTES:
            raise ItemError(f"got {len(payload)} bytes, expected at most {MAX_UPLINK_BYTES}")
        uplink = read(payload, self._options, now=now)
        if uplink is None:
            return Counts(skipped=1), None
        lag = (now - uplink.reading.measured_at).total_seconds()
        db.lock_feed(conn, self._options.id)
        held = db.items(conn, self._options.id, [uplink.source_id]).get(uplink.source_id)
        if held is not None and abs(uplink.reading.measured_at - held.item_at) < SAME_FRAME:
            return Counts(repeated=1), lag
        return self._store(conn, uplink, payload, now), lag

    def _store(self, conn: Connection, uplink: Uplink, payload: bytes, now: datetime) -> Counts:
        context, options, sha256 = self._context, self._options, hashlib.sha256(payload).digest()
        city = polling.city_of(conn, context.own_sender)
        means = StoreContext(city=city, media=context.media, areas=context.areas)
        item = ReadItem(raw=RawItem(payload), found=(uplink.reading,))
        with conn.transaction():
            result = item_service.persist(conn, options.id, [item], means, as_of=None, now=now)
            if result.problems:
                raise ItemError(result.problems[0])
        held = HeldItem(
            source_id=uplink.source_id,
            content_sha256=sha256,
            revision=1,
            signal_id=None,
            item_at=uplink.reading.measured_at,
            gone_at=None,
        )
        db.save_item(conn, options.id, held, now=now)
        self._store_raw(conn, payload, sha256, now)
        return result.counts

    def _store_raw(self, conn: Connection, payload: bytes, sha256: bytes, now: datetime) -> None:
        db.store_raw(
            conn,
            self._options.id,
            payload,
            label="uplink",
            sha256=sha256,
            most_bytes=self._options.raw_limit_megabytes * 1024 * 1024,
            before=now - timedelta(days=self._options.raw_retention_days),
            now=now,
        )
