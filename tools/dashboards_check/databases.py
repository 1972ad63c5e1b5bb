"""Four cities in one TimescaleDB: calm, in a storm, after a year, and silent for an hour."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg
from tests.support.dashboards_seed import seed_dashboards
from tests.support.http_api import load_demo_city

from siaga_cloud.platform.db.connection import connect
from siaga_cloud.platform.db.migrate import migrate
from siaga_sim.stack.postgres import Postgres

HERE: Final = Path(__file__).parent
SILENT: Final = "silent"
SECONDS: Final = 30.0


@contextmanager
def cities() -> Iterator[dict[str, str]]:
    """Name and address of each database; they are gone afterwards."""
    with (
        tempfile.TemporaryDirectory(prefix="siaga-cities-") as folder,
        Postgres(folder=Path(folder) / "cluster", durable=False) as server,
    ):
        empty = server.create_database("empty")
        migrate(empty)
        load_demo_city(empty)
        yield {
            "calm": _calm(server),
            "storm": _seeded(server, "storm", days=3),
            "year": _seeded(server, "year", days=365),
            SILENT: _silent(server),
        }


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


def _seeded(server: Postgres, name: str, *, days: int) -> str:
    url = _copied(server, name, "empty")
    seed_dashboards(url, days=days, cameras=12, nodes=6, past=True)
    return url


def _calm(server: Postgres) -> str:
    """A city with a reading of every gauge, in which nothing happens."""
    url = _copied(server, "calm", "empty")
    _run(url, "calm.sql")
    return url


def _silent(server: Postgres) -> str:
    """The storm, an hour after the last message: the worker was gone, too, so no flag is set."""
    url = _copied(server, SILENT, "storm")
    _run(url, "silent.sql")
    return url


def _run(url: str, file: str) -> None:
    with connect(url) as conn:
        conn.execute((HERE / file).read_bytes())
