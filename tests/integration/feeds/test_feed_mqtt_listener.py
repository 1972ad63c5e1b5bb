"""The connection of a feed to a real Mosquitto, while the database fails for a moment or for longer."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import paho.mqtt.client as mqtt
import psycopg
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from tests.support.cloud_core import eventually

from siaga_cloud.feeds.service.mqtt_listener import BrokerLogin, MqttListener
from siaga_sim.stack.broker import INGEST_USER, Broker

# The broker of the tests lets the login of ingest write and read below this prefix.
TOPIC = "siaga/v1/s00/listener/up/one"


class FailingStore:
    """Stores payloads, and fails as often as it is told to, as a database that restarts does."""

    def __init__(self, failures: int) -> None:
        self.failures, self.stored, self.disconnects = failures, list[bytes](), 0

    def process(self, _topic: str, payload: bytes) -> None:
        if payload != b"hello" and self.failures > 0:
            self.failures -= 1
            raise psycopg.OperationalError("the database system is starting up")
        self.stored.append(payload)

    def count_disconnect(self) -> None:
        self.disconnects += 1


@pytest.fixture
def publisher(broker: Broker) -> Iterator[mqtt.Client]:
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="publisher", protocol=mqtt.MQTTv311)
    client.username_pw_set(INGEST_USER, broker.logins[INGEST_USER])
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    yield client
    client.disconnect()
    client.loop_stop()


@pytest.fixture
def listening(
    broker: Broker, publisher: mqtt.Client, request: pytest.FixtureRequest
) -> Iterator[Callable[[FailingStore, float], None]]:
    started: list[MqttListener] = []

    def listen(store: FailingStore, patience_seconds: float) -> None:
        login = BrokerLogin(
            host="127.0.0.1",
            port=broker.port,
            username=INGEST_USER,
            password=broker.logins[INGEST_USER],
            is_tls=False,
        )
        listener = MqttListener(
            request.node.name,
            login,
            [TOPIC],
            process=store.process,
            on_disconnect=store.count_disconnect,
            patience_seconds=patience_seconds,
        )
        listener.start()
        started.append(listener)

        def is_subscribed() -> bool:
            publisher.publish(TOPIC, b"hello", qos=1).wait_for_publish(10)
            return bool(store.stored)

        eventually(is_subscribed, what="subscribed")

    yield listen
    for listener in started:
        listener.stop()


def test_a_database_away_for_a_moment_loses_not_even_what_is_sent_once(
    listening: Callable[[FailingStore, float], None], publisher: mqtt.Client
) -> None:
    store = FailingStore(failures=2)
    listening(store, 20)
    publisher.publish(TOPIC, b"water", qos=0)
    eventually(lambda: b"water" in store.stored, what="stored at the third try")
    assert (store.failures, store.disconnects) == (0, 0)


def test_after_a_longer_outage_the_listener_reconnects_and_receives_the_message_again(
    listening: Callable[[FailingStore, float], None], publisher: mqtt.Client
) -> None:
    store = FailingStore(failures=1)
    listening(store, 0)
    publisher.publish(TOPIC, b"water", qos=1).wait_for_publish(10)
    publisher.publish(TOPIC, b"later", qos=1).wait_for_publish(10)
    eventually(lambda: {b"water", b"later"} <= set(store.stored), what="delivered again after the reconnect")
    assert store.disconnects == 1
