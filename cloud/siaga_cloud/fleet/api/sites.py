"""Serves cameras, gauges and nodes to administrators, who create, change and retire them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, WithJsonSchema

from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.city.service.reading import area_name
from siaga_cloud.fleet.service import sites as service
from siaga_cloud.fleet.service.sites import State
from siaga_cloud.fleet.store import sites as db
from siaga_cloud.fleet.store.sites import CameraSite, GaugeSite, NodeSite
from siaga_cloud.people.auth import Admin
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.http.models import ResponseModel
from siaga_cloud.platform.http.parts import Parts, PartsOf
from siaga_cloud.platform.http.problem import refusals
from siaga_cloud.platform.http.versions import IfMatch, require_version, version_of
from siaga_core.wire.ids import NAME_PATTERN

router = APIRouter(prefix="/admin/sites", tags=["sites"])

SiteId = Annotated[str, Path(max_length=48, pattern=NAME_PATTERN)]
Kind = Literal["camera", "gauge", "node"]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=120, pattern=r"^[^\x00-\x1f]*$")]
Name = Annotated[Text, StringConstraints(min_length=1)]
NodeId = Annotated[str | None, Field(max_length=48, pattern=NAME_PATTERN, description="the node that reports it")]
Lat = Annotated[float, Field(ge=-90, le=90)]
Lon = Annotated[float, Field(ge=-180, le=180)]
Level = Annotated[float | None, Field(ge=-10_000, le=100_000, description="cm over the gauge's zero")]


class StrictUpdate(BaseModel):
    """Refuses unknown fields, because a typing error would otherwise be ignored silently."""

    model_config = ConfigDict(extra="forbid")


class CameraUpdate(StrictUpdate):
    """Replaces all values of a camera except its zones. `permission` and `public_snapshot` stay as they were where they
    are left out.
    """

    name: Name
    name_en: Text = ""
    node_id: NodeId = None
    lat: Lat
    lon: Lon
    view_radius_m: Annotated[float, Field(gt=0, le=2000, description="how far it sees")] = 60
    permission: Annotated[
        str | None,
        StringConstraints(strip_whitespace=True, max_length=200, pattern=r"^[^\x00-\x1f]*$"),
        Field(description="who allowed its use, such as the reference of a decision; never published"),
    ] = None
    public_snapshot: Annotated[
        bool | None, Field(description="everybody sees its newest redacted snapshot; left out: as it was")
    ] = None
    url: Annotated[
        str | None,
        Field(
            min_length=1, max_length=500, description="of the stream, for its node; left out: as it was. Never shown"
        ),
    ] = None


class GaugeUpdate(StrictUpdate):
    """Replaces all values of a gauge. Datum and alerted areas stay unchanged where they are left out."""

    name: Name
    name_en: Text = ""
    river: Text = ""
    node_id: NodeId = None
    lat: Lat
    lon: Lon
    s3_cm: Level = None
    s2_cm: Level = None
    s1_cm: Level = None
    hysteresis_cm: Annotated[float, Field(ge=0, le=100)] = 5
    stale_seconds: Annotated[int, Field(ge=10, le=86_400)] = 900
    downstream_id: Annotated[str | None, Field(max_length=48, pattern=NAME_PATTERN)] = None
    travel_minutes: Annotated[float | None, Field(gt=0, le=10_000)] = None
    datum_cm: Annotated[
        float | None, Field(ge=-100_000, le=1_000_000, description="the gauge's zero over the city's datum")
    ] = None
    warns: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=64)]] | None,
        Field(max_length=100, description="ids of the areas that it warns; none: the one that it stands in"),
    ] = None


class NodeUpdate(StrictUpdate):
    """Changes the name of a node and the site it belongs to."""

    name: Name
    lat: Annotated[float | None, Field(ge=-90, le=90)] = None
    lon: Annotated[float | None, Field(ge=-180, le=180)] = None


class RetireUpdate(StrictUpdate):
    """Retires one or returns it to use."""

    retired: bool
    reason: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=3, max_length=500, pattern=r"^[^\x00]+$"),
        WithJsonSchema({"type": "string", "maxLength": 500, "pattern": r"^[^\x00\s][^\x00]+[^\x00\s]$"}),
    ]


class ConfigRollout(ResponseModel):
    """Describes how far the configuration has reached the node."""

    state: State
    problem: Annotated[str | None, Field(description="why it was not sent, or what the node answered")]
    has_url: Annotated[bool, Field(description="whether the node was given the address of a stream from here")]


class CameraEntry(ResponseModel):
    """Describes a recorded camera."""

    id: str
    name: str
    name_en: str
    node_id: str | None
    lat: float
    lon: float
    area_id: str | None
    area_name: str | None
    view_radius_m: float
    permission: Annotated[str, Field(description="who allowed its use; empty: not recorded")]
    public_snapshot: Annotated[bool, Field(description="everybody sees its newest redacted snapshot")]
    retired_at: datetime | None
    rollout: ConfigRollout
    version: Annotated[str, Field(description="for If-Match")]


class GaugeEntry(ResponseModel):
    """Describes a recorded gauge."""

    id: str
    name: str
    name_en: str
    river: str
    node_id: str | None
    lat: float
    lon: float
    area_id: str | None
    area_name: str | None
    s3_cm: float | None
    s2_cm: float | None
    s1_cm: float | None
    hysteresis_cm: float
    stale_seconds: int
    downstream_id: str | None
    travel_minutes: float | None
    datum_cm: float
    warns: list[str]
    warned_names: Annotated[list[str], Field(description="of `warns`, in the same order")]
    retired_at: datetime | None
    rollout: ConfigRollout
    version: Annotated[str, Field(description="for If-Match")]


class NodeEntry(ResponseModel):
    """Describes a recorded node."""

    id: str
    name: str
    lat: float | None
    lon: float | None
    last_seen_at: datetime | None
    held: Annotated[int, Field(description="cameras and gauges in use that it speaks for")]
    retired_at: datetime | None
    version: Annotated[str, Field(description="for If-Match")]


class AreaAt(ResponseModel):
    """Names the smallest area that contains a place; null outside all areas."""

    id: str | None
    name: str | None


Part = Annotated[str, Query(max_length=64, description="a part of the id or the name")]
After = Annotated[str, Query(max_length=64)]
Limit = Annotated[int, Query(ge=1, le=1000)]


@router.get("/area", summary="Which area holds a place (admin)")
def get_area_at(
    parts: PartsOf,
    admin: Admin,
    lat: Annotated[float, Query(ge=-90, le=90)],
    lon: Annotated[float, Query(ge=-180, le=180)],
) -> AreaAt:
    """What a camera or gauge there would be filed under."""
    with parts.transaction(admin) as conn:
        area_id = parts.of(AreaLookup).at(conn, lat=lat, lon=lon)
        return AreaAt(id=area_id, name=area_name(conn, area_id))


@router.get("/cameras", summary="Cameras, the retired too (admin)")
def list_camera_sites(
    parts: PartsOf, admin: Admin, q: Part = "", after: After = "", limit: Limit = 500
) -> list[CameraEntry]:
    """The list is sorted by id."""
    with parts.transaction(admin) as conn:
        return [_camera(one) for one in db.cameras(conn, text=q, after=after, limit=limit)]


@router.get("/gauges", summary="Gauges, the retired too (admin)")
def list_gauge_sites(
    parts: PartsOf, admin: Admin, q: Part = "", after: After = "", limit: Limit = 500
) -> list[GaugeEntry]:
    """The list is sorted by id."""
    with parts.transaction(admin) as conn:
        return [_gauge(one) for one in db.gauges(conn, text=q, after=after, limit=limit)]


@router.get("/cameras/{site_id}", summary="One camera (admin)")
def get_camera_site(parts: PartsOf, admin: Admin, site_id: SiteId) -> CameraEntry:
    """The address of the stream is not included."""
    with parts.transaction(admin) as conn:
        return _camera(service.camera(conn, site_id))


@router.get("/gauges/{site_id}", summary="One gauge (admin)")
def get_gauge_site(parts: PartsOf, admin: Admin, site_id: SiteId) -> GaugeEntry:
    """As in the list."""
    with parts.transaction(admin) as conn:
        return _gauge(service.gauge(conn, site_id))


@router.get("/nodes/{site_id}", summary="One node (admin)")
def get_node_site(parts: PartsOf, admin: Admin, site_id: SiteId) -> NodeEntry:
    """What is stored of it; what it does is in `/admin/nodes`."""
    with parts.transaction(admin) as conn:
        return _node(service.node(conn, site_id))


@router.put(
    "/cameras/{site_id}",
    summary="Make or change a camera (admin)",
    responses=refusals("node_unknown", "node_retired", "area_unknown", "url_without_node", "invalid_stream_url"),
)
def update_camera_site(
    parts: PartsOf, admin: Admin, site_id: SiteId, form: CameraUpdate, if_match: IfMatch = None
) -> CameraEntry:
    """`If-Match: "new"` creates one. Its node receives its position and, once given, the address of its stream."""
    with parts.transaction(admin) as conn:
        db.lock(conn, "camera", site_id)
        held = db.camera(conn, site_id)
        require_version(if_match, _camera(held).version if held else "new")
        facts = form.model_dump(exclude={"url"})
        saved = service.save_camera(
            conn, site_id, facts, url=form.url, area_at=_finder(parts, conn), by=admin.id, now=datetime.now(UTC)
        )
    return _camera(saved)


@router.put(
    "/gauges/{site_id}",
    summary="Make or change a gauge (admin)",
    responses=refusals(
        "node_unknown",
        "node_retired",
        "area_unknown",
        "gauge_unknown",
        "circular_river",
        "limits_not_ascending",
        "stage_3_limit_required",
    ),
)
def update_gauge_site(
    parts: PartsOf, admin: Admin, site_id: SiteId, form: GaugeUpdate, if_match: IfMatch = None
) -> GaugeEntry:
    """`If-Match: "new"` makes one. Limits rise from Siaga 3 to 1; its node decides by them on its siren."""
    with parts.transaction(admin) as conn:
        db.lock(conn, "gauge", site_id)
        held = db.gauge(conn, site_id)
        require_version(if_match, _gauge(held).version if held else "new")
        saved = service.save_gauge(
            conn, site_id, form.model_dump(), area_at=_finder(parts, conn), by=admin.id, now=datetime.now(UTC)
        )
    return _gauge(saved)


@router.put(
    "/nodes/{site_id}",
    summary="Create or change a node (admin)",
    responses=refusals("incomplete_coordinates", "node_name_reserved"),
)
def update_node_site(
    parts: PartsOf, admin: Admin, site_id: SiteId, form: NodeUpdate, if_match: IfMatch = None
) -> NodeEntry:
    """`If-Match: "new"` makes one; it comes in by a token of `/admin/nodes/{node_id}/enrolment`."""
    with parts.transaction(admin) as conn:
        db.lock(conn, "node", site_id)
        held = db.node(conn, site_id)
        require_version(if_match, _node(held).version if held else "new")
        return _node(service.save_node(conn, site_id, form.model_dump(), by=admin.id, now=datetime.now(UTC)))


@router.post(
    "/{kind}/{site_id}/retire", summary="Retire a camera, gauge or node, or restore it (admin)", status_code=204
)
def retire_site(parts: PartsOf, admin: Admin, kind: Kind, site_id: SiteId, form: RetireUpdate) -> None:
    """Past data stays on record. The answer is 409 for a gauge with a current alert, and for a node that is still in
    use.
    """
    act = service.retire if form.retired else service.withdraw
    with parts.transaction(admin) as conn:
        db.lock(conn, kind, site_id)
        act(conn, kind, site_id, reason=form.reason, by=admin.id, now=datetime.now(UTC))


def _finder(parts: Parts, conn: Connection) -> service.FindArea:
    return lambda lat, lon: parts.of(AreaLookup).at(conn, lat=lat, lon=lon)


def _rollout(one: CameraSite | GaugeSite) -> ConfigRollout:
    return ConfigRollout(state=service.state_of(one), problem=service.problem_of(one), has_url=bool(one.has_url))


def _camera(one: CameraSite) -> CameraEntry:
    held = _held(one, CameraUpdate, "url")
    return CameraEntry(**held, **_beside(one), area_id=one.area_id, area_name=one.area_name, rollout=_rollout(one))


def _gauge(one: GaugeSite) -> GaugeEntry:
    held = _held(one, GaugeUpdate) | {"warned_names": one.warned_names}
    return GaugeEntry(**held, **_beside(one), area_id=one.area_id, area_name=one.area_name, rollout=_rollout(one))


def _node(one: NodeSite) -> NodeEntry:
    return NodeEntry(**_held(one, NodeUpdate), **_beside(one), last_seen_at=one.last_seen_at, held=one.held)


def _held(one: object, update: type[BaseModel], *without: str) -> dict[str, Any]:
    """Return what a request could change. The version covers this alone, so that answers of a node cause no
    collision."""
    return {name: getattr(one, name) for name in update.model_fields if name not in without}


def _beside(one: CameraSite | GaugeSite | NodeSite) -> dict[str, Any]:
    update: type[BaseModel] = NodeUpdate
    if isinstance(one, CameraSite | GaugeSite):
        update = CameraUpdate if isinstance(one, CameraSite) else GaugeUpdate
    version = version_of({**_held(one, update, "url"), "retired": one.retired_at is not None})
    return {"id": one.id, "retired_at": one.retired_at, "version": version}
