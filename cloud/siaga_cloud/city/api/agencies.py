"""Serves the agencies to administrators, and the areas to choose from."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from siaga_cloud.city.service import agencies as service
from siaga_cloud.city.store import agencies as db
from siaga_cloud.city.store.agencies import AgencyEntry, AreaChoice, Route
from siaga_cloud.people.auth import Admin, Staff
from siaga_cloud.platform.http.models import ResponseModel
from siaga_cloud.platform.http.parts import PartsOf
from siaga_cloud.platform.http.problem import refusals
from siaga_cloud.platform.http.versions import IfMatch, require_version, version_of

router = APIRouter(tags=["agencies"])

AgencyId = Annotated[str, Path(max_length=48, pattern=r"^[a-z0-9][a-z0-9-]{1,47}$")]


class AgencyDetail(ResponseModel):
    """Describes an agency with the categories that are routed to it."""

    id: str
    name: str
    colour: str | None
    people: Annotated[int, Field(description="accounts that are not disabled")]
    open_tasks: int
    routes: list[Route]
    version: Annotated[str, Field(description="for If-Match")]


class AgencyPage(ResponseModel):
    """Lists all agencies, and the categories that are routed to none."""

    agencies: list[AgencyDetail]
    categories: Annotated[list[str], Field(description="all there are")]
    unrouted: list[str]


class RouteUpdate(BaseModel):
    """Routes a category to an agency, everywhere where no area is given."""

    model_config = ConfigDict(extra="forbid")
    category: Annotated[str, Field(pattern=r"^[a-z_]{2,32}$", examples=["flooding"])]
    area_id: Annotated[str | None, Field(min_length=1, max_length=64, pattern=r"^[^\x00]+$")] = None


class AgencyUpdate(BaseModel):
    """Replaces all values of an agency."""

    model_config = ConfigDict(extra="forbid")
    name: Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[^\x00]+$")]
    colour: Annotated[str | None, Field(pattern=r"^#[0-9a-f]{6}$", examples=["#1f6fd0"])] = None
    routes: Annotated[list[RouteUpdate], Field(max_length=500)] = []
    transfer_routes: Annotated[bool, Field(description="also what goes to another agency now")] = False


@router.get("/admin/agencies", summary="Agencies and what goes to whom (admin)")
def list_agencies_for_admin(parts: PartsOf, admin: Admin) -> AgencyPage:
    """A route of an area beats the one without; in it, that of the nearest ancestor."""
    with parts.transaction(admin) as conn:
        found = db.every(conn)
    everywhere = {route.category for one in found for route in one.routes if route.area_id is None}
    known = list(service.known_categories())
    return AgencyPage(
        agencies=[_form(one) for one in found],
        categories=known,
        unrouted=[category for category in known if category not in everywhere],
    )


@router.put(
    "/admin/agencies/{agency_id}",
    summary="Make or change an agency (admin)",
    responses=refusals("name_required", "area_unknown", "category_unknown", "duplicate_route"),
)
def update_agency(
    parts: PartsOf, admin: Admin, agency_id: AgencyId, form: AgencyUpdate, if_match: IfMatch = None
) -> AgencyDetail:
    """`If-Match: "new"` makes one and refuses an id that is taken."""
    routes = [(route.category, route.area_id) for route in form.routes]
    with parts.transaction(admin) as conn:
        db.lock_routes(conn)
        held = db.get(conn, agency_id)
        require_version(if_match, _version(held) if held else "new")
        saved = service.save(
            conn, agency_id, name=form.name, colour=form.colour, routes=routes, transfer_routes=form.transfer_routes,
            by=admin.id,
            now=datetime.now(UTC),
        )  # fmt: skip
    return _form(saved)


@router.delete(
    "/admin/agencies/{agency_id}", summary="Remove an agency that nobody belongs to (admin)", status_code=204
)
def delete_agency(parts: PartsOf, admin: Admin, agency_id: AgencyId, if_match: IfMatch = None) -> None:
    """Its routes go with it; 409 where people, teams or tasks name it."""
    with parts.transaction(admin) as conn:
        db.lock_routes(conn)
        require_version(if_match, _version(service.get(conn, agency_id)))
        service.remove(conn, agency_id, by=admin.id, now=datetime.now(UTC))


@router.get("/area-names", summary="Areas by name, to choose from (staff)")
def list_area_names(
    parts: PartsOf,
    staff: Staff,
    q: Annotated[str, Query(max_length=64, description="a part of the name, or an id")] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 20,
) -> list[AreaChoice]:
    """The large ones first; without geometry."""
    with parts.transaction(staff) as conn:
        return db.area_names(conn, text=q, limit=limit)


def _version(one: AgencyEntry) -> str:
    return version_of({"name": one.name, "colour": one.colour, "routes": [[r.category, r.area_id] for r in one.routes]})


def _form(one: AgencyEntry) -> AgencyDetail:
    same = {name: getattr(one, name) for name in ("id", "name", "colour", "people", "open_tasks", "routes")}
    return AgencyDetail(**same, version=_version(one))
