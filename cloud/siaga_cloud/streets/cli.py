"""Defines `siaga-cloud admin import streets` and `siaga-cloud admin learn-streets`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from siaga_cloud.platform.db.connection import Connection

FILE_OF_CITY = "streets.geojson"


def import_streets(
    file: Annotated[Path, typer.Argument(metavar="FILE", show_default=False, help="Path of the GeoJSON file.")],
) -> None:
    """Import segments of streets (GeoJSON lines), of which the depth of water is computed.

    The properties are id and name, and where known gauge (whose water floods it) and road_cm (the height of the road
    above the datum of the gauge). The segments replace those of the file of the same name.
    """
    from siaga_cloud.platform.cli import database, fail
    from siaga_cloud.platform.errors import InvalidError

    with database() as conn:
        try:
            done = load_streets(conn, file)
        except InvalidError as error:
            conn.rollback()
            fail(str(error), code=2)
    typer.echo(f"imported {done} from {file}")


def learn_streets() -> None:
    """Learn from former floods at which level of its gauge a street is under water; the worker does it every day."""
    from siaga_cloud.platform.cli import database
    from siaga_cloud.streets.service.learning import learn_relations

    with database() as conn:
        count = learn_relations(conn, now=datetime.now(UTC))
    typer.echo(f"learned of {count} streets")


def load_streets(conn: Connection, file: Path) -> str:
    """Imports the segments of a file; what was done, in words."""
    from siaga_cloud.streets.files import read_streets
    from siaga_cloud.streets.service import importing

    count = importing.import_streets(conn, read_streets(file), origin=file.name[:80], now=datetime.now(UTC))
    return f"{count} segments of streets"


def load_of_city(conn: Connection, folder: Path, *, with_schematic: bool = True) -> list[str]:
    """Imports the segments of a city's folder, where it lists any; what was done, in words.

    A schematic file has invented heights of roads. Depths that follow from them are for a demo only.
    """
    from siaga_cloud.streets.files import is_schematic

    file = folder / FILE_OF_CITY
    if not file.is_file():
        return []
    if not with_schematic and is_schematic(file):
        return [f"no streets: {file} is schematic, and the heights of its roads are invented"]
    return [f"{load_streets(conn, file)} from {file}"]
