"""Serves images; the public sees only redacted ones."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from fastapi import APIRouter, Response

from siaga_cloud.media import store as read_media
from siaga_cloud.people.auth import KEY_IS_OPTIONAL, STAFF, Caller
from siaga_cloud.platform.db import audit
from siaga_cloud.platform.http.caching import PERSONAL
from siaga_cloud.platform.http.parts import PartsOf
from siaga_cloud.platform.http.problem import Problem

router = APIRouter(tags=["media"])


@router.get(
    "/media/{media_id}",
    summary="An image",
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
        raise Problem(404, "image-not-found", "There is no such image", str(media_id))
    try:
        content = parts.media.read(found.sha256)
    except FileNotFoundError:
        raise Problem(410, "image-expired", "The image is no longer stored", str(media_id)) from None
    caching = "public, max-age=86400, s-maxage=60, immutable" if found.redacted else PERSONAL
    headers = {"Cache-Control": caching, "Content-Security-Policy": "sandbox"}
    if found.redacted:  # public, so boards at another address may show it; a browser drops it silently otherwise
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return Response(content, media_type=found.mime, headers=headers)
