"""Serves images; the public sees only redacted ones."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from fastapi import APIRouter, Response

from siaga_cloud.media import store as read_media
from siaga_cloud.people.auth import KEY_IS_OPTIONAL, STAFF, Caller
from siaga_cloud.platform.db import audit
from siaga_cloud.platform.http.parts import PartsOf
from siaga_cloud.platform.http.problem import Problem

router = APIRouter(tags=["media"])


@router.get(
    "/media/{media_id}",
    summary="A picture",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}, "description": "The JPEG"}},
    openapi_extra=KEY_IS_OPTIONAL,
)
def get_media(parts: PartsOf, caller: Caller, media_id: UUID) -> Response:
    """Images in which people may be recognised are for staff of that agency or area, and each look is on record; to
    others they do not exist.
    """
    with parts.transaction(caller) as conn:
        found = read_media.by_id(conn, media_id)
        if found is not None and not found.redacted and caller is not None and caller.role in STAFF:
            audit.record(
                conn, actor=caller.id, action="view_image", kind="media", object_id=str(media_id),
                now=datetime.now(UTC),
            )  # fmt: skip
    if found is None or not (found.redacted or (caller and caller.role in STAFF)):
        raise Problem(404, "image-not-found", "There is no such picture", str(media_id))
    try:
        content = parts.media.read(found.sha256)
    except FileNotFoundError:
        raise Problem(410, "image-expired", "The picture is no longer kept", str(media_id)) from None
    scope = "public" if found.redacted else "private"
    headers = {"Cache-Control": f"{scope}, max-age=86400, immutable", "Content-Security-Policy": "sandbox"}
    return Response(content, media_type=found.mime, headers=headers)
