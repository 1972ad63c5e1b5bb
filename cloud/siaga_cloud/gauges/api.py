"""Serves gauges and their readings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Query, Response
from pydantic import TypeAdapter

from siaga_cloud.gauges.store import gauges as read_gauges
from siaga_cloud.gauges.store.gauges import Gauge, GaugeHour, Reading
from siaga_cloud.platform.http.moments import Moment
from siaga_cloud.platform.http.parts import PartsOf
from siaga_cloud.platform.http.problem import Problem, refusals
from siaga_cloud.platform.http.tables import json_response

router = APIRouter(tags=["gauges"])

_READINGS = TypeAdapter(list[Reading])
_DEFAULT_SPAN: Final = timedelta(hours=24)
_MAX_SPAN: Final = timedelta(days=31)
_HOURS = TypeAdapter(list[GaugeHour])
_DEFAULT_HOURS_SPAN: Final = timedelta(days=30)
_MAX_HOURS_SPAN: Final = timedelta(days=400)


@router.get("/gauges", summary="Gauges with level, stage and trend")
def list_gauges(parts: PartsOf) -> list[Gauge]:
    """Levels in cm over each gauge's own zero. With `unknown_cause` set nothing is known now: `last_...` is history."""
    with parts.transaction(None) as conn:
        return read_gauges.gauges(conn)


@router.get("/gauges/{gauge_id}", summary="One gauge")
def get_gauge(parts: PartsOf, gauge_id: str) -> Gauge:
    """As in the list."""
    with parts.transaction(None) as conn:
        found = read_gauges.gauges(conn, [gauge_id])
    if not found:
        raise _no_gauge(gauge_id)
    return found[0]


@router.get(
    "/gauges/{gauge_id}/readings",
    summary="Readings of a gauge",
    response_model=list[Reading],
    responses=refusals("invalid_period"),
)
def list_gauge_readings(
    parts: PartsOf,
    gauge_id: str,
    since: Annotated[Moment | None, Query(alias="from", description="included; default: 24 h before `to`")] = None,
    until: Annotated[Moment | None, Query(alias="to", description="not included; default: now")] = None,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1000,
) -> Response:
    """The newest `limit` readings of a span of at most 31 days, oldest first. A null level is no reading, not zero."""
    start, end = _period(since, until, usual=_DEFAULT_SPAN, most=_MAX_SPAN)
    with parts.transaction(None) as conn:
        if not read_gauges.exists(conn, gauge_id):
            raise _no_gauge(gauge_id)
        found = read_gauges.readings(conn, gauge_id, since=start, until=end, limit=limit)
    return json_response(_READINGS, found)


@router.get(
    "/gauges/{gauge_id}/hours",
    summary="Levels of a gauge by the hour",
    response_model=list[GaugeHour],
    responses=refusals("invalid_period"),
)
def list_gauge_hours(
    parts: PartsOf,
    gauge_id: str,
    since: Annotated[Moment | None, Query(alias="from", description="included; default: 30 days before `to`")] = None,
    until: Annotated[Moment | None, Query(alias="to", description="not included; default: now")] = None,
) -> Response:
    """The mean, lowest and highest level of each hour of a span of at most 400 days, oldest first, with the number of
    readings. An hour without readings is not in the list; a null level means that none could be trusted.
    """
    start, end = _period(since, until, usual=_DEFAULT_HOURS_SPAN, most=_MAX_HOURS_SPAN)
    with parts.transaction(None) as conn:
        if not read_gauges.exists(conn, gauge_id):
            raise _no_gauge(gauge_id)
        found = read_gauges.hours(conn, gauge_id, since=start, until=end)
    return json_response(_HOURS, found)


def _period(
    since: datetime | None, until: datetime | None, *, usual: timedelta, most: timedelta
) -> tuple[datetime, datetime]:
    """Return the span to read; raises Problem 422 for one that is empty or too long."""
    end = until or datetime.now(UTC)
    start = since or end - usual
    if not timedelta(0) < end - start <= most:
        raise Problem(
            422,
            "invalid-period",
            "The span is not right",
            f"got {start} to {end}, expected more than 0, at most {most.days} days",
        )
    return start, end


def _no_gauge(gauge_id: str) -> Problem:
    return Problem(
        404, "gauge-not-found", "There is no such gauge", f"got {gauge_id[:60]!r}, expected an id of /api/v1/gauges"
    )
