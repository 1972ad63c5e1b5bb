"""The MQTT side alone, with either client, against a real broker: sessions, epochs, shards."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from uuid import UUID

import paho.mqtt.client as mqtt
import pytest
from benchmarks.chaos.relay import Relay, Weather
from paho.mqtt.enums import CallbackAPIVersion
from tests.support.cloud_core import eventually

from siaga_cloud.ingest.metrics import IngestMetrics
from siaga_cloud.ingest.mqtt.session import discard_session
from siaga_cloud.ingest.mqtt.subscriber import MqttSubscriber
from siaga_cloud.ingest.queue import Delivery, Inbox
from siaga_cloud.settings import BrokerSettings
from siaga_core.wire import topics
from siaga_sim.stack.broker import INGEST_USER, Broker

NODE_TOPIC = topics.up("node-a", topics.UpStream.READINGS)
ALL = frozenset(topics.every_shard())
MARKER = topics.down("node-c", topics.DownStream.ACK)


class Rig:
    """A subscriber with its inbox and counters, and a node's plain client."""

    def __init__(self, broker: Broker, client_id: str, protocol: str, subscribe: str = "shards") -> None:
        self.relay = Relay(broker.port)
        self.relay.__enter__()
        self.settings = BrokerSettings(
            host="127.0.0.1",
            port=self.relay.port,
            username=INGEST_USER,
            password=broker.logins[INGEST_USER],
            ca_file=None,
            protocol=protocol,
            subscribe=subscribe,
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

    def next_batch(self, count: int) -> list[Delivery]:
        accepted: list[Delivery] = []

        def enough() -> bool:
            accepted.extend(
                self.inbox.next_batch(max_messages=100, max_bytes=10**6, first_wait_seconds=0.05, gather_seconds=0)
            )
            return len(accepted) >= count

        eventually(enough, what=f"{count} deliveries")
        return accepted

    def acknowledge(self, *deliveries: Delivery) -> None:
        """Acknowledges, and returns when the broker has seen it: what follows on the line came after."""
        for delivery in deliveries:
            self.subscriber.acknowledge(delivery.epoch, [delivery.mid])
        assert self.subscriber.publish(topics.down("node-c", topics.DownStream.ACK), b"{}")
        eventually(lambda: not self.subscriber._unconfirmed, what="the broker's answer")

    def connect_anew(self) -> None:
        epoch = self.subscriber.epoch
        self.relay.set(Weather.CUT)
        eventually(lambda: not self.subscriber.is_connected, what="a cut line")
        self.relay.set(Weather.FINE)
        eventually(lambda: self.subscriber.epoch > epoch and self.subscriber.is_connected, what="connected anew")

    def stop(self) -> None:
        self.subscriber.stop()
        self.node.disconnect()
        self.node.loop_stop()
        self.relay.set(Weather.FINE)
        discard_session(self.settings, self.client_id)
        self.relay.__exit__()


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory, passwords: dict[str, str]) -> Iterator[Broker]:
    """One of its own: on the shared broker other tests leave retained statuses, which every subscriber is sent."""
    with Broker(folder=tmp_path_factory.mktemp("broker") / "mosquitto", logins=passwords) as running:
        yield running
    running.remove()


@pytest.fixture(params=["5", "3.1.1"])
def rig(broker: Broker, request: pytest.FixtureRequest) -> Iterator[Callable[[], Rig]]:
    made: list[Rig] = []

    def make(subscribe: str = "shards") -> Rig:
        made.append(Rig(broker, f"siaga-ingest-{request.node.name[:60]}", request.param, subscribe))
        return made[-1]

    yield make
    for one in made:
        one.stop()


def payloads(deliveries: list[Delivery]) -> list[bytes]:
    return [delivery.payload for delivery in deliveries]


