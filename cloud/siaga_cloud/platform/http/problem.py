"""Answers errors as RFC 9457 problem documents (application/problem+json)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import JSONResponse

MEDIA_TYPE = "application/problem+json"
PROBLEM_SCHEMA: Final[dict[str, Any]] = {
    "title": "Problem",
    "description": "RFC 9457 problem details: `type` names the reason for programs, `detail` describes it for people.",
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:siaga:problem:task-not-found"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "description": "The reason in more detail.", "examples": ["task_closed"]},
        "params": {"type": "object", "description": "Values that complete the text of `code`."},
        "errors": {
            "type": "array",
            "description": "What is wrong with each field.",
            "items": {
                "type": "object",
                "required": ["where", "expected"],
                "properties": {
                    "where": {"type": "string", "examples": ["body.name"]},
                    "got": {"type": "string"},
                    "expected": {"type": "string"},
                    "code": {"type": "string"},
                    "params": {"type": "object"},
                },
            },
        },
    },
}
_CONTENT: Final[dict[str, Any]] = {"content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
# What every endpoint may answer: declared once, for all of them.
PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    "4XX": {"description": "The request cannot be served; the problem document says why.", **_CONTENT},
    503: {"description": "The server cannot do this now; repeat the request after `Retry-After`.", **_CONTENT},
}


def refusals(*codes: str) -> dict[int | str, dict[str, Any]]:
    """The 422 response of an operation whose request must also obey rules that a schema cannot express.

    `codes` are those of the problems; the document lists them as `x-problem-codes`.
    """
    listed = ", ".join(f"`{code}`" for code in sorted(codes))
    text = f"A parameter or the body does not match its schema, or breaks a rule beyond it: {listed}."
    return {422: {"description": text, "x-problem-codes": sorted(codes), **_CONTENT}}


class Problem(Exception):  # noqa: N818 - the standard's own word
    """Represents an error answer. `kind` names it for programs; `title` and `detail` are for people."""

    def __init__(self, status: int, kind: str, title: str, detail: str = "", **more: Any) -> None:
        self.status, self.kind, self.title, self.detail, self.more = status, kind, title, detail, more
        super().__init__(f"{status} {kind}: {detail or title}")


def problem_response(problem: Problem, *, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return the response of a problem."""
    body: dict[str, Any] = {
        "type": f"urn:siaga:problem:{problem.kind}",
        "title": problem.title,
        "status": problem.status,
    }
    if problem.detail:
        body["detail"] = problem.detail
    return JSONResponse(
        {**body, **problem.more}, status_code=problem.status, media_type=MEDIA_TYPE, headers=dict(headers or {})
    )
