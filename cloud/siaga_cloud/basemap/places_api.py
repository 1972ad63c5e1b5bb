"""Serves the search of places by name."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from siaga_cloud.basemap.search import PlaceSearch
from siaga_cloud.platform.http.parts import PartsOf

router = APIRouter(tags=["city"])


class NamedPlace(BaseModel):
    """Describes a place that a name leads to."""

    name: Annotated[str, Field(examples=["Stasiun Manggarai"])]
    kind: Literal["street", "landmark", "area", "gauge"]
    id: Annotated[str | None, Field(description="of the area or gauge; null for others")]
    lat: float
    lon: float


@router.get("/places", summary="Streets, landmarks, areas and gauges by name")
def find_places(
    parts: PartsOf,
    q: Annotated[str, Query(min_length=1, max_length=100, examples=["stasiun manggarai"])],
    limit: Annotated[int, Query(ge=1, le=50)] = 8,
) -> list[NamedPlace]:
    """Every word of `q` begins a word of the name, in Indonesian or English ("station" finds "Stasiun").

    The best come first.
    """
    with parts.transaction(None) as conn:
        found = parts.of(PlaceSearch).find(conn, q, basemap=parts.settings.basemap_folder, most=limit)
    return [
        NamedPlace.model_validate(
            {"name": one.name, "kind": one.kind, "id": one.id, "lat": one.middle.lat, "lon": one.middle.lon}
        )
        for one in found
    ]
