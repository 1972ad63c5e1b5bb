"""Runs the application until it is stopped, and ends open live streams at once."""

from __future__ import annotations

import asyncio
import resource
import socket
from collections.abc import Sequence
from typing import Final

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from siaga_cloud.platform.http.parts import Parts
from siaga_cloud.settings import HttpTls

GRACE_SECONDS: Final = 5
HEADER_SECONDS: Final = 10.0
# Beyond this many open connections every request is refused, so that there are descriptors left to refuse with.
MOST_CONNECTIONS: Final = 4096
_MORE_DESCRIPTORS: Final = 512


class TimedConnection(H11Protocol):
    """Closes a connection whose next request does not arrive as a whole header; uvicorn itself waits for ever."""

    header_seconds = HEADER_SECONDS
    staff_port: int | None = None
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request. What the public has open does not count against the listener of staff."""
        super().connection_made(transport)
        if self.server is not None and self.server[1] == self.staff_port:
            self.limit_concurrency = None
        self._expect_header()

    def data_received(self, data: bytes) -> None:
        """Receive a part of a request; more of the same header gives no more time."""
        super().data_received(data)
        if self._has_request:
            self._stop()
        else:
            self._expect_header()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection that was lost."""
        self._stop()
        super().connection_lost(exc)

    @property
    def _has_request(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _expect_header(self) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(self.header_seconds, self._expire)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _expire(self) -> None:
        self._timer = None
        if not self._has_request and not self.transport.is_closing():
            self.transport.close()


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
) -> None:
    """Serves until SIGTERM or SIGINT; https and nothing else where `tls` is given.

    The second port is a listener for live streams and signed-in people, where the proxy in front uses one; else 0.
    """
    config = configured(app, host=host, ports=ports, tls=tls, trusted_proxies=trusted_proxies)
    _Server(config).run(sockets=[_listener(host, one) for one in ports if one])


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
