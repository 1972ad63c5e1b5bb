"""Heads of areas and agencies: their field, its queue, its people, how its work goes, and whom to send."""

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
    FieldForm,
    HeadFigureForm,
    MonthsForm,
    OfficerForm,
    OverviewForm,
    PeriodForm,
    QueueForm,
    SendableList,
)
from siaga_cloud.figures.service import heads as figures
from siaga_cloud.figures.service.heads import MOST_MONTHS, Period
from siaga_cloud.figures.store.heads import KindCount
from siaga_cloud.people.auth import is_in_scope, require
from siaga_cloud.platform.db.callers import Person
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.http.moments import Moment
from siaga_cloud.platform.http.parts import PartsOf
from siaga_cloud.platform.http.problem import Problem
from siaga_cloud.platform.http.tables import csv_response
from siaga_cloud.tasks.api import models as forms
from siaga_cloud.tasks.service import heads as service
from siaga_cloud.tasks.service.heads import Field
from siaga_cloud.tasks.store import head_tasks
from siaga_cloud.tasks.store import read as read_tasks
from siaga_cloud.tasks.store.head_tasks import QueueOf, Which

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


class Asked(BaseModel):
    """Which field is asked for: the own one, or a part of it."""

    area: str | None
    agency: str | None


def _asked(
    area: Annotated[str | None, Query(max_length=64, description="an area within the own field")] = None,
    agency: Annotated[str | None, Query(max_length=64, description="tasks of this agency")] = None,
) -> Asked:
    return Asked(area=area, agency=agency)


AskedOf = Annotated[Asked, Depends(_asked)]


class When(BaseModel):
    """Which period is asked for: a month of the city's calendar, or a span."""

    month: str | None
    since: datetime | None
    until: datetime | None


def _when(
    month: Annotated[
        str | None, Query(pattern=r"^20\d\d-(0[1-9]|1[0-2])$", description="instead of from and to")
    ] = None,
    since: Annotated[Moment | None, Query(alias="from", description="default: 30 days before `to`")] = None,
    until: Annotated[Moment | None, Query(alias="to", description="not included; default: now")] = None,
) -> When:
    if month is not None and (since or until):
        raise Problem(422, "bad-span", "The span is not right", "expected either month, or from and to")
    return When(month=month, since=since, until=until)


WhenOf = Annotated[When, Depends(_when)]


@router.get("/field", summary="My field (heads)")
def get_field(parts: PartsOf, head: Head, asked: AskedOf) -> FieldForm:
    """A head's own area or agency, or a part of it; 403 for another's. Operators, leaders and admins choose any."""
    with parts.transaction(head) as conn:
        return _described(conn, head, _field(conn, head, asked))


@router.get("/tasks", summary="The queue of my field (heads)", response_model=QueueForm, responses=_CSV)
def get_queue(
    parts: PartsOf,
    head: Head,
    asked: AskedOf,
    which: Annotated[Which, Query(description="to_check: resolved, not verified yet")] = "running",
    category: Category = None,
    limit: Annotated[int, Query(ge=1, le=_MOST_ROWS)] = 100,
    offset: Annotated[int, Query(ge=0, le=100_000)] = 0,
    form: Form = "json",
) -> Any:
    """Late ones first, then the most urgent, then the one due first; finished ones by the newest."""
    now = datetime.now(UTC)
    with parts.transaction(head) as conn:
        field = _field(conn, head, asked)
        wanted = QueueOf(area_id=field.area_id, agency_id=field.agency_id, category=category, which=which)
        found = head_tasks.queue(conn, wanted, now=now, limit=limit, offset=offset)
        counts = head_tasks.counts(conn, wanted, now=now)
    told = [forms.task(one, whole=is_in_scope(head, one), now=now) for one in found]
    if form == "csv":
        return csv_response([head_forms.task_row(one) for one in told], TASK_COLUMNS, f"tasks-{which}")
    return QueueForm(counts={str(name): count for name, count in counts.items()}, tasks=told)


@router.get("/tasks/{task_id}/sendable", summary="Who can be sent to a task (heads)")
def get_sendable(parts: PartsOf, head: Dispatcher, task_id: UUID) -> SendableList:
    """Those whom the caller is in charge of: on duty, free and near first. Every look is on record."""
    with parts.transaction(head) as conn:
        found = read_tasks.by_ids(conn, [task_id])
        if not found:
            raise Problem(404, "no-task", "There is no such task", str(task_id))
        if not is_in_scope(head, found[0]):
            raise Problem(403, "not-yours", "This task belongs to another agency or area", f"task {found[0].number}")
        return head_forms.sendables(*service.sendable(conn, head, found[0], now=datetime.now(UTC)))


