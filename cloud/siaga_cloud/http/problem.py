"""Errors as RFC 9457 problem documents (application/problem+json)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):  # noqa: N818 - the standard's own word
    """An answer that is an error. `kind` names it for programs, `title` and `detail` are for people."""

    def __init__(self, status: int, kind: str, title: str, detail: str = "", **more: Any) -> None:
        self.status, self.kind, self.title, self.detail, self.more = status, kind, title, detail, more
        super().__init__(f"{status} {kind}: {detail or title}")


def problem_response(problem: Problem, *, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The response of a problem."""
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
