"""Polls one feed: it requests the feed, stores the raw answer, parses it, stores its items and schedules the next
poll."""

from __future__ import annotations

import hashlib
import logging
import random
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.feeds.feed_table import FeedTable
from siaga_cloud.feeds.fetch import Access, Fetcher, FetchError, access
from siaga_cloud.feeds.items import BodyError, City, Feed, FoundReport, GaugeFacts, ParsedResponse, RawItem, Request
from siaga_cloud.feeds.kinds import registry as kinds
from siaga_cloud.feeds.options import PolledTable
from siaga_cloud.feeds.service import dead_letters
from siaga_cloud.feeds.service import items as item_service
from siaga_cloud.feeds.service.items import ReadItem, StoreContext
from siaga_cloud.feeds.store import feeds as db
from siaga_cloud.feeds.store import traffic
from siaga_cloud.feeds.store.feeds import Counts, FeedRow, HeldItem
from siaga_cloud.ingest.store import messages
from siaga_cloud.platform.db import jobs
from siaga_cloud.platform.db.connection import Connection, Database, backoff_seconds
from siaga_cloud.platform.input_errors import IntakeError
from siaga_cloud.platform.media.folder import MediaFolder
from siaga_cloud.platform.media.photo import MAX_PHOTOS, Photo, clean_photo
from siaga_cloud.signals import store as signals

MAX_REQUESTS: Final = 100
MAX_ITEMS: Final = 20_000
CHUNK: Final = 500
MOST_WAIT_SECONDS: Final = 3600.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedContext:
    """Holds what polls share. `secret_of` returns the value of a variable, or of the file that NAME_FILE names."""

    database: Database
    media: MediaFolder
    areas: AreaLookup
    own_sender: str
    secret_of: Callable[[str], str | None]
    clock: Callable[[], datetime]


@dataclass(slots=True)
class _PollResult:
    """Accumulates the results of one poll."""

    etag: str | None = None
    last_modified: str | None = None
    as_of: datetime | None = None
    is_complete: bool = True
    seen: set[str] = field(default_factory=set)
    counts: Counts = field(default_factory=Counts)
    newest_at: datetime | None = None
    errors: list[str] = field(default_factory=list)


class FeedError(Exception):
    """A feed cannot be polled as it is configured; the message states why."""


def poll(context: FeedContext, feed_id: str) -> Counts | None:
    """Polls a feed once; what came of it, None where it failed (and why is in its health)."""
    with context.database.transaction() as conn:
        row = db.get(conn, feed_id)
        city = city_of(conn, context.own_sender)
    if row is None:
        return None
    options = kinds.options_of(row.options)
    try:
        return _Poll(context, row, options, city).run()
    except (FetchError, BodyError, FeedError) as error:
        _fail(context, row, options, error)
        return None


def city_of(conn: Connection, own_sender: str) -> City:
    """Return what modules may know of the city."""
    gauges = {one.id: GaugeFacts(id=one.id, limits=one.limits) for one in db.gauges(conn).values()}
    return City(gauges=gauges, own_sender=own_sender)


def process_body(context: FeedContext, feed_id: str, body: bytes, *, label: str = "") -> Counts:
    """Takes in an answer that came another way, such as a file by hand; raises BodyError, FeedError."""
    with context.database.transaction() as conn:
        row = db.get(conn, feed_id)
        city = city_of(conn, context.own_sender)
    if row is None:
        raise FeedError(f"feed: got {feed_id!r}, expected one that is imported and enabled")
    polled = _Poll(context, row, kinds.options_of(row.options), city)
    polled.process(body, Request(url="", label=label))
    return polled.got.counts


def _fail(context: FeedContext, row: FeedRow, options: FeedTable, error: Exception) -> None:
    now = context.clock()
    every = options.every_seconds if isinstance(options, PolledTable) else 60
    wait = backoff_seconds(row.failures + 2, first=every / 2, most=max(MOST_WAIT_SECONDS, every))
    wait = max(wait, getattr(error, "retry_after_seconds", None) or 0.0)
    log.warning("feed %s could not be polled (%s); retrying in %.0f s", row.id, error, wait)
    with context.database.transaction() as conn:
        db.fail(conn, row.id, next_at=now + timedelta(seconds=wait))
        db.note_error(conn, row.id, str(error), now=now)


