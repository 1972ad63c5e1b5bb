"""Serves figures, rankings and trends about reports and tasks, by area, agency, officer, category and day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, Field, TypeAdapter

from siaga_cloud.figures.service import figures as service
from siaga_cloud.figures.service.figures import NamedFigures, NamedPlace, Trend
from siaga_cloud.figures.store import figures as db
from siaga_cloud.figures.store.figures import Figures, Level, Span
from siaga_cloud.people.auth import require
from siaga_cloud.platform.db.callers import Person
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.http.moments import Moment
from siaga_cloud.platform.http.parts import PartsOf
from siaga_cloud.platform.http.problem import Problem, refusals
from siaga_cloud.platform.http.tables import csv_response, geojson_response, json_response

router = APIRouter(
    tags=["figures"],
    responses={200: {"content": {"text/csv": {}, "application/geo+json": {"schema": {"type": "object"}}}}},
)

_DEFAULT_SPAN: Final = timedelta(days=30)
_MAX_SPAN: Final = timedelta(days=3 * 366)
_NOWHERE: Final[Mapping[str, object]] = {}
_FIGURES = tuple(name for name in Figures.__slots__ if name != "id")
_OF_AREAS = ("complaints", "population", "per_10000_people", "layer_features", "complaints_per_feature")
_COLUMNS = ("id", "name", *_FIGURES, *_OF_AREAS)
_PLACE_COLUMNS = ("rank", "id", "name", "score", "cases", "share", "verified", "weightless")
_TREND_COLUMNS = ("category", "area_id", "area_name", "count", "usual", "times")

Form = Literal["json", "csv", "geojson"]
Format = Annotated[Form, Query(alias="format", description="geojson: what lies nowhere has no geometry")]
LevelOf = Annotated[Level, Query(description="areas of this level")]
RowLimit = Annotated[int, Query(ge=1, le=service.MOST_RANKED)]
# Names of authorities and how they work are for those who answer for them.
InCharge = Annotated[Person, Depends(require("area_head", "agency_head", "operator", "leader", "admin"))]


class Figure(BaseModel):
    """Holds what became of tasks. Times are in seconds, null where no task got so far. Merged incidents count once."""

    id: str
    name: str
    tasks: int
    waiting: int
    in_hand: int
    resolved: Annotated[int, Field(description="verified ones among them")]
    verified: int
    dismissed: int
    overdue: Annotated[int, Field(description="not finished and past a deadline")]
    overdue_count: Annotated[int, Field(description="overdue, or resolved after they were due")]
    reopened: int
    progress: Annotated[float | None, Field(description="resolved of all that are not dismissed")]
    verified_share: Annotated[float | None, Field(description="verified of the resolved")]
    response_median_seconds: float | None
    response_p90_seconds: float | None
    resolve_median_seconds: float | None
    resolve_p90_seconds: float | None
    complaints: Annotated[int | None, Field(description="reports, of areas only")] = None
    population: float | None = None
    per_10000_people: float | None = None
    layer_features: Annotated[int | None, Field(description="features of the layer that was asked for")] = None
    complaints_per_feature: float | None = None


class RankingEntry(BaseModel):
    """Represents one place in a ranking."""

    rank: int
    id: str
    name: str
    score: float
    cases: Annotated[int, Field(description="tasks that were due, or incidents that were judged")]
    share: Annotated[float | None, Field(description="earned of the cases, before few cases are drawn to all")]
    verified: Annotated[int, Field(description="of the cases, verified by somebody independent; or confirmed")]
    weightless: Annotated[
        int,
        Field(description="tasks that do not count: only anonymous new names, or a pair that meets too often"),
    ]


_FIGURE_FORMS = TypeAdapter(list[Figure])
_PLACE_FORMS = TypeAdapter(list[RankingEntry])


class TrendItem(BaseModel):
    """Represents a category that is reported more than usual: at least `times` as often, with 90 % confidence."""

    category: str
    area_id: str | None
    area_name: str | None
    count: int
    usual: float
    times: float


class TrendPage(BaseModel):
    """Lists what is unusual in the last hours, compared with equal spans of about the last four weeks."""

    hours: int
    categories: list[TrendItem]
    places: list[TrendItem]


def _span(
    since: Annotated[Moment | None, Query(alias="from", description="default: 30 days before `to`")] = None,
    until: Annotated[Moment | None, Query(alias="to", description="not included; default: now")] = None,
    category: Annotated[str | None, Query(pattern="^[a-z_]{2,32}$")] = None,
    area: Annotated[str | None, Query(max_length=64, description="within this area")] = None,
) -> Span:
    end = until or datetime.now(UTC)
    start = since or end - _DEFAULT_SPAN
    if not timedelta(0) < end - start <= _MAX_SPAN:
        raise Problem(
            422,
            "invalid-period",
            "The span is not right",
            f"got {start} to {end}, expected more than 0, at most three years",
        )
    return Span(since=start, until=end, category=category, area_id=area)


ReportsSpanOf = Annotated[Span, Depends(_span)]


def _span_of_tasks(
    span: ReportsSpanOf,
    agency: Annotated[str | None, Query(max_length=64, description="tasks of this agency")] = None,
) -> Span:
    return replace(span, agency_id=agency)


SpanOf = Annotated[Span, Depends(_span_of_tasks)]


@router.get(
    "/figures/areas", summary="Figures by area", response_model=list[Figure], responses=refusals("invalid_period")
)
def get_area_figures(
    parts: PartsOf,
    span: SpanOf,
    level: LevelOf = "kelurahan",
    layer: Annotated[str | None, Query(max_length=48, description="also count this layer's features")] = None,
    form: Format = "json",
) -> Response:
    """Counts, times, progress, verified share, complaints for 10,000 people and for each feature of a layer."""
    with parts.transaction(None) as conn:
        found = service.of_areas(conn, span, level=level, layer_id=layer)
        shapes = _shapes(conn, form, [one.figures.id for one in found])
    return _figures_response(found, form, "areas", shapes)


@router.get(
    "/figures/agencies", summary="Figures by agency", response_model=list[Figure], responses=refusals("invalid_period")
)
def get_agency_figures(parts: PartsOf, span: SpanOf, form: Format = "json") -> Response:
    """The figures are the same as those of areas."""
    with parts.transaction(None) as conn:
        return _figures_response(service.of_group(conn, "agency", span, level="kelurahan"), form, "agencies")


@router.get(
    "/figures/categories",
    summary="Figures by category",
    response_model=list[Figure],
    responses=refusals("invalid_period"),
)
def get_category_figures(parts: PartsOf, span: SpanOf, form: Format = "json") -> Response:
    """The figures are the same as those of areas."""
    with parts.transaction(None) as conn:
        return _figures_response(service.of_group(conn, "category", span, level="kelurahan"), form, "categories")


@router.get(
    "/figures/days", summary="Figures by day", response_model=list[Figure], responses=refusals("invalid_period")
)
def get_day_figures(parts: PartsOf, span: SpanOf, form: Format = "json") -> Response:
    """Days of the city's own calendar on which tasks were made."""
    with parts.transaction(None) as conn:
        return _figures_response(service.of_group(conn, "day", span, level="kelurahan"), form, "days")


