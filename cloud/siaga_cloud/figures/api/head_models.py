"""Models what heads of areas and agencies see: their area of work, its figures, and the officers who can be
assigned."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from siaga_cloud.city.service.reading import Team
from siaga_cloud.figures.service.heads import NamedFigures
from siaga_cloud.tasks.api.models import Task
from siaga_cloud.tasks.service.heads import AssignableOfficer, ScopeDescription
from siaga_cloud.tasks.service.reading import AreaRow, Roster


class AreaSummary(BaseModel):
    """Describes an area."""

    id: str
    name: Annotated[str, Field(examples=["Manggarai"])]
    level: Annotated[str, Field(examples=["kelurahan"])]


class HeadScope(BaseModel):
    """Describes the selected area of work. `path` leads to it, `below` are its parts, `beside` are its siblings."""

    kind: Annotated[Literal["city", "area", "agency"], Field(description="whose page it is")]
    name: Annotated[str | None, Field(description="null for the whole city")]
    area_id: str | None
    agency_id: str | None
    agency_name: str | None
    path: list[AreaSummary]
    below: list[AreaSummary]
    beside: list[AreaSummary]
    categories: Annotated[list[str], Field(description="of an agency: what it handles")]
    own_area_id: Annotated[str | None, Field(description="where the caller's own field begins")]
    own_agency_id: str | None
    may_act: Annotated[bool, Field(description="leaders watch")]
    zone: Annotated[str, Field(examples=["Asia/Jakarta"], description="the city's time zone, which months are of")]


class TaskQueuePage(BaseModel):
    """Holds tasks of the area of work. `counts` cover all of it, `total` what was requested."""

    counts: Annotated[
        dict[str, int], Field(examples=[{"running": 9, "unsent": 3, "sent": 1, "in_hand": 5, "overdue": 2}])
    ]
    tasks: list[Task]


class TaskFigures(BaseModel):
    """Holds the current state of the tasks that were created in a span. Times are in seconds; merged tasks count
    once."""

    id: str
    name: str
    tasks: int
    waiting: int
    in_hand: int
    resolved: Annotated[int, Field(description="verified ones among them")]
    verified: int
    dismissed: int
    overdue: Annotated[int, Field(description="not finished and past the time to resolve")]
    reopened: int
    answer_due: Annotated[int, Field(description="accepted, or past the time to accept")]
    answered_in_time: int
    response_share: Annotated[float | None, Field(description="answered in time of those due")]
    done_due: Annotated[int, Field(description="resolved, or past the time to resolve")]
    done_in_time: int
    in_time_share: Annotated[float | None, Field(description="resolved in time of those due")]
    verified_share: Annotated[float | None, Field(description="verified of the resolved")]
    response_median_seconds: float | None
    resolve_median_seconds: float | None
    complaints: Annotated[int | None, Field(description="of areas only")] = None
    per_10000_people: float | None = None
    rank: int | None = None
    score: float | None = None
    whose: Annotated[Literal["own", "below", "beside"] | None, Field(description="in a comparison")] = None


class FigurePeriod(BaseModel):
    """Describes a span and the one before it, with which it is compared."""

    since: datetime
    until: Annotated[datetime, Field(description="not included")]
    before_since: datetime
    before_until: datetime
    month: Annotated[str | None, Field(examples=["2026-11"])]
    is_over: Annotated[bool, Field(description="false: it runs, and is measured against as much of the one before")]


class FiguresOverview(BaseModel):
    """Holds the figures of an area of work in a period."""

    field: HeadScope
    period: FigurePeriod
    total: TaskFigures
    before: TaskFigures
    categories: list[TaskFigures]


class CategoryCount(BaseModel):
    """Counts the tasks of a category in a month."""

    month: str
    category: str
    count: int


class MonthlyFigures(BaseModel):
    """Holds the figures by calendar month, the oldest first; months without a task contain zeros."""

    months: list[TaskFigures]
    kinds: list[CategoryCount]
    counted: Annotated[Literal["complaints", "tasks"], Field(description="what `kinds` counts")]


class OfficerFigures(BaseModel):
    """Describes an officer: whether on duty, the tasks in hand, and the outcome of the tasks of the period."""

    user_id: str
    name: str
    agency_name: str | None
    area_name: str | None
    on_duty_since: datetime | None
    tasks_now: int
    overdue_now: int
    is_own: Annotated[bool, Field(description="the caller is in charge; of others it is not shown who is on duty")]
    period: TaskFigures | None


class Assignee(BaseModel):
    """Describes an officer who can be assigned. `distance_m` is a straight line, where a position is known and may be
    seen.
    """

    user_id: str
    name: str
    agency_name: str | None
    area_name: str | None
    on_duty_since: datetime | None
    seen_at: datetime | None
    distance_m: float | None
    tasks: Annotated[int, Field(description="unfinished ones in hand")]


class AssigneeTeam(BaseModel):
    """Describes officers who are assigned together."""

    id: str
    name: str
    members: int


class AssigneePage(BaseModel):
    """Lists who can be assigned to a task, the most available first."""

    officers: list[Assignee]
    teams: list[AssigneeTeam]


def field(one: ScopeDescription, *, may_act: bool, zone: str) -> HeadScope:
    """Return a field as heads see it."""
    return HeadScope(
        kind=one.field.kind,
        name=one.name,
        area_id=one.field.area_id,
        agency_id=one.field.agency_id,
        agency_name=one.agency_name,
        path=[_area(row) for row in one.path],
        below=[_area(row) for row in one.below],
        beside=[_area(row) for row in one.beside],
        categories=one.categories,
        own_area_id=one.own.area_id,
        own_agency_id=one.own.agency_id,
        may_act=may_act,
        zone=zone,
    )


def figure(one: NamedFigures) -> TaskFigures:
    """Counts with their shares."""
    counted = one.counted
    held = {name: getattr(counted, name) for name in counted.__slots__}
    return TaskFigures(
        **held,
        name=one.name,
        response_share=_share(counted.answered_in_time, counted.answer_due),
        in_time_share=_share(counted.done_in_time, counted.done_due),
        verified_share=_share(counted.verified, counted.resolved),
        complaints=one.complaints,
        per_10000_people=one.per_10000_people,
        rank=one.rank,
        score=one.score,
        whose=one.whose,
    )


def officers(roster: list[Roster], named: list[NamedFigures]) -> list[OfficerFigures]:
    """Return those who worked in the period, the best first, then those who did not."""
    held = {one.user_id: one for one in roster}
    worked = [_worked(one, held.get(one.counted.id)) for one in named]
    known = {one.counted.id for one in named}
    return worked + [_idle(one) for one in roster if one.user_id not in known]


def _worked(named: NamedFigures, one: Roster | None) -> OfficerFigures:
    if one is not None:
        return _idle(one).model_copy(update={"period": figure(named)})
    return OfficerFigures(
        user_id=named.counted.id, name=named.name, agency_name=None, area_name=None, on_duty_since=None,
        tasks_now=named.counted.in_hand, overdue_now=named.counted.overdue, is_own=False, period=figure(named),
    )  # fmt: skip


def _idle(one: Roster) -> OfficerFigures:
    return OfficerFigures(
        user_id=one.user_id, name=one.name, agency_name=one.agency_name, area_name=one.area_name,
        on_duty_since=one.since, tasks_now=one.tasks, overdue_now=one.overdue, is_own=True, period=None,
    )  # fmt: skip


def sendables(found: list[AssignableOfficer], teams: list[Team]) -> AssigneePage:
    """Return who can be sent."""
    return AssigneePage(
        officers=[
            Assignee(
                user_id=one.officer.user_id,
                name=one.officer.name,
                agency_name=one.officer.agency_name,
                area_name=one.officer.area_name,
                on_duty_since=one.officer.since,
                seen_at=one.officer.seen_at,
                distance_m=one.distance_m,
                tasks=one.officer.tasks,
            )
            for one in found
        ],
        teams=[AssigneeTeam(id=one.id, name=one.name, members=len(one.members)) for one in teams],
    )


def officer_row(one: OfficerFigures) -> dict[str, Any]:
    """Return a line of a spreadsheet."""
    row = one.model_dump(exclude={"period"})
    return row | (one.period.model_dump(exclude={"id", "name", "whose"}) if one.period else {})


def task_row(one: Task) -> dict[str, Any]:
    """Return a line of a spreadsheet: no place, which a file that is passed on need not hold."""
    deadlines = {"due_at": one.resolve.due_at, "clock": one.resolve.state, "finished_at": one.resolve.done_at}
    return one.model_dump(include=set(TASK_COLUMNS)) | deadlines


TASK_COLUMNS = (
    "number", "category", "severity", "priority", "state", "area_name", "agency_name", "assignee_name", "created_at",
    "due_at", "clock", "finished_at", "escalation",
)  # fmt: skip
FIGURE_COLUMNS = tuple(TaskFigures.model_fields)
OFFICER_COLUMNS = (
    "user_id", "name", "agency_name", "area_name", "on_duty_since", "tasks_now", "overdue_now", "rank", "score",
    "tasks", "waiting", "in_hand", "resolved", "verified", "overdue", "reopened", "response_share", "in_time_share",
    "verified_share", "response_median_seconds", "resolve_median_seconds",
)  # fmt: skip


def _area(row: AreaRow) -> AreaSummary:
    return AreaSummary(id=row.id, name=row.name, level=row.level)


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
