"""Serves OGC SensorThings 1.1 over HTTP: every path and query option, and the writing of Observations alone."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Final
from urllib.parse import parse_qsl

import psycopg
from fastapi import APIRouter, Depends, Request, Response

from siaga_cloud.feeds.items import FoundReading, ItemError
from siaga_cloud.feeds.observations import service as observations
from siaga_cloud.feeds.secrets import secret_of
from siaga_cloud.interop.sensorthings import query as sta_query
from siaga_cloud.interop.sensorthings import store as db
from siaga_cloud.interop.sensorthings.ids import observation_id
from siaga_cloud.interop.sensorthings.query import Query, Segment, StaError
from siaga_cloud.interop.sensorthings.shape import BASE, data_arrays, shape, value_of
from siaga_cloud.interop.sensorthings.store import Parent, Row
from siaga_cloud.interop.sensorthings.store_expr import FilterError
from siaga_cloud.interop.sensorthings.store_model import LEVEL, SETS, Column, EntitySet
from siaga_cloud.platform.db import jobs
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.http.parts import Parts, PartsOf

MAX_ENTITIES: Final = 10_000
_MAX_QUERY: Final = 8000
_WRITTEN: Final = re.compile(rf"{re.escape(BASE)}(/Datastreams\('[^/]*'\))?/Observations")
_CONFORMANCE: Final = [
    f"http://www.opengis.net/spec/iot_sensing/1.1/req/{one}"
    for one in (
        "datamodel", "resource-path/resource-path-to-entities", "request-data/expand", "request-data/select",
        "request-data/orderby", "request-data/top", "request-data/skip", "request-data/count", "request-data/filter",
        "request-data/built-in-filter-operations", "request-data/built-in-query-functions", "request-data/pagination",
        "request-data/status-codes", "data-array/data-array",
    )
]  # fmt: skip
_MQTT: Final = "http://www.opengis.net/spec/iot_sensing/1.1/req/receive-updates-via-mqtt/receive-updates"
_OPEN: Final = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
# An annotation of OData's own vocabulary, which says more than a missing count (Org.OData.Core.V1).
_MESSAGES: Final = "@Org.OData.Core.V1.Messages"
_NOT_COUNTED: Final = {
    "code": "not-counted",
    "message": f"counting took over {db.COUNT_SECONDS} s: narrow the $filter to a Datastream or a shorter time",
    "severity": "warning",
    "target": "$count",
}
_ERROR: Final[dict[str, Any]] = {
    "description": "what is wrong",
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "required": ["code", "type", "message"],
                "properties": {"code": {"type": "integer"}, "type": {"const": "error"}, "message": {"type": "string"}},
            }
        }
    },
}
_FOUND: Final[dict[str, Any]] = {"content": {"application/json": {"schema": {"type": "object"}}}}
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {200: _FOUND, 400: _ERROR, 404: _ERROR, 503: _ERROR}


_OF_POST: Final[dict[int | str, dict[str, Any]]] = {
    202: {"description": "it is stored in a moment", **_FOUND},
    400: _ERROR,
    401: _ERROR,
    429: _ERROR,
}
_OBSERVATION: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["result"],
                    "properties": {
                        "phenomenonTime": {"type": "string", "format": "date-time"},
                        "result": {"type": ["number", "null"], "description": "cm above the gauge's zero"},
                    },
                }
            }
        },
    },
}


async def _body(request: Request) -> bytes:
    return await request.body()


Body = Annotated[bytes, Depends(_body)]


def _parameter(name: str, where: str, schema: Mapping[str, Any], description: str = "") -> dict[str, Any]:
    return {"name": name, "in": where, "required": where == "path", "schema": schema, "description": description}


_SETS: Final = _parameter("entity_set", "path", {"type": "string", "enum": list(SETS)})
_OPTIONS: Final = [
    _parameter("$filter", "query", {"type": "string", "maxLength": 2000}, "name eq 'x' and Datastream/Thing/id eq 'y'"),
    _parameter("$expand", "query", {"type": "string", "maxLength": 2000}, "Datastreams($expand=Observations($top=1))"),
    _parameter("$orderby", "query", {"type": "string", "maxLength": 2000}, "phenomenonTime desc"),
    _parameter("$top", "query", {"type": "integer", "minimum": 0, "maximum": 999_999_999}, "at most 1000 come"),
    _parameter("$skip", "query", {"type": "integer", "minimum": 0, "maximum": sta_query.MAX_SKIP}),
    _parameter("$count", "query", {"type": "boolean"}),
    _parameter("$select", "query", {"type": "string", "maxLength": 2000}),
    _parameter("$resultFormat", "query", {"type": "string", "enum": ["dataArray"]}, "of Observations alone"),
]

router = APIRouter(prefix=BASE, tags=["sensorthings"])


@router.get("", summary="The sets of entities", responses=_ANSWERS)
@router.get("/", include_in_schema=False)
def get_sta_root(parts: PartsOf) -> Response:
    """The landing page of SensorThings 1.1."""
    root = _root(parts.settings.public_url)
    settings: dict[str, Any] = {"conformance": list(_CONFORMANCE)}
    if parts.settings.sta_mqtt_url:
        settings["conformance"].append(_MQTT)
        settings[_MQTT] = {"endpoints": [parts.settings.sta_mqtt_url]}
    sets = [{"name": name, "url": f"{root}/{name}"} for name in SETS]
    return _answer({"value": sets, "serverSettings": settings})


@router.get(
    "/{entity_set}('{entity_id}')",
    summary="An entity",
    responses=_ANSWERS,
    openapi_extra={
        "parameters": [_SETS, _parameter("entity_id", "path", {"type": "string"}), _OPTIONS[1], _OPTIONS[-2]]
    },
)
def get_sta_entity(parts: PartsOf, request: Request) -> Response:
    """By its id; `$expand` and `$select` shape it."""
    return _serve(parts, request)


@router.get(
    "/{entity_set}",
    summary="Entities of a set",
    responses=_ANSWERS,
    openapi_extra={"parameters": [_SETS, *_OPTIONS]},
)
def list_sta_entities(parts: PartsOf, request: Request) -> Response:
    """A page; `@iot.nextLink` leads to the next one."""
    return _serve(parts, request)


@router.get("/{path:path}", include_in_schema=False)
def get_path(parts: PartsOf, request: Request) -> Response:
    """What an entity is linked to, its properties, `$value` and `$ref`."""
    return _serve(parts, request)


@router.post(
    "/Datastreams('{entity_id}')/Observations",
    summary="Write an Observation of a Datastream",
    status_code=202,
    responses=_OF_POST,
    openapi_extra=_OBSERVATION,
)
@router.post("/Observations", status_code=202, include_in_schema=False)
def create_sta_observation(parts: PartsOf, request: Request, body: Body, entity_id: str | None = None) -> Response:
    """With the token of a feed of kind `observations`. It is stored a moment later; `Location` is where it is then."""
    now = datetime.now(UTC)
    try:
        found = _accept(parts, request.headers.get("authorization", ""), body, entity_id, now)
    except ItemError as error:
        return _error(StaError(400, str(error)))
    except StaError as error:
        return _error(error, {"WWW-Authenticate": "Bearer"} if error.status == 401 else {"Retry-After": "2"})
    link = (
        f"{_root(parts.settings.public_url)}/Observations('{observation_id(found.gauge_id, LEVEL, found.measured_at)}')"
    )
    return _answer({"@iot.selfLink": link}, 202, {"Location": link})


def _accept(parts: Parts, authorization: str, body: bytes, datastream: str | None, now: datetime) -> FoundReading:
    with parts.transaction(None) as conn:
        token = authorization.removeprefix("Bearer ").strip()
        feed = observations.sender_of(conn, token, lambda name: secret_of(name, os.environ)) if token else None
        if feed is None:
            raise StaError(401, "Authorization: expected Bearer and the token of a feed of kind observations")
        if parts.message_limit.wait_seconds(f"observations {feed.id}") > 0:
            raise StaError(429, "too many Observations: 30 at once, then one every 2 s")
        payload = observations.payload_of(body, datastream, now=now)
        found = observations.read(payload, feed, now=now)
        jobs.defer_observation(conn, feed.id, payload)
    return found


def methods_of(path: str) -> Sequence[str] | None:
    """Return the methods of an address of SensorThings, which refuses all others in its own form; None elsewhere."""
    if not f"{path}/".startswith(f"{BASE}/"):
        return None
    return ("GET", "POST") if _WRITTEN.fullmatch(path) else ("GET",)


@router.api_route("/{path:path}", methods=["POST", "PUT", "PATCH", "DELETE"], include_in_schema=False)
def refuse_change() -> Response:
    """Nothing but Observations is written by this standard here."""
    return _error(StaError(405, "only Observations are written here"), {"Allow": "GET, HEAD, OPTIONS"})


def _serve(parts: PartsOf, request: Request) -> Response:
    root = _root(parts.settings.public_url)
    try:
        path = request.url.path.removeprefix(BASE)
        options = _options(request.url.query)
        with parts.transaction(None) as conn:
            db.limit_time(conn)
            return _Reader(conn, root, path).answer(sta_query.read_path(path), options)
    except StaError as error:
        return _error(error)
    except FilterError as error:
        return _error(StaError(400, str(error)))
    except psycopg.DataError as error:
        description = str(error).partition("\n")[0][:200]
        return _error(StaError(400, f"$filter: it cannot be computed ({description})"))
    except psycopg.errors.QueryCanceled:
        return _error(StaError(503, f"it took over {db.TIMEOUT_SECONDS} s: ask for one Datastream or a shorter time"))


def _options(query: str) -> list[tuple[str, str]]:
    if len(query) > _MAX_QUERY:
        raise StaError(400, f"query: got {len(query)} characters, expected at most {_MAX_QUERY}")
    try:
        return parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=50)
    except ValueError:
        raise StaError(400, "query: expected UTF-8, at most 50 options") from None


@dataclass(slots=True)
class _Reader:
    """Answers one request; `left` is how many entities may still be included. `is_counting` until a count took too
    long.
    """

    conn: Connection
    root: str
    path: str
    left: int = MAX_ENTITIES
    is_counting: bool = True

    def answer(self, segments: Sequence[Segment], options: Sequence[tuple[str, str]]) -> Response:
        """Walks the path to a set, an entity or a property, and shows it."""
        if not segments or segments[0].name not in SETS:
            raise StaError(404, f"there is no {self.path[:80]!r}, expected of {', '.join(SETS)}")
        entity, parent, row = SETS[segments[0].name], None, None
        if segments[0].id is not None:
            row = self._one(entity, segments[0].id, None)
        for at, segment in enumerate(segments[1:], start=1):
            if segment.name == "$ref":
                return self._references(entity, parent, row, options)
            if row is None:
                raise StaError(404, f"there is no {segment.name[:60]!r} of {entity.name}; name one by its id")
            link = entity.links.get(segment.name)
            if link is None:
                return _property(entity, row, segments[at:], self.root)
            parent, entity = Parent(link=link, row=row), SETS[link.target]
            row = None if link.is_many and segment.id is None else self._one(entity, segment.id, parent)
        query = sta_query.read_query(entity, options)
        if row is not None:
            return _answer(self._shown([row], query)[0])
        return _answer(self._page(query, parent))

    def _one(self, entity: EntitySet, wanted: str | None, parent: Parent | None) -> Row:
        found = db.one(self.conn, entity, wanted, parent)
        if found is None:
            raise StaError(404, f"there is no {entity.name}({(wanted or '')[:60]!r})")
        return found

    def _page(self, query: Query, parent: Parent | None) -> dict[str, Any]:
        rows = db.page(self.conn, query, parent) if query.top else []
        counted = self._counted("", query, parent) if query.count else {}
        link = {"@iot.nextLink": f"{self.root}{self.path}?{query.next_options()}"} if len(rows) > query.top else {}
        if query.is_data_array:
            return {**counted, **link, "value": data_arrays(rows[: query.top], self.root, select=query.select)}
        return {**counted, **link, "value": self._shown(rows[: query.top], query)}

    def _counted(self, of: str, query: Query, parent: Parent | None) -> dict[str, Any]:
        """The annotation of a set with its count; or with the message that there is none, as OData has it."""
        found = db.count(self.conn, query, parent) if self.is_counting else None
        if found is not None:
            return {f"{of}@iot.count": found}
        self.is_counting = False  # the others would take as long
        return {f"{of}{_MESSAGES}": [_NOT_COUNTED]}

    def _references(
        self, entity: EntitySet, parent: Parent | None, row: Row | None, options: Sequence[tuple[str, str]]
    ) -> Response:
        query = sta_query.read_query(entity, [one for one in options if one[0] not in ("$select", "$expand")])
        shown = self._page(query, parent) if row is None else {"value": self._shown([row], query)}
        links = [{"@iot.selfLink": one["@iot.selfLink"]} for one in shown["value"]]
        return _answer(links[0] if row is not None else {**shown, "value": links})

    def _shown(self, rows: Sequence[Row], query: Query) -> list[dict[str, Any]]:
        self.left -= len(rows)
        if self.left < 0:
            raise StaError(400, f"$expand: over {MAX_ENTITIES} entities would come; ask for fewer with $top")
        expanded = frozenset(query.expands)
        made = [shape(query.entity, row, self.root, select=query.select, expanded=expanded) for row in rows]
        for name, inner in query.expands.items():
            self._expand(name, inner, query.entity, rows, made)
        return made

    def _expand(
        self, name: str, inner: Query, entity: EntitySet, rows: Sequence[Row], made: Sequence[dict[str, Any]]
    ) -> None:
        link = entity.links[name]
        found = db.linked(self.conn, link, rows, inner, most=self.left + 1)
        shown = iter(self._shown([row for each in found for row in each[: inner.top]], inner))
        for row, entry, each in zip(rows, made, found, strict=True):
            inside = [next(shown) for _ in each[: inner.top]]
            if not link.is_many:
                entry[name] = inside[0] if inside else None
                continue
            if inner.count:
                entry.update(self._counted(name, inner, Parent(link=link, row=row)))
            entry[name] = inside
            if len(each) > inner.top > 0:
                here = f"{self.root}/{entity.name}('{row['id']}')/{name}"
                entry[f"{name}@iot.nextLink"] = f"{here}?{inner.next_options()}"


def _property(entity: EntitySet, row: Row, segments: Sequence[Segment], root: str) -> Response:
    """Return a property alone: {"name": ...}, or bare with $value behind it."""
    names = [one.name for one in segments if one.id is None]
    is_bare = names[-1:] == ["$value"]
    path = "/".join(names[:-1] if is_bare else names)
    inside: dict[str, Column] = {
        name: column for name, column in entity.properties.items() if name.startswith(f"{path}/") and path
    }
    column = entity.properties.get(path)
    if len(names) != len(segments) or (column is None and not inside):
        raise StaError(404, f"{entity.name} has no {'/'.join(one.name for one in segments)[:60]!r}")
    value = (
        value_of(column, row, root)
        if column is not None
        else {name.removeprefix(f"{path}/"): value_of(one, row, root) for name, one in inside.items()}
    )
    if value is None:
        return Response(status_code=204, headers=_OPEN)
    if not is_bare:
        return _answer({path.rpartition("/")[2]: value})
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return Response(text, media_type="text/plain; charset=utf-8", headers=_OPEN)


def _root(public_url: str) -> str:
    return f"{public_url}{BASE}"


def _answer(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(body, status_code=status, media_type="application/json", headers={**_OPEN, **(headers or {})})


def _error(error: StaError, headers: Mapping[str, str] | None = None) -> Response:
    """In the form that clients of FROST read."""
    return _answer({"code": error.status, "type": "error", "message": error.message}, error.status, headers)
