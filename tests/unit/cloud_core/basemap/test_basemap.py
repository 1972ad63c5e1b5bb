"""The basemap's file: tiles as they were drawn, what an import refuses and installs, the names that can be searched."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pmtiles.tile import Compression

from siaga_cloud.basemap import archive, drawing, extract, folder, of_city, places, vector_tile
from siaga_cloud.basemap.vector_tile import LINE, POINT, POLYGON, TileError, TileFeature
from siaga_cloud.platform.import_errors import ImportFileError

CITY = Path(__file__).parents[4] / "city" / "jakarta"
JAKARTA = (106.69, -6.37, 106.97, -6.09)
LAYERS = {"vector_layers": [{"id": one} for one in archive.REQUIRED_LAYERS]}
TILE = (12, 3263, 2118)
DRAWN = """
name = "Two streets"
attribution = "drawn (schematic)"
bounds = [106.80, -6.24, 106.90, -6.18]
[[surface]]
kind = "land"
corners = [[106.7, -6.3], [107.0, -6.3], [107.0, -6.1], [106.7, -6.1]]
[[line]]
name = "Jalan Jenderal Sudirman"
kind = "arterial"
corners = [[106.80, -6.24], [106.82, -6.21], [106.90, -6.19]]
[[landmark]]
name = "Pintu Air Manggarai"
kind = "dam"
at = [106.8484, -6.2079]
"""


def drawn_feature(draw: random.Random) -> TileFeature:
    """A feature as a tile may have it."""
    kind = draw.choice((POINT, LINE, POLYGON))
    least, most = {POINT: (1, 1), LINE: (2, 9), POLYGON: (3, 9)}[kind]
    parts = tuple(
        tuple((draw.randint(-200, 4300), draw.randint(-200, 4300)) for _ in range(draw.randint(least, most)))
        for _ in range(1 if kind == POINT else draw.randint(1, 3))
    )
    values = (draw.choice(("Jalan", "é ✓", "")), draw.randint(-(2**40), 2**40), draw.random() < 0.5)
    keys = draw.sample(("name", "kind", "min_zoom", "is_bridge"), draw.randint(0, 4))
    return TileFeature(kind=kind, parts=parts, properties={key: draw.choice(values) for key in keys})


def test_what_is_encoded_is_decoded() -> None:
    draw = random.Random(7)
    for _ in range(100):
        drawn = [drawn_feature(draw) for _ in range(draw.randint(1, 5))]
        tile = vector_tile.encode({"roads": drawn, "empty": [], "pois": drawn[:1]})
        assert vector_tile.decode(tile, ["roads", "empty"]) == {"roads": drawn}


def test_bytes_that_are_no_tile_are_refused_and_nothing_else_happens() -> None:
    draw = random.Random(8)
    whole = vector_tile.encode({"roads": [drawn_feature(draw) for _ in range(4)]})
    refused = 0
    for _ in range(300):
        body = bytearray(whole)
        body[draw.randrange(len(body))] ^= 1 << draw.randrange(8)
        try:
            vector_tile.decode(bytes(body[: draw.randrange(1, len(body))]), ["roads"])
        except TileError:
            refused += 1
    assert refused > 100


def write(path: Path, *, metadata: Mapping[str, Any] = LAYERS, tile: bytes | None = None, **header: Any) -> Path:
    street = TileFeature(kind=LINE, parts=(((0, 0), (9, 9)),), properties={"kind": "major_road", "name": "Jalan Asia"})
    body = gzip.compress(vector_tile.encode({"roads": [street]})) if tile is None else tile
    tiles = iter([(TILE, body), ((11, 1631, 1059), body)])
    archive.write_archive(path, tiles, **{"bounds": JAKARTA, "metadata": metadata, **header})
    return path


def altered(path: Path, at: int, byte: int) -> Path:
    body = bytearray(path.read_bytes())
    body[at] = byte
    path.write_bytes(bytes(body))
    return path


def test_a_right_file_is_described(tmp_path: Path) -> None:
    found = archive.check(write(tmp_path / "a.pmtiles"), JAKARTA)
    assert (found.bounds, found.min_zoom, found.max_zoom) == (JAKARTA, 11, 12)
    assert set(found.zoom_bytes) == {11, 12}


def test_wrong_files_are_refused_with_the_reason(tmp_path: Path) -> None:
    path = tmp_path / "b.pmtiles"
    cases = (
        (lambda: path.write_bytes(b"PK\x03\x04" * 99), "does not begin like a PMTiles file"),
        (lambda: path.write_bytes(b""), "got 0 bytes"),
        (lambda: altered(write(path), 7, 2), "expected version 3"),
        (lambda: altered(write(path), 99, 2), "got tiles of type PNG, expected MVT"),
        (lambda: altered(write(path), 98, 3), "compressed by BROTLI, expected GZIP"),
        (lambda: altered(write(path), 97, 4), "directories compressed by ZSTD"),
        (lambda: altered(write(path), 101, 99), "expected 0 to 20"),
        (lambda: altered(write(path), 99, 77), "header:"),
        (lambda: altered(write(path), 127, 0), "directory:"),
        (lambda: path.write_bytes(write(path).read_bytes()[:-9]), "a tile lies behind them: the file is not complete"),
        (lambda: write(path, metadata={"vector_layers": [{"id": "transportation"}]}), "expected those of Protomaps"),
        (lambda: write(path, metadata={}), "got the layers none"),
        (lambda: write(path, bounds=(2.2, 48.8, 2.4, 48.9)), "expected one of the city at 106.69"),
        (lambda: write(path, bounds=(106.9, -6.37, 106.7, -6.09)), "expected degrees"),
    )
    for make, reason in cases:
        make()
        with pytest.raises(ImportFileError, match=reason):
            archive.check(path, JAKARTA)
    with pytest.raises(ImportFileError, match="No such file"):
        archive.check(tmp_path / "nothing.pmtiles", None)


def test_an_import_leaves_open_pages_their_files_and_removes_the_map_before_the_last(tmp_path: Path) -> None:
    target, indexes = tmp_path / "served", []
    for name in ("first", "second", "third"):
        metadata = {**LAYERS, "attribution": '<a href="x">&copy; OpenStreetMap</a> ', "name": name}
        checked = archive.check(write(tmp_path / f"{name}.pmtiles", metadata=metadata), None)
        indexes.append(folder.install(target, checked, attribution=None, phone_bytes=10**6, report=lambda _: None))
    first, second, third = (one["file"] for one in indexes)
    held = {one.name for one in target.iterdir()}
    assert first not in held
    assert {second, third, third.replace(".pmtiles", ".places.json.gz"), folder.INDEX} <= held
    assert not [one for one in held if one.startswith(".new-")]
    index = json.loads((target / folder.INDEX).read_bytes())
    assert (index["file"], index["attribution"], index["schematic"]) == (third, "© OpenStreetMap", False)
    assert [one.name for one in folder.read_places(target)] == ["Jalan Asia"]


def test_the_words_of_the_licence_are_needed_and_can_be_given(tmp_path: Path) -> None:
    checked = archive.check(write(tmp_path / "a.pmtiles"), None)
    assert folder.attribution_of(checked, " © the  city ") == "© the city"
    with pytest.raises(ImportFileError, match="got no attribution"):
        folder.attribution_of(checked, None)
    with pytest.raises(ImportFileError, match="at most 300"):
        folder.attribution_of(checked, "x" * 301)


def test_a_phone_gets_the_zooms_that_fit(tmp_path: Path) -> None:
    draw = random.Random(1)
    sizes = {8: 300, 9: 900, 10: 4000}
    tiles = [((zoom, 0, 0), draw.randbytes(size)) for zoom, size in sizes.items()]
    path = tmp_path / "a.pmtiles"
    archive.write_archive(path, iter(tiles), bounds=JAKARTA, metadata=LAYERS, compression=Compression.NONE)
    whole = archive.check(path, None)
    assert [archive.cut(whole, tmp_path / "cut", most_bytes=most) for most in (200, 600, 2000, 9000)] == [
        None,
        8,
        9,
        10,
    ]
    assert (tmp_path / "cut").stat().st_size <= 9000
    assert archive.check(tmp_path / "cut", None).max_zoom == 10


def test_a_drawn_map_becomes_tiles_with_its_names(tmp_path: Path) -> None:
    source, built = tmp_path / "basemap.toml", tmp_path / "drawn.pmtiles"
    source.write_text(DRAWN, "utf-8")
    assert drawing.build(source, built) > 10
    checked = archive.check(built, JAKARTA)
    found = {one.name: one for one in places.index_of(checked)}
    assert {one.kind for one in found.values()} == {"street", "landmark"}
    gate = found["Pintu Air Manggarai"]
    assert (gate.lat, gate.lon) == pytest.approx((-6.2079, 106.8484), abs=0.0002)
    assert len(places.index_of(checked)) == 2, "a street in several tiles is one street"
    assert checked.metadata["attribution"] == "drawn (schematic)"
    # Twice the same source is the same file, so that its address stays.
    drawing.build(source, tmp_path / "again.pmtiles")
    assert (tmp_path / "again.pmtiles").read_bytes() == built.read_bytes()


def test_a_drawn_map_that_cannot_be_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "basemap.toml"
    for old, new, reason in (
        ('kind = "arterial"', 'kind = "motorway"', "kind: got 'motorway'"),
        ("[106.80, -6.24, 106.90, -6.18]", "[106.90, -6.24, 106.80, -6.18]", "west, south, east, north"),
        ("[106.80, -6.24, 106.90, -6.18]", "[100.0, -6.24, 106.80, -6.18]", "at most 5 degrees"),
        ("[107.0, -6.1], [106.7, -6.1]", "[106.7, -6.1], [107.0, -6.1]", "crosses itself"),
    ):
        source.write_text(DRAWN.replace(old, new), "utf-8")
        with pytest.raises(ImportFileError, match=reason):
            drawing.build(source, tmp_path / "drawn.pmtiles")


def test_the_drawn_map_of_the_city_never_replaces_real_streets(tmp_path: Path) -> None:
    target = tmp_path / "served"
    assert not of_city.install_drawn_map(tmp_path, target, report=lambda _: None), "there is nothing to install"
    assert of_city.install_drawn_map(CITY, target, report=lambda _: None)
    drawn = folder.read_index(target)
    assert drawn["schematic"]
    assert drawn["phone"]["bytes"] < 200_000
    landmarks = [one for one in folder.read_places(target) if one.kind == "landmark"]
    assert len(landmarks) == 100
    checked = archive.check(write(tmp_path / "real.pmtiles"), None)
    folder.install(target, checked, attribution="© OpenStreetMap", phone_bytes=10**6, report=lambda _: None)
    assert not of_city.install_drawn_map(CITY, target, report=lambda _: None)
    assert not folder.read_index(target)["schematic"]


def test_an_extract_without_tilemaker_is_refused_with_the_command_that_helps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "jakarta.osm.pbf"
    source.write_bytes(b"\0\0\0\r\n\tOSMHeader" + b"\0" * 64)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ImportFileError, match="apt install tilemaker"):
        extract.build(source, tmp_path / "out.pmtiles")


def test_an_extract_is_given_to_tilemaker_and_its_complaint_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, out = tmp_path / "jakarta.osm.pbf", tmp_path / "out.pmtiles"
    source.write_bytes(b"\0\0\0\r\n\tOSMHeader" + b"\0" * 64)
    program = tmp_path / "tilemaker"
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    program.write_text(
        '#!/bin/sh\ngrep -q "$LAND" "$6" && [ "$9 ${10}" = "--bbox 1,2,3,4" ] && cp "$MADE" "$4"\n', "utf-8"
    )
    program.chmod(0o755)
    land = tmp_path / "land.geojson"
    land.write_text("{}", "utf-8")
    monkeypatch.setenv("LAND", str(land))
    monkeypatch.setenv("MADE", str(write(tmp_path / "made.pmtiles")))
    extract.build(source, out, land=land, bounds="1,2,3,4")
    assert archive.check(out, JAKARTA).metadata["attribution"] == extract.ATTRIBUTION
    program.write_text("#!/bin/sh\necho 'Not enough memory' >&2; exit 3\n", "utf-8")
    for wrong, reason in ((source, "code 3:\nNot enough memory"), (land, "does not begin like"), (out / "x", "Not a")):
        with pytest.raises(ImportFileError, match=reason):
            extract.build(wrong, tmp_path / "none.pmtiles")
    with pytest.raises(ImportFileError, match="polygons of the land"):
        extract.build(source, out, land=tmp_path / "nowhere.geojson")
