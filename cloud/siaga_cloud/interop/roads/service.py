"""Collects the roads that are known to be flooded: those whose water a camera sees, of incidents that are believed.

What only citizens report is left out: the public sees its place to about 250 m, which is no place on a road.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Final

from siaga_cloud.basemap.streets import street_at
from siaga_cloud.city.service import policy
from siaga_cloud.incidents.store import read as read_incidents
from siaga_cloud.interop.roads import store as db
from siaga_cloud.interop.roads.model import FloodedRoad
from siaga_cloud.platform.db.connection import Connection
from siaga_core.rules.trust.certainty import Certainty, certainty_of

MOST_INCIDENTS: Final = 2000


def flooded_roads(conn: Connection, *, basemap: Path | None) -> list[FloodedRoad]:
    """Return the roads under water that a camera sees, in incidents that are at least likely."""
    sources = policy.current(conn).sources
    found = read_incidents.incidents(conn, state="open", category="flooding", severest_first=True, limit=MOST_INCIDENTS)
    believed = {
        one.id: (one, certainty)
        for one in found
        if one.over_at is None
        and (certainty := certainty_of(read_incidents.support_of(one), sources)) >= Certainty.LIKELY
    }
    return [
        FloodedRoad(
            **asdict(view),
            area_name=believed[view.incident_id][0].area_name,
            certainty=believed[view.incident_id][1],
            street=street_at(basemap, (view.lat, view.lon), radius_m=view.radius_m),
        )
        for view in db.camera_views(conn, list(believed))
    ]
