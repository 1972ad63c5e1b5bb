"""Maintains a listener for each configured feed of a kind, each in one process at a time."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final, Self

import psycopg
from pydantic import ValidationError

from siaga_cloud.feeds.feed_table import FeedTable
from siaga_cloud.feeds.kinds import registry as kinds
from siaga_cloud.feeds.service.mqtt_listener import MqttListener
from siaga_cloud.feeds.store import feeds as db
from siaga_cloud.platform.db.connection import Connection, connect

LOOK_SECONDS: Final = 5.0

log = logging.getLogger(__name__)


class ListenerWatch:
    """Runs a thread that maintains a listener for each feed of a kind that no other process listens to."""

    def __init__(self, kind: str, database_url: str, make: Callable[[Any], MqttListener]) -> None:
        self._kind, self._url, self._make = kind, database_url, make
        self._stop = threading.Event()
        self._listeners: dict[str, tuple[FeedTable, MqttListener]] = {}
        self._thread = threading.Thread(target=self._run, name=f"{kind}-watch", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(timeout=10)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                # Its locks are the leadership: they end with the connection, and so does the listening.
                with connect(self._url, name=f"siaga-{self._kind}-watch") as conn:
                    self._watch(conn)
            except psycopg.Error as error:
                log.warning("%s: database unavailable (%s); retrying", self._kind, type(error).__name__)
            finally:
                self._end_all()
            self._stop.wait(LOOK_SECONDS)

    def _watch(self, conn: Connection) -> None:
        while not self._stop.is_set():
            self._look(conn)
            conn.commit()
            self._stop.wait(LOOK_SECONDS)

    def _look(self, conn: Connection) -> None:
        rows = db.of_kind(conn, self._kind)
        wanted = {row.id: options for row in rows if (options := _options(row.options)) is not None}
        for feed_id, (options, listener) in list(self._listeners.items()):
            if wanted.get(feed_id) != options:
                self._listeners.pop(feed_id)
                listener.stop()
        for feed_id, options in wanted.items():
            if feed_id not in self._listeners and db.try_lead(conn, feed_id):
                listener = self._make(options)
                listener.start()
                self._listeners[feed_id] = (options, listener)
                log.info("feed %s: subscribing at its broker", feed_id)

    def _end_all(self) -> None:
        while self._listeners:
            self._listeners.popitem()[1][1].stop()


def _options(stored: Mapping[str, Any]) -> FeedTable | None:
    try:
        return kinds.options_of(stored)
    except ValidationError as error:
        log.warning("options of a feed do not match this version: %s", error)
        return None
