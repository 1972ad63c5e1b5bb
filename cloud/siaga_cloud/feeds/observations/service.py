"""Accepts Observations that a trusted system writes, and stores each once as a reading of one of its gauges.

The API checks the token and the Observation, and defers its storing to the feeds process, which may write readings.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from siaga_cloud.feeds import fields
from siaga_cloud.feeds.feed_table import GaugeLink
from siaga_cloud.feeds.items import FoundReading, ItemError, RawItem
from siaga_cloud.feeds.kinds import registry as kinds
from siaga_cloud.feeds.observations.options import ObservationsTable
from siaga_cloud.feeds.service import dead_letters, polling
from siaga_cloud.feeds.service import items as item_service
from siaga_cloud.feeds.service.items import ReadItem, StoreContext
from siaga_cloud.feeds.service.polling import FeedContext
from siaga_cloud.feeds.store import feeds as db
from siaga_cloud.feeds.store.feeds import Counts
from siaga_cloud.ingest.store import messages
from siaga_cloud.platform.db.connection import Connection

MAX_BYTES: Final = 8 * 1024
_LEVEL: Final = ".level"
_KNOWN: Final = frozenset({"phenomenonTime", "resultTime", "result", "Datastream"})


def sender_of(conn: Connection, token: str, secret_of: Callable[[str], str | None]) -> ObservationsTable | None:
    """Return the feed whose token this is; None where none has it."""
    for stored in db.observation_feeds(conn):
        options = kinds.options_of(stored)
        if isinstance(options, ObservationsTable) and _is_token(secret_of(options.secret), token):
            return options
    return None


def _is_token(secret: str | None, token: str) -> bool:
    return bool(secret) and hmac.compare_digest((secret or "").encode(), token.encode("utf-8", "replace"))


def payload_of(body: bytes, datastream: str | None, *, now: datetime) -> bytes:
    """Return an Observation with the Datastream of its address and a time, as it is deferred; raises ItemError."""
    if len(body) > MAX_BYTES:
        raise ItemError(f"got {len(body)} bytes, expected at most {MAX_BYTES}")
    found = dict(fields.item_of(body))
    if datastream is not None:
        found["Datastream"] = {"@iot.id": datastream}
    if found.get("phenomenonTime") is None:
        found["phenomenonTime"] = now.isoformat()
    return fields.payload_of(found)


def read(payload: bytes, options: ObservationsTable, *, now: datetime) -> FoundReading:
    """Return the reading of an Observation; raises ItemError for what is not known here, or not this feed's."""
    root = fields.item_of(payload)
    unknown = sorted(root.keys() - _KNOWN)
    if unknown:
        raise ItemError(f"{unknown[0][:40]}: it is not stored here, expected of {', '.join(sorted(_KNOWN))}")
    link = _link(root, options)
    if root.get("resultTime") is not None:
        fields.time_of(root["resultTime"], "resultTime", now=now)
    at = fields.time_of(root.get("phenomenonTime"), "phenomenonTime", now=now)
    if "result" not in root:
        raise ItemError("result: missing, expected a level in centimetres, or null where there is none")
    if root["result"] is None:
        return FoundReading(gauge_id=link.gauge, measured_at=at, level_cm=None, quality="missing")
    if isinstance(root["result"], str):
        raise ItemError(f"result: got {fields.shown(root['result'])}, expected a number")
    level = fields.checked_number(root["result"], "result", least=-1e6, most=1e6)
    is_likely = link.least_cm <= level <= link.most_cm
    return FoundReading(
        gauge_id=link.gauge,
        measured_at=at,
        level_cm=level,
        quality="good" if is_likely else "bad",
        flags=() if is_likely else ("range",),
    )


def _link(root: Mapping[str, Any], options: ObservationsTable) -> GaugeLink:
    datastream = root.get("Datastream")
    named = datastream.get("@iot.id") if isinstance(datastream, dict) else None
    link = next((one for one in options.gauge if f"{one.gauge}{_LEVEL}" == named), None)
    if link is None:
        raise ItemError(f"Datastream: got {fields.shown(named)}, expected one that feed {options.id} may write")
    return link


def process(context: FeedContext, feed_id: str, payload: bytes) -> Counts:
    """Store an accepted Observation; one that cannot be stored becomes a dead letter."""
    now = context.clock()
    with context.database.transaction() as conn:
        messages.prepare_reading_stage(conn)
        row = db.get(conn, feed_id)
        options = kinds.options_of(row.options) if row is not None else None
        if not isinstance(options, ObservationsTable):
            return Counts(skipped=1)
        try:
            counts = store(conn, context, options, payload, now=now)
        except ItemError as error:
            dead_letters.bury(conn, feed_id, payload, str(error), now=now)
            counts = Counts(dead=1)
            db.note_error(conn, feed_id, str(error), now=now)
        db.count_success(conn, feed_id, counts, lag_seconds=None, now=now)
    return counts


def store(
    conn: Connection, context: FeedContext, options: ObservationsTable, payload: bytes, *, now: datetime
) -> Counts:
    """Store an Observation in the caller's transaction; raises ItemError where its gauge belongs to another node."""
    item = ReadItem(raw=RawItem(payload), found=(read(payload, options, now=now),))
    city = polling.city_of(conn, context.own_sender)
    means = StoreContext(city=city, media=context.media, areas=context.areas)
    with conn.transaction():
        result = item_service.persist(conn, options.id, [item], means, as_of=None, now=now)
        if result.problems:
            raise ItemError(result.problems[0])
    return result.counts
