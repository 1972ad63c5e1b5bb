"""Serves the depth of water on streets."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field

from siaga_cloud.platform.http.models import ResponseModel
from siaga_cloud.platform.http.parts import PartsOf
from siaga_cloud.platform.http.problem import Problem
from siaga_cloud.streets.forms import StreetDepth, form_of
from siaga_cloud.streets.store import depths as db
from siaga_core.wire.ids import NAME_PATTERN

router = APIRouter(tags=["streets"])

StreetId = Annotated[str, Path(max_length=48, pattern=NAME_PATTERN)]


class StreetDepths(ResponseModel):
    """Lists the streets of which something is known; a street that is not listed is not known to be dry."""

    streets: list[StreetDepth]
    unknown_count: Annotated[int, Field(description="segments of streets of which nothing is known or foreseen")]


@router.get("/streets/depth", summary="Depth of water by street")
def list_street_depths(
    parts: PartsOf, area: Annotated[str | None, Query(max_length=100, description="id of an area")] = None
) -> StreetDepths:
    """The deepest first, at most 5,000; of the whole city, or of the streets whose middle lies in an area."""
    with parts.transaction(None) as conn:
        found = db.list_depths(conn, now=datetime.now(UTC), area_id=area)
        count = db.count_segments(conn, area_id=area)
    return StreetDepths(streets=[form_of(one) for one in found], unknown_count=count - len(found))


@router.get("/streets/{street_id}/depth", summary="Depth of water on one street")
def get_street_depth(parts: PartsOf, street_id: StreetId) -> StreetDepth:
    """As in the list; unknown where nothing is known."""
    with parts.transaction(None) as conn:
        found = db.find_street(conn, street_id, now=datetime.now(UTC))
    if found is None:
        raise Problem(
            404,
            "street-not-found",
            "There is no such street",
            f"got {street_id!r}, expected the id of a segment that the city lists",
        )
    return form_of(found)
