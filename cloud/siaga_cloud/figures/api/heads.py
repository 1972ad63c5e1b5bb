"""Serves heads of areas and agencies: their queue, their officers, their figures and who can be assigned."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel

from siaga_cloud.figures.api import head_models as head_forms
from siaga_cloud.figures.api.head_models import (
    FIGURE_COLUMNS,
    OFFICER_COLUMNS,
    TASK_COLUMNS,
    AssigneePage,
    FigurePeriod,
    FiguresOverview,
    HeadScope,
    MonthlyFigures,
    OfficerFigures,
    TaskFigures,
    TaskQueuePage,
)
from siaga_cloud.figures.service import heads as figures
from siaga_cloud.figures.service.heads import MOST_MONTHS, Period
from siaga_cloud.figures.store.heads import KindCount
from siaga_cloud.people.auth import is_in_scope, require
from siaga_cloud.platform.db.callers import Person
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.http.moments import Moment
from siaga_cloud.platform.http.parts import PartsOf
from siaga_cloud.platform.http.problem import Problem, refusals
from siaga_cloud.platform.http.tables import csv_response
from siaga_cloud.tasks.api import models as forms
from siaga_cloud.tasks.service import heads as service
from siaga_cloud.tasks.service import reading as task_reading
from siaga_cloud.tasks.service.heads import Scope
from siaga_cloud.tasks.service.reading import QueueOf, Which

router = APIRouter(prefix="/heads", tags=["heads"])
_MOST_ROWS: Final = 5_000
_MOST_OFFICERS: Final = 500
_DEFAULT_SPAN: Final = timedelta(days=30)
_MAX_SPAN: Final = timedelta(days=3 * 366)
_CSV: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {"text/csv": {}}}}

Head = Annotated[Person, Depends(require("area_head", "agency_head", "operator", "leader", "admin"))]
Dispatcher = Annotated[Person, Depends(require("area_head", "agency_head", "operator", "admin"))]
Form = Annotated[Literal["json", "csv"], Query(alias="format", description="csv: a file for a spreadsheet")]
Category = Annotated[str | None, Query(pattern="^[a-z_]{2,32}$")]


class ScopeQuery(BaseModel):
    """Selects the area of work: the person's own or a part of it."""

    area: str | None
    agency: str | None


def _scope_query(
    area: Annotated[str | None, Query(max_length=64, description="an area within the own field")] = None,
    agency: Annotated[str | None, Query(max_length=64, description="tasks of this agency")] = None,
) -> ScopeQuery:
    return ScopeQuery(area=area, agency=agency)


ScopeOf = Annotated[ScopeQuery, Depends(_scope_query)]


class PeriodQuery(BaseModel):
    """Selects the period: a calendar month of the city or a span."""

    month: str | None
    since: datetime | None
    until: datetime | None


def _when(
    month: Annotated[
        str | None, Query(pattern=r"^20\d\d-(0[1-9]|1[0-2])$", description="instead of from and to")
    ] = None,
    since: Annotated[Moment | None, Query(alias="from", description="default: 30 days before `to`")] = None,
    until: Annotated[Moment | None, Query(alias="to", description="not included; default: now")] = None,
) -> PeriodQuery:
    if month is not None and (since or until):
        raise Problem(422, "invalid-period", "The span is not right", "expected either month, or from and to")
    return PeriodQuery(month=month, since=since, until=until)


WhenOf = Annotated[PeriodQuery, Depends(_when)]


@router.get("/scope", summary="My field (heads)")
def get_head_scope(parts: PartsOf, head: Head, scope_query: ScopeOf) -> HeadScope:
    """A head's own area or agency, or a part of it; 403 for another's. Operators, leaders and admins choose any."""
    with parts.transaction(head) as conn:
        return _described(conn, head, _field(conn, head, scope_query))


@router.get("/tasks", summary="The queue of my field (heads)", response_model=TaskQueuePage, responses=_CSV)
def list_head_tasks(
    parts: PartsOf,
    head: Head,
    scope_query: ScopeOf,
    state_group: Annotated[Which, Query(description="to_check: resolved, not verified yet")] = "running",
    category: Category = None,
    limit: Annotated[int, Query(ge=1, le=_MOST_ROWS)] = 100,
    offset: Annotated[int, Query(ge=0, le=100_000)] = 0,
    form: Form = "json",
) -> Any:
    """Late ones first, then the most urgent, then the one due first; finished ones by the newest."""
    now = datetime.now(UTC)
    with parts.transaction(head) as conn:
        field = _field(conn, head, scope_query)
        wanted = QueueOf(area_id=field.area_id, agency_id=field.agency_id, category=category, which=state_group)
        found = task_reading.queue(conn, wanted, now=now, limit=limit, offset=offset)
        counts = task_reading.counts(conn, wanted, now=now)
    tasks_out = [forms.task(one, whole=is_in_scope(head, one), now=now) for one in found]
    if form == "csv":
        return csv_response([head_forms.task_row(one) for one in tasks_out], TASK_COLUMNS, f"tasks-{state_group}")
    return TaskQueuePage(counts={str(name): count for name, count in counts.items()}, tasks=tasks_out)


