"""Stores the items of a feed once each, in any sequence; an item that cannot be stored is recorded with the reason."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

from siaga_cloud.channels.conversation.understanding import TextMessage, lay_before_operator, understand
from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.city.service.gazetteer import vocabulary
from siaga_cloud.feeds.fields import shown
from siaga_cloud.feeds.items import (
    MAX_SOURCE_ID,
    City,
    Feed,
    Found,
    FoundMessage,
    FoundRain,
    FoundReading,
    FoundReport,
    FoundSignal,
    FoundStage,
    FoundWarning,
    ItemError,
    RawItem,
)
from siaga_cloud.feeds.service.dead_letters import bury
from siaga_cloud.feeds.service.gauge_owners import GaugeOwners
from siaga_cloud.feeds.service.warning_chains import store_warning
from siaga_cloud.feeds.store import feeds as db
from siaga_cloud.feeds.store import traffic
from siaga_cloud.feeds.store.feeds import Counts, HeldItem
from siaga_cloud.feeds.store.warnings import key_of
from siaga_cloud.gauges.store import history as gauge_history
from siaga_cloud.gauges.store.readings import ReadingRow
from siaga_cloud.ingest import readings
from siaga_cloud.platform.db import jobs
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.errors import ConflictError, InvalidError
from siaga_cloud.platform.media.folder import MediaFolder
from siaga_cloud.platform.media.photo import Photo
from siaga_cloud.rain.service import recording
from siaga_cloud.rain.store.readings import RainReading
from siaga_cloud.reports.form import Report
from siaga_cloud.reports.service.intake import Delivery, Sender, accept_once
from siaga_cloud.reports.store.reports import by_external_id as report_of
from siaga_cloud.signals import store as signals
from siaga_cloud.signals.store import SignalRow
from siaga_core.rules.geometry import LatLon

# A signal that is older than this when it first arrives is not stored.
MAX_AGE: Final = timedelta(hours=24)
_IDS: Final = UUID("5b1f8a52-9c6e-4f0e-8a3b-6f3c6d0f5e11")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreContext:
    """Holds what the storing of items needs besides the database."""

    city: City
    media: MediaFolder
    areas: AreaLookup


@dataclass(slots=True, kw_only=True)
class ReadItem:
    """Represents one item with what was found in it, or why it could not be read. `photos` are those of its report."""

    raw: RawItem
    found: Sequence[Found] = ()
    problem: str = ""
    photos: tuple[Photo, ...] = ()

    @property
    def sha256(self) -> bytes:
        """Of the item's bytes."""
        return hashlib.sha256(self.raw.payload).digest()


@dataclass(slots=True, kw_only=True)
class ItemsResult:
    """Counts the outcomes of items. `newest_at` is the time of the newest reading or rain; `problems` are those of dead
    letters.
    """

    counts: Counts = field(default_factory=Counts)
    newest_at: datetime | None = None
    problems: list[str] = field(default_factory=list)


def signal_id_of(feed_id: str, source_id: str) -> UUID:
    """Return the id of the signal of an item, the same for the same item of the same feed."""
    return uuid5(_IDS, f"{feed_id}\n{source_id}")


def read_items(module: Feed, items: Sequence[RawItem], *, now: datetime) -> list[ReadItem]:
    """Reads each; one that cannot be read does not affect the others."""
    return [_read(module, item, now) for item in items]


def _read(module: Feed, item: RawItem, now: datetime) -> ReadItem:
    if len(item.source_id) > MAX_SOURCE_ID:
        return ReadItem(raw=RawItem(item.payload), problem=f"id: got {len(item.source_id)} characters, expected fewer")
    try:
        return ReadItem(raw=item, found=module.read(item.payload, now=now))
    except ItemError as error:
        return ReadItem(raw=item, problem=str(error))


def persist(
    conn: Connection,
    feed_id: str,
    items: Sequence[ReadItem],
    means: StoreContext,
    *,
    as_of: datetime | None,
    now: datetime,
) -> ItemsResult:
    """Stores items in the caller's transaction; `prepare_reading_stage` must have run on the connection."""
    db.lock_feed(conn, feed_id)
    writer = _ItemWriter(conn, feed_id, means, as_of=as_of, now=now)
    writer.held = db.items(conn, feed_id, [one.raw.source_id for one in items if one.raw.source_id])
    writer.owners.claim([one for item in items for one in item.found], now=now)
    for item in items:
        writer.persist(item)
    writer.store_readings()
    return writer.result


