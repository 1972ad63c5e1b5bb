"""Serves flooded roads to navigation and transit: CIFS for Waze, DATEX II, and ServiceAlerts of GTFS-Realtime."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from fastapi import APIRouter, Query, Response
from pydantic import TypeAdapter

from siaga_cloud.city.service import policy
from siaga_cloud.interop.roads import cifs, datex, gtfs
from siaga_cloud.interop.roads.model import FloodedRoad
from siaga_cloud.interop.roads.service import flooded_roads
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.http.parts import Parts, PartsOf
from siaga_cloud.platform.http.problem import Problem

BASE: Final = "/roads/v1"
PROTOBUF: Final = "application/x-protobuf"
_ANY: Final = TypeAdapter[Any](Any)
Preview = Annotated[bool, Query(description="also while SIAGA_CAP_STATUS is not Actual: what drivers would be shown")]

router = APIRouter(prefix=BASE, tags=["roads"])


@router.get(
    "/cifs.json",
    summary="Flooded roads for Waze (CIFS)",
    response_class=Response,
    responses={200: {"content": {"application/json": {"schema": {"type": "object", "required": ["incidents"]}}}}},
)
def get_cifs_feed(parts: PartsOf, preview: Preview = False) -> Response:
    """A closure where a camera sees so much water that the road is impassable, and the map has its line; else a hazard.

    CIFS cannot mark a test: the feed is empty unless SIAGA_CAP_STATUS is Actual.
    """
    with parts.transaction(None) as conn:
        roads = _shown(conn, parts, preview=preview)
        zone = policy.current(conn).zone
    made = cifs.feed(roads, impassable_cm=parts.settings.road_impassable_cm, zone=zone)
    return Response(_ANY.dump_json(made), media_type="application/json")


@router.get(
    "/datex.xml",
    summary="Flooded roads as a DATEX II SituationPublication",
    response_class=Response,
    responses={200: {"content": {"application/xml": {}}}},
)
def get_datex_publication(parts: PartsOf) -> Response:
    """Version 3, with the point of the camera and the depth where it is known. `informationStatus` is `test` unless
    SIAGA_CAP_STATUS is Actual.
    """
    with parts.transaction(None) as conn:
        roads = flooded_roads(conn, basemap=parts.settings.basemap_folder)
    publisher = datex.Publisher(
        country="id",
        identifier=f"siaga@{urlsplit(parts.settings.public_url).hostname or 'localhost'}",
        status=parts.settings.cap_status,
    )
    body = datex.publication(roads, publisher, impassable_cm=parts.settings.road_impassable_cm, now=datetime.now(UTC))
    return Response(body, media_type="application/xml")


@router.get(
    "/gtfs-alerts.pb",
    summary="Flooded roads as ServiceAlerts of GTFS-Realtime",
    response_class=Response,
    responses={
        200: {"content": {PROTOBUF: {"schema": {"type": "string", "format": "binary"}}}},
        404: {"description": "SIAGA_GTFS_AGENCY is not set"},
        503: {"description": "the stops cannot be read"},
    },
)
def get_gtfs_alerts(parts: PartsOf, preview: Preview = False) -> Response:
    """For the stops of SIAGA_GTFS_STOPS_FILE that lie near a flooded road, else for the agency. Empty unless
    SIAGA_CAP_STATUS is Actual: the format cannot mark a test.
    """
    agency, stops_file = parts.settings.gtfs_agency, parts.settings.gtfs_stops_file
    if agency is None:
        raise Problem(404, "no-transit-agency", "This server names no transit agency", "SIAGA_GTFS_AGENCY is not set")
    with parts.transaction(None) as conn:
        roads = _shown(conn, parts, preview=preview)
    message = gtfs.feed(roads, _stops(stops_file), agency=agency, now=datetime.now(UTC))
    return Response(message.SerializeToString(), media_type=PROTOBUF)


def _stops(path: Path | None) -> Sequence[gtfs.Stop]:
    """Without the stops an alert would be about the whole agency, so that a file that cannot be read is an error."""
    try:
        return gtfs.read_stops(path) if path is not None else ()
    except (OSError, ValueError) as error:
        detail = f"SIAGA_GTFS_STOPS_FILE: {error}"[:200]
        raise Problem(503, "stops-unreadable", "The stops of the transit agency cannot be read", detail) from error


def _shown(conn: Connection, parts: Parts, *, preview: bool) -> list[FloodedRoad]:
    is_real = parts.settings.cap_status == "Actual" or preview
    return flooded_roads(conn, basemap=parts.settings.basemap_folder) if is_real else []
