"""The firmware example in Python against the real broker: what it sends can be read, and it obeys answers."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from siaga_core.wire import topics
from siaga_core.wire.acknowledgements import AckMessage, RefusedMessage, SeqRange
from siaga_core.wire.codec import decode_up, encode
from siaga_core.wire.messages import ReadingsMessage
from siaga_sim.stack.broker import INGEST_USER, Broker

EXAMPLE = Path(__file__).parents[3] / "examples" / "firmware" / "gauge.py"
NODE = "node-b"


@pytest.fixture
def cloud(broker: Broker) -> Iterator[tuple[mqtt.Client, queue.Queue[mqtt.MQTTMessage]]]:
    """A client with the rights of ingest, and what the node published."""
    received: queue.Queue[mqtt.MQTTMessage] = queue.Queue()
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="firmware-cloud", protocol=mqtt.MQTTv311)
    client.username_pw_set(INGEST_USER, broker.logins[INGEST_USER])
    client.on_message = lambda _client, _data, message: received.put(message)
    client.on_connect = lambda client, *_: client.subscribe(topics.up(NODE, topics.UpStream.READINGS), qos=1)
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    yield client, received
    client.disconnect()
    client.loop_stop()


def test_the_python_example_sends_readings_until_they_are_acknowledged(
    broker: Broker, cloud: tuple[mqtt.Client, queue.Queue[mqtt.MQTTMessage]]
) -> None:
    client, received = cloud
    command = [sys.executable, str(EXAMPLE), "127.0.0.1", str(broker.port), NODE, "manggarai"]
    environment = {**os.environ, "NODE_PASSWORD": broker.logins[NODE], "EVERY_SECONDS": "3600"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as example:
        try:
            message = received.get(timeout=60)
            sent = decode_up(topics.parse_up(message.topic), bytes(message.payload))
            assert isinstance(sent, ReadingsMessage)
            assert (sent.node, sent.seq, sent.id.version) == (NODE, 1, 7)
            assert [(one.gauge, one.level_cm, one.quality) for one in sent.readings] == [("manggarai", 123.4, "good")]
            refused = (RefusedMessage(seq=1, reason="gauge manggarai belongs to node hulu"),)
            ack = AckMessage(outbox_id=sent.outbox_id, ranges=(SeqRange(first=1, last=1),), refused=refused)
            client.publish(topics.down(NODE, topics.DownStream.ACK), encode(ack), qos=1)
            assert example.stdout is not None
            assert example.stdout.readline() == "acknowledged 1\n"
            assert example.stdout.readline() == "refused 1 gauge manggarai belongs to node hulu\n"
        finally:
            example.kill()
