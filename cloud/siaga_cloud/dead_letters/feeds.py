"""Replays the dead letters of a feed after their cause was corrected."""

from __future__ import annotations

from datetime import datetime

from siaga_cloud.dead_letters.store import DeadLetterRow
from siaga_cloud.feeds.frigate.service import FrigateImporter
from siaga_cloud.feeds.items import BodyError, Feed, ItemError, RawItem, Request
from siaga_cloud.feeds.kinds import registry as kinds
from siaga_cloud.feeds.lorawan.options import LorawanTable
from siaga_cloud.feeds.lorawan.service import UplinkImporter
from siaga_cloud.feeds.observations import service as observations
from siaga_cloud.feeds.observations.options import ObservationsTable
from siaga_cloud.feeds.options import FrigateTable
from siaga_cloud.feeds.service import dead_letters, polling
from siaga_cloud.feeds.service import items as item_service
from siaga_cloud.feeds.service.polling import FeedContext
from siaga_cloud.feeds.store import feeds as db
from siaga_cloud.feeds.store.feeds import Counts
from siaga_cloud.platform.db.connection import Connection

TOPICS = "feed/"


def reprocess(conn: Connection, dead_letter: DeadLetterRow, context: FeedContext, *, now: datetime) -> Counts:
    """Replay one dead letter in the caller's transaction and return the outcome. Raises ItemError where it cannot be
    stored now either.

    Newer versions that came since are left as they are, and nothing ends because an old body does not show it. It is
    read as of when it came; photos are not fetched, and further pages not requested.
    """
    feed_id = dead_letter.topic.removeprefix(TOPICS)
    row = db.get(conn, feed_id)
    if row is None:
        raise ItemError(f"feed: got {feed_id!r}, expected one that is imported and enabled")
    if len(dead_letter.payload) >= dead_letters.MAX_DEAD_LETTER_BYTES:
        raise ItemError(f"only its first {dead_letters.MAX_DEAD_LETTER_BYTES} bytes were kept")
    options, city = kinds.options_of(row.options), polling.city_of(conn, context.own_sender)
    if isinstance(options, FrigateTable):
        return FrigateImporter(context, options).process(conn, dead_letter.payload, dead_letter.received_at)[0]
    if isinstance(options, LorawanTable):
        return UplinkImporter(context, options).process(conn, dead_letter.payload, dead_letter.received_at)[0]
    if isinstance(options, ObservationsTable):
        return observations.store(conn, context, options, dead_letter.payload, now=dead_letter.received_at)
    module = kinds.module_of(options, city)
    items = _items(module, dead_letter)
    read = item_service.read_items(module, items, now=dead_letter.received_at)
    means = item_service.StoreContext(city=city, media=context.media, areas=context.areas)
    result = item_service.persist(conn, feed_id, read, means, as_of=dead_letter.received_at, now=now)
    if result.problems:
        raise ItemError("; ".join(result.problems[:5]))
    return result.counts


def _items(module: Feed, dead_letter: DeadLetterRow) -> list[RawItem]:
    if dead_letter.item_id is not None:
        return [RawItem(dead_letter.payload, dead_letter.item_id)]
    try:
        split = module.split(
            dead_letter.payload, Request(url="", label=dead_letter.body_label or ""), now=dead_letter.received_at
        )
    except BodyError as error:
        raise ItemError(str(error)) from None
    if split.more and not split.items:
        raise ItemError("it only leads to other answers, which the next poll asks for")
    return list(split.items)
