"""Serves the map layers, and what else is known of an area."""

from __future__ import annotations

import json
import math
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from siaga_cloud.city.service.layer_style import LayerStyle, maplibre_layers
from siaga_cloud.city.store import layers as db
from siaga_cloud.city.store.layers import FeaturePage, Kind, Layer
from siaga_cloud.platform.http.parts import PartsOf
from siaga_cloud.platform.http.problem import Problem, refusals
from siaga_cloud.platform.http.tables import GeoJSONResponse
from siaga_cloud.platform.language import Language, choose_language

router = APIRouter(tags=["layers"])

Lang = Annotated[str | None, Query(max_length=20)]


class MapLayer(BaseModel):
    """Describes a layer. Whoever shows the layer must show `attribution` with it."""

    id: str
    title: Annotated[str, Field(description="in the language asked for")]
    title_id: str
    title_en: str
    attribution: str
    licence: str
    kind: Kind
    count: int
    updated_at: datetime
    style: LayerStyle
    maplibre: Annotated[
        list[dict[str, Any]], Field(description="layers of a MapLibre style over a GeoJSON source of this id")
    ]
    features: Annotated[str, Field(description="where its features are")]


_DOCS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A GeoJSON FeatureCollection; `matched` is how many there are, `returned` how many are here",
        "content": {
            "application/geo+json": {
                "schema": {"type": "object"},
                "example": {"type": "FeatureCollection", "matched": 0, "features": []},
            }
        },
    },
    304: {"description": "Not changed since the ETag that was sent"},
}


@router.get("/layers", summary="Layers beside the alerts")
def list_layers(request: Request, parts: PartsOf, lang: Lang = None) -> list[MapLayer]:
    """The catalogue, with how each layer is drawn."""
    language = choose_language(lang, request.headers.get("accept-language"))
    with parts.transaction(None) as conn:
        return [layer_form(layer, language) for layer in db.catalogue(conn)]


@router.get(
    "/layers/{layer_id}",
    summary="Features of a layer",
    response_class=GeoJSONResponse,
    responses={**_DOCS, **refusals("invalid_bbox")},
)
def get_map_layer_features(
    request: Request,
    parts: PartsOf,
    layer_id: str,
    bbox: Annotated[
        str | None,
        Query(
            max_length=100,
            description="west,south,east,north in degrees",
            examples=["106.8,-6.3,106.9,-6.2"],
            json_schema_extra={"pattern": r"^-?\d{1,3}(\.\d+)?(,-?\d{1,3}(\.\d+)?){3}$"},
        ),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=20_000)] = 5000,
) -> Response:
    """GeoJSON, those within `bbox` (by their bounds), by their order in the layer."""
    bounds = None if bbox is None else _bounds(bbox)
    with parts.transaction(None) as conn:
        found = db.catalogue(conn, layer_id)
        if not found:
            raise Problem(
                404, "layer-not-found", "There is no such layer", f"got {layer_id[:60]!r}, expected one of /layers"
            )
        tag = f'"layer-{found[0].version}-{limit}-{"" if bounds is None else "_".join(map(repr, bounds))}"'
        headers = {"ETag": tag, "Cache-Control": "no-cache"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        features = db.features(conn, layer_id, bounds=bounds, most=limit)
    return GeoJSONResponse(feature_collection(found[0], features), headers=headers)


def layer_form(layer: Layer, language: Language) -> MapLayer:
    """Return the public form of a layer."""
    style = LayerStyle.model_validate(layer.style)
    return MapLayer(
        id=layer.id,
        title=title(layer.title_id, layer.title_en, language),
        title_id=layer.title_id,
        title_en=layer.title_en,
        attribution=layer.attribution,
        licence=layer.licence,
        kind=layer.kind,
        count=layer.count,
        updated_at=layer.updated_at,
        style=style,
        maplibre=maplibre_layers(layer.id, layer.kind, style),
        features=f"/api/v1/layers/{layer.id}",
    )


def title(title_id: str, title_en: str, language: Language) -> str:
    """Return the title in the language requested."""
    return title_en if language == "en" else title_id


def _bounds(text: str) -> tuple[float, float, float, float]:
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        west = south = east = north = math.nan
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise Problem(
            422,
            "invalid-bbox",
            "The bbox is not right",
            f"got {text[:60]!r}, expected west,south,east,north in degrees",
        )
    return (west, south, east, north)


def feature_collection(layer: Layer, found: FeaturePage) -> str:
    """Return features of a layer as the text of a GeoJSON FeatureCollection."""
    features = [
        {
            "type": "Feature",
            "id": one["number"],
            "properties": {"siaga_area": one["area_id"], **one["properties"]},
            "geometry": one["geometry"],
        }
        for one in found.features
    ]
    about = {"attribution": layer.attribution, "licence": layer.licence}
    body = {"type": "FeatureCollection", **about, "matched": found.matched, "returned": len(features)}
    return json.dumps({**body, "features": features}, separators=(",", ":"), ensure_ascii=False)
