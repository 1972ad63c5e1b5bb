"""Database, broker and the cloud's programs, as the demo runs them."""

from __future__ import annotations

import errno
import json
import os
import secrets
import socket
import subprocess
import tomllib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import psycopg
from psycopg import sql

from siaga_sim.demo.layout import REPOSITORY, DemoError, Layout, program
from siaga_sim.demo.summary import BEGINNING
from siaga_sim.nodes import RIVER_CM_PER_MINUTE, STORY_SPIKE_CM
from siaga_sim.scenario import NodeTable
from siaga_sim.stack.broker import INGEST_USER, Broker
from siaga_sim.stack.child import Child
from siaga_sim.stack.postgres import Postgres

DATABASE = "siaga"
PREFERRED_HTTP_PORT = 8080
READY_SECONDS = 15.0  # of one answer
API_SECONDS = 900.0  # a slow machine is waited for, with progress
CITY = REPOSITORY / "city" / "jakarta"
# Where Python finds our sources, if not where they were installed (a second checkout with the same environment).
_SOURCES = {name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ}
PROGRAMS = ("api", "ingest", "worker", "publish")
PROGRAM_ROLES = {
    "api": "siaga_api",
    "ingest": "siaga_ingest",
    "worker": "siaga_worker",
    "publish": "siaga_publish",
    "feeds": "siaga_feeds",
}


