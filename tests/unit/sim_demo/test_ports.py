"""Ports are given out once, also to processes that request them at the same time."""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from siaga_sim.stack import ports

# Outside the range that tests are given ports from, whose first ones may be in use by the services of another test.
FIRST_PORT = 14_000
REQUESTS = "from siaga_sim.stack.ports import free_port\nfor _ in range(50): print(free_port())"


def test_two_processes_are_given_different_ports(tmp_path: Path) -> None:
    requesting = [
        subprocess.Popen(
            [sys.executable, "-c", REQUESTS], stdout=subprocess.PIPE, text=True, env={"TMPDIR": str(tmp_path)}
        )
        for _ in range(2)
    ]
    given = [int(port) for one in requesting for port in one.communicate(timeout=60)[0].split()]
    assert len(given) == len(set(given)) == 100


def test_a_port_in_use_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(ports, "FIRST_PORT", FIRST_PORT)
    with socket.socket() as used:
        port = ports.free_port() + 1
        used.bind(("127.0.0.1", port))
        assert ports.free_port() > port


def test_the_first_port_follows_the_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(ports, "FIRST_PORT", FIRST_PORT)
    monkeypatch.setattr(ports, "PORTS", 2)
    first, second, third = ports.free_port(), ports.free_port(), ports.free_port()
    assert first == third == second - 1
