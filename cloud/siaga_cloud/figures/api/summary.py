"""Serves the counts of the whole city."""

from __future__ import annotations

from fastapi import APIRouter

from siaga_cloud.figures.store import summary as store
from siaga_cloud.figures.store.summary import Summary
from siaga_cloud.platform.http.parts import PartsOf

router = APIRouter(tags=["city"])


@router.get("/summary", summary="Counts of the whole")
def get_summary(parts: PartsOf) -> Summary:
    """Open incidents by category, tasks by state, gauges by stage."""
    with parts.transaction(None) as conn:
        return store.summary(conn)
