"""Serves the control room's view through a camera: its newest snapshot, a live view, camera looks and masking."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Header, Response
from pydantic import AfterValidator, BaseModel, Field
from pydantic_core import PydanticKnownError

from siaga_cloud.cameras.service import views as service
from siaga_cloud.cameras.store import masks as camera_masks
from siaga_cloud.cameras.store import rechecks as camera_looks
from siaga_cloud.cameras.store import views as camera_views
from siaga_cloud.cameras.store.masks import Mask
from siaga_cloud.cameras.store.rechecks import LookRequest
from siaga_cloud.cameras.store.views import Frame, View
from siaga_cloud.city.service import reading as city
from siaga_cloud.city.service.reading import Camera
from siaga_cloud.people.auth import Operator, Overseer
from siaga_cloud.platform.http.parts import PartsOf
from siaga_cloud.platform.http.problem import Problem
from siaga_core.hazards import rechecked_hazards
from siaga_core.wire.messages import Hazard

router = APIRouter(tags=["cameras"])

CameraId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,47}$")]
_TAKEN_AT = "siaga-taken-at"


class CameraViewCreate(BaseModel):
    """Requests a live view of a given length."""

    seconds: Annotated[int, Field(ge=5, le=service.MOST_SECONDS)] = 30


class CameraView(BaseModel):
    """Describes a live view. The node sends frames until `until`; they are served at `/cameras/{camera_id}/frame`."""

    view_id: UUID
    until: datetime
    requested_by: str
    requested_at: datetime
    sent_at: datetime | None
    frames: int


class SnapshotsCreate(BaseModel):
    """Lists the cameras whose snapshots an operator requests."""

    cameras: Annotated[list[CameraId], Field(min_length=1, max_length=24)]


class SnapshotsResult(BaseModel):
    """Counts the nodes that were requested to send a snapshot. Cameras with a snapshot under a minute old, or without a
    connected node, are left out.
    """

    requested: int


def _rechecked(hazard: str) -> str:
    known = [one.id for one in rechecked_hazards()]
    if hazard not in known:
        raise PydanticKnownError("literal_error", {"expected": ", ".join(known)})
    return hazard


class CameraLookCreate(BaseModel):
    """Names the hazard that a camera shall look for."""

    hazard: Annotated[
        str,
        AfterValidator(_rechecked),
        Field(examples=["flooding"], json_schema_extra={"enum": [one.id for one in rechecked_hazards()]}),
    ]
    incident_id: UUID | None = None


class CameraLook(BaseModel):
    """Describes a requested look. `state` is null until the camera answers; no answer is accepted after `deadline`."""

    look_id: UUID
    hazard: str
    incident_id: UUID | None
    requested_by: str
    requested_at: datetime
    deadline: datetime
    answered_at: datetime | None
    state: Literal["cleared", "still_there", "cannot_see"] | None
    reason: str
    seen_share: float | None
    water_share: float | None
    image_url: str | None


class CameraMaskUpdate(BaseModel):
    """Masks a camera or ends its masking."""

    masked: bool
    reason: Annotated[str, Field(min_length=3, max_length=500, examples=["Kamera berputar ke jendela rumah"])]


class ZoneShape(BaseModel):
    """Describes a zone. `polygon` is in shares of the frame's width and height, and empty where only the node knows
    it."""

    id: str
    kind: str
    polygon: list[list[float]]


class CameraDetail(BaseModel):
    """Describes a camera as the control room sees it."""

    camera: Camera
    node_id: str | None
    is_online: bool
    shapes: list[ZoneShape]
    live: CameraView | None
    views: list[CameraView]
    looks: list[CameraLook]
    masks: list[Mask]


@router.get("/cameras/{camera_id}", summary="A camera, its zones, who looked through it (operator, leader)")
def get_camera(parts: PartsOf, overseer: Overseer, camera_id: str) -> CameraDetail:
    """With masks and looks, the newest first."""
    with parts.transaction(overseer) as conn:
        found = city.cameras(conn, [camera_id])
        if not found:
            raise Problem(404, "camera-not-found", "There is no such camera", camera_id)
        reach = camera_views.reach(conn, [camera_id])[0]
        views = camera_views.of_camera(conn, camera_id)
        now = datetime.now(UTC)
        return CameraDetail(
            camera=found[0],
            node_id=reach.node_id,
            is_online=reach.is_online,
            shapes=[ZoneShape(**one) for one in city.zone_shapes(conn, camera_id)],
            live=next((_view(one) for one in views if one.until > now), None),
            views=[_view(one) for one in views],
            looks=[_look(one) for one in camera_looks.of_camera(conn, camera_id)],
            masks=camera_masks.of_camera(conn, camera_id),
        )


@router.post("/cameras/{camera_id}/views", status_code=201, summary="Watch a camera live (operator, leader)")
def create_camera_view(parts: PartsOf, overseer: Overseer, camera_id: str, form: CameraViewCreate) -> CameraView:
    """A live view lasts at most a minute, two cameras of a node and 20 of the city at a time; it is recorded. A second
    request joins it.
    """
    with parts.transaction(overseer) as conn:
        return _view(service.watch(conn, camera_id, by=overseer.id, seconds=form.seconds, now=datetime.now(UTC)))


@router.post("/camera-snapshots", status_code=202, summary="Ask cameras for a new still (operator, leader)")
def create_camera_snapshots(parts: PartsOf, overseer: Overseer, form: SnapshotsCreate) -> SnapshotsResult:
    """Each at most once a minute, however many watch."""
    with parts.transaction(overseer) as conn:
        return SnapshotsResult(
            requested=service.request_snapshots(conn, form.cameras, by=overseer.id, now=datetime.now(UTC))
        )


_FRAME: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/jpeg": {}}, "description": "The newest frame; `Siaga-Taken-At` says when it was taken"},
    304: {"description": "No newer frame than the ETag that was sent"},
}


@router.get(
    "/cameras/{camera_id}/frame",
    summary="The newest frame of a camera (operator, leader)",
    response_class=Response,
    responses=_FRAME,
)
def get_camera_frame(
    parts: PartsOf, overseer: Overseer, camera_id: str, if_none_match: Annotated[str, Header(max_length=80)] = ""
) -> Response:
    """In which nobody can be recognised; 404 where none came within the hour, or the camera is masked."""
    with parts.transaction(overseer) as conn:
        found = camera_views.frame(conn, camera_id)
    if found is None:
        raise Problem(404, "image-not-found", "There is no frame of this camera now", camera_id)
    headers = {"ETag": _tag(found), "Cache-Control": "private, no-store", _TAKEN_AT: found.taken_at.isoformat()}
    if if_none_match == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(found.jpeg, media_type="image/jpeg", headers=headers)


@router.post("/cameras/{camera_id}/looks", status_code=201, summary="Ask a camera to look (operator)")
def create_camera_look(parts: PartsOf, operator: Operator, camera_id: str, form: CameraLookCreate) -> CameraLook:
    """It looks for some seconds and answers within a minute: clear, still there, or cannot see. On record."""
    with parts.transaction(operator) as conn:
        look = service.request_look(
            conn, camera_id, Hazard(form.hazard), incident_id=form.incident_id, by=operator.id, now=datetime.now(UTC)
        )
    return _look(look)


@router.post("/cameras/{camera_id}/mask", summary="Mask a camera, or put it back (operator)")
def update_camera_mask(parts: PartsOf, operator: Operator, camera_id: str, form: CameraMaskUpdate) -> CameraDetail:
    """A masked camera's events make no incidents, and it shows nothing to anybody. On record, with the reason."""
    with parts.transaction(operator) as conn:
        service.mask(conn, camera_id, on=form.masked, by=operator.id, reason=form.reason, now=datetime.now(UTC))
    return get_camera(parts, operator, camera_id)


def _tag(frame: Frame) -> str:
    return f'"{frame.view_id}-{frame.number}"'


def _view(view: View) -> CameraView:
    return CameraView(
        view_id=view.id,
        until=view.until,
        requested_by=view.requested_by,
        requested_at=view.requested_at,
        sent_at=view.sent_at,
        frames=view.frames,
    )


def _look(look: LookRequest) -> CameraLook:
    return CameraLook.model_validate(
        {
            "look_id": look.id,
            "image_url": f"/api/v1/media/{look.media_id}" if look.media_id else None,
            **{name: getattr(look, name) for name in CameraLook.model_fields if hasattr(look, name)},
        }
    )
