"""Serves the review set to operators: images that verdicts were about, and what is in them. Every access is
recorded."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from siaga_cloud.people.auth import Operator
from siaga_cloud.platform.http.parts import PartsOf
from siaga_cloud.platform.http.problem import Problem
from siaga_cloud.review import service
from siaga_cloud.review.store import ReviewItem

Share = Annotated[float, Field(ge=0, le=1)]


class ReviewBox(BaseModel):
    """Represents a bounding box in shares of the image's width and height."""

    model_config = ConfigDict(extra="forbid")

    label: Annotated[str, Field(max_length=32, examples=["car"])]
    x1: Share
    y1: Share
    x2: Share
    y2: Share


class ReviewEntry(BaseModel):
    """Describes an image of the review set. `seen` is what the camera detected; `boxes` are the bounding boxes of an
    operator."""

    id: UUID
    incident_id: UUID
    camera_id: str
    hazard: str
    verdict: str
    seen: ReviewBox
    boxes: list[ReviewBox]
    complete: bool
    rejected: bool
    edited_by: str | None
    collected_at: datetime
    expires_at: datetime


class ReviewUpdate(BaseModel):
    """States what is in the image. `complete` means that everything of every class has its bounding box;
    `rejected` that the image is useless for training.
    """

    model_config = ConfigDict(extra="forbid")

    boxes: Annotated[list[ReviewBox], Field(max_length=200)]
    complete: bool = False
    rejected: bool = False


def _only_where_opted_in(parts: PartsOf) -> None:
    if parts.settings.review_days is None:
        raise Problem(404, "review-set-disabled", "This city keeps no review set", "SIAGA_REVIEW_SET is off")


router = APIRouter(tags=["review"], dependencies=[Depends(_only_where_opted_in)])


@router.get("/review", summary="Images of judged events (operator)")
def list_review_entries(
    parts: PartsOf,
    operator: Operator,
    verdict: Annotated[Literal["confirmed", "false_alarm"] | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[ReviewEntry]:
    """The newest first. The look is on record."""
    with parts.transaction(operator) as conn:
        found = service.look(conn, by=operator.id, verdict=verdict, limit=limit, now=datetime.now(UTC))
    return [_form(one) for one in found]


@router.get(
    "/review/{item_id}/image",
    summary="An image of the review set (operator)",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}, "description": "The JPEG, redacted by the node"}},
)
def get_review_image(parts: PartsOf, operator: Operator, item_id: UUID) -> Response:
    """The look is on record, so no cache may answer the next one."""
    with parts.transaction(operator) as conn:
        found = service.open_image(conn, item_id, by=operator.id, now=datetime.now(UTC))
    try:
        content = parts.media.read(found.sha256)
    except FileNotFoundError:
        raise Problem(410, "image-expired", "The image is no longer stored", str(item_id)) from None
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": "sandbox"}
    return Response(content, media_type="image/jpeg", headers=headers)


@router.patch("/review/{item_id}", summary="Annotate an image (operator)")
def update_review_entry(parts: PartsOf, operator: Operator, item_id: UUID, form: ReviewUpdate) -> ReviewEntry:
    """The sent bounding boxes replace all bounding boxes of the image."""
    boxes: list[dict[str, Any]] = [box.model_dump() for box in form.boxes]
    with parts.transaction(operator) as conn:
        found = service.edit(
            conn,
            item_id,
            boxes=boxes,
            complete=form.complete,
            rejected=form.rejected,
            by=operator.id,
            now=datetime.now(UTC),
        )
    return _form(found)


def _form(item: ReviewItem) -> ReviewEntry:
    return ReviewEntry(
        id=item.id,
        incident_id=item.incident_id,
        camera_id=item.camera_id,
        hazard=item.hazard,
        verdict=item.verdict,
        seen=ReviewBox(**item.seen),
        boxes=[ReviewBox(**box) for box in item.boxes],
        complete=item.complete,
        rejected=item.rejected,
        edited_by=item.edited_by,
        collected_at=item.collected_at,
        expires_at=item.expires_at,
    )
