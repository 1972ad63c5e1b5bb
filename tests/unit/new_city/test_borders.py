"""Borders of a new city: relations of OpenStreetMap, GeoJSON with administrative levels, parents by place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from shapely.geometry import Point, shape

from siaga_cloud.city.files.areas import PropertyNames
from siaga_cloud.operations.new_city.borders import ADMIN_LEVELS, Borders, feature_collection, read_borders
from siaga_cloud.platform.import_errors import ImportFileError

DATA = Path(__file__).parents[2] / "data" / "second_city" / "borders.osm"
LEVELS = {"6": "city", "9": "kelurahan"}


def read(path: Path, levels: dict[str, str] | None = None) -> Borders:
    return read_borders(path, PropertyNames(), levels or LEVELS)


def changed(tmp_path: Path, *pairs: tuple[str, str]) -> Path:
    """The file of the made-up city with parts replaced."""
    text = DATA.read_text()
    for before, after in pairs:
        assert before in text
        text = text.replace(before, after)
    path = tmp_path / "borders.osm"
    path.write_text(text)
    return path


def test_relations_become_areas_of_the_named_levels() -> None:
    found = read(DATA)
    assert [(one.id, one.name, one.level, one.parent_id) for one in found.areas] == [
        ("EX", "Cidade Exemplo", "city", None),
        ("EX.01", "Água Fria", "kelurahan", "EX"),
        ("EX.02", "Monte Claro", "kelurahan", "EX"),
    ]
    assert found.left_out == 1
    whole, west, east = (shape(one.geometry) for one in found.areas)
    assert whole.equals(west.union(east))


def test_an_inner_ring_is_left_out_of_the_area(tmp_path: Path) -> None:
    ring = '<way id="14"><nd ref="7"/><nd ref="8"/><nd ref="9"/><nd ref="7"/></way>'
    nodes = "".join(
        f'<node id="{number}" lat="{lat}" lon="{lon}"/>'
        for number, lat, lon in ((7, -9.62, 126.01), (8, -9.62, 126.03), (9, -9.64, 126.02))
    )
    outer, hole = (f'<member type="way" ref="{ref}" role="{role}"/>' for ref, role in ((12, "outer"), (14, "inner")))
    first = f'{outer}\n    <tag k="type"'
    path = changed(tmp_path, ("</osm>", f"{nodes}{ring}</osm>"), (first, first.replace("<tag", f"{hole}<tag")))
    west = next(one for one in read(path).areas if one.id == "EX.01")
    assert not shape(west.geometry).contains(Point(126.02, -9.625))
    assert shape(west.geometry).contains(Point(126.045, -9.61))


def test_an_area_without_a_reference_gets_the_number_of_its_relation(tmp_path: Path) -> None:
    plain = changed(tmp_path, ('<tag k="ref" v="EX.01"/>', ""), ('<tag k="ref" v="EX"/>', ""))
    assert [(one.id, one.parent_id) for one in read(plain).areas] == [
        ("osm-21", None), ("osm-22", "osm-21"), ("EX.02", "osm-21"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("pair", "complaint"),
    [
        (('<member type="way" ref="13" role="outer"/>\n    <tag k="type"', '<tag k="type"'), "do not close to rings"),
        (('<way id="13"', '<way id="99"'), "relation 21 ('Cidade Exemplo'): member: way 13 is not in the file"),
        (('<node id="6"', '<node id="66"'), "way 13: node 6 is not in the file"),
        (('lat="-9.66" lon="126.10"', 'lat="south" lon="126.10"'), "node 6: expected lat and lon in degrees"),
        (('<osm version="0.6"', '<!DOCTYPE x [<!ENTITY a "b">]><osm version="0.6"'), "not readable as XML"),
        (("admin_level", "level"), "relation: got none with the tag admin_level"),
        (("</osm>", ""), "not readable as XML"),
    ],
)
def test_a_wrong_file_is_refused_with_what_is_wrong(tmp_path: Path, pair: tuple[str, str], complaint: str) -> None:
    path = changed(tmp_path, pair)
    with pytest.raises(ImportFileError) as caught:
        read(path)
    assert complaint in str(caught.value)


def test_levels_that_the_file_does_not_have_are_named() -> None:
    with pytest.raises(ImportFileError, match="admin_level: got no feature of the levels 4, 5, expected at least one"):
        read(DATA, {"4": "province", "5": "city"})


def test_geojson_of_openstreetmap_and_our_own_are_read_alike(tmp_path: Path) -> None:
    square = [[[126.0, -9.6], [126.1, -9.6], [126.1, -9.7], [126.0, -9.7], [126.0, -9.6]]]
    polygon = {"type": "Polygon", "coordinates": square}
    osm = {"@id": "relation/5", "name": "Kota", "admin_level": "5", "boundary": "administrative"}
    own = {"code": "A", "name": "Dalam", "kind": "kelurahan"}
    features = [{"type": "Feature", "properties": one, "geometry": polygon} for one in (osm, own)]
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    found = read_borders(path, PropertyNames(), ADMIN_LEVELS)
    assert [(one.id, one.level, one.parent_id) for one in found.areas] == [
        ("osm-5", "city", None), ("A", "kelurahan", "osm-5"),
    ]  # fmt: skip


def test_what_is_written_is_read_as_it_was(tmp_path: Path) -> None:
    found, path = read(DATA), tmp_path / "areas.geojson"
    path.write_text(feature_collection(found.areas))
    assert read(path).areas == found.areas
