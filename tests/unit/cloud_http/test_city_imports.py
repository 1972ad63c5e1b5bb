"""Imported files: the shipped city is whole, and what is wrong in a file is named exactly."""
# ruff: noqa: E501 - a case a line, with the complaint as people see it

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from shapely import Point
from shapely.geometry import shape
from tests.support.http_api import CITY

from siaga_cloud.city.files.areas import PropertyNames, property_names, read_area_file
from siaga_cloud.city.files.city import AgenciesFile, GaugesFile, SitesFile, UsersFile
from siaga_cloud.platform.import_errors import FileModel, ImportFileError, read_toml
from siaga_core.hazards import all_categories

SQUARE = [[[106.8, -6.2], [106.9, -6.2], [106.9, -6.1], [106.8, -6.1], [106.8, -6.2]]]
NOTHING: frozenset[str] = frozenset()


def a_feature(**properties: Any) -> dict[str, Any]:
    given = {"code": "31.74.01", "name": "Tebet", "kind": "kecamatan", **properties}
    return {"type": "Feature", "properties": given, "geometry": {"type": "Polygon", "coordinates": SQUARE}}


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    def write(*features: Any) -> Path:
        path = tmp_path / "a.geojson"
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
        return path

    return write


def complaint(path: Path, names: PropertyNames | None = None) -> str:
    with pytest.raises(ImportFileError) as caught:
        read_area_file(path, names or PropertyNames(), NOTHING)
    return str(caught.value).removeprefix(f"{path}: ")


def test_the_demo_city_has_the_areas_that_the_law_names() -> None:
    areas = read_area_file(CITY / "areas.geojson", PropertyNames(), NOTHING).areas
    assert Counter(area.level for area in areas) == {"province": 1, "city": 6, "kecamatan": 44, "kelurahan": 267}
    assert all(area.schematic for area in areas)
    kecamatan = Counter(area.parent_id for area in areas if area.level == "kecamatan")
    assert kecamatan == {"31.01": 2, "31.71": 8, "31.72": 6, "31.73": 8, "31.74": 10, "31.75": 10}
    per_city = Counter((area.parent_id or "")[:5] for area in areas if area.level == "kelurahan")
    assert per_city == {"31.01": 6, "31.71": 44, "31.72": 31, "31.73": 56, "31.74": 65, "31.75": 65}


def test_the_cells_of_the_demo_city_do_not_overlap_and_fill_their_kecamatan() -> None:
    areas = read_area_file(CITY / "areas.geojson", PropertyNames(), NOTHING).areas
    by_id = {area.id: shape(area.geometry) for area in areas}
    for area in areas:
        if area.level == "kecamatan":
            cells = [by_id[child.id].area for child in areas if child.parent_id == area.id]
            assert sum(cells) == pytest.approx(by_id[area.id].area, rel=1e-3), area.name


def test_each_demo_camera_stands_in_the_kelurahan_that_its_file_names() -> None:
    areas = {area.id: area for area in read_area_file(CITY / "areas.geojson", PropertyNames(), NOTHING).areas}
    for camera in read_toml(CITY / "sites.toml", SitesFile).camera:
        assert camera.area is not None
        assert shape(areas[camera.area].geometry).contains(Point(camera.lon, camera.lat)), camera.id


def test_the_other_files_of_the_demo_city_are_right() -> None:
    gauges = {gauge.id: gauge for gauge in read_toml(CITY / "gauges.toml", GaugesFile).gauge}
    manggarai = gauges["manggarai"]
    assert (manggarai.s3_cm, manggarai.s2_cm, manggarai.s1_cm) == (750, 850, 950)
    assert (gauges["depok"].downstream, gauges["depok"].travel_minutes) == ("manggarai", 360)
    assert gauges["waduk-pluit"].s3_cm == -51
    agencies = read_toml(CITY / "agencies.toml", AgenciesFile).agency
    assert {category for agency in agencies for category in agency.categories} == {one.id for one in all_categories()}
    users = read_toml(CITY / "users.toml", UsersFile).user
    assert {user.role for user in users} == {"officer", "area_head", "agency_head", "operator", "leader", "admin"}
    rivers = read_area_file(CITY / "rivers.geojson", PropertyNames(), NOTHING)
    assert len(rivers.waterways) == 12
    assert rivers.areas == ()


