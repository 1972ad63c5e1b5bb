"""Serves the zones and masks that administrators draw over a camera's snapshot."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from siaga_cloud.cameras.service import drawings as service
from siaga_cloud.cameras.service.drawings import State
from siaga_cloud.cameras.store import drawings as db
from siaga_cloud.cameras.store.drawings import Canvas, Drawing
from siaga_cloud.people.auth import Admin
from siaga_cloud.platform.http.models import ResponseModel, media_url
from siaga_cloud.platform.http.parts import PartsOf
from siaga_cloud.platform.http.problem import refusals
from siaga_cloud.platform.http.versions import IfMatch, require_version

router = APIRouter(tags=["cameras"])

Share = Annotated[float, Field(ge=0, le=1)]
Point = tuple[Share, Share]
Outline = Annotated[
    list[Point],
    Field(min_length=3, max_length=64, description="[x, y] in shares of width and height; closes itself"),
]
Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$")]


class DailyHours(ResponseModel):
    """Holds hours of the day; they may pass midnight."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, serialize_by_alias=True)
    from_: Annotated[Clock, Field(alias="from")]
    to: Clock


class DrawnZone(ResponseModel):
    """Describes a part of the view that is watched for one hazard, as in the file of a node. Omitted values stay
    unchanged.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,47}$", examples=["jalan"])]
    kind: Literal["no_stopping", "watch", "road"]
    polygon: Outline
    allowed_seconds: Annotated[float | None, Field(gt=0, le=86_400)] = None
    min_area_share: Annotated[float | None, Field(ge=0, le=1)] = None
    flooded_share: Annotated[float | None, Field(gt=0, le=1)] = None
    clear_share: Annotated[float | None, Field(ge=0, lt=1)] = None
    active: Annotated[list[DailyHours] | None, Field(max_length=8)] = None

    @model_validator(mode="after")
    def _fits_its_kind(self) -> DrawnZone:
        only = ("allowed_seconds", "min_area_share") if self.kind == "road" else ("flooded_share", "clear_share")
        for key in only:
            if getattr(self, key) is not None:
                raise PydanticCustomError(
                    "setting_not_allowed",
                    "{key} does not go with a zone of kind {kind}",
                    {"key": key, "kind": self.kind},
                )
        flooded, clear = self.flooded_share or 0.25, self.clear_share or 0.12
        if self.kind == "road" and clear >= flooded:
            raise PydanticCustomError("clear_above_flooded", "clear_share below flooded_share")
        return self


class DrawingUpdate(BaseModel):
    """Replaces all zones and masks of a camera. The masks are added to those in the node's own file, which no command
    removes.
    """

    model_config = ConfigDict(extra="forbid")
    zones: Annotated[list[DrawnZone], Field(max_length=32)]
    masks: Annotated[list[Outline], Field(max_length=16)] = []


class CameraDrawing(ResponseModel):
    """Describes the drawing of a camera and how far it has been applied."""

    camera_id: str
    name: str
    node_id: Annotated[str | None, Field(description="the node that it goes to")]
    area_name: str | None
    lat: float
    lon: float
    image_url: Annotated[str | None, Field(description="the newest image that came with an event, redacted")]
    snapshot_at: datetime | None
    version: Annotated[str, Field(description="for If-Match; 0: never drawn here, the zones are those of record")]
    zones: list[DrawnZone]
    masks: list[Outline]
    state: State
    problem: Annotated[str | None, Field(description="why it was not sent, or what the node answered")]
    drawn_at: datetime | None
    drawn_by: str | None
    config_version: Annotated[int | None, Field(description="of the node's wanted configuration that has it")]
    answered_at: datetime | None


class DrawingSummary(ResponseModel):
    """Describes one drawing in a list."""

    camera_id: str
    state: State
    drawn_at: datetime
    drawn_by: str


@router.get("/admin/drawings", summary="Which cameras have a drawing, and how far it has come (admin)")
def list_drawings(parts: PartsOf, admin: Admin) -> list[DrawingSummary]:
    """The list is sorted by camera."""
    with parts.transaction(admin) as conn:
        found = db.every(conn)
    return [
        DrawingSummary(
            camera_id=one.camera_id, state=service.state_of(one), drawn_at=one.drawn_at, drawn_by=one.drawn_by
        )
        for one in found
    ]


@router.get("/admin/cameras/{camera_id}/drawing", summary="A camera's image with its zones and masks (admin)")
def get_drawing(parts: PartsOf, admin: Admin, camera_id: str) -> CameraDrawing:
    """`state`: waiting (for the worker), sent, trial, applied, refused or rolled_back with the node's reason."""
    with parts.transaction(admin) as conn:
        return _form(service.canvas(conn, camera_id), db.get(conn, camera_id))


@router.put(
    "/admin/cameras/{camera_id}/drawing",
    summary="Draw a camera's zones and masks anew (admin)",
    responses=refusals("setting_not_allowed", "clear_above_flooded", "duplicate_id", "invalid_outline"),
)
def update_drawing(
    parts: PartsOf, admin: Admin, camera_id: str, form: DrawingUpdate, if_match: IfMatch = None
) -> CameraDrawing:
    """Stored, then signed and sent to the camera's node as its wanted configuration; the answer is in `state`."""
    with parts.transaction(admin) as conn:
        db.lock(conn, camera_id)
        before = db.get(conn, camera_id)
        require_version(if_match, _version(before))
        zones = [zone.model_dump(mode="json", by_alias=True, exclude_none=True) for zone in form.zones]
        saved = service.save(conn, camera_id, zones=zones, masks=form.masks, by=admin.id, now=datetime.now(UTC))
        return _form(service.canvas(conn, camera_id), saved)


def _version(drawing: Drawing | None) -> str:
    return str(drawing.version if drawing else 0)


def _form(canvas: Canvas, drawing: Drawing | None) -> CameraDrawing:
    zones = drawing.zones if drawing else [zone for zone in canvas.zones if len(zone["polygon"]) >= 3]
    return CameraDrawing(
        camera_id=canvas.camera_id,
        name=canvas.name,
        node_id=canvas.node_id,
        area_name=canvas.area_name,
        lat=canvas.lat,
        lon=canvas.lon,
        image_url=media_url(canvas.media_id),
        snapshot_at=canvas.taken_at,
        version=_version(drawing),
        zones=[_zone(zone) for zone in zones],
        masks=[[(x, y) for x, y in mask] for mask in drawing.masks] if drawing else [],
        state=service.state_of(drawing),
        problem=_problem(drawing),
        drawn_at=drawing.drawn_at if drawing else None,
        drawn_by=drawing.drawn_by if drawing else None,
        config_version=drawing.config_version if drawing else None,
        answered_at=drawing.answered_at if drawing and _is_answered(drawing) else None,
    )


def _zone(zone: dict[str, Any]) -> DrawnZone:
    return DrawnZone.model_validate(zone)


def _is_answered(drawing: Drawing) -> bool:
    return drawing.config_version is not None and (drawing.answered_version or 0) >= drawing.config_version


def _problem(drawing: Drawing | None) -> str | None:
    if drawing is None:
        return None
    return (drawing.answered_reason or None) if _is_answered(drawing) else drawing.problem
