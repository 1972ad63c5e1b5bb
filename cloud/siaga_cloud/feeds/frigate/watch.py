"""Subscribes to every configured Frigate server, each from one process at a time."""

from __future__ import annotations

from contextlib import suppress

import psycopg

from siaga_cloud.feeds.frigate.service import FrigateImporter
from siaga_cloud.feeds.options import FrigateTable
from siaga_cloud.feeds.service.listener_watch import ListenerWatch
from siaga_cloud.feeds.service.mqtt_listener import BrokerLogin, MqttListener
from siaga_cloud.feeds.service.polling import FeedContext


class FrigateWatch(ListenerWatch):
    """Maintains a listener for each configured Frigate server that no other process listens to."""

    def __init__(self, context: FeedContext, database_url: str) -> None:
        super().__init__("frigate", database_url, lambda options: _listener(context, options))


class _Topics:
    """Passes the messages of a Frigate server to what stores them."""

    def __init__(self, importer: FrigateImporter, prefix: str) -> None:
        self._importer, self._prefix = importer, prefix

    def process(self, topic: str, payload: bytes) -> None:
        """Process a message."""
        match topic.removeprefix(f"{self._prefix}/").split("/"):
            case ["events"]:
                self._importer.process_event(payload)
            case ["available"]:
                self.report_connection(payload == b"online")
            case ["reviews"]:
                self._importer.process_review(payload)
            case [camera, "status", "detect"]:
                self._importer.process_status(camera, payload.decode("utf-8", "replace"))

    def report_connection(self, is_connected: bool) -> None:
        """Record that Frigate is there or not; the next message tries again where the database is away."""
        with suppress(psycopg.Error):
            self._importer.connected(is_connected)


def _listener(context: FeedContext, options: FrigateTable) -> MqttListener:
    password = context.secret_of(options.secret) if options.secret else None
    topics, prefix = _Topics(FrigateImporter(context, options), options.topic_prefix), options.topic_prefix
    login = BrokerLogin(
        host=options.host, port=options.port, username=options.username, password=password, is_tls=options.tls
    )
    return MqttListener(
        options.id,
        login,
        [f"{prefix}/{topic}" for topic in ("events", "available", "reviews", "+/status/detect")],
        process=topics.process,
        on_disconnect=lambda: topics.report_connection(False),
    )
