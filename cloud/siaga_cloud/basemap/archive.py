"""Reads and checks PMTiles archives, and cuts them at a zoom."""

from __future__ import annotations

import gzip
import json
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

from pmtiles.reader import MmapSource, all_tiles
from pmtiles.tile import (
    Compression,
    Entry,
    HeaderDict,
    MagicNumberNotFound,
    SpecVersionUnsupported,
    TileType,
    deserialize_directory,
    deserialize_header,
    tileid_to_zxy,
    zxy_to_tileid,
)
from pmtiles.writer import Writer

from siaga_cloud.platform.import_errors import ImportFileError

Bounds: TypeAlias = tuple[float, float, float, float]
"""West, south, east, north in degrees."""
Tile: TypeAlias = tuple[int, int, int]
GetBytes: TypeAlias = Callable[[int, int], bytes]

HEADER_BYTES: Final = 127
REQUIRED_LAYERS: Final = ("earth", "water", "roads")
_E7: Final = 10_000_000
_MOST_ENTRIES: Final = 20_000_000
_DEEPEST: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """Describes a checked archive of vector tiles. `zoom_bytes`: the bytes of the tiles of each zoom."""

    path: Path
    bounds: Bounds
    min_zoom: int
    max_zoom: int
    is_gzipped: bool
    metadata: Mapping[str, Any]
    zoom_bytes: Mapping[int, int]

    def tiles(self, zoom: int) -> Iterator[tuple[Tile, bytes]]:
        """Yield the tiles of a zoom, decompressed."""
        with _opened(self.path) as read:
            for (z, x, y), tile in all_tiles(read):
                if z == zoom:
                    yield (z, x, y), gzip.decompress(tile) if self.is_gzipped else tile


def check(path: Path, city: Bounds | None) -> Archive:
    """Return what the file holds; raises `ImportFileError` where it is not a basemap, or not one of this city."""
    try:
        size = path.stat().st_size
    except OSError as error:
        raise ImportFileError(f"{path}: {error.strerror or error}") from error
    if size < HEADER_BYTES:
        raise ImportFileError(f"{path}: got {size} bytes, expected a PMTiles file")
    with _opened(path) as read:
        header = _header(path, read)
        _check_kind(path, header)
        _check_length(path, header, size)
        metadata = _metadata(path, header, read)
        _check_layers(path, metadata)
        archive = Archive(
            path=path,
            bounds=_bounds(path, header),
            min_zoom=header["min_zoom"],
            max_zoom=header["max_zoom"],
            is_gzipped=header["tile_compression"] is Compression.GZIP,
            metadata=metadata,
            zoom_bytes=_zoom_bytes(path, header, read, size),
        )
    _check_place(path, archive.bounds, city)
    return archive


def cut(archive: Archive, target: Path, *, most_bytes: int) -> int | None:
    """Write the lower zooms of an archive that fit into a number of bytes; return the highest, None where none fits."""
    zoom = _highest_zoom(archive, most_bytes)
    if zoom is None:
        return None
    rewrite(archive, target, metadata=archive.metadata, highest=zoom)
    return zoom if target.stat().st_size <= most_bytes else None


def rewrite(archive: Archive, target: Path, *, metadata: Mapping[str, Any], highest: int = 31) -> None:
    """Write the tiles of an archive up to a zoom into another one, with other metadata."""
    with _opened(archive.path) as read:
        write_archive(
            target,
            ((tile, body) for tile, body in all_tiles(read) if tile[0] <= highest),
            bounds=archive.bounds,
            metadata=metadata,
            compression=Compression.GZIP if archive.is_gzipped else Compression.NONE,
        )


def write_archive(
    path: Path,
    tiles: Iterator[tuple[Tile, bytes]],
    *,
    bounds: Bounds,
    metadata: Mapping[str, Any],
    compression: Compression = Compression.GZIP,
) -> None:
    """Write an archive of vector tiles whose bytes are compressed already; tiles may come in any order."""
    west, south, east, north = (round(side * _E7) for side in bounds)
    header = {
        "tile_type": TileType.MVT,
        "tile_compression": compression,
        "min_lon_e7": west,
        "min_lat_e7": south,
        "max_lon_e7": east,
        "max_lat_e7": north,
    }
    with path.open("wb") as file:
        writer = Writer(file)
        for number, body in sorted((zxy_to_tileid(*tile), body) for tile, body in tiles):
            writer.write_tile(number, body)
        writer.finalize(header, dict(metadata))


def tile_bounds(tile: Tile) -> Bounds:
    """Return the sides of a tile in degrees."""
    zoom, x, y = tile
    count = 2**zoom

    def latitude(row: int) -> float:
        return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * row / count))))

    return (x / count * 360 - 180, latitude(y + 1), (x + 1) / count * 360 - 180, latitude(y))


@contextmanager
def _opened(path: Path) -> Iterator[GetBytes]:
    with path.open("rb") as file:
        yield MmapSource(file)


