"""Serves whether this process is alive, whether it can serve requests, and its metrics."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from siaga_cloud.platform.http.parts import PartsOf
from siaga_cloud.platform.http.problem import Problem

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
def get_healthz() -> dict[str, str]:
    """The process is alive; the state of the database is not checked."""
    return {"status": "ok"}


@router.get("/readyz")
def get_readyz(parts: PartsOf) -> dict[str, str]:
    """The database answers; where there is a replica to read from, how it is."""
    if not parts.database.is_ready():
        raise Problem(503, "not-ready", "Not ready", "the database does not answer", retry_after_seconds=5)
    if parts.replica is None:
        return {"status": "ready"}
    standing = parts.replica.standing
    behind = "" if standing.lag_seconds is None else f"{standing.lag_seconds:.1f}"
    return {"status": "ready", "replica": standing.reason or "used", "replica_lag_seconds": behind}


@router.get("/metrics")
def get_metrics(request: Request, parts: PartsOf) -> Response:
    """In Prometheus' text format, for those inside: a request that a proxy forwarded comes from outside."""
    if "x-forwarded-for" in request.headers or "forwarded" in request.headers:
        raise Problem(404, "not-found", "Not Found")
    return Response(generate_latest(parts.metrics.registry), media_type=CONTENT_TYPE_LATEST)