@dataclass(slots=True, kw_only=True)
class Cloud:
    """The cloud of one run. `nodes`: the names that may log in to the broker. `make_broker`: another engine.

    `http_port`: where the API listens; 0 is 8080, or a free port where that is in use. `retains_data`: the database
    stays after the run. `log_line`: where progress goes. `unowned`: what ingest does with sources that the
    city has not recorded. `river_speed`: how many times faster than a real one the river rises, which ingest must find
    plausible. `more`: settings of the programs besides those of the demo.
    """

    layout: Layout
    nodes: Sequence[str]
    make_broker: Callable[[Path, Mapping[str, str]], Broker] = field(
        default=lambda folder, logins: Broker(folder=folder, logins=logins)
    )
    http_port: int = 0
    unowned: str = "refuse"
    river_speed: float = 1.0
    more: Mapping[str, str] = field(default_factory=dict, repr=False)
    retains_data: bool = False
    log_line: Callable[[str], None] = field(default=lambda words: None)
    postgres: Postgres = field(init=False)
    broker: Broker = field(init=False)
    node_passwords: Mapping[str, str] = field(init=False, repr=False)
    programs: dict[str, Child] = field(default_factory=dict)
    _stack: ExitStack = field(default_factory=ExitStack)
    _ingest_password: str = field(default_factory=lambda: secrets.token_urlsafe(18), repr=False)
    _instance: str = field(default_factory=lambda: secrets.token_hex(8))
    _server_key: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    _program_urls: dict[str, str] = field(default_factory=dict, repr=False)

    def start_services(self) -> None:
        """Start the database and the broker."""
        self.node_passwords = {name: secrets.token_urlsafe(18) for name in self.nodes}
        logins = {**self.node_passwords, INGEST_USER: self._ingest_password}
        self.postgres = Postgres(folder=self.layout.root / "postgres")
        self.broker = self.make_broker(self.layout.root / "broker", logins)
        for service in (self.postgres, self.broker):
            if service is not self.postgres or not self.retains_data:
                self._stack.callback(service.remove)
            self._stack.callback(service.stop)  # also where its start fails
            service.start()
        self.postgres.create_database(DATABASE)

    def prepare(self) -> None:
        """The schema, and a login of its own for each program."""
        self.admin("migrate")
        self._make_logins()

    def load_city(self) -> None:
        """Areas, agencies, sites, gauges and people."""
        self.admin("admin", "import", "city", str(CITY))

    def assign_sources(self, owners: Mapping[str, Sequence[str]]) -> None:
        """Hand the sources (gauge:ID, camera:ID) of a story's nodes to them, where the city's files name others."""
        named = city_owners()
        for node, sources in owners.items():
            others = [source for source in sources if named.get(source, node) != node]
            if others:
                reason = "the nodes of the story that is played"
                self.admin("admin", "fleet", "release", *others, "--to", node, "--reason", reason)

    def start_programs(self) -> None:
        """API first, so that there is a page to look at, then ingest, worker and publisher; `feeds` only by name."""
        for name in PROGRAMS:
            self.start_program(name)
        self.programs["api"].wait_for(
            self.is_ready,
            seconds=API_SECONDS,
            report=lambda waited: self.log_line(f"waiting for the API for {waited:.0f} s"),
        )

    def start_program(self, name: str, more: Mapping[str, str] = MappingProxyType({})) -> None:
        """Starts (again) one of api, ingest, worker; `ingest-2` is a second replica of ingest. `more`: environment."""
        role, _, replica = name.partition("-")
        if role == "api" and "SIAGA_HTTP_PORT" not in more:
            with closing(self._bound()) as bound:
                self._start(name, role, replica, {"SIAGA_HTTP_SOCKET": str(bound.fileno()), **more}, (bound.fileno(),))
        else:
            self._start(name, role, replica, more)

    def _start(self, name: str, role: str, replica: str, more: Mapping[str, str], inherits: Sequence[int] = ()) -> None:
        child = Child(
            name=name,
            argv=[program("siaga-cloud"), role],
            log=self.layout.log(name),
            env={**self._environment(self._program_urls[role]), "SIAGA_REPLICA": replica or "1", **more},
            inherits=inherits,
        )
        self.programs[name] = child.start()

    def _bound(self) -> socket.socket:
        """The API's port, bound before the API starts, so that no other program gets it in between."""
        bound = _bound_to(self.http_port or PREFERRED_HTTP_PORT)
        if bound is None and self.http_port:
            raise DemoError(f"port {self.http_port} of the API is in use by another program")
        if bound is None and (bound := _bound_to(0)) is not None:
            port = bound.getsockname()[1]
            self.log_line(f"port {PREFERRED_HTTP_PORT} is in use by another program; the pages are at port {port}")
        if bound is None:
            raise DemoError("no port is free for the API")
        self.http_port = bound.getsockname()[1]
        return bound

    def children(self) -> list[Child]:
        """Every process of this cloud."""
        services = [service.child for service in (self.postgres, self.broker) if service.child is not None]
        return [*services, *self.programs.values()]

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://127.0.0.1:{self.http_port}"

    def is_ready(self) -> bool:
        """Whether the API of this run can serve; that of another run does not count."""
        try:
            with urlopen(f"{self.url}/readyz", timeout=READY_SECONDS) as answer:  # noqa: S310 - our own loopback address
                return bool(answer.status == 200 and json.load(answer).get("instance") == self._instance)
        except (URLError, OSError, ValueError):
            return False

    def admin(self, *words: str) -> str:
        """Runs `siaga-cloud WORDS` with the owner's rights and returns what it printed."""
        done = subprocess.run(
            [program("siaga-cloud"), *words],
            env={**_SOURCES, **self._environment(self.postgres.url(DATABASE))},
            capture_output=True,
            text=True,
            check=False,
        )
        with self.layout.log("admin").open("a") as log:
            log.write(f"$ siaga-cloud {' '.join(words[:3])}\n{done.stderr}")
        if done.returncode:
            log_file = self.layout.log("admin")
            raise DemoError(f"siaga-cloud {' '.join(words)} failed (log: {log_file}):\n{done.stdout}{done.stderr}")
        return done.stdout

    def begin_admin(self, name: str, *words: str) -> Child:
        """Starts `siaga-cloud WORDS` with the owner's rights beside the other programs."""
        return Child(
            name=name,
            argv=[program("siaga-cloud"), *words],
            log=self.layout.log(name),
            env={**_SOURCES, **self._environment(self.postgres.url(DATABASE))},
        ).start()

    def tokens(self, users: Sequence[str]) -> dict[str, str]:
        """A bearer token for each of the demo's people."""
        with ThreadPoolExecutor() as pool:
            printed = list(pool.map(lambda user: self.admin("admin", "token", user), users))
        return {user: words.split()[-1] for user, words in zip(users, printed, strict=True)}

    def counts(self, since: datetime = BEGINNING) -> dict[str, int]:
        """How far things have come since a moment, for the progress lines."""
        with psycopg.connect(self.postgres.url(DATABASE)) as connection:
            row = connection.execute(_COUNTS, {"since": since}).fetchone() or (0,) * 5
        return dict(zip(("messages", "events", "reports", "incidents", "tasks"), row, strict=True))

    def engines(self) -> dict[str, str]:
        """Which database and broker served."""
        return {"database": self.postgres.engine(), "broker": self.broker.engine()}

    def stop(self) -> None:
        """Ends the programs, then the services."""
        for child in reversed(self.programs.values()):
            child.stop()
        self._stack.close()

    def _environment(self, database_url: str) -> dict[str, str]:
        return {
            "SIAGA_DATABASE_URL": database_url,
            "SIAGA_BROKER_HOST": "127.0.0.1",
            "SIAGA_BROKER_PORT": str(self.broker.port),
            "SIAGA_BROKER_USERNAME": INGEST_USER,
            "SIAGA_BROKER_PASSWORD": self._ingest_password,
            "SIAGA_BROKER_PROTOCOL": self.broker.protocol,
            "SIAGA_BROKER_SUBSCRIBE": self.broker.subscribe,
            "SIAGA_UNOWNED": self.unowned,
            "SIAGA_JUMP_CM": f"{STORY_SPIKE_CM:g}",
            "SIAGA_RATE_CM_PER_MINUTE": f"{RIVER_CM_PER_MINUTE * max(1.0, self.river_speed):g}",
            "SIAGA_MEDIA_DIR": str(self.layout.media),
            "SIAGA_PUBLISH_FOLDER": str(self.layout.published),
            "SIAGA_BASEMAP_FOLDER": str(self.layout.root / "basemap"),
            "SIAGA_SERVER_KEY": self._server_key,
            "SIAGA_INSTANCE": self._instance,
            "SIAGA_HTTP_HOST": "127.0.0.1",
            "SIAGA_HTTP_PORT": str(self.http_port or PREFERRED_HTTP_PORT),
            "PYTHONUNBUFFERED": "1",
            **self.more,
        }

    def _make_logins(self) -> None:
        with psycopg.connect(self.postgres.url(DATABASE), autocommit=True) as connection:
            for name, group in PROGRAM_ROLES.items():
                login, password = f"demo_{name}", secrets.token_urlsafe(18)
                connection.execute(
                    sql.SQL("create role {} login in role {} password {}").format(
                        sql.Identifier(login), sql.Identifier(group), sql.Literal(password)
                    )
                )
                owner = self.postgres.url(DATABASE)
                self._program_urls[name] = f"postgresql://{login}:{password}@{owner.partition('@')[2]}"


