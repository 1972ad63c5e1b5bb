"""Completes the OpenAPI document: operation ids, plain schema names, one schema of problems, and what errors mean."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers

from siaga_cloud.platform.http.problem import MEDIA_TYPE, PROBLEM_SCHEMA

Described = dict[str, Any]

TAGS: Final[Mapping[str, str]] = {
    "accuracy": "How often each camera is right about each hazard, and the random sample that people judge.",
    "agencies": "Agencies of the city and the categories that they are responsible for.",
    "alerts": "Public warnings about areas and gauges, and warnings of other services.",
    "cameras": "Cameras, their snapshots, and the zones and masks in their views.",
    "city": "Areas, rivers, categories and counts of the whole city.",
    "control room": "What the control room showed at a past minute.",
    "dead letters": "Messages that could not be processed, and their replay.",
    "figures": "Aggregated numbers about tasks and reports.",
    "flood states": "The flood state of each area.",
    "assets": "Pumps and gates, and what is known of them now.",
    "streets": "Depth of water by street, with its interval and what it follows from.",
    "gauges": "Water levels, forecasts and stages.",
    "heads": "The work of an area or agency, for the person who is responsible for it.",
    "inbox": "Messages that wait for an operator.",
    "incidents": "Incidents with their evidence, and the changes that operators make to them.",
    "layers": "Map layers and the context of an area.",
    "live": "A stream of what changes.",
    "media": "Images that are referred to by other resources.",
    "nodes": "Nodes, their enrolment and their state.",
    "notifications": "Messages to members of staff, and the browsers that receive them.",
    "officers": "Duty and positions of officers.",
    "open data": "Datasets as CSV, JSON and GeoJSON.",
    "people": "Sign-in, accounts, API tokens, personal data and the audit log.",
    "policy": "The rules that create, route and time tasks.",
    "proofs": "The proof of resolved tasks and its verification.",
    "rain": "Rain gauges and how much rain they measured.",
    "reports": "Reports of citizens.",
    "review": "Images that people judge so that models can be evaluated.",
    "sites": "Cameras, gauges and nodes as the administrator enters them.",
    "subscriptions": "Subscriptions to alerts.",
    "tasks": "Work of the agencies.",
    "text channels": "Webhooks of SMS, Telegram, X, Facebook and LAPOR.",
    "webhooks": "Signed HTTP messages to other systems.",
    "open311": "Open311 GeoReport v2, in its own words.",
    "cap": "The Common Alerting Protocol 1.2, in its own words.",
    "sensorthings": "OGC SensorThings API 1.1, in its own words.",
    "ngsi-ld": "NGSI-LD, in its own words.",
    "roads": "Flooded roads as CIFS, DATEX II and GTFS-Realtime, in their own words.",
    "fews": "PI-XML of Delft-FEWS, in its own words.",
}
_METHODS: Final = ("get", "put", "post", "delete", "patch")
_BODY_PREFIX: Final = "Body_"
_VALIDATION_ERROR: Final = "HTTPValidationError"
_SCHEMAS: Final = "#/components/schemas/"
# Enumerations of the core whose names are clear there only by their module.
_NAMES: Final[Mapping[str, str]] = {"Verb": "TaskVerb", "Check": "ProofCheckName", "Result": "ProofCheckResult"}
_OF_SIGN_IN: Final[Mapping[str, str]] = {
    "401": "No valid token or session came with the request.",
    "403": "The role, the scope of the token or the area of the caller does not allow this.",
}
_OF_CONTENT: Final[Mapping[str, str]] = {
    "422": "A parameter or the body does not match its schema, or a text contains a NUL character."
}


def operation_id(route: APIRoute) -> str:
    """The name of the function that serves a route: stable, unique and readable in a generated client."""
    return route.name


class DescribedApp(FastAPI):
    """A FastAPI application with a completed OpenAPI document, which is made and written once."""

    document: PreparedDocument | None = None

    def setup(self) -> None:
        """Add the route of the document; FastAPI's own makes its text anew for every request."""
        address, self.openapi_url = self.openapi_url, None
        super().setup()
        self.openapi_url = address
        if address is not None:
            self.add_route(address, self._get_document, include_in_schema=False)

    async def _get_document(self, request: Request) -> Response:
        if self.document is None:
            self.document = await run_in_threadpool(lambda: PreparedDocument.of(self.openapi()))
        return self.document.answer(request.headers)

    def openapi(self) -> Described:
        """The document, made once."""
        if self.openapi_schema is None:
            self.openapi_schema = complete(super().openapi())
        return self.openapi_schema