class _Poll:
    def __init__(self, context: FeedContext, row: FeedRow, options: FeedTable, city: City) -> None:
        self._context, self._row, self._options = context, row, options
        self._means = StoreContext(city=city, media=context.media, areas=context.areas)
        self._module: Feed = kinds.module_of(options, city)
        self._fetcher: Fetcher | None = None
        self.got = _PollResult()

    def run(self) -> Counts:
        """Everything; raises FetchError, BodyError."""
        if not isinstance(self._options, PolledTable):
            raise FeedError(f"a feed of kind {self._row.kind} is not polled")
        fetcher = Fetcher(self._access(self._options))
        self._fetcher = fetcher
        try:
            self._fetch_all(fetcher)
        finally:
            fetcher.close()
        self._finish(self._options)
        return self.got.counts

    def _access(self, options: PolledTable) -> Access:
        secret = self._context.secret_of(options.secret) if options.secret else None
        if options.secret and not secret:
            raise FeedError(f"{options.secret} is not set")
        return access(
            options.url,
            options.hosts,
            secret=secret,
            secret_header=options.secret_header,
            max_bytes=int(options.max_megabytes * 1024 * 1024),
        )

    def _fetch_all(self, fetcher: Fetcher) -> None:
        first = list(self._module.requests(now=self._context.clock()))
        waiting = deque(first)
        for _ in range(MAX_REQUESTS):
            if not waiting:
                return
            request = waiting.popleft()
            if request.version is None or self._is_new(request):
                waiting.extend(self._fetch(fetcher, request, is_only=len(first) == 1 and request is first[0]))
        if waiting:
            self.got.is_complete = False
            self.got.errors.append(f"got more than {MAX_REQUESTS} answers to ask for, the rest comes the next time")

    def _fetch(self, fetcher: Fetcher, request: Request, *, is_only: bool) -> Sequence[Request]:
        """Requests once. Only the one request of a feed may be answered by "nothing new"."""
        held = (self._row.etag, self._row.last_modified) if is_only else (None, None)
        try:
            answer = fetcher.get(request.url, etag=held[0], last_modified=held[1])
        except FetchError as error:
            if is_only or request.version is None:
                raise
            # One linked answer that is not there must not hold up the others; it is requested again.
            self.got.errors.append(str(error))
            return ()
        if is_only:
            self.got.etag, self.got.last_modified = answer.etag, answer.last_modified
        if answer.body is None:
            self.got.is_complete = False
            return ()
        more = self.process(answer.body, request)
        if request.version is not None:
            self._remember(request)
        return more

    def process(self, body: bytes, request: Request) -> Sequence[Request]:
        """Store a body and its items; raises BodyError after recording a dead letter."""
        now, digest = self._context.clock(), hashlib.sha256(body).digest()
        with self._context.database.transaction() as conn:
            db.store_raw(
                conn,
                self._row.id,
                body,
                label=request.label,
                sha256=digest,
                most_bytes=self._options.raw_limit_megabytes * 1024 * 1024,
                before=now - timedelta(days=self._options.raw_retention_days),
                now=now,
            )
        try:
            split = _checked(self._module.split(body, request, now=now))
        except BodyError as error:
            with self._context.database.transaction() as conn:
                dead_letters.bury(conn, self._row.id, body, str(error), now=now, body_label=request.label)
            raise
        self._note_time(split.as_of)
        self.got.is_complete = self.got.is_complete and split.is_complete
        for start in range(0, len(split.items), CHUNK):
            self._process_chunk(split.items[start : start + CHUNK], split.as_of)
        return split.more

    def _note_time(self, as_of: datetime | None) -> None:
        if as_of is not None:
            as_of = min(as_of, self._context.clock())
            self.got.as_of = max(self.got.as_of or as_of, as_of)

    def _process_chunk(self, items: Sequence[RawItem], as_of: datetime | None) -> None:
        now = self._context.clock()
        self.got.seen |= {item.source_id for item in items if item.source_id}
        read = item_service.read_items(self._module, items, now=now)
        self._fetch_photos(read)
        with self._context.database.transaction() as conn:
            messages.prepare_reading_stage(conn)
            result = item_service.persist(conn, self._row.id, read, self._means, as_of=as_of, now=now)
        self.got.counts.add(result.counts)
        if result.newest_at is not None:
            self.got.newest_at = max(self.got.newest_at or result.newest_at, result.newest_at)

    def _fetch_photos(self, items: Sequence[ReadItem]) -> None:
        """Photos of reports that are new, before the transaction that stores them."""
        wanted = [
            (item, one.photo_urls)
            for item in items
            for one in item.found
            if isinstance(one, FoundReport) and one.photo_urls
        ]
        if not wanted or self._fetcher is None:
            return
        with self._context.database.transaction() as conn:
            held = db.items(conn, self._row.id, [item.raw.source_id for item, _ in wanted])
        for item, urls in wanted:
            if item.raw.source_id not in held:
                item.photos = tuple(filter(None, (self._photo(url) for url in urls[:MAX_PHOTOS])))

    def _photo(self, url: str) -> Photo | None:
        """A report without its photo is still a report."""
        assert self._fetcher is not None  # noqa: S101 - checked by the only caller
        try:
            return clean_photo(self._fetcher.get(url).body or b"")
        except (FetchError, IntakeError) as error:
            self.got.errors.append(f"photo: {error}")
            return None

    def _is_new(self, request: Request) -> bool:
        with self._context.database.transaction() as conn:
            held = db.items(conn, self._row.id, [_link_id(request)]).get(_link_id(request))
            if held is not None and held.content_sha256 == _version(request):
                db.reconfirmed(conn, self._row.id, [held.source_id], now=self._context.clock())
                return False
        return True

    def _remember(self, request: Request) -> None:
        now = self._context.clock()
        held = HeldItem(
            source_id=_link_id(request),
            content_sha256=_version(request),
            revision=1,
            signal_id=None,
            item_at=now,
            gone_at=None,
        )
        with self._context.database.transaction() as conn:
            db.save_item(conn, self._row.id, held, now=now)

    def _finish(self, options: PolledTable) -> None:
        now, got = self._context.clock(), self.got
        is_older = got.as_of is not None and self._row.as_of is not None and got.as_of < self._row.as_of
        with self._context.database.transaction() as conn:
            db.reconfirmed(conn, self._row.id, got.seen, now=now)
            if got.is_complete and not is_older:
                self._end_what_is_gone(conn, got.as_of or now)
                traffic.confirm(conn, db.signals_of(conn, self._row.id, got.seen), at=min(got.as_of or now, now))
            stated_at = got.as_of or got.newest_at
            lag = (now - stated_at).total_seconds() if stated_at else None
            db.count_success(conn, self._row.id, got.counts, lag_seconds=lag, now=now)
            if got.errors:
                db.note_error(conn, self._row.id, "; ".join(got.errors[:5]), now=now)
            db.finish(
                conn,
                self._row.id,
                etag=got.etag,
                last_modified=got.last_modified,
                as_of=None if is_older else got.as_of,
                next_at=now + timedelta(seconds=options.every_seconds * random.uniform(0.9, 1.1)),  # noqa: S311 - spreads
            )
            db.forget(conn, now=now)

    def _end_what_is_gone(self, conn: Connection, at: datetime) -> None:
        ended = db.gone(conn, self._row.id, self.got.seen, at=at)
        for signal_id in ended:
            signals.end(conn, signal_id, at=at)
        traffic.delete(conn, ended)
        jobs.defer_signals(conn, ended)


def _checked(split: ParsedResponse) -> ParsedResponse:
    if len(split.items) > MAX_ITEMS:
        raise BodyError(f"got {len(split.items)} items, expected at most {MAX_ITEMS}")
    return split


def _link_id(request: Request) -> str:
    return "link:" + hashlib.sha256(request.url.encode()).hexdigest()


def _version(request: Request) -> bytes:
    return hashlib.sha256((request.version or "").encode()).digest()
