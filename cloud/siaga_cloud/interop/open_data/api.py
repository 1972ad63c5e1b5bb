"""Serves open data: everything public as CSV, GeoJSON and JSON, with a catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query, Response
from pydantic import TypeAdapter

from siaga_cloud.interop.open_data import store as db
from siaga_cloud.interop.open_data.store import DATASETS, Dataset
from siaga_cloud.platform.http.models import ResponseModel
from siaga_cloud.platform.http.parts import PartsOf
from siaga_cloud.platform.http.tables import GeoJSONResponse, csv_response
from siaga_cloud.platform.language import choose_language

router = APIRouter(prefix="/open-data", tags=["open data"])

Name = Literal["gauges", "stages", "incidents", "tasks", "cameras", "areas", "waterways", "alerts", "agencies"]
Suffix = Literal["csv", "geojson", "json"]
_ANY: Final = TypeAdapter[Any](Any)
_OPEN: Final = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
_FORMS: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "the table",
        "content": {
            "application/json": {"schema": {"type": "array", "items": {"type": "object"}}},
            "application/geo+json": {"schema": {"type": "object", "required": ["type", "features"]}},
            "text/csv": {"schema": {"type": "string"}},
        },
    }
}


class OpenDataset(ResponseModel):
    """Describes a dataset and its address."""

    id: str
    title: str
    columns: list[str]
    formats: dict[str, str]


@router.get("", summary="The datasets of open data")
def list_open_datasets(parts: PartsOf, lang: Annotated[str | None, Query(max_length=20)] = None) -> list[OpenDataset]:
    """Besides these, readings of a gauge: `/api/v1/gauges/{id}/readings`, and as SensorThings."""
    language = choose_language(lang, None)
    base = f"{parts.settings.public_url}/api/v1/open-data"
    return [
        OpenDataset(
            id=one.id,
            title=one.indonesian if language == "id" else one.english,
            columns=list(one.columns),
            formats={suffix: f"{base}/{one.id}.{suffix}" for suffix in ("csv", "geojson", "json")},
        )
        for one in DATASETS.values()
    ]


@router.get("/{dataset}.{suffix}", summary="A dataset", responses=_FORMS, response_class=Response)
def get_open_dataset(
    parts: PartsOf, dataset: Name, suffix: Suffix, limit: Annotated[int, Query(ge=1, le=10_000)] = 5000
) -> Response:
    """As the public may see it: places that only citizens named are the middle of a square of about 250 m."""
    found = DATASETS[dataset]
    with parts.transaction(None) as conn:
        rows = db.rows(conn, found, limit=limit)
    plain = [{name: _plain(row[name]) for name in found.columns} for row in rows]
    if suffix == "csv":
        answer = csv_response(plain, found.columns, f"siaga-{found.id}")
    elif suffix == "json":
        answer = Response(_ANY.dump_json(plain), media_type="application/json")
    else:
        answer = GeoJSONResponse(_ANY.dump_json(_collection(found, rows, plain)))
    answer.headers.update(_OPEN)
    return answer


def _collection(dataset: Dataset, rows: Sequence[Mapping[str, Any]], plain: Sequence[Mapping[str, Any]]) -> Any:
    features = [
        {"type": "Feature", "id": str(row.get("id", number)), "geometry": _geometry(dataset, row), "properties": shown}
        for number, (row, shown) in enumerate(zip(rows, plain, strict=True), start=1)
    ]
    return {"type": "FeatureCollection", "features": features}


def _geometry(dataset: Dataset, row: Mapping[str, Any]) -> Any:
    if dataset.shape is not None:
        return row[dataset.shape]
    if not dataset.has_place or row["lat"] is None or row["lon"] is None:
        return None
    return {"type": "Point", "coordinates": [row["lon"], row["lat"]]}


def _plain(value: Any) -> Any:
    """Times in UTC with their zone, ids as text."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