def _header(path: Path, read: GetBytes) -> HeaderDict:
    try:
        return deserialize_header(read(0, HEADER_BYTES))
    except (MagicNumberNotFound, UnicodeDecodeError):
        raise ImportFileError(f"{path}: the file does not begin like a PMTiles file") from None
    except SpecVersionUnsupported:
        raise ImportFileError(f"{path}: got PMTiles of another version, expected version 3") from None
    except ValueError as error:
        raise ImportFileError(f"{path}: header: {error}") from error


def _check_kind(path: Path, header: HeaderDict) -> None:
    if header["tile_type"] is not TileType.MVT:
        raise ImportFileError(f"{path}: got tiles of type {header['tile_type'].name}, expected MVT (vector tiles)")
    if header["tile_compression"] not in (Compression.NONE, Compression.GZIP):
        raise ImportFileError(f"{path}: got tiles compressed by {header['tile_compression'].name}, expected GZIP")
    if header["internal_compression"] is not Compression.GZIP:
        raise ImportFileError(
            f"{path}: got directories compressed by {header['internal_compression'].name}, expected GZIP"
        )
    if not header["min_zoom"] <= header["max_zoom"] <= 20:
        raise ImportFileError(f"{path}: got zooms {header['min_zoom']} to {header['max_zoom']}, expected 0 to 20")


def _check_length(path: Path, header: HeaderDict, size: int) -> None:
    """Refuse a download that was cut off: the header names where each part lies.

    What it states about the tiles is not read: tilemaker 3.0 writes a length there that cannot be.
    """
    for part, offset, length in (
        ("root directory", header["root_offset"], header["root_length"]),
        ("metadata", header["metadata_offset"], header["metadata_length"]),
        ("leaf directories", header["leaf_directory_offset"], header["leaf_directory_length"]),
    ):
        if offset + length > size:
            raise ImportFileError(
                f"{path}: got {size} bytes, expected at least {offset + length}: the {part} are not complete"
            )


def _metadata(path: Path, header: HeaderDict, read: GetBytes) -> Mapping[str, Any]:
    try:
        found = json.loads(gzip.decompress(read(header["metadata_offset"], header["metadata_length"])))
    except (OSError, EOFError, ValueError) as error:
        raise ImportFileError(f"{path}: metadata: {error}") from error
    if not isinstance(found, dict):
        raise ImportFileError(f"{path}: metadata: expected a JSON object")
    return found


def _check_layers(path: Path, metadata: Mapping[str, Any]) -> None:
    """Refuse tiles of another schema, which the style would draw as an empty map."""
    layers = metadata.get("vector_layers")
    held = [str(one.get("id")) for one in layers if isinstance(one, dict)] if isinstance(layers, list) else []
    if missing := [one for one in REQUIRED_LAYERS if one not in held]:
        raise ImportFileError(
            f"{path}: got the layers {', '.join(held) or 'none'}, expected those of Protomaps;"
            f" {', '.join(missing)} not there"
        )


def _bounds(path: Path, header: HeaderDict) -> Bounds:
    west, south = header["min_lon_e7"] / _E7, header["min_lat_e7"] / _E7
    east, north = header["max_lon_e7"] / _E7, header["max_lat_e7"] / _E7
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise ImportFileError(f"{path}: got the bounds {west:g},{south:g},{east:g},{north:g}, expected degrees")
    return (west, south, east, north)


def _check_place(path: Path, bounds: Bounds, city: Bounds | None) -> None:
    if city is None:
        return
    if bounds[0] > city[2] or bounds[2] < city[0] or bounds[1] > city[3] or bounds[3] < city[1]:
        shown = [",".join(f"{side:.2f}" for side in one) for one in (bounds, city)]
        raise ImportFileError(f"{path}: got a map of {shown[0]}, expected one of the city at {shown[1]}")


def _zoom_bytes(path: Path, header: HeaderDict, read: GetBytes, size: int) -> Mapping[int, int]:
    found: Counter[int] = Counter()
    room = size - header["tile_data_offset"]
    try:
        for count, entry in enumerate(_entries(read, header, header["root_offset"], header["root_length"], _DEEPEST)):
            if count > _MOST_ENTRIES or entry.offset + entry.length > room:
                raise ImportFileError(
                    f"{path}: got {size} bytes, but a tile lies behind them: the file is not complete"
                )
            found[tileid_to_zxy(entry.tile_id)[0]] += entry.length
    except (OSError, EOFError, OverflowError) as error:
        raise ImportFileError(f"{path}: directory: {error}") from error
    if not found:
        raise ImportFileError(f"{path}: got no tiles, expected some")
    return found


def _entries(read: GetBytes, header: HeaderDict, offset: int, length: int, depth: int) -> Iterator[Entry]:
    for entry in deserialize_directory(read(offset, length)):
        if entry.run_length > 0:
            yield entry
        elif depth > 0:
            yield from _entries(read, header, header["leaf_directory_offset"] + entry.offset, entry.length, depth - 1)


def _highest_zoom(archive: Archive, most_bytes: int) -> int | None:
    """Return the highest zoom up to which the tiles fit, with room for the directory."""
    total, highest = 0, None
    for zoom in sorted(archive.zoom_bytes):
        total += archive.zoom_bytes[zoom]
        if total > most_bytes * 0.95:
            break
        highest = zoom
    return highest
