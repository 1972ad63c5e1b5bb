"""Serves the warnings of other authorities that are in force."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query

from siaga_cloud.feeds.store import warnings as db
from siaga_cloud.feeds.store.warnings import ExternalWarning
from siaga_cloud.platform.http.parts import PartsOf

router = APIRouter(tags=["alerts"])


@router.get("/warnings", summary="Warnings of others (BMKG and its like) that hold now")
def list_warnings(
    parts: PartsOf,
    area: Annotated[
        str | None, Query(max_length=64, description="only those that touch it, what is in or over it")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> list[ExternalWarning]:
    """The warnings are shown as published (CAP 1.2), the worst first; `sender` names the authority. Our own alerts are
    at /alerts.
    """
    with parts.transaction(None) as conn:
        return db.in_force(conn, area_id=area, now=datetime.now(UTC), limit=limit)
