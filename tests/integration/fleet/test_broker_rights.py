"""The broker's access list, on the real broker: who may write and read which topics, tried as a whole matrix."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from siaga_core.wire.topics import DownStream, UpStream, down, up
from siaga_sim.stack.broker import INGEST_USER, Broker

LOGINS = {"node-a": "word-of-a", "node-b": "word-of-b", INGEST_USER: "word-of-ingest"}
SECONDS = 10.0
TOPICS = {
    "a writes up": up("node-a", UpStream.READINGS),
    "a is told": down("node-a", DownStream.ACK),
    "b writes up": up("node-b", UpStream.READINGS),
    "b is told": down("node-b", DownStream.ACK),
    "another shard of a": "siaga/v1/s63/node-a/up/readings",
    "a name within a name": "siaga/v1/s00/node-a-2/up/readings",
    "junk of a": "siaga/v1/s00/node-a/up/junk/1",
    "evidence of a": "siaga/v1/s00/node-a/up/evidence/x/1",
    "a stream that is none": "siaga/v1/s00/node-a/up/status/more",
}
MAY_WRITE = {
    ("node-a", "a writes up"),
    ("node-a", "another shard of a"),
    ("node-a", "evidence of a"),
    ("node-b", "b writes up"),
    *((INGEST_USER, what) for what in TOPICS if "is told" not in what),  # to clear what is retained there
    (INGEST_USER, "a is told"),
    (INGEST_USER, "b is told"),
}
MAY_READ = {
    ("node-a", "a is told"),
    ("node-b", "b is told"),
    (INGEST_USER, "a writes up"),
    (INGEST_USER, "b writes up"),
    (INGEST_USER, "another shard of a"),
    (INGEST_USER, "a name within a name"),
    *((INGEST_USER, what) for what in ("junk of a", "evidence of a", "a stream that is none")),
}


class MqttParty:
    """One MQTT client with a user name, who notes what it gets."""

    def __init__(self, port: int, user: str | None, password: str | None, *, client_id: str = "") -> None:
        self.got: list[str] = []
        self.refused: str | None = None
        self._settled = threading.Event()
        self._subscribed = threading.Event()
        self._delivered = threading.Event()
        self.client = Client(CallbackAPIVersion.VERSION2, client_id=client_id, protocol=MQTTv311)
        if user is not None:
            self.client.username_pw_set(user, password)
        self.client.on_connect = self._connected
        self.client.on_subscribe = lambda *_: self._subscribed.set()
        self.client.on_publish = lambda *_: self._delivered.set()
        self.client.on_message = self._received
        self.client.on_disconnect = self._gone
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        assert self._settled.wait(SECONDS)

    def subscribe(self, topic: str) -> None:
        self._subscribed.clear()
        self.client.subscribe(topic, qos=1)
        assert self._subscribed.wait(SECONDS)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        self.client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(SECONDS)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def _connected(
        self, _client: Client, _data: object, _flags: ConnectFlags, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        if reason.is_failure:
            self.refused = str(reason)
            self.client.disconnect()
        self._settled.set()

    def _gone(self, _client: Client, _data: object, _flags: DisconnectFlags, *_: object) -> None:
        self._settled.set()

    def _received(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        self.got.append(bytes(message.payload).decode(errors="replace"))


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with Broker(folder=tmp_path_factory.mktemp("rights") / "broker", logins=LOGINS) as running:
        yield running
    running.remove()


@pytest.fixture
def parties(broker: Broker) -> Iterator[dict[str, MqttParty]]:
    found = {user: MqttParty(broker.port, user, word) for user, word in LOGINS.items()}
    yield found
    for party in found.values():
        party.close()


def reaches(writer: MqttParty, reader: MqttParty, topic: str, *, after: str) -> bool:
    """Whether what one writes comes to the other; `after` is a topic on which the reader surely hears the marker."""
    reader.subscribe(topic)
    reader.got.clear()
    writer.publish(topic, b"looked for")
    return "looked for" in _until_marker(reader, after)


def _until_marker(reader: MqttParty, after: str) -> list[str]:
    """The broker keeps order for one reader, so what was written before the marker came before it or never."""
    reader.subscribe(after)
    done = threading.Event()
    received = reader.client.on_message

    def receive(client: Client, data: object, message: MQTTMessage) -> None:
        if bytes(message.payload) == b"marker":
            done.set()
        else:
            reader._received(client, data, message)

    reader.client.on_message = receive
    markers = {up("node-a", UpStream.HEALTH): "node-a", down("node-a", DownStream.CONFIG): INGEST_USER}
    markers[down("node-b", DownStream.CONFIG)] = INGEST_USER
    writer = MqttParty(reader.client.port, markers[after], LOGINS[markers[after]])
    writer.publish(after, b"marker")
    assert done.wait(SECONDS), f"no marker on {after}"
    writer.close()
    reader.client.on_message = received
    return reader.got


_AREAS_MATCH = {
    "node-a": down("node-a", DownStream.CONFIG),
    "node-b": down("node-b", DownStream.CONFIG),
    INGEST_USER: up("node-a", UpStream.HEALTH),
}


@pytest.mark.parametrize("user", sorted(LOGINS))
@pytest.mark.parametrize("place", sorted({place for _, place in MAY_WRITE}))
def test_a_user_reads_only_what_is_granted(parties: dict[str, MqttParty], user: str, place: str) -> None:
    topic = TOPICS[place]
    writer = next(name for name in LOGINS if (name, place) in MAY_WRITE)
    received = reaches(parties[writer], parties[user], topic, after=_AREAS_MATCH[user])
    assert received == ((user, place) in MAY_READ)


@pytest.mark.parametrize("user", sorted(LOGINS))
@pytest.mark.parametrize("place", sorted({place for _, place in MAY_READ}))
def test_a_user_writes_only_what_is_granted(parties: dict[str, MqttParty], user: str, place: str) -> None:
    topic = TOPICS[place]
    reader = next(name for name in LOGINS if (name, place) in MAY_READ)
    received = reaches(parties[user], parties[reader], topic, after=_AREAS_MATCH[reader])
    assert received == ((user, place) in MAY_WRITE)


@pytest.mark.parametrize("filter_", ["#", "+/#", "siaga/#", "siaga/v1/+/+/up/#", "siaga/v1/+/+/down/#", "$SYS/#"])
def test_wildcards_open_nothing(parties: dict[str, MqttParty], filter_: str) -> None:
    curious = parties["node-b"]
    curious.subscribe(filter_)
    parties["node-a"].publish(TOPICS["a writes up"], b"a's reading")
    parties[INGEST_USER].publish(TOPICS["a is told"], b"told to a")
    assert not {"a's reading", "told to a"} & set(_until_marker(curious, _AREAS_MATCH["node-b"]))
    assert not any(word.isdigit() or "second" in word for word in curious.got), "the broker's own figures"


def test_a_retained_command_of_another_node_is_not_handed_out(broker: Broker, parties: dict[str, MqttParty]) -> None:
    parties[INGEST_USER].publish(down("node-a", DownStream.CONFIG), b"a's secret settings", retain=True)
    curious = MqttParty(broker.port, "node-b", LOGINS["node-b"])
    curious.subscribe(down("node-a", DownStream.CONFIG))
    curious.subscribe("siaga/v1/#")
    assert "a's secret settings" not in _until_marker(curious, _AREAS_MATCH["node-b"])
    curious.close()
    parties[INGEST_USER].publish(down("node-a", DownStream.CONFIG), b"", retain=True)


@pytest.mark.parametrize(
    ("user", "password"),
    [
        pytest.param(None, None, id="anonymous"),
        pytest.param("node-a", None, id="no password"),
        pytest.param("node-a", "word-of-b", id="another's password"),
        pytest.param("node-c", "word-of-a", id="unknown name"),
        pytest.param("+", "word-of-a", id="a wildcard as name"),
        pytest.param("node-a/up", "word-of-a", id="a path as name"),
        pytest.param("", "", id="empty"),
    ],
)
def test_who_is_not_known_is_not_let_in(broker: Broker, user: str | None, password: str | None) -> None:
    stranger = MqttParty(broker.port, user, password)
    assert stranger.refused is not None
    stranger.close()


def test_the_password_file_is_private_and_hashed(broker: Broker) -> None:
    path = Path(broker.folder) / "passwords"
    assert path.stat().st_mode & 0o077 == 0
    assert not any(word in path.read_text() for word in LOGINS.values())
