"""Every message that was kept reaches the cloud at least once, whatever dies on the way."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest
from tests.support.edge.io import FakeCloud, wait_for

from siaga_sim.stack.broker import INGEST_USER, Broker

NODE = "node-a"
FEEDER = "tests.support.edge.feeder"
REPOSITORY = Path(__file__).parents[3]


class Feeder:
    """`tests.support.edge.feeder` as a process; `kept` are the numbers that it saw kept."""

    def __init__(self, folder: Path, *, until_seq: int, pause: float, port: int = 0, password: str = "") -> None:
        self._printed = folder.with_suffix(".printed")
        with self._printed.open("ab") as printed:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "tests.support.edge.feeder",
                    folder,
                    NODE,
                    str(port),
                    str(until_seq),
                    str(pause),
                ],
                stdout=printed,
                cwd=REPOSITORY,
                env={**os.environ, "EDGE_PASSWORD": password},
            )

    def lines(self) -> list[str]:
        # A line without an end was cut by the kill.
        return [line.strip() for line in self._printed.read_text().splitlines(keepends=True) if line.endswith("\n")]

    def stored_items(self) -> list[int]:
        return [int(line) for line in self.lines() if line != "done"]

    def is_done(self) -> bool:
        return "done" in self.lines()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.kill()


def waiting(folder: Path) -> int:
    with closing(sqlite3.connect(f"file:{folder / 'outbox.sqlite'}?mode=ro", uri=True)) as connection:
        found: int = connection.execute("select count(*) from message").fetchone()[0]
        return found


@pytest.fixture
def own_broker(new_broker: Callable[[], Broker]) -> Broker:
    return new_broker()


@pytest.fixture
def cloud(own_broker: Broker, passwords: dict[str, str]) -> Iterator[FakeCloud]:
    with FakeCloud(own_broker, passwords[INGEST_USER]) as made:
        yield made


def assert_complete(cloud: FakeCloud, feeder: Feeder, folder: Path, last: int) -> None:
    """All numbers arrived, all that were kept among them, and the box is empty: the cloud has acknowledged all."""
    wait_for(lambda: len(cloud.seqs()) >= last, seconds=60, why=lambda: f"{len(cloud.seqs())} of {last}")
    assert cloud.seqs() == set(range(1, last + 1))
    assert set(feeder.stored_items()) <= cloud.seqs()
    wait_for(lambda: waiting(folder) == 0, seconds=30, why=lambda: f"{waiting(folder)} left")


def test_nothing_is_missing_after_the_broker_was_killed_in_the_middle(
    tmp_path: Path, own_broker: Broker, cloud: FakeCloud, passwords: dict[str, str]
) -> None:
    folder, last = tmp_path / "data", 600
    with Feeder(folder, until_seq=last, pause=0.005, port=own_broker.port, password=passwords[NODE]) as feeder:
        wait_for(lambda: len(cloud.seqs()) > last / 6)
        own_broker.kill()
        at_kill = len(feeder.stored_items())
        wait_for(lambda: len(feeder.stored_items()) > at_kill + 100)  # keeping goes on without a broker
        own_broker.start()
        wait_for(feeder.is_done, seconds=60)
        assert_complete(cloud, feeder, folder, last)
    assert len(cloud.outboxes()) == 1


def test_nothing_is_missing_after_the_edge_was_killed_in_the_middle(
    tmp_path: Path, own_broker: Broker, cloud: FakeCloud, passwords: dict[str, str]
) -> None:
    folder, last = tmp_path / "data", 450
    for until in (last / 5, last / 2):
        with Feeder(folder, until_seq=last, pause=0.005, port=own_broker.port, password=passwords[NODE]) as feeder:
            wait_for(lambda until=until: len(cloud.seqs()) > until)  # type: ignore[misc]
            feeder.kill()
    with Feeder(folder, until_seq=last, pause=0.005, port=own_broker.port, password=passwords[NODE]) as feeder:
        wait_for(feeder.is_done, seconds=60)
        assert_complete(cloud, feeder, folder, last)
    assert len(cloud.outboxes()) == 1


def test_messages_remain_until_the_cloud_acknowledges_and_are_sent_again(
    tmp_path: Path, own_broker: Broker, cloud: FakeCloud, passwords: dict[str, str]
) -> None:
    cloud.acking.clear()
    folder, last = tmp_path / "data", 50
    with Feeder(folder, until_seq=last, pause=0, port=own_broker.port, password=passwords[NODE]) as feeder:
        wait_for(lambda: len(cloud.seqs()) == last)
        wait_for(lambda: min(cloud.seen.values()) > 1)
        assert waiting(folder) == last
        cloud.acking.set()
        assert_complete(cloud, feeder, folder, last)


def test_what_store_returned_survives_kill_9_at_any_moment(tmp_path: Path) -> None:
    folder, chance = tmp_path / "data", random.Random(7)
    for _ in range(6):
        with Feeder(folder, until_seq=100_000, pause=0) as feeder:
            before = len(feeder.stored_items())
            enough = before + chance.randint(1, 150)
            wait_for(lambda enough=enough: len(feeder.stored_items()) > enough)  # type: ignore[misc]
            feeder.kill()
        with closing(sqlite3.connect(folder / "outbox.sqlite")) as connection:
            stored = [row[0] for row in connection.execute("select seq from message order by seq")]
            assert connection.execute("pragma integrity_check").fetchone()[0] == "ok"
        assert set(feeder.stored_items()) <= set(stored)
        assert stored == list(range(1, len(stored) + 1))
        assert len(stored) <= len(feeder.stored_items()) + 6  # at most one unannounced for each kill
