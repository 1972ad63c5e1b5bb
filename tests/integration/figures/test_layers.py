"""Layers and statistics of areas: made up by the simulator, taken in by commands, served over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.support.http_api import CITY, Api
from typer.testing import CliRunner, Result

from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.incidents.service.matching import process_signal
from siaga_cloud.main import _mount_admin
from siaga_cloud.main import app as cloud
from siaga_cloud.platform.db.connection import connect
from siaga_sim.main import app as sim

RUN = CliRunner()
POSTS = ["--id", "police-posts", "--title-id", "Pos polisi", "--title-en", "Police posts", "--attribution", "Polda"]
TEBET, MANGGARAI = "31.74.01", "31.74.01.manggarai"
Admin = Callable[..., Result]


@pytest.fixture
def admin(api: Api, monkeypatch: pytest.MonkeyPatch) -> Admin:
    for name, value in {"SIAGA_DATABASE_URL": api.database_url, "SIAGA_MEDIA_DIR": str(api.media_dir)}.items():
        monkeypatch.setenv(name, value)
    if not any(group.name == "admin" for group in cloud.registered_groups):
        _mount_admin()
    return lambda *words: RUN.invoke(cloud, ["admin", *words])


def get(api: Api, path: str, **headers: str) -> Any:
    with api.client(**headers) as client:
        return client.get(f"/api/v1/{path}")


def posts_file(folder: Path, *places: tuple[float, float]) -> Path:
    features = [
        {
            "type": "Feature",
            "properties": {"name": f"Pos {number}"},
            "geometry": {"type": "Point", "coordinates": [lon, lat]},
        }
        for number, (lat, lon) in enumerate(places, 1)
    ]
    path = folder / "posts.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def test_made_up_layers_are_in_the_catalogue(api: Api, admin: Admin, tmp_path: Path) -> None:
    made = RUN.invoke(sim, ["layers", str(tmp_path / "layers"), "--city", str(CITY)])
    assert made.exit_code == 0, made.output
    notified = admin("import", "layers", str(tmp_path / "layers"))
    assert notified.exit_code == 0, notified.output
    listed = {layer["id"]: layer for layer in get(api, "layers?lang=en").json()}
    points = ("towers", "police-posts", "schools", "pumps", "shelters", "flood-points")
    kinds = {**dict.fromkeys(points, "point"), "fibre-routes": "line", "flood-basins": "polygon"}
    assert {one: listed[one]["kind"] for one in kinds} == kinds, "of GeoJSON and of CSV files"
    assert all(listed[one]["attribution"] and listed[one]["style"] and listed[one]["maplibre"] for one in kinds)
    assert listed["schools"]["title"] == "Schools (made up)"
    assert listed["schools"]["attribution"].startswith("Made up")
    assert listed["fibre-routes"]["maplibre"][0]["paint"]["line-dasharray"] == [3, 1]
    assert get(api, "layers").json()[0]["title"].endswith("(karangan)")
    routes = get(api, "layers/fibre-routes")
    assert routes.headers["content-type"] == "application/geo+json"
    assert routes.json()["matched"] == listed["fibre-routes"]["count"] == len(routes.json()["features"])


def test_a_layer_is_replaced_whole_and_its_tag_changes(api: Api, admin: Admin, tmp_path: Path) -> None:
    two = posts_file(tmp_path, (-6.2079, 106.84844), (-6.2, 106.81))
    notified = admin("import", "layer", str(two), *POSTS, "--licence", "CC-BY-4.0")
    assert notified.exit_code == 0, notified.output
    assert "layer police-posts: 2 features, 2 in an area of the city" in notified.output
    first = get(api, "layers/police-posts")
    assert first.json()["features"][0]["properties"] == {"siaga_area": MANGGARAI, "name": "Pos 1"}
    tag = first.headers["etag"]
    assert get(api, "layers/police-posts", **{"If-None-Match": tag}).status_code == 304
    assert get(api, "layers/police-posts?limit=1", **{"If-None-Match": tag}).status_code == 200
    assert admin("import", "layer", str(two), *POSTS, "--licence", "CC-BY-4.0").exit_code == 0
    assert get(api, "layers/police-posts", **{"If-None-Match": tag}).status_code == 304
    one = posts_file(tmp_path, (-6.2079, 106.84844))
    assert admin("import", "layer", str(one), *POSTS, "--licence", "CC-BY-4.0").exit_code == 0
    second = get(api, "layers/police-posts", **{"If-None-Match": tag})
    assert (second.status_code, second.json()["matched"]) == (200, 1)


def test_a_layer_with_one_mistake_changes_nothing(api: Api, admin: Admin, tmp_path: Path) -> None:
    good = posts_file(tmp_path, (-6.2079, 106.84844), (-6.2, 106.81))
    assert admin("import", "layer", str(good), *POSTS, "--licence", "CC0-1.0").exit_code == 0
    bad = posts_file(tmp_path, (-6.2, 106.81), (106.81, -6.2))
    notified = admin("import", "layer", str(bad), *POSTS, "--licence", "CC0-1.0")
    assert notified.exit_code == 2
    assert f"{bad}: feature 2: got longitude -6.2 and latitude 106.81, which look swapped" in notified.output
    assert get(api, "layers/police-posts").json()["matched"] == 2


def test_features_by_where_they_lie(api: Api, admin: Admin, tmp_path: Path) -> None:
    path = posts_file(tmp_path, (-6.2079, 106.84844), (-6.2, 106.81), (-6.1, 106.9))
    assert admin("import", "layer", str(path), *POSTS, "--licence", "CC0-1.0").exit_code == 0
    near = get(api, "layers/police-posts?bbox=106.8,-6.21,106.85,-6.19").json()
    assert [one["properties"]["name"] for one in near["features"]] == ["Pos 1", "Pos 2"]
    some = get(api, "layers/police-posts?bbox=106.8,-6.21,106.85,-6.19&limit=1").json()
    assert (some["matched"], some["returned"]) == (2, 1)
    for wrong in ("1,2,3", "a,b,c,d", "107,-6,106,-5", "nan,0,1,1", "0,0,0,91"):
        answer = get(api, f"layers/police-posts?bbox={wrong}")
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json"), wrong
    assert get(api, "layers/no-such").status_code == 404


def test_figures_of_areas_beside_a_layer(api: Api, admin: Admin, tmp_path: Path) -> None:
    path = posts_file(tmp_path, (-6.2079, 106.84844), (-6.2080, 106.84850), (-6.1, 106.9))
    assert admin("import", "layer", str(path), *POSTS, "--licence", "CC0-1.0").exit_code == 0
    with api.client() as client:
        for number in range(3):
            form = {"category": "pothole", "text": f"lubang {number}", "lat": -6.2079, "lon": 106.84844}
            assert client.post("/api/v1/reports", data=form).status_code == 201
    with connect(api.database_url) as conn:
        for row in conn.execute("SELECT id FROM report").fetchall():
            process_signal(conn, row["id"], areas=api.parts.of(AreaLookup), now=datetime.now(UTC))
    for level, area in (("kelurahan", MANGGARAI), ("kecamatan", TEBET)):
        (notified,) = get(api, f"figures/areas?level={level}&layer=police-posts").json()
        assert (notified["id"], notified["complaints"], notified["layer_features"]) == (area, 3, 2)
        assert notified["complaints_per_feature"] == 1.5
    assert get(api, "figures/areas?layer=police-posts&format=csv").text.splitlines()[1].endswith(",2,1.5")
    assert get(api, "figures/areas").json()[0]["layer_features"] is None
    assert get(api, "figures/areas?layer=nowhere").status_code == 404


def test_layers_that_are_removed(api: Api, admin: Admin, tmp_path: Path) -> None:
    assert admin("import", "layer", str(posts_file(tmp_path, (-6.2, 106.81))), *POSTS, "--licence", "x").exit_code == 0
    assert admin("remove-layer", "police-posts").exit_code == 0
    assert get(api, "layers/police-posts").status_code == 404
    notified = admin("remove-layer", "police-posts")
    assert (notified.exit_code, "expected the id of an imported layer" in notified.output) == (2, True)


def test_an_area_in_its_context(api: Api, admin: Admin, tmp_path: Path) -> None:
    path = posts_file(tmp_path, (-6.2079, 106.84844), (-6.2080, 106.84850), (-6.1, 106.9))
    assert admin("import", "layer", str(path), *POSTS, "--licence", "CC0-1.0").exit_code == 0
    text = "area,parent,name,value,as_of,source\nManggarai,Tebet,population,32000,2020-09-01,BPS\n"
    text += "bukit duri,31.74.01,population,41000,2019-09-01,BPS\n"
    (tmp_path / "people.csv").write_text(text, encoding="utf-8")
    notified = admin("import", "statistics", str(tmp_path / "people.csv"))
    assert notified.exit_code == 0, notified.output
    assert "imported 2 statistics (population) of 2 areas" in notified.output
    own = get(api, f"areas/{MANGGARAI}/context?lang=en").json()
    assert (own["name"], own["parent_name"]) == ("Manggarai", "Tebet")
    assert own["statistics"][0] == {
        "name": "population", "value": 32000, "as_of": "2020-09-01", "source": "BPS", "is_sum": False,
        "kelurahan": None, "kelurahan_known": None,
    }  # fmt: skip
    assert {"id": "police-posts", "title": "Police posts", "count": 2} in own["layers"]
    above = get(api, f"areas/{TEBET}/context").json()
    assert "manggarai" in own["gauges"]
    assert set(own["gauges"]) <= set(above["gauges"])
    assert "karet" not in above["gauges"], "it names kelurahan elsewhere"
    (people,) = above["statistics"]
    assert (people["value"], people["as_of"], people["is_sum"]) == (73000, "2019-09-01", True)
    assert people["kelurahan_known"] == 2 < people["kelurahan"]
    assert get(api, above["figures"]["areas"].removeprefix("/api/v1/")).status_code == 200
    assert get(api, "areas/nowhere/context").status_code == 404


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("code,name,value,as_of,source\n99,population,1,2020-01-01,x\n", "line 2: code: got '99', expected the code"),
        (
            "area,parent,name,value,as_of,source\nManggarai,Gambir,population,1,2020-01-01,x\n",
            "line 2: area: got 'Manggarai' in 'Gambir', expected the name of an imported area",
        ),
        ("code,name,value\n", "got the columns code, name, value, expected code (or area and parent)"),
        (f"code,name,value,as_of,source\n{TEBET},population,nan,2020-01-01,x\n", "value: got 'nan', expected a finite"),
        (f"code,name,value,as_of,source\n{TEBET},population,1.000.000,2020-01-01,x\n", "value: got '1.000.000'"),
        (f"code,name,value,as_of,source\n{TEBET},population,1,1/2/2020,x\n", "as_of: got '1/2/2020'"),
        (f"code,name,value,as_of,source\n{TEBET},Population,1,2020-01-01,x\n", "name: got 'Population'"),
        (
            "code,name,value,as_of,source\n" + f"{TEBET},population,1,2020-01-01,x\n" * 2,
            f"line 3: got population of {TEBET} again (line 2), expected it once",
        ),
        ("code,name,value,as_of,source\n", "got no lines, expected at least one"),
        ("code,name,value,as_of,source\n1\n", "line 2: expected as many columns"),
    ],
)
def test_statistics_that_are_wrong_are_refused(
    text: str, complaint: str, api: Api, admin: Admin, tmp_path: Path
) -> None:
    (tmp_path / "statistics.csv").write_text(text, encoding="utf-8")
    notified = admin("import", "statistics", str(tmp_path / "statistics.csv"))
    assert notified.exit_code == 2
    assert complaint in notified.output
    with connect(api.database_url) as conn:
        assert conn.execute("SELECT FROM area_statistic WHERE area_id = %s", (TEBET,)).fetchone() is None


def test_features_move_with_the_areas(api: Api, admin: Admin, tmp_path: Path) -> None:
    assert admin("import", "layer", str(posts_file(tmp_path, (-6.9, 106.9))), *POSTS, "--licence", "x").exit_code == 0
    square = [[[106.8, -7.0], [107.0, -7.0], [107.0, -6.8], [106.8, -6.8], [106.8, -7.0]]]
    feature = {
        "type": "Feature",
        "properties": {"code": "32.01", "name": "Sukabumi", "kind": "city"},
        "geometry": {"type": "Polygon", "coordinates": square},
    }
    (tmp_path / "more.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    tag = get(api, "layers/police-posts").headers["etag"]
    notified = admin("import", "areas", str(tmp_path / "more.geojson"))
    assert "1 features of layers lie in another area now" in notified.output
    moved = get(api, "layers/police-posts", **{"If-None-Match": tag}).json()
    assert moved["features"][0]["properties"]["siaga_area"] == "32.01"
