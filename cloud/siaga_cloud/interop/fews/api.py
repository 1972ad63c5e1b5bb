"""Serves readings of gauges to Delft-FEWS, with the names of its own PI service for the parameters."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Query, Response

from siaga_cloud.interop.fews.pi_xml import document
from siaga_cloud.interop.fews.service import series_of
from siaga_cloud.platform.http.moments import Moment
from siaga_cloud.platform.http.parts import PartsOf
from siaga_cloud.platform.http.problem import Problem, refusals

BASE: Final = "/fews/v1"
_USUAL_SPAN: Final = timedelta(hours=24)
_MAX_SPAN: Final = timedelta(days=31)
_MOST_GAUGES: Final = 50
_Id = Annotated[str, Query(min_length=1, max_length=64)]

router = APIRouter(prefix=BASE, tags=["fews"])


@router.get(
    "/timeseries.xml",
    summary="Readings of gauges as PI-XML",
    response_class=Response,
    responses={
        200: {"content": {"application/xml": {}}},
        404: {"description": "there is no such gauge"},
        **refusals("invalid_period", "too_many_readings"),
    },
)
def get_pi_timeseries(
    parts: PartsOf,
    gauge_ids: Annotated[
        list[_Id], Query(alias="locationIds", min_length=1, max_length=_MOST_GAUGES, description="ids of gauges")
    ],
    since: Annotated[Moment | None, Query(alias="startTime", description="default: 24 h before endTime")] = None,
    until: Annotated[Moment | None, Query(alias="endTime", description="not included; default: now")] = None,
) -> Response:
    """All readings of at most 50 gauges and 31 days, oldest first, in UTC. More than 100,000 readings are refused, so
    that a series is never cut off.
    """
    end = until or datetime.now(UTC)
    start = since or end - _USUAL_SPAN
    if not timedelta(0) < end - start <= _MAX_SPAN:
        detail = f"got {start} to {end}, expected more than 0, at most {_MAX_SPAN.days} days"
        raise Problem(422, "invalid-period", "The span is not right", detail)
    with parts.transaction(None) as conn:
        body = document(series_of(conn, list(dict.fromkeys(gauge_ids)), since=start, until=end))
    return Response(body, media_type="application/xml")
