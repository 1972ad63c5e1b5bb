"""Serves whether this process is alive, whether it can serve requests, and its metrics.

These answers come from the event loop: however busy the worker threads and the connections of requests are, they wait
for neither.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

import psycopg
from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from siaga_cloud.platform.db.probe import check_answers
from siaga_cloud.platform.http.parts import PartsOf
from siaga_cloud.platform.http.problem import Problem

router = APIRouter(include_in_schema=False)

CHECK_SECONDS: Final = 3
_RESULT_SECONDS: Final = 1.0  # so that many questions make few queries


@dataclass(slots=True)
class DatabaseProbe:
    """Checks over a connection of its own whether the database answers; belongs to one event loop."""

    url: str
    conn: psycopg.AsyncConnection | None = None
    is_ready: bool = False
    checked_at: float = float("-inf")
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def answers(self) -> bool:
        """Return whether the database answered within the last second or does now."""
        async with self.lock:
            if time.monotonic() - self.checked_at > _RESULT_SECONDS:
                self.is_ready = await self._check()
                self.checked_at = time.monotonic()
            return self.is_ready

    async def _check(self) -> bool:
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                if self.conn is None:
                    self.conn = await psycopg.AsyncConnection.connect(
                        self.url, autocommit=True, connect_timeout=CHECK_SECONDS, application_name="siaga-ready"
                    )
                await check_answers(self.conn)
        except (psycopg.Error, TimeoutError, OSError):
            await self.close()
            return False
        return True

    async def close(self) -> None:
        """Close the connection; the next check opens another one."""
        conn, self.conn = self.conn, None
        if conn is not None:
            with suppress(psycopg.Error, OSError):
                await conn.close()


@router.get("/healthz")
async def get_healthz() -> dict[str, str]:
    """The process is alive; the state of the database is not checked."""
    return {"status": "ok"}


@router.get("/readyz")
async def get_readyz(parts: PartsOf) -> dict[str, str]:
    """The database answers; which instance this is, if it is named; how the replica is, where there is one."""
    if not await parts.of(DatabaseProbe).answers():
        raise Problem(503, "not-ready", "Not ready", "the database does not answer", retry_after_seconds=5)
    own = {"instance": parts.settings.instance} if parts.settings.instance else {}
    if parts.replica is None:
        return {"status": "ready", **own}
    standing = parts.replica.standing
    behind = "" if standing.lag_seconds is None else f"{standing.lag_seconds:.1f}"
    return {"status": "ready", **own, "replica": standing.reason or "used", "replica_lag_seconds": behind}


@router.get("/metrics")
def get_metrics(request: Request, parts: PartsOf) -> Response:
    """In Prometheus' text format, for those inside: a request that a proxy forwarded comes from outside."""
    if "x-forwarded-for" in request.headers or "forwarded" in request.headers:
        raise Problem(404, "not-found", "Not Found")
    return Response(generate_latest(parts.metrics.registry), media_type=CONTENT_TYPE_LATEST)
