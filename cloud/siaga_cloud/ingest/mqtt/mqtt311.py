"""Implements a session of MQTT 3.1.1 with paho, for brokers without MQTT 5 such as NATS (docs/adr/0019)."""

from __future__ import annotations

import random
import socket
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

from siaga_cloud.ingest.mqtt.session import CONNECT_SECONDS, KEEPALIVE_SECONDS, RETRY_SECONDS, Listener
from siaga_cloud.settings import BrokerSettings

MAX_UNSENT = 10_000


class Mqtt311Session:
    """Implements `Session`. paho sends every acknowledgement that it is given, so the caller ensures that none is
    stale.
    """

    def __init__(self, broker: BrokerSettings, client_id: str, listener: Listener) -> None:
        self._broker, self._listener = broker, listener
        self._pending: dict[int | None, Callable[[Sequence[bool]], None]] = {}
        self._lock = threading.Lock()
        self._client = _client(broker, client_id, clean=False)
        self._client.on_connect = self._connected
        self._client.on_connect_fail = lambda *_: listener.lost(str(sys.exc_info()[1]))  # it is handling the error
        self._client.on_disconnect = self._lost
        self._client.on_message = self._came
        self._client.on_subscribe = self._subscribed
        self._client.on_publish = lambda *_: listener.confirmed()

    def start(self) -> None:
        """Implement `Session.start` by an asynchronous connect."""
        self._client.connect_async(self._broker.host, self._broker.port, keepalive=KEEPALIVE_SECONDS)
        self._client.loop_start()

    def stop(self) -> None:
        """Implement `Session.stop` by a disconnect."""
        self._client.disconnect()
        self._client.loop_stop()

    def reconnect(self) -> None:
        """Implement `Session.reconnect` by closing the socket."""
        # Not `disconnect`, after which paho would stay away; a dead line it repairs by itself.
        line = self._client.socket()
        if isinstance(line, socket.socket):
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def subscribe(self, filters: Sequence[str], answered: Callable[[Sequence[bool]], None]) -> None:
        """Implement `Session.subscribe` with QoS 1."""
        with self._lock:  # the answer may be there before its number is recorded
            _, number = self._client.subscribe([(each, 1) for each in filters])
            self._pending[number] = answered

    def unsubscribe(self, filters: Sequence[str]) -> None:
        """Implement `Session.unsubscribe` for all filters at once."""
        self._client.unsubscribe(list(filters))

    def acknowledge(self, numbers: Iterable[int]) -> None:
        """Implement `Session.acknowledge` for each packet id."""
        for number in numbers:
            self._client.ack(number, 1)

    def publish(self, topic: str, payload: bytes, *, qos: int) -> bool:
        """Implement `Session.publish` and return whether paho accepted the message."""
        return self._client.publish(topic, payload, qos=qos).rc == MQTTErrorCode.MQTT_ERR_SUCCESS

    def clear(self, topic: str) -> None:
        """Implement `Session.clear` by an empty retained message."""
        self._client.publish(topic, b"", qos=0, retain=True)

    # --- in the client's thread ----------------------------------------------------------------------------------

    def _connected(self, _: Client, __: object, flags: ConnectFlags, reason: ReasonCode, ___: object) -> None:
        if reason.is_failure:
            self._listener.lost(f"refused: {reason}")
            return
        with self._lock:
            self._pending.clear()
        self._listener.connected(session_present=flags.session_present)

    def _lost(self, _: Client, __: object, ___: DisconnectFlags, reason: ReasonCode, ____: object) -> None:
        self._listener.lost(str(reason))

    def _came(self, _: Client, __: object, message: MQTTMessage) -> None:
        self._listener.came(
            message.mid if message.qos else 0, _topic_of(message), bytes(message.payload), retained=message.retain
        )

    def _subscribed(self, _: Client, __: object, number: int, reasons: list[ReasonCode], ___: object) -> None:
        with self._lock:
            answered = self._pending.pop(number, None)
        if answered is not None:
            answered([not reason.is_failure for reason in reasons])


def discard(broker: BrokerSettings, client_id: str) -> bool:
    """Return whether the broker has forgotten that session."""
    client, is_connected = _client(broker, client_id, clean=True), threading.Event()

    def connected(_: Client, __: object, ___: ConnectFlags, reason: ReasonCode, *____: Any) -> None:
        if not reason.is_failure:
            is_connected.set()

    client.on_connect = connected
    client.connect_async(broker.host, broker.port, keepalive=KEEPALIVE_SECONDS)
    client.loop_start()
    try:
        return is_connected.wait(CONNECT_SECONDS)
    finally:
        client.disconnect()
        client.loop_stop()


def _client(broker: BrokerSettings, client_id: str, *, clean: bool) -> Client:
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id=client_id,
        clean_session=clean,
        protocol=MQTTProtocolVersion.MQTTv311,
        manual_ack=True,
    )
    # paho doubles this and adds no jitter of its own.
    first = RETRY_SECONDS[0] * random.uniform(0.5, 1.0)  # noqa: S311 - spreads retries, guards nothing
    client.reconnect_delay_set(min_delay=first, max_delay=RETRY_SECONDS[1])  # type: ignore[arg-type]
    client.max_inflight_messages_set(200)
    client.max_queued_messages_set(MAX_UNSENT)
    if broker.username is not None:
        client.username_pw_set(broker.username, broker.password)
    if broker.ca_file is not None:
        client.tls_set(ca_certs=str(broker.ca_file))
    return client


def _topic_of(message: MQTTMessage) -> str:
    try:
        return message.topic
    except UnicodeDecodeError:
        return repr(message)  # a broker should have refused it; as a dead letter it is at least seen
