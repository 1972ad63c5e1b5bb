"""Implements a session of MQTT 5 with the client of the AWS Common Runtime, which is written in C and acknowledges
manually (docs/adr/0019).

On a new connection the client discards open acknowledgements, so that none can refer to another message.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from itertools import count

from awscrt import exceptions, io, mqtt5

from siaga_cloud.ingest.mqtt.session import (
    CONNECT_SECONDS,
    KEEPALIVE_SECONDS,
    MAX_UNACKNOWLEDGED,
    RETRY_SECONDS,
    Listener,
)
from siaga_cloud.settings import BrokerSettings

# For ever, as far as the broker lets it: a replica that is away for long is made to be forgotten by the others.
SESSION_SECONDS = 0xFFFFFFFF
# The largest message of the wire is evidence of a few MiB; a broker that sends more is not ours.
MAX_PACKET_BYTES = 16 * 1024 * 1024
STEADY_SECONDS = 10.0
STOP_SECONDS = 5.0
_REFUSED = 0x80


class Mqtt5Session:
    """Implements `Session` for MQTT 5."""

    def __init__(self, broker: BrokerSettings, client_id: str, listener: Listener) -> None:
        self._listener = listener
        self._numbers = count(1)
        self._open: dict[int, mqtt5.PublishAcknowledgementControlHandle] = {}
        self._is_leaving = self._is_up = False
        self._stopped = threading.Event()
        self._client = mqtt5.Client(self._options(broker, client_id))

    def start(self) -> None:
        """Implement `Session.start` by starting the client."""
        self._client.start()

    def stop(self) -> None:
        """Implement `Session.stop` and wait for the client."""
        self._is_leaving = True
        self._client.stop()
        self._stopped.wait(STOP_SECONDS)

    def reconnect(self) -> None:
        """Implement `Session.reconnect` by stopping the client, which then starts anew."""
        self._client.stop()  # and is started again when that is done

    def subscribe(self, filters: Sequence[str], answered: Callable[[Sequence[bool]], None]) -> None:
        """Implement `Session.subscribe` with QoS 1."""
        # As published: so that what a node asks the broker to retain is seen when it comes.
        wanted = [
            mqtt5.Subscription(topic_filter=each, qos=mqtt5.QoS.AT_LEAST_ONCE, retain_as_published=True)
            for each in filters
        ]

        def on_suback(answer: Future[mqtt5.SubackPacket]) -> None:
            if answer.exception() is None:
                answered([code < _REFUSED for code in answer.result().reason_codes])
            elif self._is_up:  # no answer in time; on a new connection it is requested anyway
                answered([False] * len(filters))

        self._client.subscribe(mqtt5.SubscribePacket(subscriptions=wanted)).add_done_callback(on_suback)

    def unsubscribe(self, filters: Sequence[str]) -> None:
        """Implement `Session.unsubscribe` for all filters at once."""
        self._client.unsubscribe(mqtt5.UnsubscribePacket(topic_filters=list(filters)))

    def acknowledge(self, numbers: Iterable[int]) -> None:
        """Implement `Session.acknowledge` for the packets that are still open."""
        for number in numbers:
            handle = self._open.pop(number, None)
            if handle is not None:
                self._client.invoke_publish_acknowledgement(handle)

    def publish(self, topic: str, payload: bytes, *, qos: int) -> bool:
        """Implement `Session.publish` and return whether the session is connected."""
        if not self._is_up:
            return False
        packet = mqtt5.PublishPacket(topic=topic, payload=payload, qos=mqtt5.QoS(qos))
        ended = self._client.publish(packet)
        if qos:
            ended.add_done_callback(lambda _: self._listener.confirmed())
        return True

    def clear(self, topic: str) -> None:
        """Implement `Session.clear` by an empty retained message."""
        if self._is_up:
            self._client.publish(mqtt5.PublishPacket(topic=topic, payload=b"", qos=mqtt5.QoS.AT_MOST_ONCE, retain=True))

    # --- in the client's thread ----------------------------------------------------------------------------------

    def _came(self, data: mqtt5.PublishReceivedData) -> None:
        packet, number = data.publish_packet, 0  # runs for every message
        if data.acquire_publish_acknowledgement_control is not None:
            number = next(self._numbers)
            self._open[number] = data.acquire_publish_acknowledgement_control()
        self._listener.came(number, packet.topic, packet.payload or b"", retained=bool(packet.retain))

    def _connected(self, data: mqtt5.LifecycleConnectSuccessData) -> None:
        self._is_up = True
        self._listener.connected(session_present=bool(data.connack_packet.session_present))

    def _refused(self, data: mqtt5.LifecycleConnectFailureData) -> None:
        answer = data.connack_packet
        self._listener.lost(_reason_of(data.exception) if answer is None else f"refused: {answer.reason_code!r}")

    def _lost(self, data: mqtt5.LifecycleDisconnectData) -> None:
        self._is_up = False
        self._open.clear()
        self._listener.lost(_reason_of(data.exception))

    def _ended(self, _: mqtt5.LifecycleStoppedData) -> None:
        if self._is_leaving:
            self._stopped.set()
        else:
            self._client.start()

    def _options(self, broker: BrokerSettings, client_id: str) -> mqtt5.ClientOptions:
        behaviour = mqtt5.ClientSessionBehaviorType.REJOIN_ALWAYS
        options = _options(broker, _hello(broker, client_id, SESSION_SECONDS), behaviour)
        options.on_publish_callback_fn = self._came
        options.on_lifecycle_event_connection_success_fn = self._connected
        options.on_lifecycle_event_connection_failure_fn = self._refused
        options.on_lifecycle_event_disconnection_fn = self._lost
        options.on_lifecycle_event_stopped_fn = self._ended
        return options


def discard(broker: BrokerSettings, client_id: str) -> bool:
    """Return whether the broker has forgotten that session."""
    answered, connected, stopped = threading.Event(), threading.Event(), threading.Event()

    def welcomed(_: mqtt5.LifecycleConnectSuccessData) -> None:
        connected.set()
        answered.set()

    options = _options(broker, _hello(broker, client_id, 0), mqtt5.ClientSessionBehaviorType.CLEAN)
    options.on_lifecycle_event_connection_success_fn = welcomed
    options.on_lifecycle_event_connection_failure_fn = lambda _: answered.set()
    options.on_lifecycle_event_stopped_fn = lambda _: stopped.set()
    client = mqtt5.Client(options)
    client.start()
    answered.wait(CONNECT_SECONDS)
    client.stop()
    stopped.wait(STOP_SECONDS)
    return connected.is_set()


def _hello(broker: BrokerSettings, client_id: str, session_seconds: int) -> mqtt5.ConnectPacket:
    return mqtt5.ConnectPacket(
        client_id=client_id,
        username=broker.username,
        password=broker.password,
        keep_alive_interval_sec=KEEPALIVE_SECONDS,
        session_expiry_interval_sec=session_seconds,
        receive_maximum=MAX_UNACKNOWLEDGED,
        maximum_packet_size=MAX_PACKET_BYTES,
    )


def _options(
    broker: BrokerSettings, hello: mqtt5.ConnectPacket, behaviour: mqtt5.ClientSessionBehaviorType
) -> mqtt5.ClientOptions:
    return mqtt5.ClientOptions(
        host_name=broker.host,
        port=broker.port,
        tls_ctx=_tls(broker),
        connect_options=hello,
        session_behavior=behaviour,
        # What a broken connection swallows is requested again by its receiver.
        offline_queue_behavior=mqtt5.ClientOperationQueueBehaviorType.FAIL_ALL_ON_DISCONNECT,
        retry_jitter_mode=mqtt5.ExponentialBackoffJitterMode.FULL,
        min_reconnect_delay_ms=int(RETRY_SECONDS[0] * 1000),
        max_reconnect_delay_ms=int(RETRY_SECONDS[1] * 1000),
        min_connected_time_to_reset_reconnect_delay_ms=int(STEADY_SECONDS * 1000),
        connack_timeout_ms=int(CONNECT_SECONDS * 1000),
        disable_metrics=True,  # it would be added to the user name
    )


def _tls(broker: BrokerSettings) -> io.ClientTlsContext | None:
    if broker.ca_file is None:
        return None
    options = io.TlsContextOptions()
    options.override_default_trust_store_from_path(None, str(broker.ca_file))
    return io.ClientTlsContext(options)


def _reason_of(error: Exception | None) -> str:
    return str(error.message) if isinstance(error, exceptions.AwsCrtError) else str(error)
