"""Finds the shelters near an area: the features of the city's layer with the id `shelters`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from psycopg.rows import class_row

from siaga_cloud.platform.db.connection import Connection

LAYER: Final = "shelters"
_EARTH_METRES: Final = 6_371_000


@dataclass(frozen=True, slots=True, kw_only=True)
class NearShelter:
    """Represents a shelter. `distance_m` is measured from the middle of an area, in a straight line, by the haversine
    formula; `source` is the attribution of the layer.
    """

    name: str | None
    lat: float
    lon: float
    distance_m: float
    source: str


def nearest(conn: Connection, area_id: str, *, within_m: float, most: int) -> list[NearShelter]:
    """Return the nearest shelters of an area, the nearest first; none where its border is not known."""
    rows = conn.cursor(row_factory=class_row(NearShelter)).execute(
        "WITH here AS (SELECT radians(avg((corner ->> 1)::float8)) AS lat, radians(avg((corner ->> 0)::float8)) AS lon"
        "  FROM area, jsonb_path_query(area.geometry -> 'coordinates',"
        '   \'strict $.** ? (@.type() == "array" && @[0].type() == "number")\') AS corner WHERE area.id = %(area)s),'
        " found AS (SELECT left(feature.properties ->> 'name', 100) AS name, feature.middle[1] AS lat,"
        "  feature.middle[0] AS lon, layer.attribution AS source, 2 * %(earth)s * asin(sqrt("
        "   sin((radians(feature.middle[1]) - here.lat) / 2) ^ 2 + cos(here.lat) * cos(radians(feature.middle[1]))"
        "   * sin((radians(feature.middle[0]) - here.lon) / 2) ^ 2)) AS distance_m"
        "  FROM here, layer JOIN layer_feature AS feature ON feature.layer_id = layer.id WHERE layer.id = %(layer)s)"
        " SELECT name, lat, lon, distance_m, source FROM found WHERE distance_m <= %(within)s"
        " ORDER BY distance_m, name LIMIT %(most)s",
        {"area": area_id, "earth": _EARTH_METRES, "layer": LAYER, "within": within_m, "most": most},
    )
    return rows.fetchall()
