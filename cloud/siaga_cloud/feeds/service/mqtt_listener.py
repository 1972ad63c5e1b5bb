"""One connection of a feed to a broker: a message is acknowledged once it is stored."""

from __future__ import annotations

import logging
import random
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from siaga_cloud.platform.db.connection import backoff_seconds, is_transient

# Below the keepalive, because nothing is sent to the broker while a message is tried again.
PATIENCE_SECONDS: Final = 20.0
KEEPALIVE_SECONDS: Final = 60
RECONNECT_SECONDS: Final = (1, 60)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerLogin:
    """Where the broker of a feed is, and who the feed is there."""

    host: str
    port: int
    username: str | None
    password: str | None
    is_tls: bool


class MqttListener:
    """Represents one connection. While the database is unavailable, a message is tried again for `patience_seconds`;
    then the connection is closed and made anew, so that the broker delivers again what was published with a QoS of 1.
    A message with a QoS of 0 is lost then, as is one that is published without a subscriber.
    """

    def __init__(
        self,
        feed_id: str,
        login: BrokerLogin,
        topics: Sequence[str],
        *,
        process: Callable[[str, bytes], object],
        on_disconnect: Callable[[], object] = lambda: None,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._feed_id, self._login, self._topics, self._process = feed_id, login, topics, process
        self._when_gone, self._patience_seconds, self._stopping = on_disconnect, patience_seconds, threading.Event()
        self._client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"siaga-feed-{feed_id}",
            protocol=MQTTProtocolVersion.MQTTv311,
            clean_session=False,
            manual_ack=True,
        )
        if login.username:
            self._client.username_pw_set(login.username, login.password)
        if login.is_tls:
            self._client.tls_set_context(ssl.create_default_context())
        # paho doubles the delay and adds no jitter of its own.
        first = RECONNECT_SECONDS[0] * random.uniform(0.5, 1.0)  # noqa: S311 - spreads retries, guards nothing
        self._client.reconnect_delay_set(first, RECONNECT_SECONDS[1])  # type: ignore[arg-type]
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message

    def start(self) -> None:
        """Connects in the background and stays connected until `stop`."""
        self._client.connect_async(self._login.host, self._login.port, keepalive=KEEPALIVE_SECONDS)
        self._client.loop_start()

    def stop(self) -> None:
        """Leaves; the session stays with the broker."""
        self._stopping.set()
        self._client.on_disconnect = None
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(self, client: Client, _data: object, _flags: object, reason: Any, *_: object) -> None:
        if reason.is_failure:
            log.warning("feed %s: the broker rejected the login: %s", self._feed_id, reason)
            return
        client.subscribe([(topic, 1) for topic in self._topics])

    def _on_disconnect(self, *_: Any) -> None:
        self._when_gone()

    def _on_message(self, client: Client, _data: object, message: MQTTMessage) -> None:
        try:
            self._process_patiently(message.topic, bytes(message.payload))
        except psycopg.Error as error:
            if is_transient(error):
                # Not acknowledged: after the reconnect the broker delivers it again, if it was published with QoS 1.
                log.warning("feed %s: database unavailable (%s); reconnecting", self._feed_id, type(error).__name__)
                self._reconnect()
                return
            log.exception("feed %s: a message could not be stored", self._feed_id)
        except UnicodeDecodeError:
            log.warning("feed %s: a message has a topic that is not UTF-8", self._feed_id)
        except Exception:
            # A bug of ours with one message must not end the listening.
            log.exception("feed %s: a message could not be stored", self._feed_id)
        client.ack(message.mid, message.qos)

    def _process_patiently(self, topic: str, payload: bytes) -> None:
        """Process a message, and try again while the database is unavailable; raises the last error."""
        deadline, attempt = time.monotonic() + self._patience_seconds, 1
        while True:
            try:
                self._process(topic, payload)
            except psycopg.Error as error:
                delay = backoff_seconds(attempt)
                if not is_transient(error) or time.monotonic() + delay > deadline or self._stopping.wait(delay):
                    raise
                attempt += 1
            else:
                return

    def _reconnect(self) -> None:
        """Close the socket; paho repairs a broken connection, while after `disconnect` it would stay away."""
        line = self._client.socket()
        if isinstance(line, socket.socket):
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
