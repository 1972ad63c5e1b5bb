"""`siaga-edge run` as a process against a real broker and a real Modbus gauge."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.support.edge.io import EdgeProcess, FakeCloud, ScriptedGauge, scripted_gauge, wait_for

from siaga_core.wire.messages import EventState, Hazard, Stage, StageDetails
from siaga_sim.stack.broker import INGEST_USER, Broker

NODE = "node-a"


@pytest.fixture
def gauge() -> Iterator[ScriptedGauge]:
    with scripted_gauge() as made:
        yield made


@pytest.fixture
def own_broker(new_broker: Callable[[], Broker]) -> Broker:
    return new_broker()


@pytest.fixture
def cloud(own_broker: Broker, passwords: dict[str, str]) -> Iterator[FakeCloud]:
    with FakeCloud(own_broker, passwords[INGEST_USER]) as made:
        yield made


@pytest.fixture
def node_file(tmp_path: Path, own_broker: Broker, gauge: ScriptedGauge, passwords: dict[str, str]) -> Path:
    (tmp_path / "password").write_text(passwords[NODE])
    path = tmp_path / "node.toml"
    path.write_text(f"""
[node]
name = "{NODE}"
data_dir = "data"
[broker]
host = "127.0.0.1"
port = {own_broker.port}
password_file = "password"
[outbox]
resend_after_seconds = 1
min_free_bytes = 0
[[gauge]]
id = "manggarai"
place = {{ lat = -6.2, lon = 106.8 }}
limits = {{ s3_cm = 750, s2_cm = 850, s1_cm = 950 }}
poll_seconds = 0.05
stale_seconds = 30
quality = {{ spike_cm = 5000, rate_cm_per_minute = 1e6 }}
source = {{ kind = "modbus_tcp", host = "127.0.0.1", port = {gauge.port} }}
""")
    return path


def stages(cloud: FakeCloud) -> list[tuple[EventState, int]]:
    found = [event for event in cloud.events() if event.hazard is Hazard.WATER_LEVEL]
    return [(event.state, event.details.stage) for event in found if isinstance(event.details, StageDetails)]


def set_and_wait(gauge: ScriptedGauge, cloud: FakeCloud, level_cm: float) -> None:
    gauge.set_level(level_cm)
    wait_for(lambda: any(reading.level_cm == level_cm for reading in cloud.readings("manggarai")))


def test_a_rising_gauge_becomes_readings_and_one_event_and_the_node_stops_in_time(
    node_file: Path, gauge: ScriptedGauge, cloud: FakeCloud
) -> None:
    with EdgeProcess(node_file) as edge:
        for level in (700.0, 760.0, 860.0, 960.0, 701.0):
            set_and_wait(gauge, cloud, level)
        wait_for(lambda: len(stages(cloud)) == 4, why=edge.log)
        assert edge.stop() < 5
        log = edge.log()
    assert stages(cloud) == [
        (EventState.BEGAN, 3),
        (EventState.UPDATED, 2),
        (EventState.UPDATED, 1),
        (EventState.ENDED, 4),
    ]
    events = cloud.events()
    assert len({event.event_id for event in events}) == 1
    assert [event.revision for event in events] == [1, 2, 3, 4]
    assert [reading.stage for reading in cloud.readings("manggarai")] == [Stage(each) for each in (4, 3, 2, 1, 4)]
    assert cloud.seqs() == set(range(1, max(cloud.seqs()) + 1))
    wait_for(lambda: cloud.states == ["online", "offline"])
    assert "gauge manggarai: Siaga 4 -> 3 at 760.0 cm" in log


def test_systemd_is_notified_of_readiness_liveness_and_stop(node_file: Path, tmp_path: Path) -> None:
    address = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(address))
        systemd.settimeout(20)
        started_by_systemd = {"NOTIFY_SOCKET": str(address), "WATCHDOG_USEC": "1000000"}
        with EdgeProcess(node_file, environment=started_by_systemd) as edge:
            received = [systemd.recv(1024).decode() for _ in range(3)]
            assert received == ["READY=1\nSTATUS=running", "WATCHDOG=1", "WATCHDOG=1"], edge.log()
            edge.stop()
        received = []
        while "STOPPING=1" not in received:
            received.append(systemd.recv(1024).decode())
        assert set(received) <= {"WATCHDOG=1", "STOPPING=1"}


def test_an_alarm_that_is_open_when_the_node_dies_goes_on_when_it_is_back(
    node_file: Path, gauge: ScriptedGauge, cloud: FakeCloud
) -> None:
    with EdgeProcess(node_file) as edge:
        set_and_wait(gauge, cloud, 860.0)
        wait_for(lambda: len(stages(cloud)) == 1)
        edge.kill()
    wait_for(lambda: "offline" in cloud.states, why=lambda: cloud.states)  # the Last Will
    with EdgeProcess(node_file) as edge:
        set_and_wait(gauge, cloud, 849.0)  # within the hysteresis, which outlives the restart
        set_and_wait(gauge, cloud, 955.0)
        set_and_wait(gauge, cloud, 100.0)
        wait_for(lambda: len(stages(cloud)) == 3, why=edge.log)
    assert stages(cloud) == [(EventState.BEGAN, 2), (EventState.UPDATED, 1), (EventState.ENDED, 4)]
    assert len({event.event_id for event in cloud.events()}) == 1


def test_a_gauge_that_falls_silent_is_an_event_that_ends_when_it_is_back(
    node_file: Path, gauge: ScriptedGauge, cloud: FakeCloud
) -> None:
    node_file.write_text(node_file.read_text().replace("stale_seconds = 30", "stale_seconds = 1"))
    with EdgeProcess(node_file):
        set_and_wait(gauge, cloud, 700.0)
        gauge.hush()
        wait_for(lambda: [event.state for event in cloud.events()] == ["began"])
        gauge.speak()
        gauge.set_level(701.0)
        wait_for(lambda: [event.state for event in cloud.events()] == ["began", "ended"])
    began, ended = cloud.events()
    assert began.hazard is Hazard.VIEW_LOST
    assert ended.began_at == began.began_at == cloud.readings("manggarai")[0].measured_at


def test_no_reading_is_sent_as_null_and_not_as_zero(node_file: Path, gauge: ScriptedGauge, cloud: FakeCloud) -> None:
    with EdgeProcess(node_file):
        set_and_wait(gauge, cloud, 860.0)
        gauge.set_level(None, sensor_fault=True)
        wait_for(lambda: len(cloud.readings("manggarai")) == 2)
    missing = cloud.readings("manggarai")[1]
    assert (missing.level_cm, missing.quality, missing.flags) == (None, "missing", ("sensor_fault",))
    assert stages(cloud) == [(EventState.BEGAN, 2)]  # unknown is not normal


def test_two_agents_cannot_share_a_data_dir(node_file: Path, cloud: FakeCloud, gauge: ScriptedGauge) -> None:
    with EdgeProcess(node_file) as first:
        set_and_wait(gauge, cloud, 700.0)
        with EdgeProcess(node_file) as second:
            assert second.process.wait(10) == 1
        assert "another agent is using this data_dir" in second.log()
        assert first.process.poll() is None
