"""An agent that is killed goes on with the stays that it saw: each event begins once, at its time, and ends once."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.support.edge.io import EdgeProcess, FakeCloud, wait_for

from siaga_core.wire.messages import EventMessage, EventState, EvidenceRole, ParkingDetails
from siaga_sim.scene.clip import record
from siaga_sim.scene.script import StreetScript
from siaga_sim.scene.street import Street, filmed
from siaga_sim.stack.broker import INGEST_USER, Broker

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

NODE = "node-b"
ALLOWED_SECONDS = 9.0


@pytest.fixture
def own_broker(new_broker: Callable[[], Broker]) -> Broker:
    return new_broker()


@pytest.fixture
def cloud(own_broker: Broker, passwords: dict[str, str]) -> Iterator[FakeCloud]:
    with FakeCloud(own_broker, passwords[INGEST_USER]) as made:
        yield made


@pytest.fixture
def node_file(tmp_path: Path, own_broker: Broker) -> Path:
    draw(tmp_path / "parked.mp4", parked=True)
    draw(tmp_path / "empty.mp4", parked=False)
    (tmp_path / "scene.mp4").symlink_to("parked.mp4")
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
[[camera]]
id = "cam-kerb"
url = "scene.mp4"
fps = 2
follow_view = false
place = {{ lat = -6.2, lon = 106.8 }}
[[camera.zone]]
id = "kerb"
kind = "no_stopping"
polygon = {Street(script(parked=True)).zones()["no_stopping"]}
allowed_seconds = {ALLOWED_SECONDS}
""")
    return path


def script(*, parked: bool) -> StreetScript:
    car = {"kind": "mpv", "colour": "#b9bcc0", "enters_at": 0, "stops_at": 5}
    drawn = {"layout": "canal", "width": 640, "height": 360, "fps": 2, "seconds": 40, "seed": 575, "density": 0}
    return StreetScript.model_validate(drawn | ({"parkers": [car]} if parked else {}))


def draw(path: Path, *, parked: bool) -> None:
    record(filmed(script(parked=parked)), path, 8, from_seconds=10)


def test_a_killed_agent_continues_its_dwells(node_file: Path, cloud: FakeCloud, passwords: dict[str, str]) -> None:
    environment = {"EDGE_PASSWORD": passwords[NODE]}
    with EdgeProcess(node_file, environment=environment) as edge:
        wait_for(lambda: bool(arrivals(node_file)), seconds=80, why=edge.log)
        edge.kill()
    (arrived_at,) = arrivals(node_file)
    assert cloud.events() == []
    with EdgeProcess(node_file, environment=environment) as edge:
        wait_for(lambda: bool(cloud.events()), seconds=80, why=edge.log)
        (began,) = cloud.events()
        # Killed between its report and its stay, it would end a minute later, as an event of the last run.
        wait_for(lambda: bool(moments(node_file, "began_at")), why=edge.log)
        edge.kill()
    assert_began_at_its_time(began, arrived_at)
    (node_file.parent / "scene.mp4").unlink()
    (node_file.parent / "scene.mp4").symlink_to("empty.mp4")
    with EdgeProcess(node_file, environment=environment) as edge:
        wait_for(lambda: states(cloud)[-1] is EventState.ENDED, seconds=80, why=edge.log)
        edge.stop()
    assert {event.event_id for event in cloud.events()} == {began.event_id}
    assert states(cloud).count(EventState.BEGAN) == 1
    assert "restored 1 dwells" in edge.log()


def assert_began_at_its_time(event: EventMessage, arrived_at: datetime) -> None:
    # Counted from the arrival that the killed agent saw, whatever time a busy machine took to start again.
    stayed = (event.began_at - arrived_at).total_seconds()
    assert stayed > ALLOWED_SECONDS
    assert event.state is EventState.BEGAN
    assert isinstance(event.details, ParkingDetails)
    assert event.details.dwell_seconds == pytest.approx(stayed, abs=0.1)
    assert [image.role for image in event.evidence] == [EvidenceRole.ARRIVAL, EvidenceRole.THRESHOLD]


def states(cloud: FakeCloud) -> list[EventState]:
    return [event.state for event in cloud.events()]


def arrivals(node_file: Path) -> list[datetime]:
    """When each thing arrived that the agent has stored."""
    return moments(node_file, "arrived_at")


def moments(node_file: Path, name: str) -> list[datetime]:
    """One time of each stored stay that has it."""
    path = node_file.parent / "data" / "stays.sqlite"
    if not path.exists():
        return []
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as file:
        try:
            found = file.execute("select json_extract(watch, '$.spots[0].' || ?) from stay", (name,)).fetchall()
        except sqlite3.OperationalError:
            return []  # the file has just been made
    return [datetime.fromisoformat(at).astimezone(UTC) for (at,) in found if at]
