"""Requests what Frigate's HTTP API has of one object, by the object's id."""

from __future__ import annotations

from urllib.parse import quote

from siaga_cloud.feeds.fetch import Answer, Fetcher, FetchError, access
from siaga_cloud.feeds.kinds import registry as kinds
from siaga_cloud.feeds.options import FrigateTable
from siaga_cloud.feeds.service.polling import FeedContext
from siaga_cloud.feeds.store import feeds as db


def options_of(context: FeedContext, feed_id: str) -> FrigateTable | None:
    """Return the options of a Frigate feed that is configured now, else None."""
    with context.database.transaction() as conn:
        row = db.get(conn, feed_id)
    options = kinds.options_of(row.options) if row is not None else None
    return options if isinstance(options, FrigateTable) else None


def get(
    context: FeedContext,
    options: FrigateTable,
    frigate_id: str,
    what: str,
    *,
    max_bytes: int,
    cuts_at_limit: bool = False,
) -> Answer:
    """Return `/api/events/ID/<what>`; raises FetchError. `options.api_url` must be set."""
    secret = context.secret_of(options.api_secret) if options.api_secret else None
    if options.api_secret and not secret:
        raise FetchError(f"{options.api_secret} is not set")
    base = (options.api_url or "").rstrip("/")
    header = "Authorization"
    allowed = access(base, (), secret=secret, secret_header=header, max_bytes=max_bytes, cuts_at_limit=cuts_at_limit)
    fetcher = Fetcher(allowed)
    try:
        return fetcher.get(f"{base}/api/events/{quote(frigate_id, safe='')}/{what}")
    finally:
        fetcher.close()


def record_error(context: FeedContext, feed_id: str, error: str) -> None:
    """Show with the connector why something of an object was not fetched."""
    with context.database.transaction() as conn:
        db.note_error(conn, feed_id, error, now=context.clock())