_COUNTS = """
select (select coalesce(sum(stored), 0)::int from node_ledger), (select count(*) from event),
       (select count(*) from report where received_at >= %(since)s),
       (select count(*) from incident where created_at >= %(since)s),
       (select count(*) from task where created_at >= %(since)s)
"""


def city_owners() -> dict[str, str]:
    """Return the owner of each source (gauge:ID, camera:ID) that the files of the demo's city name one for."""
    owners: dict[str, str] = {}
    for kind, name in (("gauge", "gauges.toml"), ("camera", "sites.toml")):
        owners |= {f"{kind}:{table['id']}": table["node"] for table in city_tables(name, kind) if "node" in table}
    return owners


def city_tables(name: str, kind: str) -> list[dict[str, Any]]:
    """Return the tables of one kind in a file of the demo's city."""
    found: list[dict[str, Any]] = tomllib.loads((CITY / name).read_text("utf-8"))[kind]
    return found


def sources_of(nodes: Sequence[NodeTable]) -> dict[str, list[str]]:
    """Return the sources (gauge:ID, camera:ID) of each node of a story."""
    return {
        node.name: [*(f"gauge:{each}" for each in node.gauges), *(f"camera:{each}" for each in node.cameras)]
        for node in nodes
    }


def _bound_to(port: int) -> socket.socket | None:
    """A listening socket; None where another program has the port."""
    try:
        return socket.create_server(("127.0.0.1", port), backlog=2048)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        return None


def write_private(path: Path, text: str) -> Path:
    """A file that only its owner can read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(text)
    return path