@dataclass(frozen=True, slots=True)
class PreparedDocument:
    """Holds a JSON document as it is sent, compressed and not."""

    plain: bytes
    compressed: bytes
    etag: str

    @classmethod
    def of(cls, document: Described) -> PreparedDocument:
        """Write a document as it is sent."""
        plain = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
        etag = f'"{hashlib.sha256(plain).hexdigest()[:32]}"'
        return cls(plain, gzip.compress(plain, 9, mtime=0), etag)

    def answer(self, headers: Headers) -> Response:
        """Return the document, or 304 where the caller has it."""
        common = {"ETag": self.etag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
        if self.etag in headers.get("if-none-match", ""):
            return Response(status_code=304, headers=common)
        if "gzip" not in headers.get("accept-encoding", ""):
            return Response(self.plain, media_type="application/json", headers=common)
        common["Content-Encoding"] = "gzip"
        return Response(self.compressed, media_type="application/json", headers=common)


def complete(document: Described) -> Described:
    """Adds to a generated document what FastAPI cannot know, and makes the names of schemas plain."""
    document["servers"] = [{"url": "/", "description": "This server."}]
    document["tags"] = [{"name": name, "description": text} for name, text in TAGS.items()]
    schemas = document["components"]["schemas"]
    schemas["Problem"] = PROBLEM_SCHEMA
    for unused in (_VALIDATION_ERROR, "ValidationError"):
        schemas.pop(unused, None)
    for operation in operations(document):
        _describe_refusals(operation)
        _describe_parameters(operation)
        _describe_form(operation, schemas)
    return _rename_schemas(document)


def operations(document: Described) -> Iterator[Described]:
    """All operations of a document."""
    for path in document["paths"].values():
        yield from (path[method] for method in _METHODS if method in path)


def _describe_refusals(operation: Described) -> None:
    responses = operation["responses"]
    if _VALIDATION_ERROR in str(responses.get("422")):  # FastAPI's own form, which this server never answers with
        del responses["422"]
        if "400" not in responses:
            responses["422"] = problem_of(_OF_CONTENT["422"])
    if "4XX" not in responses:
        return
    meanings = dict(_OF_SIGN_IN) if operation.get("security") else {}
    if operation.get("parameters") or operation.get("requestBody"):
        meanings |= _OF_CONTENT
    for status, text in meanings.items():
        responses.setdefault(status, problem_of(text))
    if "422" in responses:
        responses["422"]["x-problem-codes"] = sorted({"nul_character", *responses["422"].get("x-problem-codes", ())})


def _describe_form(operation: Described, schemas: Described) -> None:
    for content in operation.get("requestBody", {}).get("content", {}).values():
        name = content.get("schema", {}).get("$ref", "").removeprefix(_SCHEMAS)
        if name.startswith(_BODY_PREFIX):
            schemas[name]["description"] = f"The form of `{operation['operationId']}`: {operation['summary']}."
            _describe_fields(schemas[name]["properties"])
            if any("photo" in field for field in schemas[name]["properties"]):
                operation["responses"].setdefault("415", problem_of("The photo is not a JPEG, PNG or WebP file."))


def _describe_parameters(operation: Described) -> None:
    for parameter in operation.get("parameters", ()):
        parameter["schema"] = _without_null(parameter["schema"])


def _describe_fields(fields: Described) -> None:
    for name, schema in fields.items():
        fields[name] = _without_null(schema)
        for file in (fields[name], fields[name].get("items", {})):
            if file.pop("contentMediaType", None):
                file["format"] = "binary"


def _without_null(schema: Described) -> Described:
    """An optional parameter or field of a form is left out; neither can carry a null."""
    choices: list[Described] = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    if len(choices) != 1:
        return schema
    return {name: value for name, value in schema.items() if name != "anyOf"} | choices[0]


def problem_of(description: str) -> Described:
    """A response that is a problem document."""
    return {"description": description, "content": {MEDIA_TYPE: {"schema": {"$ref": f"{_SCHEMAS}Problem"}}}}


def _rename_schemas(document: Described) -> Described:
    schemas = document["components"]["schemas"]
    names = dict(_NAMES) | {name: _body_name(name) for name in schemas if name.startswith(_BODY_PREFIX)}
    for old in names.keys() & schemas.keys():
        schemas[names[old]] = schemas.pop(old) | {"title": names[old]}
    for reference in _references(document):
        old = reference["$ref"].removeprefix(_SCHEMAS)
        reference["$ref"] = _SCHEMAS + names.get(old, old)
    return document


def _references(value: Any) -> Iterator[dict[str, str]]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def _body_name(generated: str) -> str:
    """FastAPI calls a form body `Body_create_report`; here it is `ReportCreate`."""
    verb, *noun = generated.removeprefix(_BODY_PREFIX).split("_")
    return "".join(part.capitalize() for part in (*noun, verb))
