"""The outbox on a disk that is really full: a small filesystem of its own, filled by somebody else."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.support.edge.parcels import alert, evidence, readings

from siaga_core.wire.codec import seq_ranges
from siaga_edge.adapters.sqlite_file import OutboxError
from siaga_edge.adapters.sqlite_outbox import SqliteOutbox
from siaga_edge.outbox.budget import Budget
from siaga_edge.outbox.parcels import Lane

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PLENTY = Budget(max_messages=100_000, max_bytes=10**9, min_free_bytes=0)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A filesystem of 40 MiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", disk], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("needs to be root to mount a small filesystem; a full disk is tried with SQLite's own limit too")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


def opened(disk: Path, budget: Budget = PLENTY) -> SqliteOutbox:
    return SqliteOutbox(disk / "data", node="node-a", budget=budget, clock=lambda: NOW)


def fill(disk: Path) -> Path:
    """As another program's log would."""
    hog = disk / "hog"
    with hog.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return hog


def store_until_full(outbox: SqliteOutbox, stored: list[int]) -> None:
    for _ in range(100_000):
        stored += outbox.save([alert() for _ in range(10)])


def test_a_disk_that_others_filled_costs_images_and_never_an_alert(small_disk: Path) -> None:
    outbox = opened(small_disk)
    outbox.save([evidence(20_000) for _ in range(400)])
    fill(small_disk)
    assert shutil.disk_usage(small_disk).free < 4096
    stored = [seq for _ in range(400) for seq in outbox.save([alert() for _ in range(10)])]
    assert outbox.after(Lane.ALERTS, 0, 10_000) == stored
    assert outbox.health().evicted > 0
    outbox.close()
    again = opened(small_disk)
    assert again.after(Lane.ALERTS, 0, 10_000) == stored
    again.close()


def test_with_nothing_to_give_up_it_reports_so_and_goes_on_once_there_is_room(small_disk: Path) -> None:
    outbox = opened(small_disk)
    hog = fill(small_disk)
    stored: list[int] = []
    with pytest.raises(OutboxError, match="full"):
        store_until_full(outbox, stored)
    assert outbox.after(Lane.ALERTS, 0, 100_000) == stored
    hog.unlink()
    assert outbox.save([alert()]) == [len(stored) + 1]
    assert len(outbox.acknowledge(outbox.outbox_id, seq_ranges(stored))) == len(stored)
    outbox.close()


def test_the_disk_floor_leaves_room_for_others(small_disk: Path) -> None:
    floor = 24 * 2**20
    outbox = opened(small_disk, Budget(max_messages=100_000, max_bytes=10**9, min_free_bytes=floor))
    for _ in range(600):
        outbox.save([evidence(20_000), readings()])
    assert shutil.disk_usage(small_disk).free > floor / 2
    assert outbox.health().evicted > 0
    outbox.close()