class _ItemWriter:
    def __init__(
        self, conn: Connection, feed_id: str, means: StoreContext, *, as_of: datetime | None, now: datetime
    ) -> None:
        self._conn, self._feed_id, self._means, self._now = conn, feed_id, means, now
        self._as_of = min(as_of, now) if as_of else now
        self.held: dict[str, HeldItem] = {}
        self.result = ItemsResult()
        self._readings: list[ReadingRow] = []
        self._measured_at: list[datetime] = []
        self.owners = GaugeOwners(conn, feed_id)

    def persist(self, item: ReadItem) -> None:
        """One item, whole or not at all."""
        if item.problem:
            self._bury(item, item.problem)
            return
        before = self.held.get(item.raw.source_id)
        if before is not None and self._is_repeat(item, before):
            self.result.counts.repeated += 1
            return
        try:
            with self._conn.transaction():
                self._store_all(item, before)
        except (ItemError, InvalidError, ConflictError) as error:
            self._bury(item, str(error))

    def store_readings(self) -> None:
        """The readings of all items at once."""
        stored = readings.persist(self._conn, self._readings, now=self._now).stored
        self.result.counts.accepted += stored
        self.result.counts.repeated += len(self._readings) - stored
        times = [*self._measured_at, *(row.measured_at for row in self._readings)]
        self.result.newest_at = max(times, default=None)

    def _is_repeat(self, item: ReadItem, before: HeldItem) -> bool:
        """Return whether an item has the same content as what is held, or is older."""
        return before.item_at > self._as_of or (before.content_sha256 == item.sha256 and before.gone_at is None)

    def _store_all(self, item: ReadItem, before: HeldItem | None) -> None:
        self._check_gauges(item.found)
        if not item.found and before is not None and before.signal_id is not None and before.gone_at is None:
            self._end(item, before, before.signal_id)
            return
        outcomes = [self._store_one(found, item, before) for found in item.found]
        self._readings += [self._row(found) for found in item.found if isinstance(found, FoundReading)]
        counted = [outcome for outcome in outcomes if outcome]
        if not counted and not any(isinstance(found, FoundReading) for found in item.found):
            self.result.counts.skipped += 1
        self.result.counts.accepted += counted.count("taken")
        self.result.counts.repeated += counted.count("repeated")

    def _store_one(self, found: Found, item: ReadItem, before: HeldItem | None) -> str:
        match found:
            case FoundSignal():
                return self._store_signal(found, item, before)
            case FoundReport():
                return self._store_report(found, item)
            case FoundMessage():
                return self._store_message(found, item)
            case FoundRain():
                return self._store_rain(found)
            case FoundStage():
                return self._store_stage(found)
            case FoundWarning():
                return self._store_warning(found)
            case _:
                return ""

    def _store_signal(self, found: FoundSignal, item: ReadItem, before: HeldItem | None) -> str:
        if before is None and self._is_not_ours(found):
            return ""
        signal = self._signal(found, signal_id_of(self._feed_id, item.raw.source_id), before)
        signals.save(self._conn, [signal])
        jobs.defer_signals(self._conn, [signal.id])
        traffic.upsert(self._conn, signal, self._feed_id, found.road, seen_at=self._as_of)
        self._remember(item, before, signal_id=signal.id)
        return "taken"

    def _end(self, item: ReadItem, before: HeldItem, signal_id: UUID) -> None:
        """End the signal of an item that is below the threshold now."""
        signals.end(self._conn, signal_id, at=self._as_of)
        traffic.delete(self._conn, [signal_id])
        jobs.defer_signals(self._conn, [signal_id])
        self._remember(item, before, signal_id=signal_id, gone_at=self._as_of)
        self.result.counts.accepted += 1

    def _is_not_ours(self, found: FoundSignal) -> bool:
        """Outside of the city where its areas are drawn, over already, or too old."""
        if found.ended_at is not None or found.last_at < self._now - MAX_AGE:
            return True
        areas = self._means.areas
        return areas.at(self._conn, lat=found.lat, lon=found.lon) is None and areas.bounds(self._conn) is not None

    def _signal(self, found: FoundSignal, signal_id: UUID, before: HeldItem | None) -> SignalRow:
        # What changed since the source showed it last is still going on, or it would not be shown.
        is_ongoing = before is not None and found.ended_at is None
        return SignalRow(
            id=signal_id,
            kind="feed",
            category=found.category,
            source_key=f"feed:{self._feed_id}",
            confidence=max(0.0, min(1.0, found.strength)),
            severity=found.severity,
            lat=found.lat,
            lon=found.lon,
            began_at=found.began_at,
            last_at=max(found.last_at, self._as_of) if is_ongoing else max(found.last_at, found.began_at),
            ended_at=found.ended_at,
            measured_at=max(found.last_at, found.began_at),
            received_at=self._now,
            note=found.note,
            revision=before.revision + 1 if before else 1,
            depth_cm=found.depth_cm,
        )

    def _store_report(self, found: FoundReport, item: ReadItem) -> str:
        if not item.raw.source_id:
            raise ItemError("id: got nothing, expected one, or enough to make a substitute of")
        report = Report(
            category=found.category,
            text=found.text,
            place=LatLon(found.lat, found.lon),
            photos=item.photos,
            offered_place=None,
            key=None,
        )
        delivery = Delivery(
            channel=found.channel,
            lock=item.raw.source_id,
            source_ids=(item.raw.source_id,),
            happened_at=found.happened_at,
        )
        accepted = accept_once(
            self._conn,
            report,
            delivery,
            sender=Sender(name=f"{self._feed_id}:{found.reporter}", network=f"feed:{self._feed_id}"),
            media=self._means.media,
            areas=self._means.areas,
            now=self._now,
        )
        self._remember(item, self.held.get(item.raw.source_id))
        return "repeated" if accepted.repeated else "taken"

    def _store_message(self, found: FoundMessage, item: ReadItem) -> str:
        message = TextMessage(
            channel=found.channel,
            source_id=found.source_id,
            sender=found.sender,
            text=found.text,
            received_at=found.happened_at,
            spot=LatLon(*found.place) if found.place else None,
        )
        known = report_of(self._conn, channel=found.channel, external_id=found.source_id) is not None
        guess = understand(found.text, vocabulary(self._conn))
        new = not known and lay_before_operator(self._conn, message, guess, self._now)
        self._remember(item, self.held.get(item.raw.source_id))
        return "taken" if new else "repeated"

    def _store_rain(self, found: FoundRain) -> str:
        reading = RainReading(
            rain_gauge_id=found.rain_gauge_id, ends_at=found.ends_at, minutes=found.minutes, mm=found.mm
        )
        new = recording.record(self._conn, reading, now=self._now)
        self._measured_at.append(found.ends_at)
        return "taken" if new else "repeated"

    def _store_stage(self, found: FoundStage) -> str:
        new = gauge_history.publish(
            self._conn,
            found.gauge_id,
            stage=found.stage,
            level_cm=found.level_cm,
            source=found.published_by,
            at=found.at,
            now=self._now,
        )
        return "taken" if new else "repeated"

    def _store_warning(self, found: FoundWarning) -> str:
        if found.sender == self._means.city.own_sender:
            return ""
        new, replaced = store_warning(self._conn, self._feed_id, found, areas=self._means.areas, now=self._now)
        if new:
            self._signal_of_warning(found, replaced)
        return "taken" if new else "repeated"

    def _signal_of_warning(self, found: FoundWarning, replaced: Sequence[str]) -> None:
        """A warning of one small place is a signal, too; what replaces the warning ends the signal."""
        own = key_of(found.sender, found.identifier)
        ended = [signal_id_of(self._feed_id, f"warning:{key}") for key in replaced]
        for signal_id in ended:
            signals.end(self._conn, signal_id, at=max(found.sent_at, self._as_of))
        jobs.defer_signals(self._conn, ended)
        if found.signal is not None and own not in replaced and not self._is_not_ours(found.signal):
            signal = self._signal(found.signal, signal_id_of(self._feed_id, f"warning:{own}"), None)
            signals.save(self._conn, [signal])
            jobs.defer_signals(self._conn, [signal.id])

    def _remember(
        self,
        item: ReadItem,
        before: HeldItem | None,
        *,
        signal_id: UUID | None = None,
        gone_at: datetime | None = None,
    ) -> None:
        held = HeldItem(
            source_id=item.raw.source_id,
            content_sha256=item.sha256,
            revision=before.revision + 1 if before else 1,
            signal_id=signal_id,
            item_at=self._as_of,
            gone_at=gone_at,
        )
        db.save_item(self._conn, self._feed_id, held, now=self._now)
        self.held[held.source_id] = held

    def _check_gauges(self, found: Sequence[Found]) -> None:
        for one in found:
            if isinstance(one, FoundReading | FoundStage):
                if one.gauge_id not in self._means.city.gauges:
                    raise ItemError(f"gauge: got {shown(one.gauge_id)}, expected one that was imported")
                if owner := self.owners.foreign(one.gauge_id):
                    raise ItemError(f"gauge {one.gauge_id} belongs to node {owner}")

    def _row(self, found: FoundReading) -> ReadingRow:
        return ReadingRow(
            gauge_id=found.gauge_id,
            measured_at=found.measured_at,
            level_cm=found.level_cm,
            quality=found.quality,
            flags=found.flags,
            spread_cm=None,
            samples=None,
            stage=None,
            node_id=db.node_of(self._feed_id),
            received_at=self._now,
        )

    def _bury(self, item: ReadItem, reason: str) -> None:
        bury(self._conn, self._feed_id, item.raw.payload, reason, now=self._now, item_id=item.raw.source_id)
        self.result.counts.dead += 1
        self.result.problems.append(reason)
