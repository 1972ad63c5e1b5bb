"""Serves images and clips; the public sees redacted images only."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse

from siaga_cloud.media import store as read_media
from siaga_cloud.people.auth import KEY_IS_OPTIONAL, STAFF, Caller
from siaga_cloud.platform.db import audit
from siaga_cloud.platform.http.caching import PERSONAL
from siaga_cloud.platform.http.parts import PartsOf
from siaga_cloud.platform.http.problem import Problem

router = APIRouter(tags=["media"])


@router.get(
    "/media/{media_id}",
    summary="An image or clip",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}, "video/mp4": {}}, "description": "The JPEG, or a clip in MP4"}},
    openapi_extra=KEY_IS_OPTIONAL,
)
def get_media(parts: PartsOf, caller: Caller, media_id: UUID) -> Response:
    """Images in which people may be recognised are for staff of that agency or area, and each look is on record; to
    others they do not exist. Redacted clips are for staff too; parts of them can be requested.
    """
    with parts.transaction(caller) as conn:
        found = read_media.by_id(conn, media_id)
        if found is not None and not found.redacted and caller is not None and caller.role in STAFF:
            audit.record(
                conn, actor=caller.id, action="view_image", kind="media", object_id=str(media_id),
                now=datetime.now(UTC),
            )  # fmt: skip
    if found is None or not (found.is_public or (caller and caller.role in STAFF)):
        raise Problem(404, "image-not-found", "There is no such image", str(media_id))
    caching = "public, max-age=86400, s-maxage=60, immutable" if found.is_public else PERSONAL
    headers = {"Cache-Control": caching, "Content-Security-Policy": "sandbox"}
    if found.is_public:  # so boards at another address may show it; a browser drops it silently otherwise
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    try:
        if found.kind == read_media.CLIP and (path := parts.media.path(found.sha256)).stat().st_size:
            # Players request a clip in parts, and Safari plays no other.
            return FileResponse(path, media_type=found.mime, headers=headers)
        return Response(parts.media.read(found.sha256), media_type=found.mime, headers=headers)
    except FileNotFoundError:
        raise Problem(410, "image-expired", "The image is no longer stored", str(media_id)) from None
