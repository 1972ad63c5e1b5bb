"""What one look at the front page costs the API: processor time of the API and of the database, and bytes.

The real API as a process over the demo city; what a browser asks for at its first look, then again with what it holds
(`If-None-Match`). Processor time is that of the processes themselves.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import httpx
from benchmarks.bench_figures import disk_folder
from benchmarks.bench_ingest import processor_seconds
from benchmarks.figure import Figure
from tests.support.http_api import load_demo_city

from siaga_cloud.platform.db.migrate import migrate
from siaga_sim.stack.child import Child
from siaga_sim.stack.ports import free_port, is_listening
from siaga_sim.stack.postgres import Postgres

PAGE = (
    "/",
    "/api/v1/gauges",
    "/api/v1/cameras",
    "/api/v1/incidents?limit=500",
    "/api/v1/flood-states",
    "/api/v1/alerts?lang=id",
)
LOOKS, WARM_UP = 60, 10


def figures() -> Iterable[Figure]:
    """Milliseconds of one core a request, bytes a look."""
    with disk_folder() as folder, Postgres(folder=folder / "cluster") as server:
        url = server.create_database("http")
        migrate(url)
        load_demo_city(url)
        port = free_port()
        environment = {
            "SIAGA_DATABASE_URL": url, "SIAGA_HTTP_PORT": str(port), "SIAGA_MEDIA_DIR": str(folder / "media"),
        }  # fmt: skip
        program = str(Path(sys.executable).with_name("siaga-cloud"))
        with Child(name="api", argv=[program, "api"], log=folder / "api.log", env=environment) as api:
            api.wait_for(lambda: is_listening(port), seconds=60)
            yield from _figures(server, api, f"http://127.0.0.1:{port}")


def _figures(server: Postgres, api: Child, address: str) -> Iterable[Figure]:
    with httpx.Client(base_url=address, trust_env=False, timeout=30, headers={"Accept-Encoding": "gzip"}) as client:
        for _ in range(WARM_UP):
            tags, size = _look(client, {})
        for name, held in (("first look", {}), ("look again, nothing new", tags)):
            before = processor_seconds(api), processor_seconds(server.child)
            for _ in range(LOOKS):
                _, size = _look(client, held)
            many = LOOKS * len(PAGE)
            own, theirs = processor_seconds(api) - before[0], processor_seconds(server.child) - before[1]
            yield Figure(name=f"api: {name}: its processor time a request", value=1000 * own / many, unit="ms")
            yield Figure(name=f"api: {name}: the database's", value=1000 * theirs / many, unit="ms")
            yield Figure(name=f"api: {name}: sent", value=size / 1024, unit="KiB")


def _look(client: httpx.Client, held: dict[str, str]) -> tuple[dict[str, str], int]:
    """Every request of the page; the tags of the answers, and how many bytes they were."""
    tags, size = {}, 0
    for path in PAGE:
        answer = client.get(path, headers={"If-None-Match": held[path]} if path in held else {})
        if answer.status_code not in (200, 304):
            raise RuntimeError(f"{path}: {answer.status_code}")
        size += answer.num_bytes_downloaded
        if "etag" in answer.headers:
            tags[path] = answer.headers["etag"]
    return tags, size
