"""The clean folder that the page is followed in: a copy of the checkout, with ports and a project of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from tools.compose_test.commands import ROOT, run
from tools.compose_test.stack import BROKER_NAME, Stack
from tools.deployment_docs.blocks import Block

OUT = ROOT / ".run" / "deployment-docs"
PROJECT = "siaga-deployment-docs"
VERSION = "deployment-docs"
GATEWAY = "172.30.81.1"
BLOCK_SECONDS = 3600
UNTIL_SECONDS = 300.0
HEALTHY = "healthy"
_STATES = "docker compose --profile '*' ps --all --format '{{.Service}} {{.State}} {{.Health}} {{.ExitCode}}'"
_IS_HEALTHY = f"""states=$({_STATES})
test -n "$states"
! grep -vE ' running healthy 0$|^(first-start|nodes) exited +0$' <<< "$states"
"""


class BlockError(Exception):
    """A block did not do what the page states; the text has the end of its output."""


@dataclass(slots=True)
class Deployment:
    """One deployment by the page. `missing`: services whose image cannot be fetched here."""

    stack: Stack
    missing: tuple[str, ...]
    seconds: float = UNTIL_SECONDS

    @classmethod
    def new(cls, missing: tuple[str, ...], earlier: str | None = None) -> Deployment:
        """Return a deployment in an empty folder; the page builds its images, unless an `earlier` version is named."""
        shutil.rmtree(OUT / "node", ignore_errors=True)
        names = ("siaga-cloud", "siaga-backup", "siaga-sim", "siaga-edge")
        run(["docker", "image", "rm", "--force", *(f"{name}:{VERSION}" for name in names)], expects=(0, 1))
        for name in names if earlier else ():
            run(["docker", "tag", f"{name}:{earlier}", f"{name}:{VERSION}"])
        stack = Stack(missing=missing, folder=OUT / "checkout")
        stack.prepare()
        (stack.folder / "docker-compose.override.yml").write_text(override(missing), "utf-8")
        return cls(stack, missing)

    @property
    def environment(self) -> dict[str, str]:
        """The variables of the page, with free ports, and a version of its own so that the images are built."""
        return {
            **self.stack.environment,
            "COMPOSE_PROJECT_NAME": PROJECT,
            "SIAGA_NODE_DIR": str(OUT / "node"),
            "SIAGA_VERSION": VERSION,
            "SIAGA_PUBLIC_URL": f"https://{BROKER_NAME}:{self.stack.ports['https']}",
            "HTTP_PORT": str(self.stack.ports["http"]),
            "HTTPS_PORT": str(self.stack.ports["https"]),
            "NODE_NAME": "docs-node",
            "BROKER_NAME": BROKER_NAME,
            "PATH": f"{_sudo()}{os.environ['PATH']}",
        }

    def follow(self, block: Block) -> None:
        """Run a block, and wait for what must then hold; raises `BlockError`."""
        script = "\n".join([*(f"export {one}" for one in block.given), block.script])
        self._bash(script, what="the block", seconds=BLOCK_SECONDS)
        for command in block.until:
            self._wait(command)

    def down(self) -> None:
        """Remove containers and volumes, and what the node wrote."""
        words = ["docker", "compose", "--profile", "*", "down", "--volumes", "--remove-orphans", "--timeout", "30"]
        subprocess.run(words, cwd=self.stack.folder, env=self.environment, capture_output=True, check=False)

    def _wait(self, condition: str) -> None:
        command = _IS_HEALTHY if condition == HEALTHY else condition
        until = time.monotonic() + self.seconds
        while True:
            try:
                self._bash(command, what=f"until: {condition}", seconds=60)
            except BlockError:
                if time.monotonic() > until:
                    raise
                time.sleep(2)
            else:
                return

    def _bash(self, script: str, *, what: str, seconds: float) -> None:
        try:
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", script], cwd=self.stack.folder, env=self.environment,
                capture_output=True, text=True, check=False, timeout=seconds,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise BlockError(f"{what}: not done after {seconds:.0f} s") from error
        with (OUT / "commands.log").open("a") as log:
            log.write(f"$ {script}\n{done.stdout}{done.stderr}[exit {done.returncode}]\n")
        if done.returncode:
            raise BlockError(f"{what}: exit code {done.returncode}: {(done.stderr + done.stdout).strip()[-500:]}")


def override(missing: tuple[str, ...]) -> str:
    """Return the override that names this machine to a node, as the DNS would, and leaves out what has no image."""
    lines = ["services:"]
    for name in ("edge", "enrol"):
        lines += [f"  {name}:", f'    extra_hosts: ["{BROKER_NAME}:{GATEWAY}"]']
    for name in missing:
        lines += [f"  {name}:", "    profiles: [without-an-image]"]
    return "\n".join(lines) + "\n"


def _sudo() -> str:
    """Return a folder for PATH in which `sudo` is only the command itself, where root has none."""
    if shutil.which("sudo") or os.geteuid() != 0:
        return ""
    folder = Path(OUT / "bin")
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "sudo"
    program.write_text('#!/bin/sh\nexec "$@"\n')
    program.chmod(0o755)
    return f"{folder}:"
