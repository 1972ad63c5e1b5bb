"""`siaga-sim layers`: writes made-up layers as files that `siaga-cloud admin import layers` takes."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from siaga_sim.complaints import BadFileError
from siaga_sim.history.city import read_city
from siaga_sim.layers.making import CSV_COLUMNS, LAYERS, Feature, MadeUpLayer, features_of

ATTRIBUTION = "Made up by siaga-sim: none of this is a real place"
LICENCE = "CC0-1.0"


def layers(
    out: Annotated[Path, typer.Argument(help="Folder to write to; it must be empty or not exist.")],
    city: Annotated[Path, typer.Option(help="Folder of the city.")] = Path("city/jakarta"),
    seed: Annotated[int, typer.Option(help="Seed of the random numbers; the same seed gives the same files.")] = 1,
) -> None:
    """Generate synthetic map layers: towers, police posts, schools, pumps, flood points, basins and fibre routes.

    The files are layers.toml and a GeoJSON or CSV file for each layer, for `siaga-cloud admin import layers`. The
    catalogue and every feature state that they are synthetic.
    """
    try:
        kelurahan = read_city(city).kelurahan
    except BadFileError as error:
        typer.echo(f"siaga-sim: {error}", err=True)
        raise typer.Exit(2) from None
    if out.exists() and any(out.iterdir()):
        typer.echo(f"siaga-sim: {out}: got a folder with files in it, expected an empty one", err=True)
        raise typer.Exit(2)
    out.mkdir(parents=True, exist_ok=True)
    for layer in LAYERS:
        made = list(features_of(layer, kelurahan, seed=seed))
        write = _write_csv if layer.file.endswith(".csv") else _write_geojson
        write(out / layer.file, made)
        typer.echo(f"wrote {len(made)} features to {out / layer.file}")
    (out / "layers.toml").write_text("\n".join(_listing()), encoding="utf-8")


def _write_geojson(path: Path, features: Iterable[Feature]) -> None:
    written = [
        {
            "type": "Feature",
            "properties": one.properties,
            "geometry": {"type": one.kind, "coordinates": one.coordinates},
        }
        for one in features
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": written}) + "\n", encoding="utf-8")


def _write_csv(path: Path, features: Iterable[Feature]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, CSV_COLUMNS)
        writer.writeheader()
        for one in features:
            lon, lat = one.coordinates
            writer.writerow({**one.properties, "lat": lat, "lon": lon})


def _listing() -> Iterable[str]:
    yield "# Made-up layers of a made-up city."
    for layer in LAYERS:
        yield ""
        yield "[[layer]]"
        yield from (f"{key} = {json.dumps(value)}" for key, value in _about(layer).items())
        yield f"style = {{ {', '.join(f'{key} = {json.dumps(value)}' for key, value in layer.style.items())} }}"
    yield ""


def _about(layer: MadeUpLayer) -> dict[str, Any]:
    return {
        "id": layer.id,
        "file": layer.file,
        "title_id": f"{layer.title_id} (karangan)",
        "title_en": f"{layer.title_en} (made up)",
        "attribution": ATTRIBUTION,
        "licence": LICENCE,
    }