def test_what_was_not_acknowledged_comes_again_and_stale_acks_are_not_sent(rig: Callable[[], Rig]) -> None:
    one = rig()
    one.send(b"sync")
    (sync,) = one.next_batch(1)
    one.acknowledge(sync)
    one.send(b"1", b"2", b"3")
    first = one.next_batch(3)
    one.connect_anew()
    again = one.next_batch(3)
    assert payloads(again) == [b"1", b"2", b"3"]
    assert {delivery.epoch for delivery in again}.isdisjoint({delivery.epoch for delivery in first})
    one.acknowledge(*first)
    assert one.metrics.stale_acks._value.get() == 3
    one.connect_anew()
    third = one.next_batch(3)
    assert payloads(third) == [b"1", b"2", b"3"], "a stale ack would have swallowed them"
    one.acknowledge(*third)
    one.connect_anew()
    one.send(b"4")
    assert payloads(one.next_batch(1)) == [b"4"], "acknowledged on their own connection they do not come again"


def test_acks_while_the_line_is_down_are_stale(rig: Callable[[], Rig]) -> None:
    one = rig()
    one.send(b"x")
    (delivery,) = one.next_batch(1)
    one.subscriber.stop()
    eventually(lambda: not one.subscriber.is_connected, what="disconnected")
    one.subscriber.acknowledge(delivery.epoch, [delivery.mid])
    assert one.metrics.stale_acks._value.get() == 1
    assert not one.subscriber.publish(topics.down("node-a", topics.DownStream.ACK), b"{}")


def test_a_shard_that_is_given_up_is_no_longer_delivered(rig: Callable[[], Rig]) -> None:
    one = rig()
    one.send(b"before")
    one.next_batch(1)
    one.subscriber.serve(ALL - {topics.shard_of("node-a")})
    one.connect_anew()  # the session that comes back must not bring the shard back either
    (again,) = one.next_batch(1)
    one.acknowledge(again)
    one.send(b"unheard")
    one.subscriber.serve(ALL)
    one.acknowledge()  # by now the broker has seen the subscription too
    one.send(b"heard")
    assert payloads(one.next_batch(1)) == [b"heard"]


def test_with_one_subscription_to_everything_what_others_serve_is_put_aside(rig: Callable[..., Rig]) -> None:
    one = rig(subscribe="all")
    one.send(b"mine")
    one.acknowledge(*one.next_batch(1))
    one.subscriber.serve(ALL - {topics.shard_of("node-a")})
    received = one.metrics.deliveries._value.get()
    one.send(b"another's")
    eventually(lambda: one.metrics.deliveries._value.get() > received, what="another's message")
    one.acknowledge()  # nothing of its own: until the broker has seen what the subscriber answered
    one.subscriber.serve(ALL)
    one.connect_anew()
    one.send(b"mine again")
    assert payloads(one.next_batch(1)) == [b"mine again"], "another's was acknowledged and does not come again"


def test_a_discarded_session_brings_nothing_back(rig: Callable[[], Rig]) -> None:
    one = rig()
    one.send(b"sync")
    (sync,) = one.next_batch(1)
    one.acknowledge(sync)
    one.subscriber.stop()
    one.send(b"parked")
    assert discard_session(one.settings, one.client_id)
    two = rig()
    two.send(b"fresh")
    assert payloads(two.next_batch(1)) == [b"fresh"]


def test_live_snapshots_do_not_wait_for_room(rig: Callable[[], Rig]) -> None:
    one = rig()
    one.inbox._max_messages = 1
    one.send(b"first")
    eventually(lambda: len(one.inbox) == 1, what="a full inbox")
    one.node.publish(NODE_TOPIC, b"picture", qos=0).wait_for_publish(10)
    eventually(lambda: one.metrics.refused._value.get() == 1, what="the picture to be let go")
    one.send(b"second")
    accepted = one.next_batch(2)
    assert payloads(accepted) == [b"first", b"second"]
    one.acknowledge(*accepted)


