"""Serves what is known of an area besides its alerts: statistics, layers and the gauges whose alerts cover it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from siaga_cloud.alerts.store import alerts
from siaga_cloud.city.api.layers import Lang, title
from siaga_cloud.city.service import reading as city
from siaga_cloud.platform.http.parts import PartsOf
from siaga_cloud.platform.http.problem import Problem
from siaga_cloud.platform.language import choose_language

router = APIRouter(tags=["layers"])

_FIGURES: Final = ("areas", "agencies", "categories", "days")


class AreaStatistic(BaseModel):
    """Holds one number of an area. A sum states for how many of the kelurahan the number is known; it is too small
    where some are missing.
    """

    name: str
    value: float
    as_of: date
    source: str
    is_sum: bool
    kelurahan: int | None
    kelurahan_known: int | None


class AreaLayerCount(BaseModel):
    """Counts the features of a layer that lie in an area."""

    id: str
    title: str
    count: int


class AreaContext(BaseModel):
    """Describes an area together with its statistics, layers and gauges."""

    id: str
    name: str
    level: Literal["province", "city", "kecamatan", "kelurahan", "rw"]
    parent_id: str | None
    parent_name: str | None
    statistics: list[AreaStatistic]
    layers: list[AreaLayerCount]
    gauges: Annotated[list[str], Field(description="ids of the gauges that warn it, or an area in it")]
    figures: Annotated[dict[str, str], Field(description="where the figures within this area are")]


@router.get("/areas/{area_id}/context", summary="What else is known of an area")
def get_area_context(request: Request, parts: PartsOf, area_id: str, lang: Lang = None) -> AreaContext:
    """Statistics such as population, how much of each layer lies in it, its gauges, and where its figures are."""
    language = choose_language(lang, request.headers.get("accept-language"))
    with parts.transaction(None) as conn:
        found = city.area_names(conn, area_id)
        if not found:
            raise Problem(
                404, "area-not-found", "There is no such area", f"got {area_id[:60]!r}, expected one of /areas"
            )
        statistics = city.statistics_of(conn, area_id)
        counts = city.layer_counts(conn, area_id)
        gauges = alerts.gauges_that_warn(conn, area_id)
    area = found[0]
    return AreaContext(
        id=area.id,
        name=area.name,
        level=area.level,
        parent_id=area.parent_id,
        parent_name=area.parent_name,
        statistics=[AreaStatistic.model_validate(one, from_attributes=True) for one in statistics],
        layers=[
            AreaLayerCount(id=one.layer_id, title=title(one.title_id, one.title_en, language), count=one.count)
            for one in counts
        ],
        gauges=list(gauges),
        figures={name: f"/api/v1/figures/{name}?area={area.id}" for name in _FIGURES},
    )
