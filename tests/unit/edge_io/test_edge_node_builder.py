"""A node is built from its settings with all parts connected, and passes commands on to the parts that they concern."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from uuid import UUID, uuid4

import pytest
from tests.support.edge.fleet_commands import Signer
from tests.support.edge.io import wait_for

from siaga_core.wire.codec import seq_ranges
from siaga_core.wire.fleet import CHUNK_BYTES, AnnounceStorm, CommandBody
from siaga_core.wire.looks import RecheckCamera
from siaga_core.wire.messages import AckMessage, Hazard, ReplayMessage
from siaga_core.wire.topics import DownStream, down
from siaga_core.wire.views import ShowCamera
from siaga_edge.fleet.command_queue import CommandQueue
from siaga_edge.outbox.sender_inbox import SenderInbox
from siaga_edge.runtime.builder import NodeBuilder
from siaga_edge.runtime.errors import CannotStartError
from siaga_edge.runtime.health_reporter import HealthSchedule
from siaga_edge.settings import load_node
from siaga_edge.status.health import HealthFields
from siaga_sim.stack.ports import free_port

NODE = "node-a"
SOON = datetime.now(UTC) + timedelta(hours=1)  # a run of all tests lasts some twenty minutes


class BuiltNode:
    """A node with one gauge that reads a file; no broker can be reached."""

    def __init__(self, folder: Path, signer: Signer) -> None:
        self.signer, self.number = signer, 0
        signer.write_public(folder / "city.pem")
        self.levels = folder / "levels.csv"
        self.levels.write_text("measured_at,level_cm\n")
        file = folder / "node.toml"
        file.write_text(
            f'[node]\nname = "{NODE}"\ndata_dir = "{folder}"\n[broker]\nhost = "127.0.0.1"\nport = {free_port()}\n'
            f'[fleet]\nkey_file = "city.pem"\n'
            f'[[gauge]]\nid = "karet"\nplace = {{ lat = -6.2, lon = 106.8 }}\npoll_seconds = 0.05\n'
            "limits = { s3_cm = 450, s2_cm = 550, s1_cm = 600 }\n"
            f'source = {{ kind = "file", path = "{self.levels}" }}\n'
        )
        self.builder = NodeBuilder(load_node(file), file)
        self.node = self.builder.build()
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.node.run, args=(self.stop,))

    def command(self, body: CommandBody) -> None:
        self.number += 1
        payload = self.signer.command_bytes(NODE, self.number, body)
        self.builder._delivery.commands.deliver(down(NODE, DownStream.COMMAND), payload)

    def health(self) -> HealthFields:
        return self.node._health.fields()

    def answer(self) -> str:
        command = self.health()["command"]
        return command.text if command and command.number == self.number else ""


@pytest.fixture
def built(tmp_path: Path) -> Iterator[BuiltNode]:
    node = BuiltNode(tmp_path, Signer())
    node.thread.start()
    yield node
    node.stop.set()
    node.thread.join(10)
    assert not node.thread.is_alive()


def test_readings_of_a_gauge_reach_the_outbox(built: BuiltNode) -> None:
    with built.levels.open("a") as file:
        file.write(f"{datetime.now(UTC).isoformat()},412\n")
    wait_for(lambda: built.health()["gauges"][0].readings == 1)
    before = built.health()["outbox"].waiting
    wait_for(lambda: built.health()["outbox"].waiting > 0, why=lambda: before)


COMMANDS: list[tuple[CommandBody, str]] = [
    (
        RecheckCamera(look_id=uuid4(), camera="cam-9", hazard=Hazard.TRASH, deadline=SOON),
        "look: there is no camera cam-9",
    ),
    (ShowCamera(view_id=uuid4(), camera="cam-9", until=SOON), "show: there is no camera cam-9"),
    (AnnounceStorm(until=SOON), "storm until"),
]


@pytest.mark.parametrize(("body", "answer"), COMMANDS, ids=["recheck", "live view", "storm"])
def test_a_command_reaches_the_part_that_it_concerns(built: BuiltNode, body: CommandBody, answer: str) -> None:
    built.command(body)
    wait_for(lambda: answer in built.answer(), why=built.answer)


def test_a_storm_makes_cameras_look_and_gauges_report_more_often(built: BuiltNode) -> None:
    now = datetime.now(UTC)
    assert built.builder._storm.look_rate_factor(now) == 1.0
    built.command(AnnounceStorm(until=SOON))
    wait_for(lambda: built.builder._storm.look_rate_factor(now) > 1.0)
    assert built.builder._gauges.urgency.holds(now)


def test_a_node_with_a_key_that_is_none_cannot_start(tmp_path: Path) -> None:
    (tmp_path / "city.pem").write_text("no key")
    file = tmp_path / "node.toml"
    file.write_text(
        f'[node]\nname = "{NODE}"\ndata_dir = "{tmp_path}"\n[broker]\nhost = "h"\n[fleet]\nkey_file = "city.pem"\n'
    )
    builder = NodeBuilder(load_node(file), file)
    try:
        with pytest.raises(CannotStartError, match=r"city\.pem"):
            builder.build()
    finally:
        builder._delivery.outbox.close()


def test_the_inbox_gives_out_everything_once_and_the_newest_replay_request() -> None:
    inbox = SenderInbox()
    ack = AckMessage(outbox_id=uuid4(), ranges=seq_ranges([1, 2]))
    replays = [ReplayMessage(id=UUID(int=number), since=SOON) for number in range(2)]
    inbox.on_ack(ack)
    inbox.on_confirmed(7)
    inbox.on_connected()
    for replay in replays:
        inbox.on_replay(replay)
    assert (list(inbox.pop_acks()), list(inbox.pop_confirmed())) == ([ack], [7])
    assert (inbox.pop_reconnected(), inbox.pop_replay()) == (True, replays[1])
    assert (list(inbox.pop_acks()), list(inbox.pop_confirmed())) == ([], [])
    assert (inbox.pop_reconnected(), inbox.pop_replay()) == (False, None)


def test_a_command_that_is_too_long_is_dropped_unread() -> None:
    commands = CommandQueue()
    commands.deliver("a", b"x" * (2 * CHUNK_BYTES + 1))
    commands.deliver("b", b"short")
    assert commands.next(0) == ("b", b"short")
    assert commands.next(0) is None


def test_health_is_due_at_first_at_intervals_and_on_request() -> None:
    schedule = HealthSchedule(60)
    assert schedule.is_due(now := monotonic())
    assert not schedule.is_due(now + 59)
    assert schedule.is_due(now + 60)
    schedule.request()
    assert schedule.is_due(monotonic())
    schedule.set_interval(0.0)
    assert schedule.is_due(monotonic())
