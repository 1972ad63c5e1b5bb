"""The MQTT side alone, against a real broker: sessions, epochs, shards."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from tests.support.cloud_core import eventually

from siaga_cloud.ingest.inbox import Delivery, Inbox
from siaga_cloud.ingest.metrics import IngestMetrics
from siaga_cloud.ingest.mqtt import MqttSubscriber, discard_session
from siaga_cloud.settings import BrokerSettings
from siaga_core.wire import topics
from siaga_sim.stack.broker import INGEST_USER, Broker

NODE_TOPIC = topics.up("node-a", topics.UpStream.READINGS)
ALL = frozenset(topics.every_shard())


class Rig:
    """A subscriber with its inbox and counters, and a node's plain client."""

    def __init__(self, broker: Broker, client_id: str) -> None:
        self.settings = BrokerSettings(
            host="127.0.0.1", port=broker.port, username=INGEST_USER, password=broker.logins[INGEST_USER], ca_file=None
        )
        self.client_id, self.inbox, self.metrics = client_id, Inbox(), IngestMetrics()
        self.subscriber = MqttSubscriber(self.settings, client_id=client_id, inbox=self.inbox, metrics=self.metrics)
        self.subscriber.serve(ALL)
        self.subscriber.start()
        eventually(lambda: self.subscriber.is_connected, what="subscriber connected")
        self.acknowledge()  # the broker has seen the subscriptions, too
        self.node = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="", protocol=mqtt.MQTTv311)
        self.node.username_pw_set("node-a", broker.logins["node-a"])
        self.node.connect("127.0.0.1", broker.port)
        self.node.loop_start()

    def send(self, *payloads: bytes) -> None:
        for payload in payloads:
            self.node.publish(NODE_TOPIC, payload, qos=1).wait_for_publish(10)

    def take(self, count: int) -> list[Delivery]:
        taken: list[Delivery] = []

        def enough() -> bool:
            taken.extend(self.inbox.take(max_messages=100, max_bytes=10**6, first_wait_seconds=0.05, gather_seconds=0))
            return len(taken) >= count

        eventually(enough, what=f"{count} deliveries")
        return taken

    def acknowledge(self, *deliveries: Delivery) -> None:
        """Acknowledges, and returns when the broker has seen it: what follows on the line came after."""
        for delivery in deliveries:
            self.subscriber.acknowledge(delivery.epoch, [delivery.mid])
        assert self.subscriber.publish(topics.down("node-c", topics.DownStream.ACK), b"{}")
        eventually(lambda: not self.subscriber._unconfirmed, what="the broker's answer")

    def connect_anew(self) -> None:
        epoch = self.subscriber.epoch
        line = self.subscriber._line
        assert line is not None
        line._socket.shutdown(socket.SHUT_RDWR)
        eventually(lambda: self.subscriber.epoch > epoch and self.subscriber.is_connected, what="connected anew")

    def stop(self) -> None:
        self.subscriber.stop()
        self.node.disconnect()
        self.node.loop_stop()


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory, passwords: dict[str, str]) -> Iterator[Broker]:
    """One of its own: on the shared broker other tests leave retained statuses, which every subscriber is sent."""
    with Broker(folder=tmp_path_factory.mktemp("broker") / "mosquitto", logins=passwords) as running:
        yield running
    running.remove()


@pytest.fixture
def rig(broker: Broker, request: pytest.FixtureRequest) -> Iterator[Callable[[], Rig]]:
    made: list[Rig] = []

    def make() -> Rig:
        made.append(Rig(broker, f"siaga-ingest-{request.node.name[:60]}"))
        return made[-1]

    yield make
    for one in made:
        one.stop()
        discard_session(one.settings, one.client_id)


def payloads(deliveries: list[Delivery]) -> list[bytes]:
    return [delivery.payload for delivery in deliveries]


def test_what_was_not_acknowledged_comes_again_and_stale_acks_are_not_sent(rig: Callable[[], Rig]) -> None:
    one = rig()
    one.send(b"sync")
    (sync,) = one.take(1)
    one.acknowledge(sync)
    one.send(b"1", b"2", b"3")
    first = one.take(3)
    one.connect_anew()
    again = one.take(3)
    assert payloads(again) == [b"1", b"2", b"3"]
    assert {delivery.epoch for delivery in again}.isdisjoint({delivery.epoch for delivery in first})
    one.acknowledge(*first)
    assert one.metrics.stale_acks._value.get() == 3
    one.connect_anew()
    third = one.take(3)
    assert payloads(third) == [b"1", b"2", b"3"], "a stale ack would have swallowed them"
    one.acknowledge(*third)
    one.connect_anew()
    one.send(b"4")
    assert payloads(one.take(1)) == [b"4"], "acknowledged on their own connection they do not come again"


def test_acks_while_the_line_is_down_are_stale(rig: Callable[[], Rig]) -> None:
    one = rig()
    one.send(b"x")
    (delivery,) = one.take(1)
    one.subscriber.stop()
    eventually(lambda: not one.subscriber.is_connected, what="disconnected")
    one.subscriber.acknowledge(delivery.epoch, [delivery.mid])
    assert one.metrics.stale_acks._value.get() == 1
    assert not one.subscriber.publish(topics.down("node-a", topics.DownStream.ACK), b"{}")


def test_a_shard_that_is_given_up_is_no_longer_delivered(rig: Callable[[], Rig]) -> None:
    one = rig()
    one.send(b"before")
    one.take(1)
    one.subscriber.serve(ALL - {topics.shard_of("node-a")})
    one.connect_anew()  # the session that comes back must not bring the shard back either
    (again,) = one.take(1)
    one.acknowledge(again)
    one.send(b"unheard")
    one.subscriber.serve(ALL)
    one.acknowledge()  # by now the broker has seen the subscription too
    one.send(b"heard")
    assert payloads(one.take(1)) == [b"heard"]


def test_a_discarded_session_brings_nothing_back(rig: Callable[[], Rig]) -> None:
    one = rig()
    one.send(b"sync")
    (sync,) = one.take(1)
    one.acknowledge(sync)
    one.subscriber.stop()
    one.send(b"parked")
    assert discard_session(one.settings, one.client_id)
    two = rig()
    two.send(b"fresh")
    assert payloads(two.take(1)) == [b"fresh"]


def test_pictures_to_look_at_now_do_not_wait_for_room(rig: Callable[[], Rig]) -> None:
    one = rig()
    one.inbox._max_messages = 1
    one.send(b"first")
    eventually(lambda: len(one.inbox) == 1, what="a full inbox")
    one.node.publish(NODE_TOPIC, b"picture", qos=0).wait_for_publish(10)
    eventually(lambda: one.metrics.refused._value.get() == 1, what="the picture to be let go")
    one.send(b"second")
    taken = one.take(2)
    assert payloads(taken) == [b"first", b"second"]
    one.acknowledge(*taken)
