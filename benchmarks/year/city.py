"""A city with a year of history, for measurements: made by `siaga-sim history`, loaded by `admin import history`.

Cameras, nodes, messages and channels beside the history are made up.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import bench_figures
from tests.support.dashboards_seed import seed_dashboards
from tests.support.http_api import load_demo_city

from siaga_cloud.platform.db.connection import connect
from siaga_cloud.platform.db.migrate import migrate
from siaga_sim.stack.postgres import Postgres

DAYS, CAMERAS, NODES = 365, 200, 100


@dataclass(frozen=True, slots=True, kw_only=True)
class YearCity:
    """A database with the year in it. `tokens`: users to tokens of the API; `log`: where the server writes."""

    url: str
    tokens: dict[str, str]
    log: Path


@contextmanager
def year_city() -> Iterator[YearCity]:
    """Make it in minutes; it is gone at the end."""
    with bench_figures.disk_folder() as folder, Postgres(folder=folder / "cluster") as server:
        past = folder / "past"
        bench_figures.make_past(past)
        url = server.create_database("year")
        migrate(url)
        tokens = load_demo_city(url)
        arguments = ["admin", "import", "history", str(past)]
        bench_figures.run_program(bench_figures.CLOUD, arguments, {"SIAGA_DATABASE_URL": url})
        fill(url)
        yield YearCity(url=url, tokens=tokens, log=server.folder / "server.log")


def fill(url: str) -> None:
    """Add what the history does not hold, once."""
    with connect(url) as conn:
        held = conn.execute("SELECT 1 FROM camera WHERE id = 'wall-cam-1'").fetchone()
    if held is None:
        seed_dashboards(url, days=DAYS, cameras=CAMERAS, nodes=NODES, past=False)
