"""Layers and statistics as files: what is taken, and what is said of those that are wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from siaga_cloud.city.cli.layers import read_style, table_of
from siaga_cloud.city.files.layers import MAX_CORNERS, Bounds, CsvColumns, read_layer_file
from siaga_cloud.city.service.layer_style import LayerStyle, maplibre_layers
from siaga_cloud.city.service.layers import middle_of
from siaga_cloud.platform.import_errors import ImportFileError

JAKARTA: Bounds = (106.6, -6.4, 107.0, -5.6)
IZMIR: Bounds = (26.5, 38.0, 27.5, 38.7)


def a_feature(kind: str, coordinates: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": coordinates}}


def a_file(folder: Path, *features: Any) -> Path:
    path = folder / "layer.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features)}), encoding="utf-8")
    return path


def read(path: Path, city: Bounds | None = JAKARTA, **columns: str) -> list[Any]:
    return [one.shape for one in read_layer_file(path, CsvColumns(**columns), city).drawn]


POINT = a_feature("Point", [106.85, -6.2], name="Pos 1")


def test_points_lines_and_polygons_are_accepted_without_heights(tmp_path: Path) -> None:
    line = a_feature("LineString", [[106.8, -6.2, 9.0], [106.9, -6.2, 9.0]])
    ring = a_feature("Polygon", [[[106.8, -6.2], [106.9, -6.2], [106.9, -6.1], [106.8, -6.2]]])
    point, route, basin = read(a_file(tmp_path, POINT, line, ring))
    assert (point.geom_type, route.has_z, basin.geom_type) == ("Point", False, "Polygon")
    assert middle_of(point) == (106.85, -6.2)
    assert middle_of(route) == pytest.approx((106.85, -6.2))
    lon, lat = middle_of(basin)
    assert 106.8 < lon < 106.9
    assert -6.2 < lat < -6.1


def test_the_middle_of_a_crescent_lies_in_it(tmp_path: Path) -> None:
    ring = [[0, 0], [4, 0], [4, 4], [0, 4], [0, 3.5], [3.5, 3.5], [3.5, 0.5], [0, 0.5], [0, 0]]
    (crescent,) = read(a_file(tmp_path, a_feature("Polygon", [ring])), None)
    lon, lat = middle_of(crescent)
    assert not (lon < 3.5 and 0.5 < lat < 3.5)


def test_a_polygon_that_crosses_itself_is_mended(tmp_path: Path) -> None:
    bow = a_feature("Polygon", [[[106.8, -6.2], [106.9, -6.1], [106.9, -6.2], [106.8, -6.1], [106.8, -6.2]]])
    file = read_layer_file(a_file(tmp_path, bow), CsvColumns(), JAKARTA)
    assert (file.repaired, file.drawn[0].shape.is_valid) == (1, True)


@pytest.mark.parametrize(
    ("feature", "complaint"),
    [
        pytest.param(a_feature("Point", [-6.2, 106.85]), "which look swapped; expected longitude", id="swapped"),
        pytest.param(
            a_feature("LineString", [[-6.2, 85], [-6.3, 85]]), "expected one within 1 degree of the city", id="far away"
        ),
        pytest.param(
            a_feature("Point", [103.8, 1.35]), "got a place at latitude 1.35..1.35, longitude 103.8", id="elsewhere"
        ),
        pytest.param(a_feature("Point", [0, 0]), "expected one within 1 degree of the city", id="null island"),
        pytest.param(a_feature("Circle", [1, 2]), "geometry.type: got 'Circle', expected Point or", id="no such shape"),
        pytest.param(a_feature("LineString", [[106.8, -6.2]]), "not a LineString", id="a line of one corner"),
        pytest.param(a_feature("Point", []), "geometry.coordinates", id="nowhere"),
        pytest.param({"type": "Feature", "geometry": None}, "properties: got None", id="no properties"),
        pytest.param(a_feature("Point", [106.8, -6.2], a="x" * 4001), "at most 4000 characters", id="a novel"),
        pytest.param(a_feature("Point", [106.8, -6.2], a="\0"), "got a NUL character", id="what no text may hold"),
        pytest.param(
            a_feature("LineString", [[106.8, -6.2 + i * 1e-6] for i in range(MAX_CORNERS + 1)]),
            f"got {MAX_CORNERS + 1} corners, expected at most",
            id="endless line",
        ),
    ],
)
def test_a_feature_that_is_wrong_is_named(feature: dict[str, Any], complaint: str, tmp_path: Path) -> None:
    path = a_file(tmp_path, POINT, feature)
    with pytest.raises(ImportFileError) as reported:
        read(path)
    assert str(reported.value).startswith(f"{path}: feature 2: ")
    assert complaint in str(reported.value)


def test_swapped_degrees_are_noticed_where_both_could_be_latitudes(tmp_path: Path) -> None:
    with pytest.raises(ImportFileError, match=r"longitude 38\.4 and latitude 27\.1, which look swapped"):
        read(a_file(tmp_path, a_feature("Point", [38.4, 27.1])), IZMIR)
    assert len(read(a_file(tmp_path, a_feature("Point", [27.1, 38.4])), IZMIR)) == 1


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[]", "type: got None, expected 'FeatureCollection'"),
        ("{", "not readable as JSON"),
        ('{"type": "FeatureCollection", "features": []}', "expected a list with at least one feature"),
        ('{"type": "FeatureCollection", "features": [NaN]}', "got NaN, which is no number"),
    ],
)
def test_a_file_that_is_no_geojson(text: str, complaint: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.geojson"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ImportFileError, match=complaint.replace("[", r"\[")):
        read(path)


def test_csv_by_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "posts.csv"
    path.write_text("nama;lintang;bujur\nPos 1;-6.2;106.85\n", encoding="utf-8-sig")
    file = read_layer_file(path, CsvColumns(lat="lintang", lon="bujur", delimiter=";"), JAKARTA)
    (post,) = file.drawn
    assert (post.shape.x, post.shape.y, post.properties) == (106.85, -6.2, {"nama": "Pos 1"})


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("name,x,y\na,1,2\n", "got the columns name, x, y, expected 'lat' (--lat)"),
        ("name,lat,lon\na,-6.2\n", "line 2: got another number of columns than the header"),
        ('name,lat,lon\na,"-6,2",106.8\n', "line 2: lat: expected degrees with a decimal point"),
        ("name,lat,lon\na,106.8,-6.2\n", "line 2: got longitude -6.2 and latitude 106.8, which look swapped"),
        ("name,lat,lon\na,nan,106.8\n", "line 2: geometry.coordinates: got"),
        ("name,lat,lon\n", "got 0 features, expected 1 to"),
    ],
)
def test_csv_that_is_wrong(text: str, complaint: str, tmp_path: Path) -> None:
    path = tmp_path / "posts.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ImportFileError) as reported:
        read(path)
    assert complaint in str(reported.value)


def test_options_are_named_where_they_are_wrong(tmp_path: Path) -> None:
    words = {"id": "Police Posts", "title_id": "Pos", "title_en": "Posts", "attribution": "x", "licence": "CC0-1.0"}
    with pytest.raises(ImportFileError, match="--id: got 'Police Posts', expected"):
        table_of(tmp_path / "posts.csv", **words)
    style = tmp_path / "style.toml"
    style.write_text('colour = "red"\nminzoom = 30\n', encoding="utf-8")
    with pytest.raises(ImportFileError) as reported:
        read_style(style)
    assert "style.toml: colour: got 'red'" in str(reported.value)
    assert "style.toml: minzoom: got 30" in str(reported.value)


def test_a_style_becomes_layers_of_maplibre() -> None:
    style = LayerStyle(colour="#00ff00", width=3, dash=(2, 1), icon="pump", label="name", minzoom=9)
    line, symbol = maplibre_layers("routes", "line", style)
    assert line["paint"] == {
        "line-color": "#00ff00", "line-opacity": 1.0, "line-width": 3.0, "line-dasharray": [2.0, 1.0],
    }  # fmt: skip
    assert (line["source"], line["minzoom"], symbol["layout"]["icon-image"]) == ("routes", 9, "pump")
    fill, outline = maplibre_layers("basins", "polygon", LayerStyle())
    assert (fill["type"], outline["type"]) == ("fill", "line")
    assert "filter" in maplibre_layers("all", "mixed", LayerStyle())[0]


def test_a_style_that_is_never_seen_is_refused() -> None:
    with pytest.raises(ValueError, match="minzoom below maxzoom"):
        LayerStyle(minzoom=12, maxzoom=11)