@router.get(
    "/figures/officers",
    summary="Figures by officer (those in charge)",
    response_model=list[Figure],
    responses=refusals("invalid_period"),
)
def get_officer_figures(parts: PartsOf, person: InCharge, span: SpanOf, form: Format = "json") -> Response:
    """Of the own area or agency; leaders and operators see all."""
    with parts.transaction(person) as conn:
        return _figures_response(
            service.of_group(conn, "officer", _own(span, person), level="kelurahan"), form, "officers"
        )


@router.get(
    "/rankings/areas",
    summary="Ranking of areas",
    response_model=list[RankingEntry],
    responses=refusals("invalid_period"),
)
def get_area_ranking(
    parts: PartsOf, span: SpanOf, level: LevelOf = "kelurahan", limit: RowLimit = 300, form: Format = "json"
) -> Response:
    """By verified work in time; merged incidents count once, few cases are drawn to the mean of all."""
    with parts.transaction(None) as conn:
        found = service.ranking(conn, "area", span, level=level, most=limit)
        shapes = _shapes(conn, form, [one.place.id for one in found])
    return _ranked(found, form, "ranking-areas", shapes)


@router.get(
    "/rankings/agencies",
    summary="Ranking of agencies",
    response_model=list[RankingEntry],
    responses=refusals("invalid_period"),
)
def get_agency_ranking(parts: PartsOf, span: SpanOf, limit: RowLimit = 100, form: Format = "json") -> Response:
    """The ranking is computed like that of areas."""
    with parts.transaction(None) as conn:
        return _ranked(service.ranking(conn, "agency", span, level="kelurahan", most=limit), form, "ranking-agencies")


