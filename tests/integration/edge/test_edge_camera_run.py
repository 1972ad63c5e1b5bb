"""A camera of a running node: what it cannot see becomes an event, and no password a log line."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from tests.support.edge.io import EdgeProcess, FakeCloud, wait_for

from siaga_core.wire.messages import HealthMessage, ViewDetails
from siaga_sim.stack.broker import INGEST_USER, Broker

NODE = "node-b"


@pytest.fixture
def own_broker(new_broker: Callable[[], Broker]) -> Broker:
    return new_broker()


@pytest.fixture
def cloud(own_broker: Broker, passwords: dict[str, str]) -> Iterator[FakeCloud]:
    with FakeCloud(own_broker, passwords[INGEST_USER]) as made:
        yield made


def write_black_clip(path: Path) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=5)
        stream.width, stream.height, stream.pix_fmt = 320, 192, "yuv420p"
        for _ in range(50):
            frame = av.VideoFrame.from_ndarray(np.zeros((192, 320, 3), np.uint8), format="bgr24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


@pytest.fixture
def node_file(tmp_path: Path, own_broker: Broker) -> Path:
    write_black_clip(tmp_path / "black.mp4")
    path = tmp_path / "node.toml"
    path.write_text(f"""
[node]
name = "{NODE}"
data_dir = "data"
[broker]
host = "127.0.0.1"
port = {own_broker.port}
password_env = "EDGE_PASSWORD"
[outbox]
min_free_bytes = 0
[health]
every_seconds = 1
[[camera]]
id = "cam-black"
url = "black.mp4"
place = {{ lat = -6.2, lon = 106.8 }}
[[camera]]
id = "cam-gone"
url = "rtsp://viewer:s3cret@127.0.0.1:1/x"
place = {{ lat = -6.2, lon = 106.8 }}
unknown_after_seconds = 1
""")
    return path


def test_a_camera_that_cannot_be_trusted_is_reported_with_its_reason(
    node_file: Path, cloud: FakeCloud, passwords: dict[str, str]
) -> None:
    with EdgeProcess(node_file, environment={"EDGE_PASSWORD": passwords[NODE]}) as edge:
        wait_for(lambda: len(cloud.events()) == 2, seconds=60, why=edge.log)
        wait_for(lambda: len(unknown_cameras(cloud)) == 2, why=edge.log)
        began = time.monotonic()
        edge.stop()
        assert time.monotonic() - began < 5
        log = edge.log()
    reasons = {event.source.id: event.details for event in cloud.events()}
    assert reasons == {
        "cam-black": ViewDetails(reason="black"),
        "cam-gone": ViewDetails(reason="no_frames"),
    }
    assert "rtsp://***@127.0.0.1:1/x" in log
    assert "s3cret" not in log
    assert passwords[NODE] not in log
    tries = [line for line in log.splitlines() if "cam-gone" in line and "cannot be opened" in line]
    assert len(tries) == 1  # said once, however often it is tried


def unknown_cameras(cloud: FakeCloud) -> set[str]:
    healths = [message for message in list(cloud.messages) if isinstance(message, HealthMessage)]
    return {camera.id for camera in healths[-1].cameras if camera.unknown_since} if healths else set()
