"""Serves changes as they happen by server-sent events."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from siaga_cloud.people.auth import Staff, Standing, is_in_scope
from siaga_cloud.platform.http.limits import client_key
from siaga_cloud.platform.http.parts import PartsOf
from siaga_cloud.platform.http.problem import Problem

router = APIRouter(tags=["live"])

_RESERVED_FOR: Final = ("operator", "leader", "admin")

_EXAMPLE = 'event: gauge\ndata: {"id":"manggarai","at":"2026-01-01T00:00:00Z","object":{…}}\n\n'


@router.get(
    "/live",
    summary="Changes as they happen, for staff (server-sent events)",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {"example": _EXAMPLE}}, "description": "The stream"}},
)
async def stream_live_updates(parts: PartsOf, request: Request, staff: Staff, asker: Standing) -> StreamingResponse:
    """For staff; the public reads the published state. Events `gauge`, `camera`, `incident`, `task`, `node`, `report`
    with the changed object's public form (null: look it up again); a task comes whole to those in whose scope it is.
    `hello` comes first and says how many seconds ago each kind last changed (`changed_seconds_ago`; "all": kinds not
    named): what was requested since then is not old. `reset`: changes were lost, load everything anew; `beat`: nothing
    happened. A stream ends after 15 minutes, to be opened anew, and by `signed_out` within 15 seconds of the session or
    key ending or the role changing.
    """
    address = client_key(request.client.host if request.client else None)
    if not parts.hub.has_place(person=staff.id, address=address, is_reserved=staff.role in _RESERVED_FOR):
        raise Problem(503, "too-many-streams", "Too many live streams", "try again later", retry_after_seconds=30)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}

    async def stands() -> bool:
        return await run_in_threadpool(asker.is_valid)

    stream = parts.hub.stream(
        staff=True, sees=lambda thing: is_in_scope(staff, thing), stands=stands, person=staff.id, address=address
    )
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)
