"""Defines `siaga-cloud admin import forecast-inputs`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from siaga_cloud.platform.db.connection import Connection


def import_inputs(
    file: Annotated[Path, typer.Argument(metavar="FILE", show_default=False, help="Path of the TOML file.")],
) -> None:
    """Import which rain gauges and gauges at the sea the forecasts of gauges may use (docs/forecast.md).

    The file replaces what was imported before. The worker uses it from the next fit on, which follows within six hours;
    `siaga-cloud admin fit-forecasts` fits at once.
    """
    from siaga_cloud.platform.cli import database

    with database() as conn:
        done = load_inputs(conn, file)
    typer.echo(f"imported {done} from {file}")


def load_inputs(conn: Connection, file: Path) -> str:
    """Imports the inputs of a file; what was done, in words. Raises `ImportFileError`."""
    from siaga_cloud.forecast.inputs.files import read_inputs
    from siaga_cloud.forecast.inputs.store import missing_ids, replace_inputs
    from siaga_cloud.platform.import_errors import ImportFileError, bounded

    rows = read_inputs(file)
    if missing := missing_ids(conn, rows):
        raise ImportFileError(bounded([f"{file}: got {name}, expected one that was imported" for name in missing]))
    replace_inputs(conn, rows)
    return f"{len(rows)} inputs of forecasts"