@router.get("/officers", summary="Officers of my field (heads)", response_model=list[OfficerForm], responses=_CSV)
def get_officers(
    parts: PartsOf, head: Head, asked: AskedOf, when: WhenOf, category: Category = None, form: Form = "json"
) -> Any:
    """Who worked in the period, ranked by verified work in time, then the others whom the caller is in charge of."""
    now = datetime.now(UTC)
    with parts.transaction(head) as conn:
        field, period = _field(conn, head, asked), _period(conn, when, now)
        told = figures.officers(conn, field, period, category=category, now=now, most=_MOST_OFFICERS)
        rows = head_forms.officers(service.roster(conn, head, field, now=now), told)
    if form == "csv":
        return csv_response([head_forms.officer_row(one) for one in rows], OFFICER_COLUMNS, "officers")
    return rows


@router.get("/figures", summary="How the work of my field goes (heads)", response_model=OverviewForm, responses=_CSV)
def get_figures(
    parts: PartsOf, head: Head, asked: AskedOf, when: WhenOf, category: Category = None, form: Form = "json"
) -> Any:
    """Tasks made in the period as they stand now, beside the period before, and by category (csv: the categories)."""
    now = datetime.now(UTC)
    with parts.transaction(head) as conn:
        field, period = _field(conn, head, asked), _period(conn, when, now)
        told = figures.overview(conn, field, period, category=category, now=now)
        kinds = [head_forms.figure(one) for one in told.categories]
        if form == "csv":
            return _csv(kinds, "categories")
        return OverviewForm(
            field=_described(conn, head, field),
            period=PeriodForm.model_validate(period, from_attributes=True),
            total=head_forms.figure(told.total),
            before=head_forms.figure(told.before),
            categories=kinds,
        )


@router.get("/months", summary="My field over months (heads)", response_model=MonthsForm, responses=_CSV)
def get_months(
    parts: PartsOf,
    head: Head,
    asked: AskedOf,
    when: WhenOf,
    count: Annotated[int, Query(ge=1, le=MOST_MONTHS)] = 12,
    category: Category = None,
    form: Form = "json",
) -> Any:
    """Months of the city's calendar up to the end of the period (csv: the months)."""
    now = datetime.now(UTC)
    with parts.transaction(head) as conn:
        field, period = _field(conn, head, asked), _period(conn, when, now)
        told = figures.months(conn, field, count=count, until=period.until, category=category, now=now)
    months = [head_forms.figure(one) for one in told.months]
    if form == "csv":
        return _csv(months, "months")
    return MonthsForm.model_validate(
        {"months": months, "kinds": [_kind(one) for one in told.kinds], "counted": told.of}
    )


@router.get("/compare", summary="My field beside others (heads)", response_model=list[HeadFigureForm], responses=_CSV)
def get_comparison(
    parts: PartsOf, head: Head, asked: AskedOf, when: WhenOf, category: Category = None, form: Form = "json"
) -> Any:
    """Areas with the same parent, or agencies; and the areas that make up the own. Sums, as everybody may know them."""
    now = datetime.now(UTC)
    with parts.transaction(head) as conn:
        field, period = _field(conn, head, asked), _period(conn, when, now)
        rows = [head_forms.figure(one) for one in figures.compared(conn, field, period, category=category, now=now)]
    return _csv(rows, "comparison") if form == "csv" else rows


def _field(conn: Connection, head: Person, asked: Asked) -> Field:
    return service.field_of(conn, head, area_id=asked.area, agency_id=asked.agency)


def _described(conn: Connection, head: Person, field: Field) -> FieldForm:
    zone = str(figures.zone_of(conn))
    return head_forms.field(service.described(conn, head, field), may_act=head.role != "leader", zone=zone)


def _period(conn: Connection, when: When, now: datetime) -> Period:
    if when.month is not None:
        return figures.month_period(when.month, figures.zone_of(conn), now)
    until = when.until or now
    since = when.since or until - _DEFAULT_SPAN
    if not timedelta(0) < until - since <= _MAX_SPAN:
        detail = f"got {since} to {until}, expected more than 0, at most three years"
        raise Problem(422, "bad-span", "The span is not right", detail)
    return figures.span_period(since, until, now)


def _kind(one: KindCount) -> dict[str, Any]:
    return {"month": one.month, "category": one.category, "count": one.count}


def _csv(rows: list[HeadFigureForm], name: str) -> Response:
    return csv_response([one.model_dump() for one in rows], FIGURE_COLUMNS, name)
