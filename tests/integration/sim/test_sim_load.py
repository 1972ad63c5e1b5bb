"""Many gauges from one process against a real broker, with faults and a broker that dies: the ledger closes."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.support.edge.io import FakeCloud, wait_for

from siaga_sim.faults import NoSuchFaultError
from siaga_sim.load.fleet import Fleet, Sums, TooManyNodesError, allow_files
from siaga_sim.load.passwords import (
    BadPasswordsError,
    accounts_of,
    broker_accounts,
    fresh_passwords,
    read_passwords,
    write_private,
)
from siaga_sim.stack.broker import INGEST_USER, Broker

PROGRAM = str(Path(sys.executable).with_name("siaga-sim"))
NODES = 40


@pytest.fixture
def logins() -> dict[str, str]:
    return fresh_passwords(NODES) | {INGEST_USER: "word"}


@pytest.fixture
def broker(tmp_path: Path, logins: dict[str, str]) -> Iterator[Broker]:
    with Broker(folder=tmp_path / "mosquitto", logins=logins) as running:
        yield running
    running.remove()


def fleet_of(broker: Broker, logins: dict[str, str], *, room: int = 256) -> Fleet:
    nodes = {name: word for name, word in logins.items() if name != INGEST_USER}
    accounts = accounts_of(nodes, host="127.0.0.1", port=broker.port)
    return Fleet(accounts=accounts, per_second=200.0, again_after_seconds=1.0, room=room)


def during(fleet: Fleet, seconds: float, then: Callable[[], None]) -> Sums:
    async def run() -> Sums:
        running = asyncio.create_task(fleet.run(seconds))
        while fleet.sums().acked < 100:
            await asyncio.sleep(0.05)
            assert not running.done()
        await asyncio.to_thread(then)
        return await running

    return asyncio.run(run())


def test_every_node_has_its_own_numbers_and_all_are_acknowledged(broker: Broker, logins: dict[str, str]) -> None:
    fleet = fleet_of(broker, logins)
    with FakeCloud(broker, "word") as cloud:
        sums = asyncio.run(fleet.run(2.0))
        assert sums.is_closed
        assert (sums.connected, sums.waiting, sums.evicted, sums.acked) == (NODES, 0, 0, sums.stored)
        assert sum(cloud.seen.values()) >= sums.stored
        assert len(cloud.outboxes()) == NODES
        for node in fleet.nodes.values():
            assert cloud.seqs(node.mailbox.outbox_id) == set(range(1, node.mailbox.ledger.stored + 1))
        wait_for(lambda: cloud.states.count("offline") == NODES)


def test_a_broker_that_dies_loses_nothing(broker: Broker, logins: dict[str, str]) -> None:
    fleet = fleet_of(broker, logins)

    def die() -> None:
        broker.kill()
        broker.start()

    with FakeCloud(broker, "word") as cloud:
        sums = during(fleet, 3.0, die)
        assert sums.is_closed
        assert (sums.waiting, sums.evicted) == (0, 0)
        assert sums.connections >= 2 * NODES
        assert len(cloud.seen) == sums.stored


def test_without_acknowledgements_it_stores_no_more_than_it_has_room_for(
    broker: Broker, logins: dict[str, str]
) -> None:
    fleet = fleet_of(broker, logins, room=12)
    sums = asyncio.run(fleet.run(4.0, drain_seconds=0.1))
    assert sums.is_closed
    assert sums.acked == 0
    assert sums.waiting == 12 * NODES
    assert sums.evicted == sums.stored - sums.waiting
    assert sums.resent > 0


def test_nodes_under_load_can_be_broken(broker: Broker, logins: dict[str, str]) -> None:
    fleet = fleet_of(broker, logins)

    async def run() -> Sums:
        await fleet.set_fault("load-0001", "duplicate")
        await fleet.set_fault("load-0002", "drop_out")
        running = asyncio.create_task(fleet.run(2.0))
        while fleet.sums().acked < 100:
            await asyncio.sleep(0.05)
        await fleet.set_fault("load-0003", "cut")
        await asyncio.sleep(0.5)
        assert fleet.connected == NODES - 1
        await fleet.set_fault("load-0003", "none")
        with pytest.raises(NoSuchFaultError, match="got 'moon', expected one such as 'load-0001'"):
            await fleet.set_fault("moon", "cut")
        with pytest.raises(NoSuchFaultError, match="expected one of none, cut, duplicate, drop_out, wrong_clock"):
            await fleet.set_fault("load-0004", "foam")
        return await running

    with FakeCloud(broker, "word") as cloud:
        sums = asyncio.run(run())
        copies = fleet.nodes["load-0001"].mailbox.outbox_id
        assert all(count >= 2 for (outbox, _), count in cloud.seen.items() if outbox == copies)
        assert {each.level_cm for each in cloud.readings("load-0002")} == {None}
    assert (sums.waiting, sums.is_closed) == (0, True)


def test_a_wrong_password_is_reported(broker: Broker, logins: dict[str, str]) -> None:
    fleet = fleet_of(broker, dict.fromkeys(list(logins)[:2], "wrong"))

    async def run() -> dict[str, int]:
        stop = asyncio.Event()
        running = asyncio.create_task(fleet.run(1.0, drain_seconds=0.0, stop=stop))
        while not fleet.refusals():
            await asyncio.sleep(0.05)
        stop.set()
        await running
        return fleet.refusals()

    assert asyncio.run(run()) == {"Not authorized": 2}


def test_the_command_needs_nothing_and_prints_its_ledger() -> None:
    argv = [PROGRAM, "load", "--nodes", "20", "--rate", "40", "--seconds", "2", "--json"]
    message = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)
    assert message.returncode == 0, message.stderr
    ledger = json.loads(message.stdout)
    assert ledger["closed"]
    assert ledger["acked"] == ledger["stored"] > 60
    assert (ledger["connected"], ledger["waiting"], ledger["refusals"]) == (20, 0, {})


def test_passwords_are_read_as_they_were_written(tmp_path: Path) -> None:
    logins, path = fresh_passwords(3), tmp_path / "words"
    write_private(path, logins)
    assert path.stat().st_mode & 0o077 == 0
    assert read_passwords(path, 3) == logins
    (first, second) = broker_accounts("box:1883", path, nodes=2)
    assert (first.host, first.port, second.node) == ("box", 1883, "load-0002")
    with pytest.raises(BadPasswordsError, match="got 3 nodes, expected 4 or more"):
        read_passwords(path, 4)
    with pytest.raises(BadPasswordsError, match="--broker: got 'box', expected HOST:PORT"):
        broker_accounts("box", path)
    path.write_text("load-0001\n")
    with pytest.raises(BadPasswordsError, match="line 1: expected NODE:PASSWORD"):
        read_passwords(path)


def test_more_nodes_than_files_are_refused() -> None:
    with pytest.raises(TooManyNodesError, match=r"nodes: got 99999999, which need \d+ open files, expected at most"):
        allow_files(99_999_999)
