"""Creates and changes agencies and their routes; every change is recorded in the audit log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from siaga_cloud.city.store import agencies as db
from siaga_cloud.city.store import imports as load_city
from siaga_cloud.city.store.agencies import AgencyEntry
from siaga_cloud.people.store import accounts as people
from siaga_cloud.platform.db import audit
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.errors import ConflictError, InvalidError, NotFoundError
from siaga_core import hazards


def known_categories() -> tuple[str, ...]:
    """Return every category that incidents and tasks can have."""
    return tuple(one.id for one in hazards.all_categories())


def get(conn: Connection, agency_id: str) -> AgencyEntry:
    """Return one agency; raises NotFoundError."""
    found = db.get(conn, agency_id)
    if found is None:
        raise NotFoundError(f"there is no agency {agency_id!r}", code="agency_not_found")
    return found


def save(
    conn: Connection,
    agency_id: str,
    *,
    name: str,
    colour: str | None,
    routes: Sequence[tuple[str, str | None]],
    transfer_routes: bool,
    by: str,
    now: datetime,
) -> AgencyEntry:
    """Makes or changes an agency; raises InvalidError with the field. `transfer_routes`: also what goes to another
    now."""
    _check(conn, agency_id, name, routes, transfer_routes=transfer_routes)
    load_city.save_agency(conn, agency_id=agency_id, name=name.strip(), colour=colour)
    db.replace_routes(conn, agency_id, routes)
    details = {"name": name, "routes": [f"{category}@{area}" if area else category for category, area in routes]}
    _note(conn, by, "save_agency", agency_id, details, now)
    return get(conn, agency_id)


def remove(conn: Connection, agency_id: str, *, by: str, now: datetime) -> None:
    """Removes one that nobody and nothing names; raises ConflictError."""
    get(conn, agency_id)
    if not db.remove(conn, agency_id):
        raise ConflictError(
            "people, teams or tasks still belong to this agency; it can be renamed", code="agency_in_use"
        )
    _note(conn, by, "remove_agency", agency_id, {}, now)


def _check(
    conn: Connection, agency_id: str, name: str, routes: Sequence[tuple[str, str | None]], *, transfer_routes: bool
) -> None:
    if not name.strip():
        raise InvalidError("name: expected 1 to 120 characters", code="name_required")
    for number, (category, area_id) in enumerate(routes):
        where = f"routes.{number}"
        known = known_categories()
        if category not in known:
            raise InvalidError(
                f"{where}.category: got {category}, expected one of {', '.join(known)}",
                code="category_unknown",
            )
        if area_id is not None and not people.exists_in(conn, "area", area_id):
            raise InvalidError(f"{where}.area_id: there is no area {area_id!r}", code="area_unknown")
        if routes.index((category, area_id)) != number:
            raise InvalidError(f"{where}.category: got {category} twice for the same area", code="duplicate_route")
        held = db.holder(conn, category, area_id)
        if held not in (None, agency_id) and not transfer_routes:
            raise InvalidError(
                f"{where}.category: {category} goes to {held} now; expected transfer_routes to move it",
                code="route_in_use",
                got=held,
            )


def _note(conn: Connection, by: str, action: str, agency_id: str, details: dict[str, Any], now: datetime) -> None:
    audit.record(conn, actor=by, action=action, kind="agency", object_id=agency_id, details=details, now=now)
