"""Mosquitto with the configuration of packaging/mosquitto and the files of `siaga-cloud admin secrets`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from siaga_sim.stack.broker import find_mosquitto
from siaga_sim.stack.child import Child
from siaga_sim.stack.folders import folder_for, give_to, user_exists
from siaga_sim.stack.ports import free_port, is_listening

ROOT = Path(__file__).parents[3]
SECONDS = 10.0


@contextmanager
def packaged_broker(secrets: Path, folder: Path) -> Iterator[tuple[int, int]]:
    """The broker until the block ends, its paths and ports put elsewhere; the ports of nodes and of the cloud."""
    account = "mosquitto" if os.geteuid() == 0 and user_exists("mosquitto") else None
    folder = folder_for(account, folder)
    ports = (free_port(), free_port())
    text = (ROOT / "packaging/mosquitto/mosquitto.conf").read_text("utf-8")
    for inside, here in (
        ("/run/secrets/broker/", f"{folder}/"),
        ("/mosquitto/data/", f"{folder}/"),
    ):
        text = text.replace(inside, here)
    for port, free in zip(("8883", "8884"), ports, strict=True):
        text = text.replace(f"listener {port}", f"listener {free} 127.0.0.1")
    assert "/run/" not in text.replace(str(folder), "")
    files = {path.name: path.read_bytes() for path in (secrets / "broker").iterdir()}
    files |= {"mosquitto.conf": text.encode()}
    for name, data in files.items():
        (folder / name).write_bytes(data)
        (folder / name).chmod(0o600)
        give_to(account, folder / name)
    program = find_mosquitto()
    assert program, "tests need the real Mosquitto: run `make setup`"
    argv = [program, "-c", str(folder / "mosquitto.conf")]
    with Child(name="broker", argv=argv, log=folder / "server.log", user=account) as child:
        child.wait_for(lambda: all(map(is_listening, ports)), seconds=SECONDS)
        yield ports
