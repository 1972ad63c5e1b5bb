"""Maps internal errors to HTTP answers, in this one place."""

from __future__ import annotations

import logging
import re
from http import HTTPStatus
from typing import Any

import psycopg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from psycopg_pool import PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import Response

from siaga_cloud.platform.errors import (
    BusyError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    SiagaError,
)
from siaga_cloud.platform.http.problem import Problem, problem_response
from siaga_cloud.platform.input_errors import IntakeError
from siaga_cloud.platform.language import choose_language
from siaga_core.rules.task import IllegalMoveError, legal_verbs

log = logging.getLogger(__name__)

_RETRY_AFTER_SECONDS = "5"
_SHOWN_CHARACTERS = 100
_FIELD = re.compile(r"^(?P<field>[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*): (?P<rest>.+)$", re.DOTALL)


def install(app: FastAPI) -> None:
    """Gives an application its error answers."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(HTTPException, refuse)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(IntakeError, _intake)
    app.add_exception_handler(IllegalMoveError, _illegal_move)
    app.add_exception_handler(SiagaError, _refused)
    for gone in (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout):
        app.add_exception_handler(gone, _unavailable)
    app.add_exception_handler(psycopg.DataError, _unstorable)
    app.add_exception_handler(Exception, _unexpected)


async def _problem(_: Request, error: Exception) -> Response:
    headers = {}
    if isinstance(error, Problem):
        if error.status == HTTPStatus.UNAUTHORIZED:
            headers["WWW-Authenticate"] = "Bearer"
        if "retry_after_seconds" in error.more:
            headers["Retry-After"] = str(error.more["retry_after_seconds"])
        return problem_response(error, headers=headers)
    return await _unexpected(_, error)


async def refuse(_: Request, error: Exception) -> Response:
    """Return what the framework itself refuses: no such path, method not allowed, a broken form."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = str(error.detail) if isinstance(error, HTTPException) else ""
    phrase = HTTPStatus(status).phrase
    problem = Problem(status, phrase.lower().replace(" ", "-"), phrase, "" if detail == phrase else detail)
    return problem_response(problem, headers=getattr(error, "headers", None))


async def _validation(_: Request, error: Exception) -> Response:
    found = error.errors() if isinstance(error, RequestValidationError) else []
    errors = [_complaint(item) for item in found[:50]]
    detail = "; ".join(f"{item['where']}: {item['expected']}" for item in errors[:5])
    return problem_response(Problem(422, "invalid", "The request is not valid", detail, errors=errors))


def _complaint(item: Any) -> dict[str, Any]:
    where = ".".join(str(part) for part in item["loc"])
    got = item.get("input")
    shown = "" if got is None or isinstance(got, dict) else repr(got)[:_SHOWN_CHARACTERS]
    return {"where": where, "got": shown, "expected": str(item["msg"]), "code": item["type"], "params": _params(item)}


def _params(item: Any) -> dict[str, Any]:
    """Return what the words of a code are filled with: limits and choices, never what was sent."""
    context = item.get("ctx") or {}
    return {name: value for name, value in context.items() if isinstance(value, str | int | float)}


async def _intake(request: Request, error: Exception) -> Response:
    if not isinstance(error, IntakeError):
        return await _unexpected(request, error)
    language = choose_language(request.query_params.get("lang"), request.headers.get("accept-language"))
    status = {"photo_too_large": 413, "photo_unreadable": 415}.get(error.key, 422)
    title = "Laporan belum dapat diterima" if language == "id" else "This cannot be taken yet"
    kind = error.key.replace("_", "-")
    params = {"got": error.got, "expected": error.expected}
    errors = [{"where": error.field, **params, "code": error.key, "params": params}]
    answer = problem_response(Problem(status, kind, title, error.message(language), errors=errors))
    answer.headers["Content-Language"] = language
    return answer


_REFUSALS: tuple[tuple[type[SiagaError], Problem], ...] = (
    (NotFoundError, Problem(404, "not-found", "There is no such thing")),
    (ConflictError, Problem(409, "conflict", "It is not in a state for this")),
    (InvalidError, Problem(422, "invalid", "The request is not valid")),
)


async def _refused(_: Request, error: Exception) -> Response:
    """Return what a service refuses, in its own words."""
    if isinstance(error, ForbiddenError):
        return problem_response(Problem(403, error.kind, "This person may not do that", str(error)))
    if isinstance(error, BusyError):
        return busy_response(error.kind, str(error), error.retry_after_seconds)
    for kind, like in _REFUSALS:
        if isinstance(error, kind):
            more = _field_of(error) or _reason_of(error)
            return problem_response(Problem(like.status, like.kind, like.title, str(error), **more))
    return await _unexpected(_, error)


def busy_response(kind: str, detail: str, seconds: int) -> Response:
    """Return 503 with the time after which the same request may come again."""
    problem = Problem(503, kind, "Too much to do", detail, retry_after_seconds=seconds)
    return problem_response(problem, headers={"Retry-After": str(seconds)})


def _field_of(error: SiagaError) -> dict[str, Any]:
    """Services name the field that is wrong first, as `email: got ..., expected ...`: so that it is shown beside it."""
    found = _FIELD.match(str(error))
    if found is None:
        return {}
    wrong = {"where": f"body.{found['field']}", "got": "", "expected": found["rest"], **_reason_of(error)}
    return {"errors": [wrong]}


def _reason_of(error: SiagaError) -> dict[str, Any]:
    return {"code": error.code, "params": error.params} if error.code else {}


async def _illegal_move(request: Request, error: Exception) -> Response:
    if not isinstance(error, IllegalMoveError):
        return await _unexpected(request, error)
    allowed = list(legal_verbs(error.state))
    return problem_response(
        Problem(409, "illegal-move", "The task cannot do that now", str(error), state=error.state, allowed=allowed)
    )


async def _unavailable(_: Request, error: Exception) -> Response:
    log.warning("database unavailable (%s)", type(error).__name__)
    problem = Problem(503, "unavailable", "The database does not answer", "try again in a few seconds")
    return problem_response(problem, headers={"Retry-After": _RETRY_AFTER_SECONDS})


async def _unstorable(request: Request, error: Exception) -> Response:
    """Refuse NUL in a text, which PostgreSQL cannot store; psycopg raises before anything is sent."""
    if "NUL" not in str(error) and "\\u0000" not in str(error):  # the second one is PostgreSQL's, of a text in JSON
        return await _unexpected(request, error)
    return problem_response(
        Problem(422, "nul-character", "A text cannot be right", "got a NUL character, expected none")
    )


async def _unexpected(request: Request, error: Exception) -> Response:
    # The template of the address and never the address itself, which may hold a secret.
    route = getattr(request.scope.get("route"), "path", "none")
    log.error("%s %s failed", request.method, route, exc_info=error)
    return problem_response(Problem(500, "unexpected", "Something went wrong here", "it was logged"))
