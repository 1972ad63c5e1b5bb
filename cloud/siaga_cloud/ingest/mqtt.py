"""The MQTT side of ingest: MQTT 3.1.1, QoS 1, a persistent session, acknowledged by hand after the commit."""

from __future__ import annotations

import logging
import socket
import ssl
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from siaga_cloud.ingest.inbox import Delivery, Inbox
from siaga_cloud.ingest.metrics import IngestMetrics
from siaga_cloud.settings import BrokerSettings
from siaga_core.wire import topics

KEEPALIVE_SECONDS = 60
# Half of what the broker would wait for a sign of life; after that the rest stays with the broker.
ROOM_WAIT_SECONDS = 30.0
MAX_UNSENT = 10_000

log = logging.getLogger(__name__)


def utc_now() -> datetime:
    """The clock of this machine."""
    return datetime.now(UTC)


class MqttSubscriber:
    """Brings deliveries into the inbox and takes acknowledgements back.

    `epoch` counts connections. A packet id means something within its own connection only, and paho sends any
    acknowledgement that it is given; so each is checked against the epoch that it came in.
    """

    def __init__(
        self,
        broker: BrokerSettings,
        *,
        client_id: str,
        inbox: Inbox,
        metrics: IngestMetrics,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._broker, self._inbox, self._metrics, self._clock = broker, inbox, metrics, clock
        self._lock = threading.RLock()
        self._epoch = 0
        self._is_connected = False
        self._shards: frozenset[str] = frozenset()
        self._asked: dict[int | None, tuple[str, ...]] = {}
        self._refused: set[str] = set()
        self._client = _client(broker, client_id)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message
        self._client.on_subscribe = self._on_subscribe

    @property
    def is_connected(self) -> bool:
        """Whether the broker has accepted the present connection."""
        return self._is_connected

    @property
    def epoch(self) -> int:
        """The number of the present connection."""
        return self._epoch

    def start(self) -> None:
        """Connects in the background and stays connected, with back-off, until `stop`."""
        self._client.connect_async(self._broker.host, self._broker.port, keepalive=KEEPALIVE_SECONDS)
        self._client.loop_start()

    def stop(self) -> None:
        """Leaves politely; the session stays with the broker."""
        self._client.disconnect()
        self._client.loop_stop()

    def serve(self, shards: frozenset[str]) -> None:
        """Subscribes to these shards and to no others; asks again for those that the broker refused last time."""
        with self._lock:
            gone, new = self._shards - shards, shards - (self._shards - self._refused)
            self._shards = shards
            if self._is_connected:
                self._subscribe(new)
                self._unsubscribe(gone)

    def acknowledge(self, epoch: int, mids: Iterable[int]) -> None:
        """Tells the broker that these need not come again, if they came on the present connection."""
        with self._lock:
            for mid in filter(None, mids):  # what came at QoS 0 has no number and wants no answer
                if epoch != self._epoch or not self._is_connected:
                    self._metrics.stale_acks.inc()
                else:
                    self._client.ack(mid, 1)

    def publish(self, topic: str, payload: bytes, *, qos: int = 1) -> bool:
        """Sends; False when it was not even queued (the sender's resend will ask for it again)."""
        if not self._is_connected:
            return False
        return self._client.publish(topic, payload, qos=qos).rc == MQTTErrorCode.MQTT_ERR_SUCCESS

    def _on_connect(
        self, _client: Client, _data: object, flags: ConnectFlags, reason: ReasonCode, _props: Properties | None
    ) -> None:
        if reason.is_failure:
            log.error("broker refused the connection: %s", reason)
            return
        with self._lock:
            self._epoch += 1
            self._is_connected = True
            self._asked.clear()
            self._subscribe(self._shards)
            if flags.session_present:
                # The session may still hold subscriptions to shards that others serve by now.
                self._unsubscribe(frozenset(topics.every_shard()) - self._shards)
        self._metrics.connects.inc()
        self._metrics.connected.set(1)
        self._metrics.certificate.set(_certificate_expires(_client))
        log.info("connected to the broker (session present: %s)", flags.session_present)

    def _on_disconnect(
        self, _client: Client, _data: object, _flags: DisconnectFlags, reason: ReasonCode, _props: Properties | None
    ) -> None:
        with self._lock:
            was_connected, self._is_connected = self._is_connected, False
            self._epoch += 1
        self._metrics.connected.set(0)
        if was_connected:
            log.warning("connection to the broker ended: %s", reason)

    def _on_message(self, client: Client, _data: object, message: MQTTMessage) -> None:
        self._metrics.deliveries.inc()
        delivery = Delivery(
            epoch=self._epoch,
            mid=message.mid,
            topic=_topic_of(message),
            payload=bytes(message.payload),
            received_at=self._clock(),
        )
        # Pictures to look at now come at QoS 0: nothing waits for their sake, and they do not come again.
        is_kept_by_broker = message.qos > 0
        if not self._inbox.put(delivery, wait_seconds=ROOM_WAIT_SECONDS if is_kept_by_broker else 0):
            # Not acknowledged, so it comes again; on a new connection, when there may be room.
            self._metrics.refused.inc()
            if not is_kept_by_broker:
                return
            log.warning("no room for %.0f s; connecting anew", ROOM_WAIT_SECONDS)
            _break(client)

    def _subscribe(self, shards: frozenset[str]) -> None:
        self._refused -= shards
        if shards:
            asked = tuple(sorted(shards))
            _, mid = self._client.subscribe([(topics.shard_filter(shard), 1) for shard in asked])
            self._asked[mid] = asked

    def _on_subscribe(
        self, _client: Client, _data: object, mid: int, reasons: list[ReasonCode], _props: Properties | None
    ) -> None:
        with self._lock:
            asked = self._asked.pop(mid, ())
            refused = {shard for shard, reason in zip(asked, reasons, strict=False) if reason.is_failure}
            self._refused |= refused & self._shards
        if refused:
            # Rights, or a limit of the broker's: what these shards' nodes send stays with the nodes meanwhile.
            self._metrics.refused_shards.inc(len(refused))
            log.error("broker refused the subscription to shards %s", ", ".join(sorted(refused)))

    def _unsubscribe(self, shards: frozenset[str]) -> None:
        if shards:
            self._client.unsubscribe([topics.shard_filter(shard) for shard in sorted(shards)])


def discard_session(broker: BrokerSettings, client_id: str, *, seconds: float = 5.0) -> bool:
    """Makes the broker forget the session of a dead replica, which it would otherwise fill for ever.

    What was in it is not lost: its senders have not been told that it was committed, and send it again.
    """
    client = _client(broker, client_id, clean_session=True)
    connected = threading.Event()

    def on_connect(_client: Client, _data: object, _flags: ConnectFlags, reason: ReasonCode, *_: Any) -> None:
        if not reason.is_failure:
            connected.set()

    client.on_connect = on_connect
    client.connect_async(broker.host, broker.port, keepalive=KEEPALIVE_SECONDS)
    client.loop_start()
    try:
        return connected.wait(seconds)
    finally:
        client.disconnect()
        client.loop_stop()


def _client(broker: BrokerSettings, client_id: str, *, clean_session: bool = False) -> Client:
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id=client_id,
        clean_session=clean_session,
        protocol=MQTTProtocolVersion.MQTTv311,
        manual_ack=True,
    )
    client.reconnect_delay_set(min_delay=1, max_delay=15)
    client.max_inflight_messages_set(200)
    client.max_queued_messages_set(MAX_UNSENT)
    if broker.username is not None:
        client.username_pw_set(broker.username, broker.password)
    if broker.ca_file is not None:
        client.tls_set(ca_certs=str(broker.ca_file), cert_reqs=ssl.CERT_REQUIRED)
    return client


def _certificate_expires(client: Client) -> float:
    """As a Unix time; 0 where the connection has none."""
    line = client.socket()
    shown = line.getpeercert() if isinstance(line, ssl.SSLSocket) else None
    until = shown.get("notAfter") if shown else None
    return float(ssl.cert_time_to_seconds(until)) if isinstance(until, str) else 0.0


def _topic_of(message: MQTTMessage) -> str:
    try:
        return message.topic
    except UnicodeDecodeError:
        return repr(message)  # a broker should have refused it; as a dead letter it is at least seen


def _break(client: Client) -> None:
    # Not `disconnect`, after which paho would stay away; a dead line it repairs by itself.
    line = client.socket()
    if isinstance(line, socket.socket):
        with suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)
