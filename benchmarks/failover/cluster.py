"""Two PostgreSQL servers under Patroni, with its Raft in place of etcd, and a third voice that decides with them."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from siaga_sim.stack.child import Child
from siaga_sim.stack.folders import folder_for, give_to
from siaga_sim.stack.ports import free_port
from siaga_sim.stack.postgres import Programs, find_programs

# Patroni's own bounds: a leader that is not heard for `ttl` is replaced.
TTL_SECONDS, LOOP_SECONDS, RETRY_SECONDS = 20, 2, 4
SUPERUSER = "siaga"


@dataclass(slots=True, kw_only=True)
class Node:
    """One machine: Patroni and the PostgreSQL that it runs."""

    name: str
    folder: Path
    child: Child
    port: int
    api_port: int

    def kill(self) -> None:
        """As a power cut: Patroni, and its PostgreSQL, which is no child of it."""
        pid = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        self.child.kill()
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    def is_primary(self) -> bool:
        """By its own word, which Patroni gives only while it holds the leader's lock."""
        return self._answers("/primary")

    def is_replica(self) -> bool:
        """Running, streaming, and no more behind than allowed."""
        return self._answers("/replica")

    def is_synchronous(self) -> bool:
        """Commits wait for it."""
        return self._answers("/synchronous")

    def _answers(self, path: str) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.api_port}{path}", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


@dataclass(slots=True, kw_only=True)
class Cluster:
    """`patroni`: the program. `stop` ends everything."""

    root: Path
    patroni: Path
    programs: Programs = field(default_factory=find_programs)
    password: str = field(default_factory=lambda: secrets.token_urlsafe(18), repr=False)
    nodes: list[Node] = field(default_factory=list)
    witness: Child | None = None

    def start(self) -> None:
        """Two nodes and the witness; returns at once."""
        raft = [free_port() for _ in range(3)]
        for number in (0, 1):
            node = self._node(number, raft)
            node.child.start()
            self.nodes.append(node)
        self.witness = self._witness(raft)
        self.witness.start()

    def stop(self) -> None:
        """The replica before the primary, so that nobody is promoted at the end."""
        for node in sorted(self.nodes, key=Node.is_primary):
            node.child.stop(30)
        if self.witness is not None:
            self.witness.stop()

    def primary(self) -> Node | None:
        """Who holds the lock just now."""
        return next((node for node in self.nodes if node.is_primary()), None)

    def url(self, database: str) -> str:
        """One address for all programs: libpq itself looks for the server that takes writes."""
        hosts = ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)
        login = f"{SUPERUSER}:{self.password}"
        return f"postgresql://{login}@{hosts}/{database}?target_session_attrs=read-write&connect_timeout=3"

    def create_database(self, name: str) -> None:
        """Create a database on the primary."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'create database "{name}"')

    def engine(self) -> str:
        """Return the name and version of the engine."""
        message_text = subprocess.run(
            [str(self.patroni), "--version"], capture_output=True, text=True, check=True
        ).stdout
        return message_text.strip()

    def _node(self, number: int, raft: list[int]) -> Node:
        name, port, api_port = f"db-{number + 1}", free_port(), free_port()
        folder = folder_for(self.programs.account, self.root / name)
        config = self._config(name, folder, port, api_port) | {"raft": _raft(folder, raft, number)}
        child = Child(
            name=name,
            argv=[str(self.patroni), str(self._write(folder, config))],
            log=folder / "log",
            user=self.programs.account,
            env={"HOME": str(folder), "PATH": f"{self.programs.bin_dir}:{os.environ['PATH']}"},
            cwd=folder,
        )
        return Node(name=name, folder=folder, child=child, port=port, api_port=api_port)

    def _witness(self, raft: list[int]) -> Child:
        folder = folder_for(self.programs.account, self.root / "witness")
        program = self.patroni.with_name("patroni_raft_controller")
        config = {"raft": _raft(folder, raft, 2)}
        return Child(
            name="witness",
            argv=[str(program), str(self._write(folder, config))],
            log=folder / "log",
            user=self.programs.account,
            env={"HOME": str(folder)},
            cwd=folder,
        )

    def _write(self, folder: Path, config: dict[str, Any]) -> Path:
        path = folder / "patroni.yml"
        path.write_text(json.dumps(config, indent=1))  # which is YAML too
        path.chmod(0o600)
        give_to(self.programs.account, path)
        return path

    def _config(self, name: str, folder: Path, port: int, api_port: int) -> dict[str, Any]:
        logins = {
            "superuser": {"username": SUPERUSER, "password": self.password},
            "replication": {"username": "replicator", "password": self.password},
            "rewind": {"username": SUPERUSER, "password": self.password},
        }
        dcs = {
            "ttl": TTL_SECONDS,
            "loop_wait": LOOP_SECONDS,
            "retry_timeout": RETRY_SECONDS,
            "primary_start_timeout": 0,
            "synchronous_mode": True,
            "maximum_lag_on_failover": 16 * 1024 * 1024,
            "postgresql": {
                "use_pg_rewind": True,
                "parameters": {
                    "max_connections": 100,
                    "shared_preload_libraries": "timescaledb",
                    "wal_log_hints": "on",
                },
            },
        }
        return {
            "scope": "siaga",
            "name": name,
            "restapi": {"listen": f"127.0.0.1:{api_port}", "connect_address": f"127.0.0.1:{api_port}"},
            "bootstrap": {
                "dcs": dcs,
                "initdb": [{"encoding": "UTF8"}, {"locale": "C.UTF-8"}],
            },
            "postgresql": {
                "listen": f"127.0.0.1:{port}",
                "connect_address": f"127.0.0.1:{port}",
                "data_dir": str(folder / "data"),
                "bin_dir": str(self.programs.bin_dir),
                "authentication": logins,
                "pg_hba": [
                    "host all all 127.0.0.1/32 scram-sha-256",
                    "host replication replicator 127.0.0.1/32 scram-sha-256",
                ],
                "parameters": {
                    "unix_socket_directories": str(folder),
                    "timezone": "UTC",
                    "timescaledb.telemetry_level": "off",
                },
            },
        }


def _raft(folder: Path, ports: list[int], number: int) -> dict[str, Any]:
    addresses = [f"127.0.0.1:{port}" for port in ports]
    others = [address for place, address in enumerate(addresses) if place != number]
    return {"data_dir": str(folder / "raft"), "self_addr": addresses[number], "partner_addrs": others}
