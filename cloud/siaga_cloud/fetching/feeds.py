"""Complaints of other services: their lists are read again and again, each post is taken once."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import httpx
import psycopg

from siaga_cloud.db import connectors
from siaga_cloud.db.connection import Connection, Database
from siaga_cloud.fetching.keep import UnreachableError
from siaga_cloud.intake import feed_sources
from siaga_cloud.intake.feed_sources import Reader
from siaga_cloud.intake.source_fields import DeliveryError
from siaga_cloud.intake.talking import Delivered, Desk
from siaga_cloud.intake.whole import take_whole

TIMEOUT_SECONDS: Final = 30.0
MAX_FEED_BYTES: Final = 8 * 1024 * 1024
READERS: Final[dict[str, Reader]] = {
    "qlue-2016": feed_sources.read_qlue_2016,
    "qlue-2018": feed_sources.read_qlue_2018,
    "detik": feed_sources.read_detik,
}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedFetcher:
    """Reads one list. `category`: of all its posts, where the list is of one kind."""

    channel: str
    url: str
    read: Reader
    database: Database
    desk: Callable[[Connection], Desk]
    every_seconds: float
    category: str | None = None

    def ask(self, stop: threading.Event, well: Callable[[], None]) -> None:
        """Reads the list by the clock until it is to stop; raises UnreachableError, psycopg.Error."""
        with httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False, headers={"User-Agent": "siaga"}) as client:
            while not stop.is_set():
                posts = self._posts(client)
                well()
                for post in posts:
                    self._take(post)
                stop.wait(self.every_seconds)

    def _posts(self, client: httpx.Client) -> list[Delivered]:
        try:
            with client.stream("GET", self.url) as answer:
                if answer.status_code != 200:
                    raise UnreachableError(f"{self.channel}: the feed answered {answer.status_code}")
                body = bytearray()
                for chunk in answer.iter_bytes():
                    body += chunk
                    if len(body) > MAX_FEED_BYTES:
                        raise UnreachableError(f"{self.channel}: the feed has over {MAX_FEED_BYTES} bytes")
            return self.read(bytes(body), datetime.now(UTC))
        except httpx.HTTPError as error:
            raise UnreachableError(f"{self.channel}: {type(error).__name__}") from None
        except DeliveryError as error:
            raise UnreachableError(str(error)) from error

    def _take(self, post: Delivered) -> None:
        now = datetime.now(UTC)
        try:
            with self.database.transaction() as conn:
                take_whole(conn, post, self.desk(conn), now, category=self.category)
        except psycopg.OperationalError:
            raise
        except Exception:
            # It is in the list each time, and must not keep those behind it.
            log.exception("a post of %s could not be taken in", self.channel)
            with self.database.transaction() as conn:
                connectors.count_refusal(
                    conn, self.channel, error="a post could not be taken in; see the log", now=now
                )
