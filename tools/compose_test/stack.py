"""The stack under test: a copy of the checkout with secrets, ports and volumes of its own."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from tools.compose_test.commands import OUT, ROOT, CheckError, run, wait_for

PROJECT = "siaga-compose-test"
BROKER_NAME = "siaga-compose-test.internal"
NODES = ("pintu-manggarai", "posko-utara", "hulu-ciliwung")
SIMULATED = ("sim", "nodes", *(f"edge-{name}" for name in NODES))
ONCE = {"first-start", "nodes", "setup"}


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(slots=True)
class Stack:
    """One deployment. `missing`: services without an image; `commit`: of these sources, else of the working
    tree; `extra`: further variables.
    """

    missing: tuple[str, ...]
    folder: Path = OUT / "checkout"
    version: str = "0.2.0"
    commit: str | None = None
    ports: dict[str, int] = field(default_factory=dict)
    extra: dict[str, str] = field(default_factory=dict)

    def prepare(self) -> None:
        """Copy the sources, and choose ports."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        subprocess.run(["tar", "--extract", "--file=-"], cwd=self.folder, input=self._packed_sources(), check=True)
        for name in ("http", "https", "redirect", "staff", "nodes"):
            self.ports.setdefault(name, free_port())

    def _packed_sources(self) -> bytes:
        """Return a tar of a commit, or of what is committed and changed."""
        if self.commit is not None:
            command = ["git", "archive", "--format=tar", self.commit]
            found = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
            if found.returncode != 0:
                raise CheckError(f"{' '.join(command)}: {found.stderr.decode().strip()}; a whole clone has it")
            return found.stdout
        listed = run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        files = "\0".join(name for name in listed.split("\0") if name and (ROOT / name).exists())
        return subprocess.run(
            ["tar", "--create", "--null", "--files-from=-", "--file=-"],
            cwd=ROOT, input=files.encode(), capture_output=True, check=True,
        ).stdout  # fmt: skip

    @property
    def environment(self) -> dict[str, str]:
        """The variables of docs/deployment.md, for this deployment."""
        return {
            **os.environ,
            "COMPOSE_PROJECT_NAME": PROJECT,
            "SIAGA_VERSION": self.version,
            "SIAGA_BROKER_NAME": BROKER_NAME,
            "SIAGA_HTTP_PORT": str(self.ports["http"]),
            "SIAGA_HTTPS_LISTEN": str(self.ports["https"]),
            "SIAGA_REDIRECT_LISTEN": f"127.0.0.1:{self.ports['redirect']}",
            "SIAGA_STAFF_LISTEN": f"127.0.0.1:{self.ports['staff']}",
            "SIAGA_NODES_PORT": str(self.ports["nodes"]),
            "SIAGA_NODE_DIR": str(OUT / "node"),
            **self.extra,
        }

    def compose(
        self, *words: str, profile: str | None = None, seconds: float = 900, input_text: str | None = None
    ) -> str:
        """Return what `docker compose` prints; raises `CheckError`."""
        profiles = ["--profile", profile] if profile else []
        command = ["docker", "compose", *profiles, *words]
        return run(command, cwd=self.folder, env=self.environment, seconds=seconds, input_text=input_text)

    def services(self) -> list[str]:
        """Return the services that start without a profile and have an image."""
        return [name for name in self.compose("config", "--services").split() if name not in self.missing]

    def up(self, *services: str, profile: str | None = None, seconds: float = 600) -> None:
        """Start services and wait until each is healthy or, where it runs once, has ended with 0."""
        chosen = services or tuple(self.services())
        self.compose("up", "--detach", "--no-build", *chosen, profile=profile, seconds=seconds)
        wait_for(lambda: not self.not_ready(), seconds=seconds, what=f"healthy: {self.not_ready()}")

    def states(self) -> dict[str, tuple[str, str, int]]:
        """Return state, health and exit code by service."""
        lines = self.compose("--profile", "*", "ps", "--all", "--format", "json").splitlines()
        found = [json.loads(line) for line in lines if line.startswith("{")]
        return {one["Service"]: (one["State"], one["Health"], one["ExitCode"]) for one in found}

    def not_ready(self) -> list[str]:
        """Return the services that are neither healthy nor done."""
        return [
            f"{name} {state} {health} {code}"
            for name, (state, health, code) in sorted(self.states().items())
            if not (health == "healthy" or (name in ONCE and state == "exited" and code == 0))
        ]

    def container(self, service: str) -> str:
        """Return the id of a service's container."""
        found = self.compose("--profile", "*", "ps", "--all", "--quiet", service).split()
        if not found:
            raise CheckError(f"{service} has no container")
        return found[0]

    def sql(self, query: str, *, database: str = "siaga") -> list[list[str]]:
        """Return the rows of a query that the database's owner asks."""
        words = ["psql", "--username", "siaga", "--dbname", database, "--tuples-only", "--no-align", "--command", query]
        return [line.split("|") for line in self.compose("exec", "-T", "db", *words).splitlines() if line]

    def down(self, *, with_volumes: bool) -> None:
        """Stop and remove the containers, and the volumes where that is asked."""
        words = ["--volumes"] if with_volumes else []
        self.compose("--profile", "*", "down", "--remove-orphans", "--timeout", "30", *words)
