"""Real TimescaleDB and Mosquitto for the tests, private and on free ports."""

from __future__ import annotations

import itertools
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from siaga_sim.stack.broker import INGEST_USER, READER_USER, Broker
from siaga_sim.stack.child import wait_until
from siaga_sim.stack.postgres import Postgres, Programs, find_programs

TEMPLATE = "siaga_template"
CITY_TEMPLATE = "siaga_template_city"
NODES = ("node-a", "node-b", "node-c")
# Each test's database is a copy of some 1,500 files: in memory that takes a tenth of the CPU that it takes on a disk.
MEMORY = Path("/dev/shm")  # noqa: S108 - the folder below it is made with a random name and mode 0700
MEMORY_BYTES = 4_000_000_000
_PREFIX = "siaga-tests-"
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A cluster for the whole run. fsync is off: only `kill` tests of our own need a durable one."""
    folder = _memory_folder() or tmp_path_factory.mktemp("postgres", numbered=True) / "cluster"
    with Postgres(folder=folder, durable=False) as cluster:
        assert cluster.programs.has_timescaledb, "tests need the real TimescaleDB: run `make setup`"
        with psycopg.connect(cluster.dsn, autocommit=True) as connection:
            connection.execute("alter system set max_wal_size = '256MB'")
            connection.execute("select pg_reload_conf()")
        yield cluster
    cluster.remove()


def _memory_folder() -> Path | None:
    """A folder in memory for this process's cluster, or None where there is too little of it."""
    if not MEMORY.is_dir():
        return None
    for left_behind in MEMORY.glob(f"{_PREFIX}*"):
        if not Path(f"/proc/{left_behind.name.removeprefix(_PREFIX).partition('-')[0]}").exists():
            shutil.rmtree(left_behind, ignore_errors=True)
    if shutil.disk_usage(MEMORY).free < MEMORY_BYTES:
        return None
    return Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=MEMORY))


@pytest.fixture(scope="session")
def migrated_template(postgres: Postgres) -> str:
    """A database with every migration applied, to be copied by each test."""
    from siaga_cloud.platform.db.migrate import migrate

    url = postgres.create_database(TEMPLATE)
    migrate(url)
    _close(postgres, TEMPLATE)
    return TEMPLATE


@dataclass(frozen=True, slots=True)
class DemoCity:
    """A database with the demo city, to be copied: importing it takes longer than copying it."""

    postgres: Postgres
    name: str
    tokens: dict[str, str]

    def copy(self, name: str) -> tuple[str, dict[str, str]]:
        """A database of that name with the demo city, and a token for every user."""
        return self.postgres.create_database(name, template=self.name), dict(self.tokens)


@pytest.fixture(scope="session")
def demo_city(postgres: Postgres, migrated_template: str) -> DemoCity:
    """The demo city as the commands of `siaga-cloud admin import` store it."""
    from tests.support.http_api import load_demo_city

    tokens = load_demo_city(postgres.create_database(CITY_TEMPLATE, template=migrated_template))
    _close(postgres, CITY_TEMPLATE)
    return DemoCity(postgres, CITY_TEMPLATE, tokens)


def _close(cluster: Postgres, name: str) -> None:
    """Makes a template of a database."""
    # TimescaleDB keeps a background worker in each of its databases, and a database in use cannot be copied.
    query = "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s"
    with psycopg.connect(cluster.dsn, autocommit=True) as connection:
        connection.execute(f"alter database {name} with is_template true allow_connections false")
        wait_until(lambda: not connection.execute(query, (name,)).fetchall(), seconds=10, what="template free")


@pytest.fixture
def database_url(postgres: Postgres, migrated_template: str) -> Iterator[str]:
    """A fresh, migrated database for one test."""
    name = f"siaga_test_{next(_numbers)}"
    yield postgres.create_database(name, template=migrated_template)
    postgres.drop_database(name)


@pytest.fixture
def empty_database_url(postgres: Postgres) -> Iterator[str]:
    """A fresh database without any migration."""
    name = f"siaga_empty_{next(_numbers)}"
    yield postgres.create_database(name)
    postgres.drop_database(name)


@pytest.fixture
def plain_database_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database on a server without TimescaleDB preloaded, as the wheel's is."""
    found = find_programs()
    plain = Programs(found.bin_dir, has_timescaledb=False, account=found.account)
    with Postgres(folder=tmp_path_factory.mktemp("plain") / "cluster", durable=False, programs=plain) as cluster:
        yield cluster.create_database("siaga")


@pytest.fixture(scope="session")
def passwords() -> dict[str, str]:
    """Broker user names to passwords: the ingest, a reader of the public and three nodes."""
    return {name: secrets.token_urlsafe(12) for name in (INGEST_USER, READER_USER, *NODES)}


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory, passwords: dict[str, str]) -> Iterator[Broker]:
    """A Mosquitto for the whole run; tests that kill it start one of their own with `new_broker`."""
    with Broker(folder=tmp_path_factory.mktemp("broker") / "mosquitto", logins=passwords) as running:
        assert running.mosquitto, "tests need the real Mosquitto: run `make setup`"
        yield running
    running.remove()


@pytest.fixture
def new_broker(tmp_path_factory: pytest.TempPathFactory, passwords: dict[str, str]) -> Iterator[Callable[[], Broker]]:
    """Makes brokers that a test may kill."""
    made: list[Broker] = []

    def make() -> Broker:
        made.append(Broker(folder=tmp_path_factory.mktemp("broker") / "mosquitto", logins=passwords).start())
        return made[-1]

    yield make
    for one in made:
        one.stop()
        one.remove()


@pytest.fixture
def new_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Postgres]]:
    """Makes durable clusters that a test may kill."""
    made: list[Postgres] = []

    def make() -> Postgres:
        made.append(Postgres(folder=tmp_path_factory.mktemp("postgres") / "cluster").start())
        return made[-1]

    yield make
    for one in made:
        one.stop()
        one.remove()
