"""Serves the city: areas and rivers as GeoJSON, cameras, agencies, categories and the counts of the whole city."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from siaga_cloud.city.categories import CATEGORIES
from siaga_cloud.city.store import map as read_city
from siaga_cloud.city.store.map import Agency, Camera, Shape
from siaga_cloud.platform.http.parts import PartsOf
from siaga_cloud.platform.language import choose_language

router = APIRouter(tags=["city"])

Level = Literal["province", "city", "kecamatan", "kelurahan", "rw"]
_GEOJSON = "application/geo+json"


class ReportCategory(BaseModel):
    """Describes a category that may be reported. `icon` is the name of an icon of the pages."""

    id: str
    name: str
    icon: str


def shape_collection(shapes: list[Shape]) -> dict[str, Any]:
    """Return shapes as a GeoJSON FeatureCollection."""
    return {
        "type": "FeatureCollection",
        "schematic": any(shape.schematic for shape in shapes),
        "features": [_feature(shape) for shape in shapes],
    }


def _feature(shape: Shape) -> dict[str, Any]:
    properties = {
        "name": shape.name,
        "kind": shape.kind,
        "code": shape.id,
        "parent": shape.parent_id,
        "schematic": shape.schematic,
    }
    return {"type": "Feature", "id": shape.id, "properties": properties, "geometry": shape.geometry}


class _GeoJSONResponse(Response):
    media_type = _GEOJSON


def _geojson(request: Request, version: str, read: Callable[[], list[Shape]]) -> Response:
    tag = f'"{version}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    body = json.dumps(shape_collection(read()), separators=(",", ":"), ensure_ascii=False)
    return _GeoJSONResponse(body, headers=headers)


_DOCS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A GeoJSON FeatureCollection; `schematic` says that it is drawn, not surveyed",
        "content": {
            _GEOJSON: {
                "schema": {"type": "object"},
                "example": {"type": "FeatureCollection", "schematic": True, "features": []},
            }
        },
    },
    304: {"description": "Not changed since the ETag that was sent"},
}


@router.get("/areas", summary="Areas as GeoJSON", response_class=_GeoJSONResponse, responses=_DOCS)
def list_areas(request: Request, parts: PartsOf, level: Annotated[list[Level] | None, Query()] = None) -> Response:
    """Administrative areas, parents first; choose levels by `level=` (may be repeated)."""
    with parts.transaction(None) as conn:
        version = f"areas-{read_city.map_version(conn)}-{'.'.join(level or [])}"
        return _geojson(request, version, lambda: read_city.areas(conn, levels=[*level] if level else None))


@router.get("/rivers", summary="Rivers and canals as GeoJSON", response_class=_GeoJSONResponse, responses=_DOCS)
def list_rivers(request: Request, parts: PartsOf) -> Response:
    """Rivers and canals as lines, source to mouth."""
    with parts.transaction(None) as conn:
        version = f"rivers-{read_city.map_version(conn)}"
        return _geojson(request, version, lambda: read_city.waterways(conn))


@router.get("/cameras", summary="Cameras")
def list_cameras(parts: PartsOf) -> list[Camera]:
    """Cameras with their zones. With `unknown_since` set, silence does not mean that all is well."""
    with parts.transaction(None) as conn:
        return read_city.cameras(conn)


@router.get("/agencies", summary="Agencies")
def list_agencies(parts: PartsOf) -> list[Agency]:
    """The list holds every agency that acts on tasks."""
    with parts.transaction(None) as conn:
        return read_city.agencies(conn)


@router.get("/categories", summary="What may be reported")
def list_categories(request: Request, lang: Annotated[str | None, Query(max_length=20)] = None) -> list[ReportCategory]:
    """The categories of a report, named in the language requested."""
    language = choose_language(lang, request.headers.get("accept-language"))
    return [ReportCategory(id=one.id, name=one.name(language), icon=one.icon) for one in CATEGORIES.values()]
