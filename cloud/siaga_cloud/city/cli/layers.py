"""Defines `siaga-cloud admin import layer FILE` and `import layers DIR`; an imported layer replaces the earlier one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from siaga_cloud.city.files.layers import CsvColumns, LayersFile, LayerTable, read_layer_file
from siaga_cloud.city.service import layers
from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.city.service.layer_style import LayerStyle
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.import_errors import ImportFileError, read_toml

_TABLE = TypeAdapter(LayerTable)


def read_style(path: Path | None) -> LayerStyle:
    """Return a style from a TOML file; the plain one without."""
    return LayerStyle() if path is None else read_toml(path, LayerStyle)


def table_of(path: Path, **words: object) -> LayerTable:
    """Return what the options of `import layer` say; raises `ImportFileError` naming the option."""
    try:
        return _TABLE.validate_python({"file": path.name, **words})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        option = "--" + str(first["loc"][0]).replace("_", "-")
        named = str(path) if option == "--file" else option
        raise ImportFileError(f"{named}: got {first['input']!r}, expected {first['msg']}") from error


def load_layer(conn: Connection, path: Path, table: LayerTable) -> str:
    """Imports one layer; what was done, in words."""
    columns = CsvColumns(lat=table.lat, lon=table.lon, delimiter=table.delimiter)
    lookup = AreaLookup()
    file = read_layer_file(path, columns, lookup.bounds(conn))
    about = layers.LayerSummary(
        id=table.id,
        title_id=table.title_id,
        title_en=table.title_en,
        attribution=table.attribution,
        licence=table.licence,
        style=table.style,
    )
    inside = layers.put(conn, about, file.drawn, lookup=lookup, now=datetime.now(UTC))
    mended = f", {file.repaired} of them mended because they crossed themselves" if file.repaired else ""
    return f"layer {table.id}: {len(file.drawn)} features{mended}, {inside} in an area of the city"


def load_layers(conn: Connection, folder: Path) -> list[str]:
    """Imports every layer that a folder's layers.toml names, all or none."""
    listing = folder / "layers.toml"
    file = read_toml(listing, LayersFile)
    ids = [table.id for table in file.layer]
    if twice := sorted({one for one in ids if ids.count(one) > 1}):
        raise ImportFileError(f'{listing}: layer "{twice[0]}": given twice, expected each id once')
    return [load_layer(conn, folder / table.file, table) for table in file.layer]
