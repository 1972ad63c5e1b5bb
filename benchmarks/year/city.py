"""A city with a year of history, for measurements: made by `siaga-sim history`, loaded by `admin import history`.

Cameras, nodes, messages and channels beside the history are made up. To look again without waiting for the year:
SIAGA_YEAR_FOLDER=DIR leaves it in a folder, and takes it from there the next time.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from benchmarks import bench_figures
from tests.support.dashboards_seed import seed_dashboards
from tests.support.http_api import load_demo_city

from siaga_cloud.operations.store import retention
from siaga_cloud.platform.db.connection import connect
from siaga_cloud.platform.db.migrate import migrate
from siaga_sim.stack.postgres import Postgres

DAYS, CAMERAS, NODES = bench_figures.DAYS, 200, 100
DATABASE = "year"


@dataclass(frozen=True, slots=True, kw_only=True)
class YearCity:
    """A database with the year in it. `tokens`: users to tokens of the API; `log`: where the server writes."""

    url: str
    tokens: dict[str, str]
    log: Path


@contextmanager
def year_city() -> Iterator[YearCity]:
    """Make it in minutes; without a folder of its own it is gone at the end."""
    retained = os.environ.get("SIAGA_YEAR_FOLDER")
    with (
        nullcontext(Path(retained)) if retained else bench_figures.disk_folder() as folder,
        Postgres(folder=folder / "cluster", password=_password(folder)) as server,
    ):
        url, tokens = _filled(server, folder)
        yield YearCity(url=url, tokens=tokens, log=server.folder / "server.log")


def _password(folder: Path) -> str:
    """The one that the folder's server was made with."""
    file = folder / "password"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(24), encoding="utf-8")
    return file.read_text("utf-8")


def _filled(server: Postgres, folder: Path) -> tuple[str, dict[str, str]]:
    """Address and tokens of the city, which is made unless it is there."""
    past, url = folder / "past", server.url(DATABASE)
    if not _exists(server):
        bench_figures.make_past(past)
        server.create_database(DATABASE)
        migrate(url)
        load_demo_city(url)
        arguments = ["admin", "import", "history", str(past)]
        bench_figures.run_program(bench_figures.CLOUD, arguments, {"SIAGA_DATABASE_URL": url})
    migrate(url)
    tokens = load_demo_city(url)
    fill(url)
    _forget(url)
    return url, tokens


def _forget(url: str) -> None:
    """As the worker does each day, so that the database knows since when every reading is there."""
    with connect(url) as conn:
        retention.forget_readings(conn, before=datetime.now(UTC) - timedelta(days=2 * DAYS))


def _exists(server: Postgres) -> bool:
    with psycopg.connect(server.dsn) as conn:
        return conn.execute("SELECT FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone() is not None


def fill(url: str) -> None:
    """Add what the history does not hold, once."""
    with connect(url) as conn:
        held = conn.execute("SELECT 1 FROM camera WHERE id = 'wall-cam-1'").fetchone()
    if held is None:
        seed_dashboards(url, days=DAYS, cameras=CAMERAS, nodes=NODES, past=False)
