"""Runs the application until it is stopped, and ends open live streams at once."""

from __future__ import annotations

import socket
from collections.abc import Sequence

import uvicorn
from fastapi import FastAPI

from siaga_cloud.platform.http.parts import Parts
from siaga_cloud.settings import HttpTls

GRACE_SECONDS = 5


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
    app: FastAPI, *, host: str, port: int, tls: HttpTls | None = None, trusted_proxies: Sequence[str] = ()
) -> None:
    """Serves until SIGTERM or SIGINT; https and nothing else where `tls` is given."""
    _Server(configured(app, host=host, port=port, tls=tls, trusted_proxies=trusted_proxies)).run()


def configured(
    app: FastAPI, *, host: str, port: int, tls: HttpTls | None = None, trusted_proxies: Sequence[str] = ()
) -> uvicorn.Config:
    """Return how the server runs. `trusted_proxies`: the only peers whose `X-Forwarded-For` names the client."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=GRACE_SECONDS,
        forwarded_allow_ips=list(trusted_proxies),
        ssl_certfile=tls.cert_file if tls else None,
        ssl_keyfile=tls.key_file if tls else None,
    )
