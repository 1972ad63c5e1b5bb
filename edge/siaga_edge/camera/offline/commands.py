"""The commands `detect`, `replay` and `unseal` of `siaga-edge`."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from siaga_core.vision.errors import VisionError
from siaga_edge.camera.offline.file_detection import DrawnImageFolder, FileDetection, files_in, look_at
from siaga_edge.settings import ConfigError, SiteSettings, load_site
from siaga_edge.settings.node import ModelsSettings
from siaga_edge.vision.models import VisionModels, open_vision_models

_MAX_THREADS = 4
_SHIPPED = ModelsSettings()

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object per line instead of a table.")]
ManifestFile = Annotated[
    Path | None,
    typer.Option("--manifest", metavar="FILE", help="Manifest of the weights, instead of the shipped one."),
]


def detect(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Images, clips, or folders of them.")],
    *,
    as_json: AsJson = False,
    confidence: Annotated[
        float | None,
        typer.Option(
            min=0.0, max=1.0, help="Lowest score for every label; by default the manifest's score of each label."
        ),
    ] = None,
    save: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder for a copy of each image with bounding boxes and tinted water."),
    ] = None,
    every_seconds: Annotated[
        float, typer.Option(min=0.0, help="Time between analysed frames of a clip, in seconds.")
    ] = 1.0,
    detector: Annotated[str, typer.Option(help="Name of the detector in the manifest.")] = _SHIPPED.detector,
    water: Annotated[str, typer.Option(help="Name of the water model in the manifest.")] = _SHIPPED.water,
    manifest: ManifestFile = None,
) -> None:
    """Detect objects in images and clips, and print the share of each image that is under water.

    The models are those that a node runs by default. In infrared images the share under water is unknown.

    The command exits with code 1 if a file cannot be read (the others are still analysed) and 2 if the weights cannot
    be loaded.
    """
    vision_models = _or_exit(
        lambda: open_vision_models(detector=detector, water=water, manifest=manifest, threads=_threads())
    )
    models = {"detector": detector, "water": water}
    known = vision_models.detector.thresholds
    thresholds = known if confidence is None else dict.fromkeys(known, confidence)
    refused = seen = 0
    try:
        saved = DrawnImageFolder(save) if save else None
    except VisionError as error:
        _complain(error)
        raise typer.Exit(1) from None
    for file in files_in(files):
        seen += 1
        try:
            for look in look_at(file, vision_models, thresholds=thresholds, every_seconds=every_seconds, models=models):
                typer.echo(json.dumps(look.as_json()) if as_json else _row(look))
                if saved:
                    saved.save(look)
        except VisionError as error:
            refused += 1
            _complain(error)
    if not seen:
        typer.echo("siaga-edge detect: the given folders contain no images or clips", err=True)
    if refused or not seen:
        raise typer.Exit(1)


def replay(
    clip: Annotated[Path, typer.Argument(metavar="CLIP", help="Video clip of one camera.")],
    *,
    site: Annotated[Path, typer.Option("--site", metavar="SITE.toml", help="File with the camera and its zones.")],
    as_json: AsJson = False,
    save: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder for the evidence images of the events.")
    ] = None,
    frame_every: Annotated[
        float | None,
        typer.Option(
            "--frame-every", min=0.0, help="Seconds between frames, as on a node that falls behind; by default 1 / fps."
        ),
    ] = None,
    detector: Annotated[str, typer.Option(help="Name of the detector in the manifest.")] = _SHIPPED.detector,
    water: Annotated[str, typer.Option(help="Name of the water model in the manifest.")] = _SHIPPED.water,
    manifest: ManifestFile = None,
) -> None:
    """Run the complete pipeline of a camera over a clip, at the clip's own time, and print the resulting events.

    The command exits with code 1 if the clip cannot be read and 2 if SITE.toml or the weights are not valid.
    """
    # Imported here, because the tracker's scipy takes longer to load than `detect` takes for an image.
    from siaga_edge.camera.offline import replay as clip_replay

    settings = _site_or_exit(site)
    # One thread, because sums in another order may round otherwise and a replay gives the same each time.
    vision_models = _or_exit(lambda: open_vision_models(detector=detector, water=water, manifest=manifest, threads=1))
    printed = 0
    try:
        evidence = clip_replay.EvidenceFolder(save) if save else None
        for draft in clip_replay.replay(clip, settings, vision_models, frame_every_seconds=frame_every):
            printed += 1
            if evidence:
                evidence.save(draft)
            typer.echo(
                json.dumps(clip_replay.as_json(draft, settings.start_at))
                if as_json
                else clip_replay.as_row(draft, settings.start_at)
            )
    except VisionError as error:
        _complain(error)
        raise typer.Exit(1) from None
    if not printed and not as_json:
        typer.echo("no events")


def unseal(
    file: Annotated[Path, typer.Argument(metavar="FILE.sealed", help="Sealed original from a node.")],
    key_file: Annotated[Path, typer.Option("--key", metavar="KEY.pem", help="File of the private X25519 key.")],
    to: Annotated[Path, typer.Option("--to", metavar="FILE.jpg", help="Image file to write.")],
) -> None:
    """Decrypt a sealed original with the private key; exit with code 1 if it cannot be decrypted."""
    from siaga_edge.camera.sealed_originals import read_private_key, unseal

    try:
        to.write_bytes(unseal(file.read_bytes(), read_private_key(key_file)))
    except VisionError as error:
        _complain(error)
        raise typer.Exit(1) from None
    except OSError as error:
        typer.echo(f"siaga-edge: {error.filename}: {error.strerror}", err=True)
        raise typer.Exit(1) from None


def _site_or_exit(site: Path) -> SiteSettings:
    try:
        return load_site(site)
    except ConfigError as error:
        for complaint in error.complaints:
            typer.echo(complaint, err=True)
        raise typer.Exit(2) from None


def _or_exit(opened: Callable[[], VisionModels]) -> VisionModels:
    try:
        return opened()
    except VisionError as error:
        _complain(error)
        raise typer.Exit(2) from None


def _threads() -> int:
    return min(_MAX_THREADS, os.cpu_count() or 1)


def _complain(error: VisionError) -> None:
    typer.echo(f"siaga-edge: {error}", err=True)


def _row(look: FileDetection) -> str:
    when = "" if look.at_s is None else f" at {look.at_s:.2f} s"
    counts = Counter(found.label for found in look.detections)
    things = ", ".join(f"{number} {label}" for label, number in counts.most_common()) or "nothing"
    water = "unknown (infrared)" if look.water is None else f"{look.water.share():.1%}"
    lines = [f"{look.source}{when}: {things}; water {water}"]
    for found in look.detections:
        box = found.box
        lines.append(
            f"    {found.label:<11} {found.score:.2f}   {box.x1:6.0f} {box.y1:6.0f} {box.x2:6.0f} {box.y2:6.0f}"
        )
    return "\n".join(lines)