@router.get(
    "/rankings/officers",
    summary="Ranking of officers (those in charge)",
    response_model=list[RankingEntry],
    responses=refusals("invalid_period"),
)
def get_officer_ranking(
    parts: PartsOf, person: InCharge, span: SpanOf, limit: RowLimit = 100, form: Format = "json"
) -> Response:
    """Of the own area or agency; leaders and operators see all."""
    with parts.transaction(person) as conn:
        found = service.ranking(conn, "officer", _own(span, person), level="kelurahan", most=limit)
    return _ranked(found, form, "ranking-officers")


@router.get(
    "/rankings/reporters",
    summary="Ranking of reporters",
    response_model=list[RankingEntry],
    responses=refusals("invalid_period"),
)
def get_reporter_ranking(parts: PartsOf, span: ReportsSpanOf, limit: RowLimit = 50, form: Format = "json") -> Response:
    """By confirmed incidents and how often they were right; under pseudonyms that lead back to nobody."""
    with parts.transaction(None) as conn:
        found = service.ranking(conn, "reporter", span, level="kelurahan", most=limit)
    return _ranked(found, form, "ranking-reporters")


@router.get("/trending", summary="What is complained of more than usual", response_model=TrendPage)
def list_trending(
    parts: PartsOf,
    hours: Annotated[int, Query(ge=1, le=168)] = 24,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    form: Format = "json",
) -> Any:
    """Against the same length of time, 28 times over, just before. Without an area: of the whole city."""
    with parts.transaction(None) as conn:
        kinds, places = service.trends(conn, now=datetime.now(UTC), window=timedelta(hours=hours), most=limit)
        shapes = _shapes(conn, form, [one.area_id for one in places if one.area_id])
    if form == "json":
        return TrendPage(hours=hours, categories=[_trend(one) for one in kinds], places=[_trend(one) for one in places])
    rows = [{"id": one.unusual.id, **_trend(one).model_dump()} for one in (*kinds, *places)]
    if form == "csv":
        return csv_response(rows, _TREND_COLUMNS, "trending")
    return geojson_response(rows, {row["id"]: shapes.get(row["area_id"]) for row in rows})


def _own(span: Span, person: Person) -> Span:
    """Narrowed to what a person answers for."""
    match person.role:
        case "area_head":
            return replace(span, area_id=person.area_id)
        case "agency_head":
            return replace(span, agency_id=person.agency_id)
        case _:
            return span


def _row(one: NamedFigures) -> dict[str, Any]:
    row = {"name": one.name, **_asdict(one.figures)}
    if one.complaints is not None:
        row |= _asdict(one.complaints)
    if one.layer_features is not None:
        complaint_count = row.get("complaints", 0)
        each = round(complaint_count / one.layer_features, 2) if one.layer_features else None
        row |= {"layer_features": one.layer_features, "complaints_per_feature": each}
    return row


def _shapes(conn: Connection, form: Form, ids: Sequence[str]) -> dict[str, object]:
    """Return the borders of areas, where a map was requested."""
    return db.geometries(conn, ids) if form == "geojson" else {}


def _figures_response(
    found: Sequence[NamedFigures], form: Form, name: str, shapes: Mapping[str, object] = _NOWHERE
) -> Response:
    rows = [_row(one) for one in found]
    match form:
        case "csv":
            return csv_response(rows, _COLUMNS, name)
        case "geojson":
            return geojson_response(rows, shapes)
        case "json":
            return json_response(_FIGURE_FORMS, [Figure(**row) for row in rows])


def _ranked(found: Sequence[NamedPlace], form: Form, name: str, shapes: Mapping[str, object] = _NOWHERE) -> Response:
    rows = [{"name": one.name, **_asdict(one.place)} for one in found]
    match form:
        case "csv":
            return csv_response(rows, _PLACE_COLUMNS, name)
        case "geojson":
            return geojson_response(rows, shapes)
        case "json":
            return json_response(_PLACE_FORMS, [RankingEntry(**row) for row in rows])


def _asdict(value: Any) -> dict[str, Any]:
    # dataclasses.asdict copies deeply, which is most of the time of a long list.
    return {name: getattr(value, name) for name in value.__slots__}


def _trend(one: Trend) -> TrendItem:
    return TrendItem(
        category=one.category,
        area_id=one.area_id,
        area_name=one.area_name,
        count=one.unusual.count,
        usual=round(one.unusual.usual, 2),
        times=one.unusual.times,
    )