def test_what_there_is_no_room_for_comes_again(rig: Callable[[], Rig], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("siaga_cloud.ingest.mqtt.subscriber.ROOM_WAIT_SECONDS", 0.3)
    one = rig()
    one.inbox._max_messages = 2
    epoch = one.subscriber.epoch
    one.send(*(b"%d" % number for number in range(6)))
    eventually(lambda: one.subscriber.epoch > epoch + 1 and one.subscriber.is_connected, what="connected anew")
    seen: list[Delivery] = []

    def all_accepted() -> bool:
        accepted = one.inbox.next_batch(max_messages=100, max_bytes=10**6, first_wait_seconds=0.05, gather_seconds=0)
        for delivery in accepted:
            one.subscriber.acknowledge(delivery.epoch, [delivery.mid])
        seen.extend(accepted)
        return set(payloads(seen)) == {b"%d" % number for number in range(6)}

    eventually(all_accepted, what="all six")
    newest = [delivery.payload for delivery in seen if delivery.epoch == one.subscriber.epoch]
    assert newest == sorted(newest), "in their order"


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_a_broker_that_dies_and_forgets_is_subscribed_to_again(
    tmp_path: Path, passwords: dict[str, str], protocol: str
) -> None:
    with Broker(folder=tmp_path / "mosquitto", logins=passwords) as broker:
        one = Rig(broker, "siaga-ingest-forgotten", protocol)
        one.send(b"before")
        (before,) = one.next_batch(1)
        epoch = one.subscriber.epoch
        assert broker.child is not None
        broker.child.kill()
        eventually(lambda: not one.subscriber.is_connected, what="a dead broker")
        broker.start()  # it had saved nothing yet
        eventually(lambda: one.subscriber.epoch > epoch + 1 and one.subscriber.is_connected, what="connected anew")
        one.acknowledge(before)
        assert one.metrics.stale_acks._value.get() == 1
        eventually(one.node.is_connected, what="the node, too")
        one.send(b"after")
        assert payloads(one.next_batch(1)) == [b"after"]
        one.stop()
    broker.remove()


class Babbler(threading.Thread):
    """Welcomes a client and then talks nonsense."""

    def __init__(self, protocol: str) -> None:
        super().__init__(daemon=True)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.welcome = b"\x20\x03\x00\x00\x00" if protocol == "5" else b"\x20\x02\x00\x00"
        self.visits = 0

    def run(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self.socket.accept()
                self.visits += 1
                with line, suppress(ConnectionError):
                    line.recv(4096)
                    line.sendall(self.welcome + b"\x32\xff\xff\xff\xff\x7f" + bytes(range(256)))
                    line.recv(4096)


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_a_broker_that_sends_nonsense_is_disconnected_and_retried(protocol: str) -> None:
    broker, inbox = Babbler(protocol), Inbox()
    broker.start()
    settings = BrokerSettings(
        host="127.0.0.1", port=broker.port, username=None, password=None, ca_file=None, protocol=protocol
    )
    subscriber = MqttSubscriber(settings, client_id="siaga-ingest-1", inbox=inbox, metrics=IngestMetrics())
    subscriber.serve(ALL)
    subscriber.start()
    try:
        eventually(lambda: broker.visits > 1, what="another try")
        assert len(inbox) == 0
    finally:
        subscriber.stop()
        broker.socket.close()


def test_nothing_of_a_node_but_its_status_remains_on_the_broker(rig: Callable[[], Rig], broker: Broker) -> None:
    one = rig()
    status = topics.up("node-a", topics.UpStream.STATUS)
    for topic in (NODE_TOPIC, topics.evidence("node-a", UUID(int=7), 0), status):
        one.node.publish(topic, b"kept", qos=1, retain=True).wait_for_publish(10)
    assert payloads(one.next_batch(3)) == [b"kept"] * 3
    # MQTT 3.1.1 shows what is retained only to a new subscription.
    one.subscriber.serve(frozenset())
    one.subscriber.serve(ALL)

    def left() -> set[str]:
        found: set[str] = set()
        reader = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv311)
        reader.username_pw_set(INGEST_USER, broker.logins[INGEST_USER])
        reader.on_message = lambda _c, _d, message: found.add(message.topic)
        done = threading.Event()
        reader.on_subscribe = lambda *_: (reader.publish(MARKER, b"", qos=1), None)[1]
        reader.on_publish = lambda *_: done.set()
        reader.connect("127.0.0.1", broker.port)
        reader.subscribe("siaga/v1/+/node-a/up/#", qos=1)
        reader.loop_start()
        assert done.wait(10)
        reader.disconnect()
        reader.loop_stop()
        return found

    eventually(lambda: left() == {status}, what="the broker keeps the status alone")
    one.node.publish(status, b"", qos=1, retain=True).wait_for_publish(10)
