"""The connection to the broker of a Home Assistant; a broker that is away costs the node nothing but this."""

from __future__ import annotations

import logging
import ssl
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from siaga_core.wire.messages import Reading
from siaga_edge.adapters import home_assistant as entities
from siaga_edge.adapters.home_assistant import HomeAssistantTopics, NodeParts, RetainedMessage
from siaga_edge.adapters.mqtt_link import BrokerAddress
from siaga_edge.events.drafts import StoredStep

log = logging.getLogger(__name__)

REFRESH_SECONDS: Final = 10.0
_KEEPALIVE_SECONDS: Final = 30
_MOST_QUEUED: Final = 200


class HomeAssistantLink:
    """Run by one thread that calls `tick`; `note_...` may be called from any thread and never wait.

    Every discovery and state is retained and published again after each connection, so that a Home Assistant or a
    broker that started later knows them.
    """

    def __init__(self, topics: HomeAssistantTopics, address: BrokerAddress, *, parts: Callable[[], NodeParts]) -> None:
        self._topics, self._address, self._parts = topics, address, parts
        self._lock = threading.Lock()
        self._retained: dict[str, bytes] = {}
        self._sources: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())
        self._connected, self._changed = threading.Event(), threading.Event()
        self._is_started = False
        self._client = self._make_client()

    def tick(self) -> None:
        """Publishes what has changed, and waits for the next change."""
        if not self._is_started:
            self._is_started = True
            self._client.connect_async(self._address.host, self._address.port, keepalive=_KEEPALIVE_SECONDS)
            self._client.loop_start()
        self._refresh()
        if self._changed.wait(REFRESH_SECONDS) and self._connected.is_set():
            self._changed.clear()
            self._publish_all()

    def close(self) -> None:
        """State that the agent is away, and disconnect."""
        if self._connected.is_set():
            gone = entities.online(self._topics, is_online=False)
            self._client.publish(gone.topic, gone.payload, qos=1, retain=True).wait_for_publish(1.0)
        self._client.disconnect()
        self._client.loop_stop()

    def stop(self) -> None:
        """Wake the thread that waits in `tick`."""
        self._changed.set()

    def note_readings(self, readings: Sequence[Reading]) -> None:
        """Publish the newest level of each gauge."""
        self._store(entities.levels(self._topics, readings))

    def note_steps(self, steps: Sequence[StoredStep]) -> None:
        """Publish events that began or ended, and their redacted images."""
        self._store(entities.event_messages(self._topics, steps))

    def _refresh(self) -> None:
        parts = self._parts()
        cameras = frozenset(camera.id for camera in parts.cameras)
        gauges = frozenset(gauge.id for gauge in parts.gauges)
        old_cameras, old_gauges = self._sources
        gone = entities.removed(self._topics, cameras=sorted(old_cameras - cameras), gauges=sorted(old_gauges - gauges))
        self._sources = cameras, gauges
        found = entities.discovery(
            self._topics, cameras=sorted(cameras), gauges=sorted(gauges), software=parts.software
        )
        self._store(
            [
                *gone,
                entities.online(self._topics, is_online=True),
                *found,
                *entities.camera_states(self._topics, parts.cameras),
                *entities.gauge_states(self._topics, parts.gauges),
            ]
        )

    def _store(self, messages: Iterable[RetainedMessage]) -> None:
        for message in messages:
            if not message.is_retained:
                if self._connected.is_set():
                    self._client.publish(message.topic, message.payload, qos=0)
                continue
            with self._lock:
                is_new = self._retained.get(message.topic) != message.payload
                self._retained[message.topic] = message.payload
            if is_new and self._connected.is_set():
                self._client.publish(message.topic, message.payload, qos=1, retain=True)

    def _publish_all(self) -> None:
        with self._lock:
            retained = list(self._retained.items())
        for topic, payload in retained:
            self._client.publish(topic, payload, qos=1, retain=True)

    def _make_client(self) -> Client:
        client = Client(CallbackAPIVersion.VERSION2, client_id=f"siaga-{self._topics.node}", protocol=MQTTv311)
        if self._address.username:
            password = self._address.password
            client.username_pw_set(self._address.username, password.get_secret_value() if password else None)
        if self._address.tls is not None:
            client.tls_set_context(ssl.create_default_context(cafile=str(self._address.tls.ca_file)))
        away = entities.online(self._topics, is_online=False)
        client.will_set(away.topic, away.payload, qos=1, retain=True)
        client.max_queued_messages_set(_MOST_QUEUED)
        client.reconnect_delay_set(1, 60)
        client.on_connect, client.on_disconnect = self._on_connect, self._on_disconnect
        return client

    def _on_connect(
        self, _client: Client, _data: Any, _flags: ConnectFlags, reason: ReasonCode, _more: Properties | None
    ) -> None:
        if reason.is_failure:
            log.warning("Home Assistant's broker refused the connection: %s", reason)
            return
        log.info("connected to the broker of Home Assistant")
        self._connected.set()
        self._changed.set()

    def _on_disconnect(
        self, _client: Client, _data: Any, _flags: DisconnectFlags, reason: ReasonCode, _more: Properties | None
    ) -> None:
        if self._connected.is_set():
            log.warning("the broker of Home Assistant is away: %s", reason)
        self._connected.clear()
