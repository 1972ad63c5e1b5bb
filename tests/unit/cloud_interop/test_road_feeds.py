"""Flooded roads as CIFS, DATEX II and GTFS-Realtime: closed only where the depth is known and the map has it."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest
from google.transit import gtfs_realtime_pb2 as gtfs_rt
from tests.support.standards.feed_shapes import cifs_complaints, datex_complaints, gtfs_complaints

from siaga_cloud.basemap import archive, folder, vector_tile
from siaga_cloud.basemap.streets import Street, street_at
from siaga_cloud.basemap.vector_tile import LINE, TileFeature
from siaga_cloud.interop.roads import cifs, datex, gtfs
from siaga_cloud.interop.roads.model import FloodedRoad
from siaga_core.rules.trust.certainty import Certainty

NOON = datetime(2026, 12, 1, 5, 0, 0, tzinfo=UTC)
JAKARTA = timezone(timedelta(hours=7))
STREET = Street("Jalan Kemang Raya", ((-6.2605, 106.8164), (-6.2611, 106.8165)))
ROAD = FloodedRoad(
    event_id=UUID(int=1), incident_id=UUID(int=2), camera_name="Jl. Kemang & \x07Raya", lat=-6.2608, lon=106.8164,
    radius_m=60, area_name="Bangka", severity="moderate", certainty=Certainty.OBSERVED, depth_cm=45.0,
    began_at=NOON - timedelta(hours=1), seen_at=NOON, is_seen_now=True, street=STREET,
)  # fmt: skip
PUBLISHER = datex.Publisher(country="id", identifier="siaga@city.example", status="Test")


def incident(road: FloodedRoad) -> dict[str, Any]:
    made = cifs.feed([road], impassable_cm=30, zone=JAKARTA)
    assert cifs_complaints(made) == []
    found: dict[str, Any] = made["incidents"][0]["incident"]
    return found


def record(road: FloodedRoad) -> dict[str, str | None]:
    content = datex.publication([road], PUBLISHER, impassable_cm=30, now=NOON)
    assert datex_complaints(content) == []
    root = ET.fromstring(content)  # noqa: S314 - our own answer
    return {one.tag.rpartition("}")[2]: one.text for one in root.iter()}


def test_a_deep_road_that_the_map_knows_is_closed_along_its_line() -> None:
    closed = incident(ROAD)
    assert (closed["type"], closed["street"]) == ("ROAD_CLOSED", "Jalan Kemang Raya")
    assert closed["polyline"] == "-6.260500 106.816400 -6.261100 106.816500"
    assert closed["starttime"] == "2026-12-01T11:00:00+07:00"
    found = record(ROAD)
    assert (found["trafficConstrictionType"], found["depth"]) == ("roadBlocked", "0.45")
    assert (found["informationStatus"], found["probabilityOfOccurrence"]) == ("test", "certain")


@pytest.mark.parametrize(
    "road",
    [
        pytest.param(replace(ROAD, depth_cm=None), id="nobody measured a depth"),
        pytest.param(replace(ROAD, depth_cm=29.9), id="shallow"),
        pytest.param(replace(ROAD, is_seen_now=False), id="the camera does not see now"),
    ],
)
def test_a_road_is_not_closed_where_the_data_do_not_state_it(road: FloodedRoad) -> None:
    hazard = incident(road)
    assert (hazard["type"], hazard["subtype"]) == ("HAZARD", "HAZARD_WEATHER_FLOOD")
    assert hazard["polyline"] == "-6.260800 106.816400", "the point of the camera"
    assert "trafficConstrictionType" not in record(road)


def test_without_a_street_of_the_map_there_is_no_closure_for_waze_and_a_depth_for_datex() -> None:
    road = replace(ROAD, street=None)
    hazard = incident(road)
    assert (hazard["type"], hazard["street"]) == ("HAZARD", ROAD.camera_name)
    assert record(road)["trafficConstrictionType"] == "roadBlocked", "the point is that of the water"


def test_a_depth_is_at_least_so_much_and_an_unknown_one_is_named_so() -> None:
    assert ROAD.text("id") == "Jalan tergenang di Jalan Kemang Raya: sedikitnya 45 cm"
    assert replace(ROAD, depth_cm=None).text("en") == "Flooded road at Jalan Kemang Raya: depth not known"
    blind = replace(ROAD, is_seen_now=False)
    assert blind.text("en").endswith("at least 45 cm deep, the camera does not see now")
    assert record(blind)["probabilityOfOccurrence"] == "probable"


def test_an_empty_publication_is_one() -> None:
    assert datex_complaints(datex.publication([], PUBLISHER, impassable_cm=30, now=NOON)) == []
    assert cifs_complaints(cifs.feed([], impassable_cm=30, zone=JAKARTA)) == []


def test_stops_near_the_road_are_named_else_the_agency(tmp_path: Path) -> None:
    path = tmp_path / "stops.txt"
    path.write_text(
        "\ufeffstop_id,stop_name,stop_lat,stop_lon\nnear,Kemang,-6.2615,106.8164\nfar,Blok M,-6.2440,106.8000\n,x,,\n",
        "utf-8",
    )
    stops = gtfs.read_stops(path)
    assert [one.id for one in stops] == ["near", "far"]
    body = gtfs.feed([ROAD], stops, agency="TJ", now=NOON).SerializeToString()
    assert gtfs_complaints(body) == []
    (entity,) = gtfs_rt.FeedMessage.FromString(body).entity
    assert [(one.agency_id, one.stop_id) for one in entity.alert.informed_entity] == [("TJ", "near")]
    assert entity.alert.cause == gtfs_rt.Alert.WEATHER
    assert entity.alert.effect == gtfs_rt.Alert.UNKNOWN_EFFECT, "whether a bus runs is not known here"
    assert not entity.alert.active_period[0].HasField("end")
    (alone,) = gtfs.feed([ROAD], [], agency="TJ", now=NOON).entity
    assert [(one.agency_id, one.stop_id) for one in alone.alert.informed_entity] == [("TJ", "")]
    path.write_text("stop_id,stop_lat,stop_lon\nx,south,106.8\n", "utf-8")
    with pytest.raises(ValueError, match="south"):
        gtfs._read_stops(path, 1)


def a_basemap(path: Path, *, is_schematic: bool) -> Path:
    """A map with a street from west to east in the middle of a tile, and a nameless one across it."""
    middle, side = vector_tile.EXTENT // 2, vector_tile.EXTENT
    street = TileFeature(kind=LINE, parts=(((0, middle), (side, middle)),), properties={"name": "Jalan Raya"})
    nameless = TileFeature(kind=LINE, parts=(((middle, 0), (middle, side)),), properties={"kind": "path"})
    body = gzip.compress(vector_tile.encode({"roads": [street, nameless]}))
    layers = {"vector_layers": [{"id": one} for one in archive.REQUIRED_LAYERS], folder.SCHEMATIC: is_schematic}
    bounds = archive.tile_bounds((14, 13053, 8476))
    archive.write_archive(path / "a.pmtiles", iter([((14, 13053, 8476), body)]), bounds=bounds, metadata=layers)
    target = path / "basemap"
    folder.install(
        target, archive.check(path / "a.pmtiles", None), attribution="© x", phone_bytes=1 << 20, report=lambda _: None
    )
    return target


def test_the_street_is_the_part_of_the_map_within_the_view(tmp_path: Path) -> None:
    basemap = a_basemap(tmp_path, is_schematic=False)
    west, south, east, north = archive.tile_bounds((14, 13053, 8476))
    middle = ((south + north) / 2, (west + east) / 2)
    found = street_at(basemap, (middle[0] + 0.0002, middle[1]), radius_m=60)
    assert found is not None
    assert found.name == "Jalan Raya"
    lats, lons = zip(*found.line, strict=True)
    assert max(abs(lat - middle[0]) for lat in lats) < 0.0001
    metres = (max(lons) - min(lons)) * 111_195
    assert 90 < metres < 120, "a chord of the circle of 60 m, not the whole street"
    assert street_at(basemap, (middle[0] + 0.002, middle[1]), radius_m=60) is None, "220 m away"
    assert street_at(None, middle, radius_m=60) is None


def test_a_drawn_map_has_no_street_that_could_be_closed(tmp_path: Path) -> None:
    basemap = a_basemap(tmp_path, is_schematic=True)
    west, south, east, north = archive.tile_bounds((14, 13053, 8476))
    assert street_at(basemap, ((south + north) / 2, (west + east) / 2), radius_m=60) is None
