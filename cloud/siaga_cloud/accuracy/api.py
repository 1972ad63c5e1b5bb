"""Serves the accuracy of cameras to everybody, and the random sample to the operators who judge it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from siaga_cloud.accuracy import service, store
from siaga_cloud.accuracy.store import AccuracyItem, StoredAccuracy
from siaga_cloud.people.auth import Operator
from siaga_cloud.platform.http.models import ResponseModel
from siaga_cloud.platform.http.parts import PartsOf
from siaga_cloud.platform.http.problem import Problem

router = APIRouter(tags=["accuracy"])

_MOST = 5000


class AccuracyRate(ResponseModel):
    """Describes a share with its counts and its 95 % interval. `share`, `low` and `high` are null while it is not known
    yet, because too little was judged.
    """

    count: int
    of: int
    share: float | None
    low: float | None
    high: float | None


class CameraAccuracy(ResponseModel):
    """Describes how often a camera is right about a hazard (`precision`: of its judged events) and how often it sees
    one that is there (`recall`: of the judged frames that show it). With `suspended_since` it creates no tasks by
    itself.
    """

    camera_id: str
    hazard: str
    precision: AccuracyRate
    recall: AccuracyRate
    computed_at: datetime
    suspended_since: datetime | None


class AccuracySample(ResponseModel):
    """Describes a redacted image to judge. What the camera decided is not shown, so that it does not lead anybody."""

    id: UUID
    camera_id: str
    camera_name: str
    taken_at: datetime
    hazards: list[str]
    drawn_at: datetime
    image_url: str


class AccuracyAnswerCreate(BaseModel):
    """Names the hazards that are in the image, none where there is nothing; null where it cannot be judged."""

    model_config = ConfigDict(extra="forbid")

    present: Annotated[list[Annotated[str, Field(max_length=32)]] | None, Field(max_length=20, examples=[["flooding"]])]


@router.get("/accuracy", summary="Precision and recall of each camera and hazard")
def list_camera_accuracy(
    parts: PartsOf, camera: Annotated[str | None, Query(max_length=48)] = None
) -> list[CameraAccuracy]:
    """From the verdicts of operators and a random sample of the last 90 days, never a share without its count."""
    with parts.transaction(None) as conn:
        return [_accuracy(one) for one in store.stored(conn, camera_id=camera, limit=_MOST)]


@router.get("/accuracy/samples", summary="Images that wait for a judgement (operator)")
def list_accuracy_samples(
    parts: PartsOf, operator: Operator, limit: Annotated[int, Query(ge=1, le=100)] = 20
) -> list[AccuracySample]:
    """Return the oldest first; what the camera decided is not shown."""
    with parts.transaction(operator) as conn:
        return [_sample(one) for one in store.waiting(conn, limit=limit, now=datetime.now(UTC))]


@router.get(
    "/accuracy/samples/{sample_id}/image",
    summary="An image of the sample (operator)",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}, "description": "The JPEG, redacted by the node"}},
)
def get_accuracy_image(parts: PartsOf, operator: Operator, sample_id: UUID) -> Response:
    """No cache stores it."""
    with parts.transaction(operator) as conn:
        found = service.find(conn, sample_id, now=datetime.now(UTC))
    content = found.jpeg
    if content is None and found.sha256 is not None:
        try:
            content = parts.media.read(found.sha256)
        except FileNotFoundError:
            content = None
    if content is None:
        raise Problem(410, "image-expired", "The image is no longer stored", str(sample_id))
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": "sandbox"}
    return Response(bytes(content), media_type="image/jpeg", headers=headers)


@router.post("/accuracy/samples/{sample_id}/answer", summary="Judge an image of the sample (operator)", status_code=204)
def create_accuracy_answer(parts: PartsOf, operator: Operator, sample_id: UUID, form: AccuracyAnswerCreate) -> None:
    """Once, and on record."""
    with parts.transaction(operator) as conn:
        service.answer(conn, sample_id, present=form.present, by=operator.id, now=datetime.now(UTC))


def _accuracy(held: StoredAccuracy) -> CameraAccuracy:
    return CameraAccuracy(
        camera_id=held.camera_id,
        hazard=held.hazard,
        precision=_rate(
            held.right_count, held.judged_count, held.precision_share, (held.precision_low, held.precision_high)
        ),
        recall=_rate(held.noticed_count, held.present_count, held.recall_share, (held.recall_low, held.recall_high)),
        computed_at=held.computed_at,
        suspended_since=held.suspended_since,
    )


def _rate(count: int, of: int, share: float | None, interval: tuple[float, float]) -> AccuracyRate:
    low, high = (None, None) if share is None else (round(interval[0], 3), round(interval[1], 3))
    return AccuracyRate(count=count, of=of, share=None if share is None else round(share, 3), low=low, high=high)


def _sample(item: AccuracyItem) -> AccuracySample:
    return AccuracySample(
        id=item.id,
        camera_id=item.camera_id,
        camera_name=item.camera_name,
        taken_at=item.taken_at,
        hazards=item.hazards,
        drawn_at=item.drawn_at,
        image_url=f"/api/v1/accuracy/samples/{item.id}/image",
    )
