"""Subscribes to every configured Frigate server, each from one process at a time."""

from __future__ import annotations

import logging
import ssl
import threading
from contextlib import suppress
from typing import Any, Final, Self

import psycopg
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from pydantic import ValidationError

from siaga_cloud.feeds.frigate.service import FrigateImporter
from siaga_cloud.feeds.kinds import registry as kinds
from siaga_cloud.feeds.options import FrigateTable
from siaga_cloud.feeds.service.polling import FeedContext
from siaga_cloud.feeds.store import feeds as db
from siaga_cloud.platform.db.connection import Connection, connect, is_transient

LOOK_SECONDS: Final = 5.0

log = logging.getLogger(__name__)


class FrigateListener:
    """Represents one connection to the broker of a Frigate server. A message is acknowledged once it is stored. The QoS
    of Frigate decides whether the broker requires the acknowledgement; with its default of 0, what is published without
    a subscriber is lost.
    """

    def __init__(self, importer: FrigateImporter, options: FrigateTable, password: str | None) -> None:
        self.options, self._importer = options, importer
        self._client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"siaga-feed-{options.id}",
            protocol=MQTTProtocolVersion.MQTTv311,
            clean_session=False,
            manual_ack=True,
        )
        if options.username:
            self._client.username_pw_set(options.username, password)
        if options.tls:
            self._client.tls_set_context(ssl.create_default_context())
        self._client.reconnect_delay_set(1, 60)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = lambda *_: self._report_connection(False)
        self._client.on_message = self._on_message

    def start(self) -> None:
        """Connects in the background and stays connected until `stop`."""
        self._client.connect_async(self.options.host, self.options.port, keepalive=60)
        self._client.loop_start()

    def stop(self) -> None:
        """Leaves; the session stays with the broker."""
        self._client.on_disconnect = None
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(self, client: Client, _data: object, _flags: object, reason: Any, *_: object) -> None:
        if reason.is_failure:
            log.warning("feed %s: the broker rejected the login: %s", self.options.id, reason)
            return
        prefix = self.options.topic_prefix
        topics = [f"{prefix}/events", f"{prefix}/available", f"{prefix}/+/+/snapshot"]
        client.subscribe([(topic, 1) for topic in topics])

    def _on_message(self, client: Client, _data: object, message: MQTTMessage) -> None:
        try:
            self._process(message)
        except psycopg.Error as error:
            if is_transient(error):
                # Not acknowledged: after the reconnect the broker brings it again, if it was published with QoS 1.
                log.warning("feed %s: database unavailable (%s); reconnecting", self.options.id, type(error).__name__)
                client.disconnect()
                return
            log.exception("feed %s: a message could not be stored", self.options.id)
        except Exception:
            # A bug of ours with one message must not end the listening.
            log.exception("feed %s: a message could not be stored", self.options.id)
        client.ack(message.mid, message.qos)

    def _process(self, message: MQTTMessage) -> None:
        try:
            rest = message.topic.removeprefix(f"{self.options.topic_prefix}/").split("/")
        except UnicodeDecodeError:
            return
        match rest:
            case ["events"]:
                self._importer.process_event(bytes(message.payload))
            case ["available"]:
                self._report_connection(message.payload == b"online")
            case [camera, label, "snapshot"]:
                self._importer.process_snapshot(camera, label, bytes(message.payload))

    def _report_connection(self, is_connected: bool) -> None:
        with suppress(psycopg.Error):
            self._importer.connected(is_connected)


class FrigateWatch:
    """Runs a thread that maintains a listener for each configured Frigate server that no other process listens to."""

    def __init__(self, context: FeedContext, database_url: str) -> None:
        self._context, self._url = context, database_url
        self._stop = threading.Event()
        self._listeners: dict[str, FrigateListener] = {}
        self._thread = threading.Thread(target=self._run, name="frigate-watch", daemon=True)

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
                with connect(self._url, name="siaga-frigate-watch") as conn:
                    self._watch(conn)
            except psycopg.Error as error:
                log.warning("frigate: database unavailable (%s); retrying", type(error).__name__)
            finally:
                self._end_all()
            self._stop.wait(LOOK_SECONDS)

    def _watch(self, conn: Connection) -> None:
        while not self._stop.is_set():
            self._look(conn)
            conn.commit()
            self._stop.wait(LOOK_SECONDS)

    def _look(self, conn: Connection) -> None:
        wanted = {row.id: options for row in db.of_kind(conn, "frigate") if (options := _options(row.options))}
        for feed_id, listener in list(self._listeners.items()):
            if wanted.get(feed_id) != listener.options:
                self._listeners.pop(feed_id).stop()
        for feed_id, options in wanted.items():
            if feed_id not in self._listeners and db.try_lead(conn, feed_id):
                self._listeners[feed_id] = self._begin(options)

    def _begin(self, options: FrigateTable) -> FrigateListener:
        password = self._context.secret_of(options.secret) if options.secret else None
        listener = FrigateListener(FrigateImporter(self._context, options), options, password)
        listener.start()
        log.info("feed %s: subscribing at broker %s", options.id, options.host)
        return listener

    def _end_all(self) -> None:
        while self._listeners:
            self._listeners.popitem()[1].stop()


def _options(stored: Any) -> FrigateTable | None:
    try:
        found = kinds.options_of(stored)
    except ValidationError as error:
        log.warning("options of a feed do not match this version: %s", error)
        return None
    return found if isinstance(found, FrigateTable) else None
