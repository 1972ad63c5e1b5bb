"""Checks that a new node comes from its token to online by the commands of docs/deployment.md."""

from __future__ import annotations

import shutil

from tools.compose_test.commands import OUT, run, wait_for
from tools.compose_test.stack import BROKER_NAME, Stack

NODE = "compose-node"
_GATEWAY = "172.30.81.1"


def enrolled(stack: Stack) -> str:
    """Enrol a node over HTTPS at the front door, start it by the profile `edge-only`, and wait until it is online."""
    folder = OUT / "node"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copy(stack.folder / "secrets" / "broker-ca.pem", folder / "ca.pem")
    token = stack.compose("run", "--rm", "-T", "admin", "enrol", NODE, profile="admin").split()[-1]
    url = f"https://{BROKER_NAME}:{stack.ports['https']}"
    run(["chown", "--recursive", "10001:10001", str(folder)])
    _name_the_broker(stack)
    words = ["--url", url, "--token", "-", "--ca", "/etc/siaga/ca.pem"]
    stack.compose("run", "--rm", "--no-TTY", "enrol", *words, input_text=token)
    stack.compose("up", "--detach", "--no-build", "edge", profile="edge-only")
    seconds = wait_for(lambda: _state(stack) == "online", seconds=180, what=f"{NODE} online")
    return f"{NODE} enrolled by its token and online {seconds:.0f} s after its start"


def _name_the_broker(stack: Stack) -> None:
    """Name this machine to the node, as the city's DNS would."""
    hosts = f'    extra_hosts: ["{BROKER_NAME}:{_GATEWAY}"]\n'
    services = f"  edge:\n{hosts}  enrol:\n{hosts}"
    override = stack.folder / "docker-compose.override.yml"
    override.write_text(f"services:\n{services}", "utf-8")


def _state(stack: Stack) -> str:
    rows = stack.sql(f"SELECT state FROM node WHERE id = '{NODE}'")  # noqa: S608 - a constant
    return rows[0][0] if rows else "not known"
