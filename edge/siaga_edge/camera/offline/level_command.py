"""The command `level` of `siaga-edge`: reads a staff gauge in clips and images."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Annotated

import typer

from siaga_core.vision.errors import ImageError, VisionError
from siaga_core.vision.image_files import encode_jpeg
from siaga_core.vision.manifest import read_manifest
from siaga_edge.camera.offline.file_detection import files_in
from siaga_edge.camera.offline.staff_gauge_replay import LevelResult, levels_in
from siaga_edge.settings import ConfigError, load_node, load_site
from siaga_edge.settings.gauges import SiteGaugeSettings
from siaga_edge.settings.staff_gauges import CameraSource
from siaga_edge.vision.water import OnnxWater


def level(
    files: Annotated[
        list[Path], typer.Argument(metavar="CLIP_OR_IMAGES...", help="Clips and images of one camera, or a folder.")
    ],
    *,
    site: Annotated[
        Path,
        typer.Option("--site", metavar="SITE.toml", help="File with the staff gauges: a SITE.toml or a NODE.toml."),
    ],
    gauge: Annotated[str | None, typer.Option(metavar="ID", help="Identifier of the only gauge to read.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line instead of a table.")] = False,
    save: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder for a copy of each image with the staff gauge and the waterline."),
    ] = None,
    water: Annotated[str, typer.Option(help="Name of the water model in the manifest.")] = "water",
    manifest: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Manifest of the weights, instead of the shipped one.")
    ] = None,
) -> None:
    """Read a staff gauge in clips and images: print its level with the uncertainty (95 %), or why there is none.

    The command exits with code 1 if a file cannot be read and 2 if SITE.toml or the weights are not valid.
    """
    gauges = _gauges_or_exit(site, gauge)
    try:
        segmenter = OnnxWater(read_manifest(manifest).load(water, "segment_water"), threads=1)
    except VisionError as error:
        raise _exit(str(error), 2) from None
    try:
        for number, look in enumerate(levels_in(list(files_in(files)), gauges, segmenter)):
            typer.echo(json.dumps(look.as_json()) if as_json else look.as_row())
            if save is not None:
                _save(save, look, number)
    except VisionError as error:
        raise _exit(str(error), 1) from None


def _save(folder: Path, look: LevelResult, number: int) -> None:
    path = folder / f"{look.source.stem}_{number:04d}_{look.gauge.id}.jpg"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encode_jpeg(look.drawn(), quality=90))
    except OSError as error:
        raise ImageError(f"{path}: cannot be written: {error.strerror}") from None


def _gauges_or_exit(site: Path, wanted: str | None) -> list[SiteGaugeSettings]:
    try:
        found = _gauges(site)
    except ConfigError as error:
        for complaint in error.complaints:
            typer.echo(complaint, err=True)
        raise typer.Exit(2) from None
    chosen = [each for each in found if wanted in (None, each.id)]
    if not chosen:
        known = ", ".join(each.id for each in found) or "none"
        raise _exit(f"{site}: gauge: got {wanted or 'none'}, expected a [[gauge]] of kind camera: {known}", 2)
    return chosen


def _gauges(site: Path) -> list[SiteGaugeSettings]:
    if not _is_node(site):
        return list(load_site(site).gauges)
    return [
        SiteGaugeSettings(id=each.id, datum_cm=each.datum_cm, source=each.source)
        for each in load_node(site).gauges
        if isinstance(each.source, CameraSource)
    ]


def _is_node(site: Path) -> bool:
    try:
        return "node" in tomllib.loads(site.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False  # load_site reports what is wrong with it


def _exit(text: str, status: int) -> typer.Exit:
    typer.echo(f"siaga-edge level: {text}", err=True)
    return typer.Exit(status)
