"""Serves rain gauges and what they measured."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Response
from pydantic import TypeAdapter

from siaga_cloud.platform.http.moments import Moment
from siaga_cloud.platform.http.parts import PartsOf
from siaga_cloud.platform.http.problem import Problem, refusals
from siaga_cloud.platform.http.tables import json_response
from siaga_cloud.rain.forms import HOURS, RainGauge, RainReading, form_of
from siaga_cloud.rain.store import gauges
from siaga_cloud.rain.store import readings as db
from siaga_core.wire.ids import NAME_PATTERN

router = APIRouter(tags=["rain"])

RainGaugeId = Annotated[str, Path(max_length=48, pattern=NAME_PATTERN)]
_READINGS = TypeAdapter(list[RainReading])
_DEFAULT_SPAN: Final = timedelta(hours=24)
_MAX_SPAN: Final = timedelta(days=31)
_HOUR: Final = timedelta(hours=1)


@router.get("/rain-gauges", summary="Rain gauges with the rain of the last hours")
def list_rain_gauges(parts: PartsOf) -> list[RainGauge]:
    """By name, at most 1,000. The windows end at the request; where less than nine tenths of one are known its rain is
    null, which is not dry.
    """
    since, count = datetime.now(UTC) - max(HOURS) * _HOUR, max(HOURS)
    with parts.transaction(None) as conn:
        listed = gauges.list_with_newest(conn)
        fell = db.spans(conn, [one.id for one in listed], since=since, step=_HOUR, count=count)
    return [form_of(one, fell[one.id]) for one in listed]


@router.get(
    "/rain-gauges/{rain_gauge_id}/readings",
    summary="Readings of a rain gauge",
    response_model=list[RainReading],
    responses=refusals("invalid_period"),
)
def list_rain_gauge_readings(
    parts: PartsOf,
    rain_gauge_id: RainGaugeId,
    since: Annotated[Moment | None, Query(alias="from", description="not included; default: 24 h before `to`")] = None,
    until: Annotated[Moment | None, Query(alias="to", description="included; default: now")] = None,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 5000,
) -> Response:
    """The newest `limit` intervals that ended in a span of at most 31 days, oldest first. Of a time that no interval
    covers nothing is known.
    """
    start, end = _period(since, until)
    with parts.transaction(None) as conn:
        if not gauges.exists(conn, rain_gauge_id):
            raise _no_rain_gauge(rain_gauge_id)
        found = db.list_ended(conn, rain_gauge_id, since=start, until=end, limit=limit)
    return json_response(_READINGS, [RainReading(ends_at=one.ends_at, minutes=one.minutes, mm=one.mm) for one in found])


def _period(since: datetime | None, until: datetime | None) -> tuple[datetime, datetime]:
    """Return the span to read; raises Problem 422 for one that is empty or too long."""
    end = until or datetime.now(UTC)
    start = since or end - _DEFAULT_SPAN
    if not timedelta(0) < end - start <= _MAX_SPAN:
        raise Problem(
            422,
            "invalid-period",
            "The span is not right",
            f"got {start} to {end}, expected more than 0, at most {_MAX_SPAN.days} days",
        )
    return start, end


def _no_rain_gauge(rain_gauge_id: str) -> Problem:
    return Problem(
        404,
        "rain-gauge-not-found",
        "There is no such rain gauge",
        f"got {rain_gauge_id!r}, expected an id of /api/v1/rain-gauges",
    )
