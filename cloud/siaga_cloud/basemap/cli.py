"""Defines `siaga-cloud admin basemap`: imports a PMTiles file as the basemap, or builds one."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from siaga_cloud.basemap.archive import Bounds

app = typer.Typer(no_args_is_help=True, help="Install the basemap: the streets below the city's map.")

Attribution = Annotated[
    str | None,
    typer.Option(help="Text that is shown with the map, in place of the attribution of the file.", show_default=False),
]
PhoneMib = Annotated[
    int, typer.Option(min=1, max=200, help="Largest size of the part that officers' phones store, in MiB.")
]


@app.command("import")
def import_basemap(
    file: Annotated[
        Path, typer.Argument(metavar="FILE.pmtiles", show_default=False, help="PMTiles file with Protomaps' layers.")
    ],
    attribution: Attribution = None,
    phone_mib: PhoneMib = 12,
) -> None:
    """Check a PMTiles file and serve it as the basemap. Open pages keep the earlier file until they are reloaded."""
    with _messages():
        _install(file, attribution, phone_mib)


@app.command("build")
def build_basemap(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", show_default=False, help="OpenStreetMap extract (.osm.pbf) or a drawn map (.toml)."
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(metavar="FILE.pmtiles", help="Write the file there and serve nothing.", show_default=False),
    ] = None,
    land: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.geojson", help="Polygons of the land, for an extract with a coast.", show_default=False
        ),
    ] = None,
    bounds: Annotated[
        str | None,
        typer.Option(metavar="WEST,SOUTH,EAST,NORTH", help="Bounds of an extract that names none.", show_default=False),
    ] = None,
    attribution: Attribution = None,
    phone_mib: PhoneMib = 12,
) -> None:
    """Build a basemap and serve it. An OpenStreetMap extract needs the package tilemaker."""
    with _messages(), tempfile.TemporaryDirectory(prefix="siaga-basemap-") as folder:
        target = output or Path(folder) / "basemap.pmtiles"
        _build(source, target, land, bounds)
        if output is None:
            _install(target, attribution, phone_mib)


def install_drawn_map(city: Path) -> None:
    """Build the drawn map of a city's folder, where this server serves a basemap and has no better one."""
    from siaga_cloud.basemap import of_city
    from siaga_cloud.settings import load

    with _messages():
        if of_city.install_drawn_map(city, load(os.environ).basemap_folder, report=lambda _: None):
            typer.echo(f"imported the drawn basemap from {city / of_city.DRAWN_MAP}")


def _build(source: Path, target: Path, land: Path | None, bounds: str | None) -> None:
    from siaga_cloud.platform.import_errors import ImportFileError

    if source.name.endswith(".toml"):
        from siaga_cloud.basemap import drawing

        typer.echo(f"built {drawing.build(source, target)} tiles from {source}")
    elif source.name.endswith(".osm.pbf"):
        from siaga_cloud.basemap import extract

        extract.build(source, target, land=land, bounds=bounds)
        typer.echo(f"built {target.stat().st_size} bytes from {source}")
    else:
        raise ImportFileError(f"{source}: got {source.suffix!r}, expected a .osm.pbf or .toml file")


def _install(file: Path, attribution: str | None, phone_mib: int) -> None:
    from siaga_cloud.basemap import archive, folder
    from siaga_cloud.platform.cli import fail
    from siaga_cloud.settings import load

    target = load(os.environ).basemap_folder
    if target is None:
        fail("SIAGA_BASEMAP_FOLDER: got nothing, expected the folder that is served as /basemap/", code=2)
    checked = archive.check(file, _city_bounds())
    index = folder.install(target, checked, attribution=attribution, phone_bytes=phone_mib * 2**20, report=typer.echo)
    phone = index["phone"]
    held = (
        "no part for phones fits" if phone is None else f"{phone['bytes']} bytes for phones (zoom {phone['max_zoom']})"
    )
    typer.echo(
        f"imported {index['bytes']} bytes, zooms {index['min_zoom']} to {index['max_zoom']}, {held},"
        f" attribution {index['attribution']!r}"
    )


def _city_bounds() -> Bounds | None:
    from siaga_cloud.city.service.areas import AreaLookup
    from siaga_cloud.platform.cli import database

    with database() as conn:
        return AreaLookup().bounds(conn)


@contextmanager
def _messages() -> Iterator[None]:
    from siaga_cloud.platform.cli import fail
    from siaga_cloud.platform.import_errors import ImportFileError
    from siaga_cloud.settings import SettingsError

    try:
        yield
    except (SettingsError, ImportFileError) as error:
        fail(str(error), code=2)
    except OSError as error:
        fail(f"{error.filename or 'the folder'}: {error.strerror or error}", code=1)
