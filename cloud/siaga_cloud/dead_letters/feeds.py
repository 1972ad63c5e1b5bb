"""Takes a feed's dead letters in again, once their cause was put right."""

from __future__ import annotations

from datetime import datetime

from siaga_cloud.dead_letters.store import KeptLetter
from siaga_cloud.feeds.frigate.service import FrigateKeeper
from siaga_cloud.feeds.items import BodyError, Feed, ItemError, RawItem, Request
from siaga_cloud.feeds.kinds import registry as kinds
from siaga_cloud.feeds.options import FrigateTable
from siaga_cloud.feeds.service import items as keeping
from siaga_cloud.feeds.service import polling
from siaga_cloud.feeds.service.polling import Desk
from siaga_cloud.feeds.store import feeds as db
from siaga_cloud.feeds.store.feeds import Counts
from siaga_cloud.platform.db.connection import Connection

TOPICS = "feed/"


def take_letter(conn: Connection, letter: KeptLetter, desk: Desk, *, now: datetime) -> Counts:
    """One letter, in the caller's transaction; what came of it. Raises ItemError where it cannot be kept now either.

    Newer versions that came since are left as they are, and nothing ends because an old body does not show it. It is
    read as of when it came; photos are not fetched, and further pages not asked for.
    """
    feed_id = letter.topic.removeprefix(TOPICS)
    row = db.get(conn, feed_id)
    if row is None:
        raise ItemError(f"feed: got {feed_id!r}, expected one that is imported and enabled")
    if len(letter.payload) >= keeping.MAX_LETTER_BYTES:
        raise ItemError(f"only its first {keeping.MAX_LETTER_BYTES} bytes were kept")
    options, city = kinds.options_of(row.options), polling.city_of(conn, desk.own_sender)
    if isinstance(options, FrigateTable):
        return FrigateKeeper(desk, options).take(conn, letter.payload, letter.received_at)[0]
    module = kinds.module_of(options, city)
    items = _items(module, letter)
    read = keeping.read_items(module, items, now=letter.received_at)
    means = keeping.Means(city=city, media=desk.media, areas=desk.areas)
    kept = keeping.keep(conn, feed_id, read, means, as_of=letter.received_at, now=now)
    if kept.problems:
        raise ItemError("; ".join(kept.problems[:5]))
    return kept.counts


def _items(module: Feed, letter: KeptLetter) -> list[RawItem]:
    if letter.item_id is not None:
        return [RawItem(letter.payload, letter.item_id)]
    try:
        split = module.split(letter.payload, Request(url="", label=letter.body_label or ""), now=letter.received_at)
    except BodyError as error:
        raise ItemError(str(error)) from None
    if split.more and not split.items:
        raise ItemError("it only leads to other answers, which the next poll asks for")
    return list(split.items)
