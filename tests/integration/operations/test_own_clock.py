"""A program of the cloud with a wrong clock, against a real database."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.chaos.faults import FAKETIME, WRONG_CLOCK
from tests.support.cloud_core import cloud_environment, cloud_process, eventually

from siaga_cloud.platform.observe.clock_watch import database_ahead_seconds
from siaga_sim.stack.broker import Broker


def test_a_database_of_this_machine_has_the_same_clock(database_url: str) -> None:
    assert database_ahead_seconds(database_url) == pytest.approx(0, abs=1)
    assert database_ahead_seconds("postgresql://127.0.0.1:1/nowhere") is None


def test_a_program_hours_ahead_does_not_begin(database_url: str, tmp_path: Path) -> None:
    if not FAKETIME.exists():
        pytest.skip(f"Debian's package faketime is not installed: {FAKETIME}")
    nowhere = Broker(folder=tmp_path / "broker", logins={"ingest": "none"}, port=1)
    wrong = {**WRONG_CLOCK, "LD_PRELOAD": str(FAKETIME)}
    with cloud_process("ingest", cloud_environment(database_url, nowhere, tmp_path, **wrong), tmp_path / "log") as one:
        eventually(lambda: not one.is_running, what="the program to end")
        assert one.returncode == 3, one.tail()
        assert "ahead of the database's" in one.tail()
