"""A node on the broker of a Home Assistant that starts later, and sees when the node goes."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from tests.support.edge.io import wait_for

from siaga_core.wire.messages import CameraHealth, GaugeHealth, Reading
from siaga_edge.adapters.home_assistant import HomeAssistantTopics, NodeParts
from siaga_edge.adapters.home_assistant_link import HomeAssistantLink
from siaga_edge.adapters.mqtt_link import BrokerAddress
from siaga_edge.platform.loop import Loop
from siaga_sim.stack.ports import free_port, is_listening

NOW = datetime.now(UTC)
TOPICS = HomeAssistantTopics(node="node-a", prefix="homeassistant")


@pytest.fixture
def home_broker(tmp_path: Path) -> Iterator[int]:
    """The port of a Mosquitto as Home Assistant's add-on runs it on a site's own network."""
    port = free_port()
    (tmp_path / "home.conf").write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nlog_type none\n")
    program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    broker = subprocess.Popen([program, "-c", str(tmp_path / "home.conf")])
    try:
        wait_for(lambda: is_listening(port))
        yield port
    finally:
        broker.terminate()
        broker.wait(10)


@contextmanager
def home_assistant(port: int) -> Iterator[dict[str, bytes]]:
    """What a Home Assistant that connects now finds and receives, by topic."""
    found: dict[str, bytes] = {}
    client = Client(CallbackAPIVersion.VERSION2)

    def on_message(_client: Client, _data: object, message: MQTTMessage) -> None:
        found[message.topic] = bytes(message.payload)

    client.on_message = on_message
    client.connect("127.0.0.1", port)
    client.loop_start()
    wait_for(client.is_connected)
    client.subscribe("#")
    try:
        yield found
    finally:
        client.disconnect()
        client.loop_stop()


def test_a_home_assistant_that_starts_later_finds_the_node_and_sees_it_go(home_broker: int) -> None:
    cameras = [CameraHealth(id="cam-a", last_frame_at=NOW)]
    gauges = [GaugeHealth(id="karet", last_reading_at=NOW)]
    address = BrokerAddress(host="127.0.0.1", port=home_broker, username="")
    link = HomeAssistantLink(
        TOPICS, address, parts=lambda: NodeParts(software="siaga-edge 1", cameras=cameras, gauges=gauges)
    )
    link.note_readings([Reading(gauge="karet", measured_at=NOW, level_cm=310.0)])
    loop = Loop("home assistant", link.tick, end=link.close)
    loop.start()
    with home_assistant(home_broker) as seen:
        wait_for(lambda: seen.get("siaga/node-a/availability") == b"online", why=lambda: seen)
    with home_assistant(home_broker) as later:
        wait_for(lambda: later.get("siaga/node-a/gauge/karet/level") == b"310.0", why=lambda: later)
        wait_for(lambda: later.get("siaga/node-a/camera/cam-a/problem") == b"OFF", why=lambda: later)
        wait_for(lambda: TOPICS.config("sensor", "karet", "level") in later, why=lambda: later)
        cameras.clear()
        link.stop()
        wait_for(lambda: later.get(TOPICS.config("camera", "cam-a", "image")) == b"", why=lambda: later)
        loop.request_stop()
        link.stop()
        wait_for(lambda: later.get("siaga/node-a/availability") == b"offline", why=lambda: later)
    assert loop.join(10)