@router.get("/tasks/{task_id}/assignees", summary="Who can be sent to a task (heads)")
def list_assignees(parts: PartsOf, head: Dispatcher, task_id: UUID) -> AssigneePage:
    """Those whom the caller is in charge of: on duty, free and near first. Every look is on record."""
    with parts.transaction(head) as conn:
        found = task_reading.by_ids(conn, [task_id])
        if not found:
            raise Problem(404, "task-not-found", "There is no such task", str(task_id))
        if not is_in_scope(head, found[0]):
            raise Problem(
                403, "outside-scope", "This task belongs to another agency or area", f"task {found[0].number}"
            )
        return head_forms.sendables(*service.sendable(conn, head, found[0], now=datetime.now(UTC)))


@router.get(
    "/officers",
    summary="Officers of my field (heads)",
    response_model=list[OfficerFigures],
    responses={**_CSV, **refusals("invalid_period")},
)
def list_head_officers(
    parts: PartsOf, head: Head, scope_query: ScopeOf, when: WhenOf, category: Category = None, form: Form = "json"
) -> Any:
    """Who worked in the period, ranked by verified work in time, then the others whom the caller is in charge of."""
    now = datetime.now(UTC)
    with parts.transaction(head) as conn:
        field, period = _field(conn, head, scope_query), _period(conn, when, now)
        tasks_out = figures.officers(conn, field, period, category=category, now=now, most=_MOST_OFFICERS)
        rows = head_forms.officers(service.roster(conn, head, field, now=now), tasks_out)
    if form == "csv":
        return csv_response([head_forms.officer_row(one) for one in rows], OFFICER_COLUMNS, "officers")
    return rows


@router.get(
    "/figures",
    summary="How the work of my field goes (heads)",
    response_model=FiguresOverview,
    responses={**_CSV, **refusals("invalid_period")},
)
def get_head_figures(
    parts: PartsOf, head: Head, scope_query: ScopeOf, when: WhenOf, category: Category = None, form: Form = "json"
) -> Any:
    """Tasks made in the period as they stand now, beside the period before, and by category (csv: the categories)."""
    now = datetime.now(UTC)
    with parts.transaction(head) as conn:
        field, period = _field(conn, head, scope_query), _period(conn, when, now)
        tasks_out = figures.overview(conn, field, period, category=category, now=now)
        kinds = [head_forms.figure(one) for one in tasks_out.categories]
        if form == "csv":
            return _csv(kinds, "categories")
        return FiguresOverview(
            field=_described(conn, head, field),
            period=FigurePeriod.model_validate(period, from_attributes=True),
            total=head_forms.figure(tasks_out.total),
            before=head_forms.figure(tasks_out.before),
            categories=kinds,
        )


@router.get(
    "/months",
    summary="My field over months (heads)",
    response_model=MonthlyFigures,
    responses={**_CSV, **refusals("invalid_period")},
)
def get_head_months(
    parts: PartsOf,
    head: Head,
    scope_query: ScopeOf,
    when: WhenOf,
    count: Annotated[int, Query(ge=1, le=MOST_MONTHS)] = 12,
    category: Category = None,
    form: Form = "json",
) -> Any:
    """Months of the city's calendar up to the end of the period (csv: the months)."""
    now = datetime.now(UTC)
    with parts.transaction(head) as conn:
        field, period = _field(conn, head, scope_query), _period(conn, when, now)
        tasks_out = figures.months(conn, field, count=count, until=period.until, category=category, now=now)
    months = [head_forms.figure(one) for one in tasks_out.months]
    if form == "csv":
        return _csv(months, "months")
    return MonthlyFigures.model_validate(
        {"months": months, "kinds": [_kind(one) for one in tasks_out.kinds], "counted": tasks_out.of}
    )


@router.get(
    "/comparison",
    summary="My field beside others (heads)",
    response_model=list[TaskFigures],
    responses={**_CSV, **refusals("invalid_period")},
)
def get_head_comparison(
    parts: PartsOf, head: Head, scope_query: ScopeOf, when: WhenOf, category: Category = None, form: Form = "json"
) -> Any:
    """Areas with the same parent, or agencies; and the areas that make up the own. Sums, as everybody may know them."""
    now = datetime.now(UTC)
    with parts.transaction(head) as conn:
        field, period = _field(conn, head, scope_query), _period(conn, when, now)
        rows = [head_forms.figure(one) for one in figures.compared(conn, field, period, category=category, now=now)]
    return _csv(rows, "comparison") if form == "csv" else rows


def _field(conn: Connection, head: Person, scope_query: ScopeQuery) -> Scope:
    return service.field_of(conn, head, area_id=scope_query.area, agency_id=scope_query.agency)


def _described(conn: Connection, head: Person, field: Scope) -> HeadScope:
    zone = str(figures.zone_of(conn))
    return head_forms.field(service.described(conn, head, field), may_act=head.role != "leader", zone=zone)


def _period(conn: Connection, when: PeriodQuery, now: datetime) -> Period:
    if when.month is not None:
        return figures.month_period(when.month, figures.zone_of(conn), now)
    until = when.until or now
    since = when.since or until - _DEFAULT_SPAN
    if not timedelta(0) < until - since <= _MAX_SPAN:
        detail = f"got {since} to {until}, expected more than 0, at most three years"
        raise Problem(422, "invalid-period", "The span is not right", detail)
    return figures.span_period(since, until, now)


def _kind(one: KindCount) -> dict[str, Any]:
    return {"month": one.month, "category": one.category, "count": one.count}


def _csv(rows: list[TaskFigures], name: str) -> Response:
    return csv_response([one.model_dump() for one in rows], FIGURE_COLUMNS, name)
