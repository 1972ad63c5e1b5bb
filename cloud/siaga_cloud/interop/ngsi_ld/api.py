"""Serves NGSI-LD read-only: FloodMonitoring (one for each gauge) and Alert (one for each alert in force)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Header, Request, Response

from siaga_cloud.interop.ngsi_ld import query as queries
from siaga_cloud.interop.ngsi_ld.entities import PREFIXES, of_type
from siaga_cloud.interop.ngsi_ld.query import Query, QueryError
from siaga_cloud.platform.http.parts import PartsOf

BASE: Final = "/ngsi-ld/v1"
CONTEXT: Final = [
    "https://smartdatamodels.org/context.jsonld",
    "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld",
]
_LD, _JSON = "application/ld+json", "application/json"
_LINK: Final = f'<{CONTEXT[0]}>; rel="http://www.w3.org/ns/json-ld#context"; type="{_LD}"'
_OPEN: Final = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
_ERRORS: Final = "https://uri.etsi.org/ngsi-ld/errors/"
_ONE: Final[dict[str, Any]] = {"schema": {"type": "object", "required": ["id", "type"]}}
_MANY: Final[dict[str, Any]] = {"schema": {"type": "array", "items": {"type": "object", "required": ["id", "type"]}}}
_ERROR: Final[dict[str, Any]] = {
    "description": "what is wrong, as NGSI-LD has it",
    "content": {_JSON: {"schema": {"type": "object", "required": ["type", "title"]}}},
}
_TEXT: Final = {"type": "string", "maxLength": 2000}


def _parameter(name: str, description: str, **schema: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema or _TEXT, "description": description}


_FORM: Final = [
    _parameter("options", "the form of entities", type="string", enum=list(queries.FORMS)),
    _parameter("attrs", "names of attributes, with commas"),
]
_PARAMETERS: Final = [
    _parameter("type", "FloodMonitoring, Alert, or both with a comma"),
    _parameter("id", "ids of entities, with commas"),
    _parameter("q", 'as currentLevel>1.5;floodLevelStatus=="Danger"'),
    _parameter("georel", "near;maxDistance==METRES, within, intersects, disjoint, equals, contains or overlaps"),
    _parameter("geometry", "of coordinates, as Point"),
    _parameter("coordinates", "as [106.85,-6.2]"),
    _parameter("geoproperty", "location alone"),
    *_FORM,
    _parameter("limit", "", type="integer", minimum=0, maximum=queries.MAX_LIMIT),
    _parameter("offset", "", type="integer", minimum=0, maximum=queries.MAX_OFFSET),
    _parameter("count", "NGSILD-Results-Count has the number of all", type="boolean"),
]
Accept = Annotated[str | None, Header(max_length=500)]
router = APIRouter(prefix=BASE, tags=["ngsi-ld"])


@router.get(
    "/entities",
    summary="Entities by type, id, value and place",
    response_class=Response,
    responses={200: {"description": "entities", "content": {_JSON: _MANY, _LD: _MANY}}, 400: _ERROR},
    openapi_extra={"parameters": _PARAMETERS},
)
def list_ngsi_ld_entities(parts: PartsOf, request: Request, accept: Accept = None) -> Response:
    """Whatever is not known here is refused with 400, never ignored. `Link` leads to the next page."""
    try:
        wanted = queries.read(request.query_params.multi_items(), PREFIXES)
    except QueryError as error:
        return _refused(400, "BadRequestData", "The query cannot be answered", str(error))
    with parts.transaction(None) as conn:
        kinds = [kind for kind in PREFIXES if wanted.types is None or kind in wanted.types]
        found = [one for kind in kinds for one in of_type(conn, kind) if wanted.matches(one)]
    shown = [wanted.shown(one) for one in found[wanted.offset : wanted.offset + wanted.limit]]
    headers = {"NGSILD-Results-Count": str(len(found))} if wanted.is_counted else {}
    return _answer(shown, accept, headers, _pages(wanted, len(found)))


@router.get(
    "/entities/{entity_urn}",
    summary="An entity",
    response_class=Response,
    responses={200: {"description": "the entity", "content": {_JSON: _ONE, _LD: _ONE}}, 400: _ERROR, 404: _ERROR},
    openapi_extra={"parameters": _FORM},
)
def get_ngsi_ld_entity(parts: PartsOf, request: Request, entity_urn: str, accept: Accept = None) -> Response:
    """By its URN, as urn:ngsi-ld:FloodMonitoring:siaga:manggarai."""
    try:
        wanted = queries.read(request.query_params.multi_items(), PREFIXES, of_set=False)
    except QueryError as error:
        return _refused(400, "BadRequestData", "The query cannot be answered", str(error))
    with parts.transaction(None) as conn:
        kinds = [kind for kind, prefix in PREFIXES.items() if entity_urn.startswith(prefix)]
        found = [one for kind in kinds for one in of_type(conn, kind) if one["id"] == entity_urn]
    if not found:
        return _refused(404, "ResourceNotFound", "There is no such entity", entity_urn[:100])
    return _answer(wanted.shown(found[0]), accept, {})


@router.get("/types", summary="The types of entities")
def list_ngsi_ld_types() -> dict[str, Any]:
    """The answer is an EntityTypeList of NGSI-LD."""
    return {"id": "urn:ngsi-ld:EntityTypeList:siaga", "type": "EntityTypeList", "typeList": list(PREFIXES)}


def _refused(status: int, kind: str, title: str, detail: str) -> Response:
    problem = {"type": f"{_ERRORS}{kind}", "title": title, "detail": detail}
    return Response(json.dumps(problem), status_code=status, media_type=_JSON, headers=_OPEN)


def _pages(wanted: Query, total: int) -> list[str]:
    """Return the links to the pages around this one (6.3.10)."""
    starts = {"prev": wanted.offset - wanted.limit, "next": wanted.offset + wanted.limit}
    present = {name: at for name, at in starts.items() if wanted.limit and 0 <= at < total and at != wanted.offset}
    return [
        f'<{BASE}/entities?{urlencode({**wanted.parameters, "offset": str(at)})}>; rel="{name}"'
        for name, at in present.items()
    ]


def _answer(
    content: dict[str, Any] | Sequence[dict[str, Any]],
    accept: str | None,
    headers: Mapping[str, str],
    links: Sequence[str] = (),
) -> Response:
    """JSON-LD holds its context; plain JSON names it in a Link."""
    if _LD not in (accept or ""):
        body, kind, all_links = content, _JSON, [_LINK, *links]
    else:
        listed = [content] if isinstance(content, dict) else content
        linked = [{**one, "@context": CONTEXT} for one in listed]
        body, kind, all_links = linked[0] if isinstance(content, dict) else linked, _LD, [*links]
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    named = {"Link": ", ".join(all_links)} if all_links else {}
    return Response(text, media_type=kind, headers={**_OPEN, **named, **headers})
