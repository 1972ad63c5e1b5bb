"""Models a street with the depth of water on it, as the API and the published files hold it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from siaga_cloud.platform.http.models import ResponseModel
from siaga_cloud.streets.store.depths import ListedStreet


class DepthBasis(ResponseModel):
    """States what a depth follows from: how many sources of a kind, and when the first and the last stated it."""

    kind: Literal["camera", "report", "gauge"]
    count: Annotated[int, Field(description="independent sources")]
    first_at: datetime
    last_at: datetime
    names: Annotated[list[str], Field(description="of cameras and gauges; people have none")]


class DepthAhead(ResponseModel):
    """States a depth that follows from the forecast at the gauge of the street."""

    at: datetime
    depth_cm: float
    low_cm: float
    high_cm: float


class StreetDepth(ResponseModel):
    """Describes a street with the depth of water on it. Without evidence the depth is unknown: null, never 0."""

    id: str
    name: str
    line: Annotated[list[tuple[float, float]], Field(description="latitude and longitude of each corner")]
    area_id: str | None
    area_name: str | None
    gauge_id: Annotated[str | None, Field(description="the gauge whose water floods it")]
    gauge_name: str | None
    schematic: Annotated[
        bool,
        Field(description="place and height of its road are drawn, not surveyed; a depth by its gauge is an example"),
    ]
    answer: Annotated[
        Literal["known", "wet", "unknown"],
        Field(description="wet: water was seen, its depth is not known; unknown: nothing is known of now"),
    ]
    depth_cm: float | None
    low_cm: Annotated[float | None, Field(description="low and high are computed to hold nine of ten depths")]
    high_cm: float | None
    basis: Annotated[list[DepthBasis], Field(description="what the depth follows from")]
    ahead: Annotated[list[DepthAhead], Field(description="depths that the forecast brings, the soonest first")]
    computed_at: datetime | None
    valid_until: Annotated[datetime | None, Field(description="after it nothing is known; null: nothing is")]


def form_of(row: ListedStreet) -> StreetDepth:
    """Return the form of a street."""
    return StreetDepth(
        id=row.id,
        name=row.name,
        line=list(zip(row.line[::2], row.line[1::2], strict=True)),
        area_id=row.area_id,
        area_name=row.area_name,
        gauge_id=row.gauge_id,
        gauge_name=row.gauge_name,
        schematic=row.schematic,
        answer=row.answer or "unknown",
        depth_cm=row.depth_cm,
        low_cm=row.low_cm,
        high_cm=row.high_cm,
        basis=[DepthBasis.model_validate(one) for one in row.basis or ()],
        ahead=[DepthAhead.model_validate(one) for one in row.ahead or ()],
        computed_at=row.computed_at,
        valid_until=row.valid_until,
    )
