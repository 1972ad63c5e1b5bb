"""Every figure over a year of a city: 267 areas, 14 categories, 500 complaints a day, 20 gauges each minute.

The year is made by `siaga-sim history` and loaded by `siaga-cloud admin import history`, both as a person runs them;
then the real application is asked over HTTP, one question of each kind in turn, so that whatever else the machine does
slows all of them alike. To look again without waiting: SIAGA_FIGURES_HISTORY=DIR takes a past that was made before,
SIAGA_FIGURES_DATABASE=URL a database that was loaded before.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from statistics import quantiles
from typing import Any
from urllib.parse import urlencode

import httpx
from benchmarks.figure import Figure
from tests.support.http_api import CITY, SettingsForTests, load_demo_city, serve

from siaga_cloud.platform.db.connection import connect
from siaga_cloud.platform.db.migrate import migrate
from siaga_sim.stack.postgres import Postgres

DAYS = int(os.environ.get("SIAGA_FIGURES_DAYS", "365"))
PER_DAY, GAUGES = 500, 20
ROUNDS, WARM_UP = 30, 2
TARGET_MS = 300.0
GAUGE = "manggarai"
# Beside the repository and not in /tmp, which may be memory.
DISK = Path(__file__).resolve().parents[1] / ".run"
SIM = "from siaga_sim.main import main; main()"
CLOUD = "from siaga_cloud.main import main; main()"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One thing to ask. `user` None: the public."""

    name: str
    path: str
    user: str | None = None


def figures() -> Iterator[Figure]:
    """How long the year takes to load, then the median and the 95th percentile of every question."""
    if url := os.environ.get("SIAGA_FIGURES_DATABASE"):
        yield from _query_times(url)
        return
    with disk_folder() as folder, Postgres(folder=folder / "cluster") as server:
        past = Path(os.environ.get("SIAGA_FIGURES_HISTORY") or folder / "past")
        if not past.is_dir():
            yield Figure(name="figures.make", value=make_past(past), unit="s")
        url = server.create_database("figures")
        migrate(url)
        load_demo_city(url)
        yield from _load(url, past, folder)
        _add_layers(url, folder)
        yield from _query_times(url)


@contextmanager
def disk_folder() -> Iterator[Path]:
    """A folder on disk that is gone after it."""
    DISK.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=DISK, prefix="figures-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def make_past(past: Path) -> float:
    """Makes the year's files; seconds that it took."""
    options = ["--city", str(CITY), "--days", str(DAYS), "--per-day", str(PER_DAY), "--gauges", str(GAUGES)]
    return run_program(SIM, ["history", str(past), *options], {})


def _load(url: str, past: Path, folder: Path) -> Iterator[Figure]:
    """By the command itself, twice: the second time adds nothing."""
    env = {"SIAGA_DATABASE_URL": url, "SIAGA_MEDIA_DIR": str(folder / "media")}
    arguments = ["admin", "import", "history", str(past)]
    yield Figure(name="figures.load", value=run_program(CLOUD, arguments, env), unit="s")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    yield Figure(name="figures.load_memory", value=peak, unit="MB")
    before = _counts(url)
    yield Figure(name="figures.load_again", value=run_program(CLOUD, arguments, env), unit="s")
    if _counts(url) != before:
        raise RuntimeError("loading the same past again changed something")
    for name, count in before.items():
        yield Figure(name=f"figures.{name}", value=count, unit="GB" if name == "disk" else "rows")
    with connect(url, statement_timeout_seconds=3600) as conn:
        conn.autocommit = True
        conn.execute("VACUUM (ANALYZE)")  # as autovacuum does within minutes


def _add_layers(url: str, folder: Path) -> None:
    run_program(SIM, ["layers", str(folder / "layers"), "--city", str(CITY)], {})
    run_program(CLOUD, ["admin", "import", "layers", str(folder / "layers")], {"SIAGA_DATABASE_URL": url})


def run_program(program: str, arguments: Sequence[str], env: dict[str, str]) -> float:
    """Runs one of our programs in a process of its own; seconds that it took."""
    began = time.monotonic()
    subprocess.run(
        [sys.executable, "-c", program, *arguments], check=True, env={**os.environ, **env}, stdout=sys.stderr
    )
    return time.monotonic() - began


def _counts(url: str) -> dict[str, float]:
    with connect(url, statement_timeout_seconds=600) as conn:
        row = conn.execute(
            "SELECT (SELECT count(*) FROM report) AS reports, (SELECT count(*) FROM task_fact) AS tasks,"
            " (SELECT count(*) FROM reading) AS readings,"
            " round(pg_database_size(current_database()) / 1e9, 1)::float8 AS disk"
        ).fetchone()
    return dict(row or {})


def _query_times(url: str) -> Iterator[Figure]:
    tokens = load_demo_city(url)
    with (
        tempfile.TemporaryDirectory() as media,
        serve(SettingsForTests(database_url=url, media_dir=Path(media)), tokens) as api,
    ):
        clients = {user: api.client(user) for user in (None, *tokens)}
        try:
            measured = _measure(clients, list(_questions(_end(url))))
        finally:
            for client in clients.values():
                client.close()
    for name, times in measured.items():
        yield Figure(name=f"figures.{name}.p50", value=_percentile(times, 50), unit="ms")
        yield Figure(
            name=f"figures.{name}.p95", value=_percentile(times, 95), unit="ms", target=TARGET_MS, at_most=True
        )


