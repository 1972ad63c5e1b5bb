"""One connection of a feed to a broker: a message is acknowledged once it is stored."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from siaga_cloud.platform.db.connection import is_transient

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
    """Represents one connection. The QoS of the publisher decides whether the broker requires the acknowledgement; with
    a QoS of 0, what is published without a subscriber is lost.
    """

    def __init__(
        self,
        feed_id: str,
        login: BrokerLogin,
        topics: Sequence[str],
        *,
        process: Callable[[str, bytes], object],
        on_disconnect: Callable[[], object] = lambda: None,
    ) -> None:
        self._feed_id, self._login, self._topics, self._process = feed_id, login, topics, process
        self._when_gone = on_disconnect
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
        self._client.reconnect_delay_set(1, 60)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message

    def start(self) -> None:
        """Connects in the background and stays connected until `stop`."""
        self._client.connect_async(self._login.host, self._login.port, keepalive=60)
        self._client.loop_start()

    def stop(self) -> None:
        """Leaves; the session stays with the broker."""
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
            self._process(message.topic, bytes(message.payload))
        except psycopg.Error as error:
            if is_transient(error):
                # Not acknowledged: after the reconnect the broker brings it again, if it was published with QoS 1.
                log.warning("feed %s: database unavailable (%s); reconnecting", self._feed_id, type(error).__name__)
                client.disconnect()
                return
            log.exception("feed %s: a message could not be stored", self._feed_id)
        except UnicodeDecodeError:
            log.warning("feed %s: a message has a topic that is not UTF-8", self._feed_id)
        except Exception:
            # A bug of ours with one message must not end the listening.
            log.exception("feed %s: a message could not be stored", self._feed_id)
        client.ack(message.mid, message.qos)
