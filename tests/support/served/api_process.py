"""The API as a process of its own over the demo city, and what it uses."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
from tests.integration.operations.test_cloud_worker import login_in_group
from tests.support.cloud_core import cloud_process
from tests.support.http_api import load_demo_city

from siaga_sim.stack.child import Child
from siaga_sim.stack.ports import free_port
from siaga_sim.stack.postgres import Postgres


@contextmanager
def served_city(postgres: Postgres, template: str, folder: Path) -> Iterator[tuple[Child, str]]:
    """The API as its own process over the demo city, with the rights of its role."""
    with served_cities(postgres, template, folder, processes=1) as (child, address):
        yield child, address


@contextmanager
def served_cities(
    postgres: Postgres, template: str, folder: Path, *, processes: int, **settings: str
) -> Iterator[tuple[Any, ...]]:
    """Several processes of the API over one demo city: each process and its address, one after the other."""
    url = postgres.create_database("siaga_served_api", template=template)
    load_demo_city(url)
    login, found = login_in_group(url, "siaga_api"), list[Any]()
    with ExitStack() as stack:
        for number in range(1, processes + 1):
            port = free_port()
            environment = {
                "SIAGA_DATABASE_URL": login,
                "SIAGA_HTTP_PORT": str(port),
                "SIAGA_MEDIA_DIR": str(folder / "media"),
                "SIAGA_SERVER_KEY": "server key of the tests, 32 long",
                **settings,
            }
            child = stack.enter_context(cloud_process("api", environment, folder / f"api-{number}.log"))
            found += [child, f"http://127.0.0.1:{port}"]
        for child, address in zip(found[::2], found[1::2], strict=True):
            child.wait_for(lambda address=address: is_healthy(address), seconds=120)
        yield tuple(found)
    postgres.drop_database("siaga_served_api")


def is_healthy(address: str) -> bool:
    try:
        return httpx.get(f"{address}/healthz", timeout=5, trust_env=False).is_success
    except httpx.TransportError:
        return False


def resident_mb(pid: int) -> float:
    """Memory of a process and all below it, what they share counted once (PSS)."""
    total = 0
    for one in [pid, *descendants(pid)]:
        try:
            lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
        except (FileNotFoundError, ProcessLookupError):  # it ended meanwhile
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def descendants(pid: int) -> list[int]:
    """Also those that a thread other than the first one started."""
    children: list[int] = []
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):
            children += map(int, listed.read_text().split())
    return [one for child in children for one in (child, *descendants(child))]


def processor_seconds(pid: int) -> float:
    """Processor time of a process and all below it so far."""
    ticks = 0
    for one in [pid, *descendants(pid)]:
        with suppress(FileNotFoundError, ProcessLookupError):
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")
