"""The API ends promptly even while pages hold their live stream open."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

import httpx
from tests.support.http_api import load_demo_city

from siaga_sim.demo.layout import program
from siaga_sim.stack.child import Child
from siaga_sim.stack.ports import free_port, is_listening


def _readiness(port: int) -> object:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=20).json()
    except httpx.HTTPError:
        return None


def test_sigterm_ends_open_live_streams_at_once(database_url: str, tmp_path: Path) -> None:
    token = load_demo_city(database_url)["operator.balaikota"]
    sent = {"Authorization": f"Bearer {token}"}
    with socket.create_server(("127.0.0.1", 0)) as bound:
        port, inherited = bound.getsockname()[1], bound.fileno()
        env = {
            "SIAGA_DATABASE_URL": database_url,
            "SIAGA_HTTP_SOCKET": str(inherited),
            "SIAGA_INSTANCE": "one-of-two",
            "SIAGA_MEDIA_DIR": str(tmp_path),
        }
        words = [program("siaga-cloud"), "api"]
        api = Child(name="api", argv=words, log=tmp_path / "api.log", env=env, inherits=[inherited]).start()
    try:
        ready = {"status": "ready", "instance": "one-of-two"}
        api.wait_for(lambda: _readiness(port) == ready, seconds=90)
        with httpx.stream("GET", f"http://127.0.0.1:{port}/api/v1/live", headers=sent, timeout=20) as stream:
            lines = stream.iter_lines()
            assert next(lines).startswith("retry:")
            began = time.monotonic()
            os.kill(api.pid, 15)
            list(lines)
    finally:
        code = api.stop()
    assert code in (0, -15), "uvicorn ends by the signal it was sent"
    assert time.monotonic() - began < 4, "open streams were waited for"
    assert "Traceback" not in api.tail()


def test_staff_have_a_listener_of_their_own(database_url: str, tmp_path: Path) -> None:
    port, staff_port = free_port(), free_port()
    env = {
        "SIAGA_DATABASE_URL": database_url,
        "SIAGA_HTTP_PORT": str(port),
        "SIAGA_STAFF_PORT": str(staff_port),
        "SIAGA_MEDIA_DIR": str(tmp_path),
    }
    with Child(name="api", argv=[program("siaga-cloud"), "api"], log=tmp_path / "api.log", env=env) as api:
        api.wait_for(lambda: is_listening(port) and is_listening(staff_port), seconds=90)
        for one in (port, staff_port):
            assert httpx.get(f"http://127.0.0.1:{one}/healthz", timeout=20).json() == {"status": "ok"}