def _measure(clients: dict[str | None, httpx.Client], questions: list[Question]) -> dict[str, list[float]]:
    """Milliseconds from the question to the last byte of the answer."""
    measured: dict[str, list[float]] = {one.name: [] for one in questions}
    for turn in range(WARM_UP + ROUNDS):
        for one in questions:
            began = time.perf_counter()
            answer = clients[one.user].get(f"/api/v1/{one.path}")
            seconds = time.perf_counter() - began
            if answer.status_code != 200 or len(answer.content) < 10:
                raise RuntimeError(f"{one.path}: {answer.status_code} {answer.text[:300]}")
            if turn >= WARM_UP:
                measured[one.name].append(seconds * 1000)
    return measured


def _percentile(times: list[float], percent: int) -> float:
    return quantiles(times, n=100, method="inclusive")[percent - 1]


def _end(url: str) -> datetime:
    """The end of the past: the midnight after its last complaint."""
    with connect(url) as conn:
        row = conn.execute("SELECT date_trunc('day', max(received_at)) + interval '1 day' AS at FROM report").fetchone()
    if row is None or row["at"] is None:
        raise RuntimeError("the database holds no complaints")
    end: datetime = row["at"]
    return end.astimezone(UTC)


def _questions(end: datetime) -> Iterator[Question]:
    for name, days in (("month", 30), ("year", DAYS)):
        span = {"from": (end - timedelta(days=days)).isoformat(), "to": end.isoformat()}
        yield from _of_span(name, span)
    yield from _of_now()
    day = {"from": (end - timedelta(days=1)).isoformat(), "to": end.isoformat()}
    month = {"from": (end - timedelta(days=31)).isoformat(), "to": end.isoformat(), "limit": 10_000}
    yield Question(name="gauge.readings.day", path=_path(f"gauges/{GAUGE}/readings", day))
    yield Question(name="gauge.readings.month", path=_path(f"gauges/{GAUGE}/readings", month))


def _of_span(name: str, span: dict[str, str]) -> Iterator[Question]:
    for level, form in product(("kelurahan", "kecamatan", "city"), ("json", "csv", "geojson")):
        path = _path("figures/areas", {**span, "level": level, "format": form})
        yield Question(name=f"areas.{level}.{form}.{name}", path=path)
    for group, form in product(("agencies", "categories", "days"), ("json", "csv")):
        yield Question(name=f"{group}.{form}.{name}", path=_path(f"figures/{group}", {**span, "format": form}))
    for user, who in (("gubernur", "all"), ("kadis.sda", "own_agency"), ("camat.tebet", "own_area")):
        yield Question(name=f"officials.{who}.{name}", path=_path("figures/officers", span), user=user)
    within = {**span, "area": "31.74", "category": "flooding"}
    yield Question(name=f"categories.within.{name}", path=_path("figures/categories", {**span, "area": "31.74"}))
    yield Question(
        name=f"categories.of_agency.{name}", path=_path("figures/categories", {**span, "agency": "dinas-lh"})
    )
    yield Question(name=f"ranking.reporters.within.{name}", path=_path("rankings/reporters", {**span, "area": "31.74"}))
    yield Question(name=f"areas.of_category.{name}", path=_path("figures/areas", within))
    beside = {**span, "level": "kelurahan", "layer": "schools"}
    yield Question(name=f"areas.beside_schools.{name}", path=_path("figures/areas", beside))
    for level, form in (
        ("kelurahan", "json"),
        ("kelurahan", "csv"),
        ("kelurahan", "geojson"),
        ("kecamatan", "json"),
        ("city", "json"),
    ):
        path = _path("rankings/areas", {**span, "level": level, "format": form})
        yield Question(name=f"ranking.areas.{level}.{form}.{name}", path=path)
    for group in ("agencies", "officials", "reporters"):
        asker = "gubernur" if group == "officials" else None
        yield Question(name=f"ranking.{group}.{name}", path=_path(f"rankings/{group}", span), user=asker)


def _of_now() -> Iterator[Question]:
    yield Question(name="summary", path="summary")
    yield Question(name="trending.day", path="trending?hours=24")
    yield Question(name="trending.week", path="trending?hours=168")
    yield Question(name="trending.week.geojson", path="trending?hours=168&format=geojson")
    yield Question(name="layers", path="layers")
    yield Question(name="layer.schools", path="layers/schools")
    yield Question(name="layer.schools.bbox", path="layers/schools?bbox=106.8,-6.25,106.85,-6.2")
    yield Question(name="area.context.city", path="areas/31.74/context")
    yield Question(name="area.context.kelurahan", path="areas/31.74.01.manggarai/context")
    yield Question(name="gauges", path="gauges")
    yield Question(name="gauge.forecast", path=f"gauges/{GAUGE}/forecast")
    yield Question(name="gauge.history", path=f"gauges/{GAUGE}/history")


def _path(path: str, query: dict[str, Any]) -> str:
    return f"{path}?{urlencode(query)}"
