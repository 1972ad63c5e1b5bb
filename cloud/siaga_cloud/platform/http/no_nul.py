"""Refuses addresses that contain NUL, which PostgreSQL cannot store in a text."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from siaga_cloud.platform.http.problem import Problem, problem_response

_OURS = "/api/v1/"  # Open311 and SensorThings answer in their own formats


class RefuseNul:
    """Answers before the database is queried: 404 for a path, 422 for a parameter."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        problem = _problem(scope) if scope["type"] == "http" and scope["path"].startswith(_OURS) else None
        if problem is None:
            await self.app(scope, receive, send)
        else:
            await problem_response(problem)(scope, receive, send)


def _problem(scope: Scope) -> Problem | None:
    if "\0" in scope["path"]:
        return Problem(404, "not-found", "Not Found", "got a path with a NUL character")
    if b"%00" in scope["query_string"] or b"\0" in scope["query_string"]:
        return Problem(422, "nul-character", "A parameter cannot be right", "got a NUL character, expected none")
    return None
