"""Runs the application until it is stopped, and ends open live streams at once."""

from __future__ import annotations

import resource
import socket
from collections.abc import Sequence
from typing import Final

import uvicorn
from fastapi import FastAPI

from siaga_cloud.platform.http.admission.timed_connection import TimedConnection
from siaga_cloud.platform.http.parts import Parts
from siaga_cloud.settings import HttpTls

GRACE_SECONDS: Final = 5
# Beyond this many open connections every request is refused, so that there are descriptors left to refuse with.
MOST_CONNECTIONS: Final = 4096
_MORE_DESCRIPTORS: Final = 512


class _Server(uvicorn.Server):
    """Ends the live streams before it waits for connections, because they would never end by themselves."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends streams, then everything else."""
        app = self.config.app
        if isinstance(app, FastAPI):
            parts: Parts = app.state.parts
            parts.hub.end_all()
        await super().shutdown(sockets)


def serve(
    app: FastAPI,
    *,
    host: str,
    ports: tuple[int, int],
    tls: HttpTls | None = None,
    trusted_proxies: Sequence[str] = (),
    inherited: int | None = None,
) -> None:
    """Serves until SIGTERM or SIGINT; https and nothing else where `tls` is given.

    `inherited` is the file descriptor of a socket that is bound to the first port already. The second port is a
    listener for live streams and signed-in people, where the proxy in front uses one; else 0.
    """
    config = configured(app, host=host, ports=ports, tls=tls, trusted_proxies=trusted_proxies)
    port, staff_port = ports
    first = _listener(host, port) if inherited is None else socket.socket(fileno=inherited)
    first.setblocking(False)
    _Server(config).run(sockets=[first, *([_listener(host, staff_port)] if staff_port else [])])


def configured(
    app: FastAPI,
    *,
    host: str,
    ports: tuple[int, int],
    tls: HttpTls | None = None,
    trusted_proxies: Sequence[str] = (),
) -> uvicorn.Config:
    """Return how the server runs. `trusted_proxies`: the only peers whose `X-Forwarded-For` names the client."""
    port, staff_port = ports
    connection = type("Connection", (TimedConnection,), {"staff_port": staff_port or None})
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=connection,
        ws="none",
        access_log=False,
        log_config=None,
        limit_concurrency=min(MOST_CONNECTIONS, _descriptors() - _MORE_DESCRIPTORS),
        timeout_graceful_shutdown=GRACE_SECONDS,
        forwarded_allow_ips=list(trusted_proxies),
        ssl_certfile=tls.cert_file if tls else None,
        ssl_keyfile=tls.key_file if tls else None,
    )


def _listener(host: str, port: int) -> socket.socket:
    """Bind one port; raises OSError where another program has it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.create_server((host, port), family=family, backlog=2048)
    bound.setblocking(False)
    return bound


def _descriptors() -> int:
    """Allow this process as many files as connections need, where the system permits it; return how many it may."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + _MORE_DESCRIPTORS
    allowed = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, most))
    return allowed
