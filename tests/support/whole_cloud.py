"""The cloud's programs over a database with the demo city: ingest and worker as processes, the API on a free port."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.integration.operations.test_cloud_worker import login_in_group
from tests.support.cloud_core import all_served, cloud_environment, cloud_process, eventually
from tests.support.http_api import Api, SettingsForTests, load_demo_city, serve

from siaga_cloud.fleet.keys import make_key
from siaga_sim.stack.broker import Broker
from siaga_sim.stack.child import Child


@contextmanager
def whole_cloud(database_url: str, broker: Broker, folder: Path) -> Iterator[Api]:
    """The cloud at work until the block ends, with a key that its boxes trust and logs in the folder."""
    tokens = load_demo_city(database_url)
    fleet = folder / "fleet"
    fleet.mkdir(mode=0o700)
    make_key(fleet)

    def program(role: str) -> Child:
        # Each with no more rights than its group role gives.
        url = login_in_group(database_url, f"siaga_{role}")
        environment = cloud_environment(url, broker, folder / "media", SIAGA_FLEET_DIR=str(fleet))
        return cloud_process(role, environment, folder / f"{role}.log")

    ingest, worker = program("ingest"), program("worker")
    settings = SettingsForTests(database_url=database_url, media_dir=folder / "media")
    with ingest, worker, serve(settings, tokens) as api:
        eventually(lambda: all_served(database_url, ["1"]), what="ingest serves")
        eventually(lambda: "worker started" in worker.tail(), what="worker works")
        yield api
