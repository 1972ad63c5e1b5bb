"""Defines `siaga-cloud admin import assets`, `import assets-of-layer` and `import asset-states`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from siaga_cloud.platform.db.connection import Connection

FILE_OF_CITY = "assets.csv"
File = Annotated[Path, typer.Argument(metavar="FILE", show_default=False, help="Path of the CSV file.")]


def import_assets(file: File) -> None:
    """Import pumps and gates (CSV), each with the gauge in its water and the level from which it has to work.

    The columns are id, kind (pump or gate), name, lat and lon, and where known name_en, gauge, works_as (running, open
    or closed), works_from_cm, capacity_m3s, rated_kw and stale_seconds.
    """
    with _database() as conn:
        done = load_assets(conn, file)
    typer.echo(f"imported {done} from {file}")


def import_assets_of_layer(
    layer_id: Annotated[str, typer.Argument(metavar="LAYER", show_default=False, help="Identifier of the layer.")],
    kind: Annotated[Literal["pump", "gate"], typer.Option(help="What the points of the layer are.")],
) -> None:
    """Make each point of a layer of the map a pump or gate; what is known of one beyond its place stays."""
    from siaga_cloud.assets.service import importing

    with _database() as conn:
        count = importing.import_layer(conn, layer_id, kind, now=datetime.now(UTC))
    typer.echo(f"imported {count} assets from layer {layer_id}")


def import_asset_states(file: File) -> None:
    """Import states of pumps and gates (CSV), each once.

    The columns are asset, measured_at (with a time zone) and state, and where known capacity_share, power_kw and
    level_difference_cm.
    """
    from siaga_cloud.assets.files import read_states
    from siaga_cloud.assets.service import importing

    with _database() as conn:
        count = importing.import_states(conn, read_states(file), file=file.name, now=datetime.now(UTC))
    typer.echo(f"imported {count} states from {file}")


def load_assets(conn: Connection, file: Path) -> str:
    """Imports the assets of a file; what was done, in words."""
    from siaga_cloud.assets.files import read_assets
    from siaga_cloud.assets.service import importing

    count = importing.import_assets(conn, read_assets(file), origin=file.name[:80], now=datetime.now(UTC))
    return f"{count} assets"


def load_of_city(conn: Connection, folder: Path) -> list[str]:
    """Imports the assets of a city's folder, where it lists any; what was done, in words."""
    file = folder / FILE_OF_CITY
    return [f"{load_assets(conn, file)} from {file}"] if file.is_file() else []


@contextmanager
def _database() -> Iterator[Connection]:
    from siaga_cloud.platform.cli import database, fail
    from siaga_cloud.platform.errors import InvalidError, NotFoundError

    with database() as conn:
        try:
            yield conn
        except (InvalidError, NotFoundError) as error:
            conn.rollback()
            fail(str(error), code=2)
