"""Four cities in one TimescaleDB: calm, in a storm, after a year, and silent for an hour."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

import psycopg
from tests.support.dashboards_seed import seed_dashboards
from tests.support.http_api import load_demo_city

from siaga_cloud.platform.db.connection import connect
from siaga_cloud.platform.db.migrate import migrate
from siaga_sim.stack.postgres import Postgres

HERE: Final = Path(__file__).parent
SILENT: Final = "silent"
SECONDS: Final = 30.0
Read = TypeVar("Read")


def read_cities(read: Callable[[str], Read]) -> dict[str, Read]:
    """What `read` returns for the address of each database once it is filled; the databases are gone afterwards.

    The year takes as long as the three others, so they are filled beside it.
    """
    with (
        tempfile.TemporaryDirectory(prefix="siaga-cities-") as folder,
        Postgres(folder=Path(folder) / "cluster", durable=False) as server,
    ):
        empty = server.create_database("empty")
        migrate(empty)
        load_demo_city(empty)
        calm, storm, year = (_copied(server, name, "empty") for name in ("calm", "storm", "year"))
        with ThreadPoolExecutor(1) as beside:
            of_year = beside.submit(lambda: read(_seeded(year, days=365)))
            _run(calm, "calm.sql")
            _seeded(storm, days=3)
            silent = _copied(server, SILENT, "storm")
            # A storm, an hour after the last message: the worker was gone, too, so no flag is set.
            _run(silent, "silent.sql")
            found = {name: read(url) for name, url in (("calm", calm), ("storm", storm), (SILENT, silent))}
            return {**found, "year": of_year.result()}


def _copied(server: Postgres, name: str, template: str) -> str:
    """A copy of a database, without the sessions that TimescaleDB's background workers open in it."""
    with psycopg.connect(server.dsn, autocommit=True) as conn:
        conn.execute(f'ALTER DATABASE "{template}" ALLOW_CONNECTIONS false')
        deadline = time.monotonic() + SECONDS
        while conn.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (template,)
        ).fetchall():
            if time.monotonic() > deadline:
                raise TimeoutError(f"sessions in {template} do not end")
        url = server.create_database(name, template=template)
        conn.execute(f'ALTER DATABASE "{template}" ALLOW_CONNECTIONS true')
    return url


def _seeded(url: str, *, days: int) -> str:
    seed_dashboards(url, days=days, cameras=12, nodes=6, past=True)
    return url


def _run(url: str, file: str) -> None:
    with connect(url) as conn:
        conn.execute((HERE / file).read_bytes())
