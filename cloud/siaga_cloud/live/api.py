"""Serves changes as they happen by server-sent events."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from siaga_cloud.people.auth import KEY_IS_OPTIONAL, STAFF, Caller, Standing, is_in_scope
from siaga_cloud.platform.http.parts import PartsOf
from siaga_cloud.platform.http.problem import Problem

router = APIRouter(tags=["live"])

_EXAMPLE = 'event: gauge\ndata: {"id":"manggarai","at":"2026-01-01T00:00:00Z","object":{…}}\n\n'


@router.get(
    "/live",
    summary="Changes as they happen (server-sent events)",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {"example": _EXAMPLE}}, "description": "The stream"}},
    openapi_extra=KEY_IS_OPTIONAL,
)
async def stream_live_updates(parts: PartsOf, caller: Caller, asker: Standing) -> StreamingResponse:
    """Events `gauge`, `camera`, `incident`, `task` with the changed object's public form (null: look it up again); a
    task comes whole to staff in whose scope it is. `hello` comes first and says how many seconds ago each kind last
    changed (`changed_seconds_ago`; "all": kinds not named): what was requested since then is not old. `reset`: changes
    were lost, load everything anew; `beat`: nothing happened. Staff also get `node` and `report`; their streams end
    after 15 minutes, to be opened anew, and by `signed_out` within 15 seconds of their session or key ending or their
    role changing.
    """
    if parts.hub.is_full:
        raise Problem(503, "too-many-streams", "Too many live streams", "try again later", retry_after_seconds=30)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    is_staff = caller is not None and caller.role in STAFF

    async def stands() -> bool:
        return await run_in_threadpool(asker.is_valid)

    stream = parts.hub.stream(
        staff=is_staff, sees=lambda thing: is_in_scope(caller, thing), stands=stands if is_staff else None
    )
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)
