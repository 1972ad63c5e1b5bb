"""The graph of a basemap's roads: what meets, what does not, and what is left out."""

from __future__ import annotations

import gzip
import json
import math
from pathlib import Path
from typing import Any

import pytest

from siaga_cloud.basemap import archive, drawing, folder, road_graph, vector_tile
from siaga_cloud.basemap.road_graph import RoadGraph
from siaga_cloud.platform.import_errors import ImportFileError

CITY = Path(__file__).parents[4] / "city" / "jakarta"
BOUNDS = (106.69, -6.37, 106.97, -6.09)
TILE = (12, 3263, 2118)
METADATA = {"vector_layers": [{"id": one} for one in archive.REQUIRED_LAYERS], "attribution": "test"}


def road(*corners: tuple[int, int], kind: str = "major_road", name: str = "Jalan A") -> vector_tile.TileFeature:
    return vector_tile.TileFeature(kind=vector_tile.LINE, parts=(corners,), properties={"kind": kind, "name": name})


def graph(path: Path, *roads: vector_tile.TileFeature, schematic: bool = False, **more: Any) -> RoadGraph:
    """The graph of one tile, or of the tiles `more` by their place."""
    tiles = {TILE: roads, **more.get("tiles", {})}
    bodies = [(at, gzip.compress(vector_tile.encode({"roads": list(held)}))) for at, held in tiles.items()]
    archive.write_archive(path / "m.pmtiles", iter(bodies), bounds=BOUNDS, metadata=METADATA)
    return road_graph.road_graph_of(archive.check(path / "m.pmtiles", None), is_schematic=schematic)


def test_roads_meet_where_they_share_a_corner_and_pass_over_one_another_elsewhere(tmp_path: Path) -> None:
    first, over = road((0, 2000), (4000, 2000)), road((2000, 0), (2000, 4000), name="Jalan B")
    found = graph(tmp_path, first, over, road((0, 2000), (0, 3000), name="Jalan C"))
    assert found.streets == ("", "Jalan A", "Jalan B", "Jalan C")
    assert sorted(found.streets[street] for *_, street in found.edges) == ["Jalan A", "Jalan C"]
    assert found.is_whole


def test_drawn_roads_meet_where_they_cross_and_where_one_ends_just_before_another(tmp_path: Path) -> None:
    roads = (road((0, 2000), (4000, 2000)), road((2000, 0), (2000, 4000)), road((2040, 3000), (4000, 3000)))
    found = graph(tmp_path, *roads, schematic=True)
    assert len(found.nodes) == 8  # six ends, one of them led on, and two crossings
    degrees = [sum(number in edge[:2] for edge in found.edges) for number in range(len(found.nodes))]
    assert sorted(degrees) == [1, 1, 1, 1, 1, 2, 3, 4]


def test_a_drawn_road_that_ends_far_from_others_is_not_led_to_them(tmp_path: Path) -> None:
    found = graph(tmp_path, road((0, 2000), (4000, 2000)), road((0, 3000), (4000, 3000)), schematic=True)
    assert len(found.edges) == 1


def test_a_road_goes_on_in_the_next_tile(tmp_path: Path) -> None:
    zoom, column, row = TILE
    found = graph(
        tmp_path,
        road((100, 2000), (4200, 2002)),
        tiles={(zoom, column + 1, row): (road((-100, 2000), (900, 2001)), road((900, 2001), (900, 4000)))},
    )
    assert len(found.edges) == 3
    assert len(found.nodes) == 4


def test_toll_roads_and_railways_are_left_out(tmp_path: Path) -> None:
    others = [road((0, 10), (99, 10), kind=kind) for kind in ("highway", "rail", "ferry")]
    assert graph(tmp_path, *others).edges == ()
    assert len(graph(tmp_path, *others, road((0, 10), (99, 10), kind="path")).edges) == 1


def test_of_too_many_roads_only_the_main_ones_are_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(road_graph, "_MOST_EDGES", 1)
    minor = road((0, 0), (0, 900), (900, 900), kind="minor_road")
    found = graph(tmp_path, road((0, 0), (900, 0), name="Jalan Raya"), minor)
    assert [found.streets[street] for *_, street in found.edges] == ["Jalan Raya"]
    assert not found.is_whole
    found = graph(tmp_path, road((0, 0), (900, 0), (900, 900)))
    assert (found.edges, found.is_whole) == ((), False)


def test_a_broken_tile_is_named(tmp_path: Path) -> None:
    path = tmp_path / "m.pmtiles"
    archive.write_archive(path, iter([(TILE, gzip.compress(b"\x1a\x7f"))]), bounds=BOUNDS, metadata=METADATA)
    with pytest.raises(ImportFileError, match="tile 12/3263/2118: not a vector tile"):
        road_graph.road_graph_of(archive.check(path, None), is_schematic=False)


def test_the_demo_city_is_one_graph_that_the_import_installs(tmp_path: Path) -> None:
    drawing.build(CITY / "basemap.toml", tmp_path / "drawn.pmtiles")
    checked = archive.check(tmp_path / "drawn.pmtiles", None)
    index = folder.install(tmp_path / "s", checked, attribution=None, phone_bytes=10**6, report=lambda _: None)
    found = json.loads((tmp_path / "s" / index["roads"]).read_bytes())
    assert (
        gzip.decompress((tmp_path / "s" / f"{index['roads']}.gz").read_bytes())
        == json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()
    )
    used = {found["streets"][street] for *_, street in found["edges"]}
    assert {"Jalan Jenderal Sudirman", "Jalan M.H. Thamrin"} <= used
    assert not [one for one in used if "Tol" in one]
    lengths = [math.dist(found["nodes"][a], found["nodes"][b]) for a, b, _ in found["edges"]]
    assert 0 < min(lengths) <= max(lengths) < 0.1
