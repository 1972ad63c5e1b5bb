"""One address for three broker nodes: a private HAProxy, as a city would put before its cluster."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from siaga_sim.stack.child import Child, Service
from siaga_sim.stack.folders import folder_for, give_to, user_exists
from siaga_sim.stack.ports import free_port, is_listening

START_SECONDS = 15.0
# Connections last for hours; a node that fails two checks in a second loses those that it had.
_CONF = """\
global
    maxconn 4000
defaults
    mode tcp
    timeout connect 2s
    timeout client 1h
    timeout server 1h
    retries 3
    option redispatch
    option tcpka
frontend mqtt
    bind 127.0.0.1:{port}
    default_backend nodes
backend nodes
    balance leastconn
    default-server check inter 500ms fall 2 rise 2 on-marked-down shutdown-sessions
{servers}
"""


@dataclass(slots=True, kw_only=True)
class Balancer(Service):
    """Passes each connection on to one of the nodes that listen."""

    nodes: Sequence[int]
    port: int = 0

    def start(self) -> Self:
        """Starts it on its port."""
        account = "haproxy" if os.geteuid() == 0 and user_exists("haproxy") else None
        self.folder = folder_for(account, self.folder)
        self.port = self.port or free_port()
        conf = self.folder / "haproxy.cfg"
        servers = "\n".join(f"    server n{number} 127.0.0.1:{port}" for number, port in enumerate(self.nodes, start=1))
        conf.write_text(_CONF.format(port=self.port, servers=servers))
        give_to(account, conf)
        self.child = Child(
            name="balancer",
            argv=["/usr/sbin/haproxy", "-db", "-f", str(conf)],
            log=self.folder / "server.log",
            user=account,
        ).start()
        self.child.wait_for(lambda: is_listening(self.port), seconds=START_SECONDS)
        return self
