"""Serves the counts of the whole city."""

from __future__ import annotations

from fastapi import APIRouter

from siaga_cloud.figures.store import summary as store
from siaga_cloud.figures.store.summary import CitySummary
from siaga_cloud.platform.http.parts import PartsOf

router = APIRouter(tags=["city"])


@router.get("/summary", summary="Counts of the whole")
def get_city_summary(parts: PartsOf) -> CitySummary:
    """Open incidents by category, tasks by state, gauges by stage."""
    with parts.transaction(None) as conn:
        return store.summary(conn)