@pytest.mark.parametrize(
    ("feature", "expected"),
    [
        pytest.param(
            a_feature(kind="desa"),
            "feature 2 ('Tebet'): properties.kind: got 'desa', expected one of province, city, kecamatan, kelurahan, rw,"
            " river, canal",
            id="kind",
        ),
        pytest.param(
            {"type": "Feature", "properties": {"NAMOBJ": "x"}, "geometry": None},
            "feature 2: properties.code: got nothing, expected the code (properties there: NAMOBJ; see --map code=…)",
            id="no code",
        ),
        pytest.param(
            a_feature(name=" "), "feature 2 (' '): properties.name: got ' ', expected the name as text", id="no name"
        ),
        pytest.param(
            {**a_feature(), "geometry": {"type": "Point", "coordinates": [1, 2]}},
            "feature 2 ('Tebet'): geometry.type: got 'Point', expected Polygon or MultiPolygon",
            id="a point",
        ),
        pytest.param(
            {**a_feature(), "geometry": {"type": "Polygon", "coordinates": [[[-6.2, 106.8], [-6.2, 106.9], [-6.1, 106.9], [-6.2, 106.8]]]}},
            "feature 2 ('Tebet'): geometry.coordinates: got -6.2..-6.1 by 106.8..106.9, expected degrees in the order"
            " longitude, latitude (WGS 84)",
            id="latitude first",
        ),
        pytest.param("hello", "feature 2: properties: got None, expected an object", id="not a feature"),
        pytest.param(
            a_feature(code="31.74.01.1001", parent="99"),
            "area '31.74.01.1001' (Tebet): parent: got '99', expected the code of an area of this file or imported before",
            id="parent",
        ),
        pytest.param(
            a_feature(code="31.74", name="Other"), "code '31.74' (Other): given twice, expected each code once", id="twice"
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_geojson_file_is_named(written: Callable[..., Path], feature: Any, expected: str) -> None:
    assert complaint(written(a_feature(code="31.74", name="Jakarta Selatan", kind="city"), feature)) == expected


def test_all_that_is_wrong_is_reported_at_once_and_no_more_than_twenty_lines(written: Callable[..., Path]) -> None:
    lines = complaint(written(*[a_feature(kind="x") for _ in range(30)])).splitlines()
    assert len(lines) == 21
    assert lines[-1] == "… and 10 more"


@pytest.mark.parametrize(
    "text", ["", "{", "[1, 2]", '{"type":"Feature"}', '{"type":"FeatureCollection","features":[]}']
)
def test_what_is_no_collection_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.geojson"
    path.write_text(text)
    with pytest.raises(ImportFileError, match=r"bad\.geojson: "):
        read_area_file(path, PropertyNames(), NOTHING)


def test_a_real_file_goes_in_by_naming_its_properties(written: Callable[..., Path]) -> None:
    feature = a_feature()
    feature["properties"] = {"KDEPUM": "31.74.01.1001", "NAMOBJ": "Tebet Timur", "LUAS": 1.5}
    names = property_names(["code=KDEPUM", "name=NAMOBJ"], "kelurahan")
    [area] = read_area_file(written(feature), names, frozenset({"31.74.01"})).areas
    assert (area.id, area.name, area.level, area.schematic) == ("31.74.01.1001", "Tebet Timur", "kelurahan", False)
    assert area.parent_id == "31.74.01"  # read from the code, because such an area is there


@pytest.mark.parametrize("pair", ["code", "size=X", "name="])
def test_a_map_option_that_makes_no_sense_is_named(pair: str) -> None:
    with pytest.raises(ImportFileError, match="--map: got"):
        property_names([pair], None)
    with pytest.raises(ImportFileError, match="--kind: got 'x'"):
        property_names([], "x")


def test_a_polygon_that_crosses_itself_is_mended_and_counted(written: Callable[..., Path]) -> None:
    bow_tie = [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]
    found = read_area_file(
        written({**a_feature(), "geometry": {"type": "Polygon", "coordinates": bow_tie}}), PropertyNames(), NOTHING
    )
    assert found.repaired == 1
    assert shape(found.areas[0].geometry).is_valid


def test_an_area_may_be_only_a_name_and_heights_are_dropped(written: Callable[..., Path]) -> None:
    high = [[[*point, 12.5] for point in ring] for ring in SQUARE]
    found = read_area_file(
        written(
            {**a_feature(code="1"), "geometry": None},
            {**a_feature(code="2"), "geometry": {"type": "Polygon", "coordinates": high}},
        ),
        PropertyNames(),
        NOTHING,
    ).areas
    assert found[0].geometry is None
    assert len(found[1].geometry["coordinates"][0][0]) == 2  # type: ignore[index]


@pytest.mark.parametrize(
    ("model", "text", "expected"),
    [
        pytest.param(
            GaugesFile, '[[gauge]]\nid="karet"\nname="PA Karet"\nlat=-6.2\nlon=106.8\ns3_cm="x"',
            'gauge[1] "karet" s3_cm: got \'x\', expected a valid number, unable to parse string as a number', id="a word for a number",
        ),
        pytest.param(
            GaugesFile, '[[gauge]]\nid="karet"\nname="PA Karet"\nlat=-6.2\nlon=106.8\ns3_cm=9\ns2_cm=5',
            "expected limits that rise from s3_cm to s1_cm, not [9.0, 5.0]", id="limits that fall",
        ),
        pytest.param(
            GaugesFile, '[[gauge]]\nid="karet"\nname="x"\nlat=-6.2\nlon=106.8\nlevel=3',
            'gauge[1] "karet" level: got 3, expected no such key', id="an unknown key",
        ),
        pytest.param(
            SitesFile, '[[camera]]\nid="cam"\nname="x"\nlat=-96.2\nlon=106.8',
            'camera[1] "cam" lat: got -96.2, expected greater than or equal to -90', id="off the earth",
        ),
        pytest.param(UsersFile, '[[user]]\nid="a1"\nname="x"\nrole="officer"', "expected an agency for an officer", id="homeless"),
        pytest.param(UsersFile, '[[user]]\nid="a1"\nrole="admin"', 'user[1] "a1" name: got nothing, expected a value', id="no name"),
        pytest.param(
            AgenciesFile, '[[agency]]\nid="aa"\nname="A"\ncategories=["trash"]\n[[agency]]\nid="bb"\nname="B"\ncategories=["trash"]',
            "expected one agency per category; trash goes to aa and bb", id="two for one",
        ),
        pytest.param(AgenciesFile, "[[agency", "not readable as TOML: ", id="no toml"),
        pytest.param(AgenciesFile, "agency = []", "agency: got []", id="empty"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_toml_file_is_named(
    tmp_path: Path, model: type[FileModel], text: str, expected: str
) -> None:
    path = tmp_path / "file.toml"
    path.write_text(text)
    with pytest.raises(ImportFileError) as caught:
        read_toml(path, model)
    assert str(caught.value).startswith(f"{path}: ")
    assert expected in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ImportFileError, match=r"nowhere\.toml: No such file"):
        read_toml(tmp_path / "nowhere.toml", UsersFile)
